"""What each family's replies look like, whole and in chunks, held against published payloads."""

from __future__ import annotations

from typing import Any

import pytest

PARIS = "The capital of France is Paris."
BUDGET = {"thinking": {"type": "enabled", "budget_tokens": 1024}, "max_tokens": 4096}
PLAIN = [
    "databricks-claude-sonnet-4-5",
    "databricks-meta-llama-3-3-70b-instruct",
    "databricks-gpt-5",
    "databricks-gemini-3-8-flash",
    "databricks-gemma-3-12b",
    "databricks-qwen3-next-80b-a3b-instruct",
]
SEPARATE = ["databricks-deepseek-v4-1-flash", "databricks-glm-5-3", "databricks-kimi-k3"]


def message(reply: Any) -> Any:
    return reply["choices"][0]["message"]


def deltas(chunks: list[Any]) -> list[Any]:
    return [chunk["choices"][0]["delta"] for chunk in chunks if chunk["choices"]]


def joined(chunks: list[Any]) -> str:
    return "".join(d["content"] for d in deltas(chunks) if isinstance(d.get("content"), str))


@pytest.mark.parametrize("model", PLAIN)
def test_content_is_a_string_without_reasoning(caller: Any, model: str) -> None:
    """Families that were not asked to think answer with a plain string."""
    assert message(caller.chat(model)) == {"role": "assistant", "content": PARIS}


@pytest.mark.parametrize("model", PLAIN)
def test_string_deltas_join_to_the_whole_answer(caller: Any, model: str) -> None:
    """A stream says what the whole reply says."""
    assert joined(caller.chunks(model)) == PARIS


def test_claude_thinking_is_a_reasoning_item_with_signature(caller: Any) -> None:
    """With thinking the content is a list: reasoning with text and signature, then text."""
    reasoning, text = message(caller.chat("databricks-claude-sonnet-4-5", **BUDGET))["content"]
    (summary,) = reasoning["summary"]

    assert (reasoning["type"], summary["type"]) == ("reasoning", "summary_text")
    assert summary["text"] == f"{PARIS} This is a very straightforward factual question."
    assert summary["signature"]
    assert text == {"type": "text", "text": PARIS}


def test_claude_stream_is_lists_then_strings(caller: Any) -> None:
    """Text fragments with an empty signature, an empty text with the whole one, strings, an empty end."""
    found = deltas(caller.chunks("databricks-claude-sonnet-4-5", **BUDGET))
    thought = [d["content"][0]["summary"][0] for d in found if isinstance(d["content"], list)]

    assert all(d["role"] == "assistant" for d in found)
    assert {item["signature"] for item in thought[:-1]} == {""}
    assert "".join(item["text"] for item in thought).startswith(PARIS)
    assert (thought[-1]["text"], bool(thought[-1]["signature"])) == ("", True)
    assert joined(caller.chunks("databricks-claude-sonnet-4-5", **BUDGET)) == PARIS
    assert found[-1] == {"role": "assistant", "content": ""}


def test_always_thinking_claude_is_opaque_by_default(caller: Any) -> None:
    """The newest models leave only a signature of their thought, unless a summary is asked for."""
    model = "databricks-claude-sonnet-5-5"
    (hidden,) = message(caller.chat(model))["content"][0]["summary"]
    shown = message(caller.chat(model, thinking={"type": "adaptive", "display": "summarized"}))["content"][0]

    assert (hidden["text"], bool(hidden["signature"])) == ("", True)
    assert shown["summary"][0]["text"].startswith(PARIS)


@pytest.mark.parametrize(
    "how", [{"x_emulator_thinking": "redacted"}, "ANTHROPIC_MAGIC_STRING_TRIGGER_REDACTED_THINKING_X"]
)
def test_redacted_thinking_on_demand(caller: Any, how: Any) -> None:
    """A header or Anthropic's trigger string turns the thought into opaque data."""
    headers, prompt = (how, "Hi") if isinstance(how, dict) else ({}, how)
    body = caller.body("databricks-claude-opus-4-5", prompt, **BUDGET)
    _, reply = caller.post(caller.CHAT, body, **headers)
    (item,) = message(reply)["content"][0]["summary"]

    assert item.keys() == {"type", "data"}
    assert item["type"] == "summary_encrypted_text"


def test_gpt_oss_is_a_list_without_signature(caller: Any) -> None:
    """GPT OSS always answers with a list; its reasoning item has no signature."""
    reasoning, text = message(caller.chat("databricks-gpt-oss-20b"))["content"]

    assert reasoning["summary"][0].keys() == {"type", "text"}
    assert text == {"type": "text", "text": PARIS}


def test_gpt_oss_stream_has_lists_only(caller: Any) -> None:
    """Every content delta of GPT OSS is a list."""
    found = [d["content"] for d in deltas(caller.chunks("databricks-gpt-oss-120b")) if "content" in d]

    assert all(isinstance(content, list) for content in found)
    assert "".join(content[0].get("text", "") for content in found) == PARIS


