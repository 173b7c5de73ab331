"""Tools: which are called, with what, in which form, and what is said of their results."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

CLAUDE, LLAMA, GPT = (
    "databricks-claude-sonnet-4-5",
    "databricks-meta-llama-3-3-70b-instruct",
    "databricks-gpt-5",
)


def calls_of(reply: Any) -> list[tuple[str, Any]]:
    calls = reply["choices"][0]["message"].get("tool_calls") or []
    return [(c["function"]["name"], msgspec.json.decode(c["function"]["arguments"])) for c in calls]


@pytest.mark.parametrize(
    "model", [CLAUDE, LLAMA, GPT, "databricks-gemini-3-8-flash", "databricks-gpt-oss-20b"]
)
def test_a_tool_is_called_with_the_prompts_own_words(caller: Any, model: str) -> None:
    """The argument comes out of the question."""
    reply = caller.chat(model, "What is the weather in New York?", tools=[caller.tool()])

    assert calls_of(reply) == [("get_weather", {"city": "New York"})]
    assert reply["choices"][0]["finish_reason"] == "tool_calls"


def test_parallel_calls(caller: Any) -> None:
    """Several places are several calls, with ids of their own."""
    reply = caller.chat(CLAUDE, "Weather in Paris and London?", tools=[caller.tool()])
    ids = {call["id"] for call in reply["choices"][0]["message"]["tool_calls"]}

    assert calls_of(reply) == [("get_weather", {"city": "Paris"}), ("get_weather", {"city": "London"})]
    assert len(ids) == 2
    assert all(call.startswith("toolu_bdrk_") for call in ids)


def test_the_tool_that_fits_is_called(caller: Any) -> None:
    """Of several tools, the ones whose names the prompt mentions."""
    tools = [caller.tool("search_flights"), caller.tool("get_time"), caller.tool()]

    assert calls_of(caller.chat(CLAUDE, "What time is it in Tokyo?", tools=tools)) == [
        ("get_time", {"city": "Tokyo"})
    ]


@pytest.mark.parametrize(
    ("choice", "prompt", "names"),
    [
        ("none", "Weather in Paris?", []),
        ("auto", "Hello!", []),
        ("required", "Hello!", ["get_weather"]),
        ({"type": "function", "function": {"name": "get_time"}}, "Weather in Paris?", ["get_time"]),
    ],
)
def test_tool_choice(caller: Any, choice: Any, prompt: str, names: list[str]) -> None:
    """tool_choice forbids, leaves open, demands, or names."""
    tools = [caller.tool(), caller.tool("get_time")]
    reply = caller.chat(CLAUDE, prompt, tools=tools, tool_choice=choice)

    assert [name for name, _ in calls_of(reply)] == names


def test_results_are_used(caller: Any) -> None:
    """After the results comes text that tells them."""
    question = {"role": "user", "content": "Weather in Paris and London?"}
    turn = caller.chat(CLAUDE, question["content"], tools=[caller.tool()])["choices"][0]["message"]
    results = [
        {"role": "tool", "tool_call_id": call["id"], "content": text}
        for call, text in zip(turn["tool_calls"], ["18C", "11C"], strict=True)
    ]
    reply = caller.chat(CLAUDE, messages=[question, turn, *results], tools=[caller.tool()])

    assert reply["choices"][0]["message"]["content"] == (
        "According to the tools, get_weather: 18C; get_weather: 11C."
    )


@pytest.mark.parametrize(
    ("model", "first"),
    [(CLAUDE, "{}"), ("databricks-claude-opus-4-8", ""), (LLAMA, ""), (GPT, "")],
)
def test_streamed_arguments(caller: Any, model: str, first: str) -> None:
    """The name first, then fragments; older Claude begins with a stray pair of braces."""
    chunks = caller.chunks(model, "Weather in Paris?", tools=[caller.tool()])
    found = [c["choices"][0]["delta"].get("tool_calls") for c in chunks]
    head, *rest = [calls[0] for calls in found if calls]

    assert (head["function"]["name"], head["function"]["arguments"]) == ("get_weather", first)
    assert "".join(call["function"]["arguments"] for call in rest) == '{"city":"Paris"}'
    assert chunks[-1]["choices"][0]["finish_reason"] == "tool_calls"


def test_gemini_streams_whole_calls_with_signature(caller: Any) -> None:
    """Gemini's calls come in one piece."""
    chunks = caller.chunks("databricks-gemini-3-8-flash", "Weather in Paris?", tools=[caller.tool()])
    (calls,) = [d["tool_calls"] for c in chunks if "tool_calls" in (d := c["choices"][0]["delta"])]

    assert calls[0]["function"]["arguments"] == '{"city":"Paris"}'
    assert calls[0]["thoughtSignature"]
