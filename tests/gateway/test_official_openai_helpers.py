"""What OpenAI's own client makes of the wire: streams put together, models of pydantic, raw responses."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import openai
import pytest
from pydantic import BaseModel

KEY = "sk-gateway-tests"
FRANCE: Any = [{"role": "user", "content": "What is the capital of France?"}]
PARIS = "The capital of France is Paris."
BOTH = "What is the weather in Paris and Rome?"


class Answer(BaseModel):
    """What the model is to answer."""

    city: str


class GetWeather(BaseModel):
    """The weather in a city"""

    city: str


WEATHER: Any = openai.pydantic_function_tool(GetWeather, name="get_weather")
LOOSE: Any = {
    "type": "function",
    "function": {key: value for key, value in WEATHER["function"].items() if key != "strict"},
}


@pytest.fixture
def client(address: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{address}/v1", api_key=KEY, max_retries=0) as client:
        yield client


@pytest.mark.parametrize("model", ["llama", "claude"])
def test_a_stream_put_together(client: openai.OpenAI, model):
    """Its events tell of each piece; the end is the completion that was not streamed, usage included."""
    whole = client.chat.completions.create(model=model, messages=FRANCE)
    with client.chat.completions.stream(
        model=model, messages=FRANCE, stream_options={"include_usage": True}
    ) as stream:
        pieces = [event.delta for event in stream if event.type == "content.delta"]
        final = stream.get_final_completion()

    assert PARIS == "".join(pieces) == final.choices[0].message.content
    assert (model, "stop") == (final.model, final.choices[0].finish_reason)
    assert whole.usage.total_tokens == final.usage.total_tokens


@pytest.mark.parametrize("model", ["llama", "claude"])
def test_streamed_tool_calls_put_together(client: openai.OpenAI, model):
    """Parallel calls stay apart, each with a name, arguments and an id of its own."""
    messages: Any = [{"role": "user", "content": BOTH}]
    with client.chat.completions.stream(model=model, messages=messages, tools=[LOOSE]) as stream:
        done = [event for event in stream if event.type == "tool_calls.function.arguments.done"]
        final = stream.get_final_completion()

    assert [{"city": "Paris"}, {"city": "Rome"}] == [json.loads(event.arguments) for event in done]
    calls = tool_calls(final)
    assert [event.arguments for event in done] == [call.function.arguments for call in calls]
    assert (["get_weather"] * 2, 2) == ([c.function.name for c in calls], len({c.id for c in calls}))
    assert "tool_calls" == final.choices[0].finish_reason


def test_streamed_thinking_put_together_goes_back(client: openai.OpenAI, workspace):
    """The message that the client makes of the pieces is a turn that the workspace takes."""
    history: Any = [{"role": "user", "content": BOTH}]
    asked: Any = {"model": "claude", "tools": [LOOSE], "reasoning_effort": "low"}
    with client.chat.completions.stream(messages=history, **asked) as stream:
        turn = stream.get_final_completion().choices[0].message
    history.append(turn.model_dump(exclude_none=True))
    history += [
        {"role": "tool", "tool_call_id": call.id, "content": "18 degrees"} for call in turn.tool_calls or ()
    ]

    reply = client.chat.completions.create(messages=history, **asked)

    block = turn.thinking_blocks[0]
    sent = workspace.requests[-1]["body"]["messages"][1]["content"][0]["summary"][0]
    assert "18 degrees" in reply.choices[0].message.content
    assert (block["thinking"], block["signature"]) == (sent["text"], sent["signature"])
    assert turn.reasoning_content == block["thinking"]


@pytest.mark.parametrize("model", ["llama", "claude"])
def test_an_answer_parsed(client: openai.OpenAI, model):
    """A model of pydantic is the response format, and the answer is one."""
    reply = client.chat.completions.parse(model=model, messages=FRANCE, response_format=Answer)

    assert Answer(city="France") == reply.choices[0].message.parsed


def test_a_streamed_answer_parsed(client: openai.OpenAI):
    """Streamed too."""
    with client.chat.completions.stream(model="claude", messages=FRANCE, response_format=Answer) as stream:
        final = stream.get_final_completion()

    assert Answer(city="France") == final.choices[0].message.parsed


def test_tool_calls_parsed(client: openai.OpenAI):
    """Arguments of a strict tool are models of pydantic."""
    messages: Any = [{"role": "user", "content": BOTH}]
    reply = client.chat.completions.parse(model="llama", messages=messages, tools=[WEATHER])

    parsed = [call.function.parsed_arguments for call in tool_calls(reply)]
    assert [GetWeather(city="Paris"), GetWeather(city="Rome")] == parsed


def test_a_raw_response(client: openai.OpenAI):
    """Its headers tell which deployment answered, and what it cost; the client's own id comes back."""
    raw = client.chat.completions.with_raw_response.create(
        model="llama", messages=FRANCE, extra_headers={"x-litellm-call-id": "call-of-mine"}
    )

    assert (200, PARIS) == (raw.status_code, raw.parse().choices[0].message.content)
    assert ("call-of-mine", "llama") == (
        raw.headers["x-litellm-call-id"],
        raw.headers["x-litellm-model-group"],
    )
    assert float(raw.headers["x-litellm-response-cost"]) > 0
    assert raw.headers["llm_provider-x-request-id"]


def test_a_raw_stream(client: openai.OpenAI):
    """The bytes end with [DONE]."""
    with client.chat.completions.with_streaming_response.create(
        model="llama", messages=FRANCE, stream=True
    ) as raw:
        lines = [line for line in raw.iter_lines() if line]

    assert raw.headers["content-type"].startswith("text/event-stream")
    assert "data: [DONE]" == lines[-1]
    assert all(line.startswith("data: {") for line in lines[:-1])


def tool_calls(reply: Any) -> list[Any]:
    return reply.choices[0].message.tool_calls or []