@pytest.mark.parametrize("model", SEPARATE)
def test_reasoning_content_beside_the_text(caller: Any, model: str) -> None:
    """Open reasoning models put their thought beside the content, and carry no id."""
    reply = caller.chat(model)

    assert message(reply)["content"] == PARIS
    assert message(reply)["reasoning_content"].startswith(PARIS)
    assert not {"id", "created"} & reply.keys()


@pytest.mark.parametrize("model", SEPARATE)
def test_reasoning_content_comes_first_in_streams(caller: Any, model: str) -> None:
    """The thought streams with null content, then the text without thought."""
    found = deltas(caller.chunks(model))
    thought = [d for d in found if "reasoning_content" in d]

    assert found[: len(thought)] == thought
    assert {d["content"] for d in thought} == {None}


def test_deepseek_can_be_told_not_to_think(caller: Any) -> None:
    """`none` turns the reasoning of DeepSeek off."""
    reply = caller.chat("databricks-deepseek-v4-1-flash", reasoning_effort="none")

    assert message(reply) == {"role": "assistant", "content": PARIS}


def test_think_tags_of_custom_endpoints(new_caller: Any) -> None:
    """An endpoint in the style of DeepSeek-R1 thinks inside its text."""
    caller = new_caller(endpoints=({"name": "my-r1", "family": "deepseek-r1"},))
    content = message(caller.chat("my-r1"))["content"]

    assert content.startswith("<think>\n")
    assert content.endswith(f"</think>\n\n{PARIS}")


@pytest.mark.parametrize(
    ("model", "served"),
    [
        ("databricks-claude-3-7-sonnet", "us.anthropic.claude-3-7-sonnet-20250219-v1:0"),
        ("databricks-claude-sonnet-5", "global.anthropic.claude-sonnet-5"),
        ("databricks-meta-llama-3-1-70b-instruct", "meta-llama-3.1-70b-instruct-072424"),
        ("databricks-gpt-5-6-sol", "gpt-5.6-sol"),
    ],
)
def test_replies_carry_the_upstream_name(new_caller: Any, model: str, served: str) -> None:
    """`model` in a reply is the served model, not the endpoint."""
    assert new_caller(retired="answer").chat(model)["model"] == served


@pytest.mark.parametrize(
    ("model", "carriers"),
    [
        ("databricks-claude-sonnet-4-5", "every"),
        ("databricks-meta-llama-3-3-70b-instruct", "every"),
        ("databricks-gemini-3-8-flash", "last"),
        ("databricks-gpt-5", "none"),
    ],
)
def test_which_chunks_carry_usage(caller: Any, model: str, carriers: str) -> None:
    """Running usage on every chunk, usage at the end, or none unasked, by family."""
    having = ["usage" in chunk for chunk in caller.chunks(model)]
    expected = {"every": [True] * len(having), "last": [False] * (len(having) - 1) + [True]}

    assert having == expected.get(carriers, [False] * len(having))


def test_running_usage_grows_to_the_whole(caller: Any) -> None:
    """The last running usage equals the usage of the whole reply; no chunk goes back."""
    counts = [c["usage"]["completion_tokens"] for c in caller.chunks("databricks-claude-sonnet-4-5")]

    assert counts == sorted(counts)
    assert counts[-1] == caller.chat("databricks-claude-sonnet-4-5")["usage"]["completion_tokens"]


def test_gpt_adds_a_chunk_without_choices_when_usage_is_asked_for(caller: Any) -> None:
    """include_usage adds one last chunk, with usage and no choices."""
    chunks = caller.chunks("databricks-gpt-5", stream_options={"include_usage": True})

    assert [bool(chunk["choices"]) for chunk in chunks[-2:]] == [True, False]
    assert chunks[-1]["usage"]["total_tokens"] > 0


def test_usage_adds_up(caller: Any) -> None:
    """total_tokens is the sum of the other two."""
    usage = caller.chat("databricks-claude-sonnet-4-5")["usage"]

    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]


def test_several_choices(caller: Any) -> None:
    """`n` choices have indexes of their own, whole and in a stream."""
    model = "databricks-meta-llama-3-3-70b-instruct"
    whole = caller.chat(model, n=2)["choices"]
    streamed = {c["choices"][0]["index"] for c in caller.chunks(model, n=2)}

    assert [choice["index"] for choice in whole] == [0, 1]
    assert streamed == {0, 1}


def test_logprobs_of_open_models(caller: Any) -> None:
    """logprobs list every token of the text."""
    choice = caller.chat("databricks-meta-llama-3-3-70b-instruct", logprobs=True)["choices"][0]

    assert "".join(entry["token"] for entry in choice["logprobs"]["content"]) == PARIS
