"""The Responses API of GPT models, through the official client where it can check us."""

# ruff: noqa: E501

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import openai
import pytest

PATH = "/serving-endpoints/responses"
GPT = "databricks-gpt-5-5"
TOOL = {
    "type": "function",
    "name": "get_weather",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}
CALL = {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"}


@pytest.fixture(scope="module")
def client(running: Any) -> Iterator[openai.OpenAI]:
    """The official client on the emulator."""
    with openai.OpenAI(base_url=running.base_url, api_key=running.token, max_retries=0) as client:
        yield client


def test_text(client: openai.OpenAI) -> None:
    """A question, an answer, a usage that adds up."""
    response = client.responses.create(model=GPT, input="What is the capital of France?")
    usage = response.usage
    assert usage is not None

    assert response.output_text == "The capital of France is Paris."
    assert (response.status, response.model) == ("completed", "gpt-5.5")
    assert usage.total_tokens == usage.input_tokens + usage.output_tokens
    assert usage.output_tokens_details.reasoning_tokens > 0


def test_chat_models_answer_responses_too(client: openai.OpenAI) -> None:
    """Every GPT has the Responses API."""
    assert client.responses.create(model="databricks-gpt-5", input="What is 2+2?").output_text == "2+2 = 4"


def test_gateway_path(caller: Any) -> None:
    """The gateway serves it under a three-part name."""
    status, body = caller.post(
        "/ai-gateway/openai/v1/responses", {"model": "system.ai.gpt-5-5", "input": "Capital of Spain?"}
    )

    assert (status, body["output"][-1]["content"][0]["text"]) == (200, "The capital of Spain is Madrid.")


def test_stream_events(client: openai.OpenAI) -> None:
    """The official client understands the stream, and the numbers count up."""
    with client.responses.stream(
        model=GPT, input="Capital of Japan?", reasoning={"summary": "auto"}
    ) as stream:
        events = list(stream)
        final = stream.get_final_response()

    assert [event.sequence_number for event in events if hasattr(event, "sequence_number")] == sorted(
        event.sequence_number for event in events if hasattr(event, "sequence_number")
    )
    assert (events[0].type, events[-1].type) == ("response.created", "response.completed")
    assert "response.reasoning_summary_text.delta" in {event.type for event in events}
    assert final.output_text == "The capital of Japan is Tokyo."


def test_streams_have_event_lines_and_no_done(caller: Any) -> None:
    """OpenAI's framing: event and data, ended by the last event."""
    outcome = caller.send("POST", PATH, msgspec.json.encode({"model": GPT, "input": "Hi", "stream": True}))
    events = list(outcome.events)

    assert all(event.startswith(b"event: response.") and event.endswith(b"\n\n") for event in events)
    assert b"[DONE]" not in b"".join(events)


def test_tool_turn(client: openai.OpenAI) -> None:
    """Every output item goes back, ids cut to 64 characters, and the result is used."""
    asked: list[Any] = [{"role": "user", "content": "Weather in Paris?"}]
    include: Any = ["reasoning.encrypted_content"]
    first = client.responses.create(model=GPT, input=asked, tools=[TOOL], include=include)  # type: ignore[list-item]
    items = [item.model_dump(exclude_none=True) for item in first.output]
    turn = [{**item, "id": item["id"][:64]} for item in items]
    result = {"type": "function_call_output", "call_id": items[-1]["call_id"], "output": "18C"}
    second = client.responses.create(model=GPT, input=[*asked, *turn, result], tools=[TOOL])  # type: ignore[list-item]

    assert [item["type"] for item in items] == ["reasoning", "function_call"]
    assert items[-1]["arguments"] == '{"city":"Paris"}'
    assert second.output_text == "According to the tools, get_weather: 18C."


def test_structured_output(caller: Any) -> None:
    """text.format fills a schema."""
    schema = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
    form = {"type": "json_schema", "name": "place", "schema": {**schema, "additionalProperties": False}}
    _, body = caller.post(
        PATH, {"model": GPT, "input": "I live in Oslo", "text": {"format": {**form, "strict": True}}}
    )

    assert body["output"][-1]["content"][0]["text"] == '{"city":"Oslo"}'


def test_incomplete(caller: Any) -> None:
    """max_output_tokens end a response early, and it says so."""
    body = {"model": GPT, "input": "Count to 100", "max_output_tokens": 16, "reasoning": {"effort": "none"}}
    _, reply = caller.post(PATH, body)

    assert (reply["status"], reply["incomplete_details"]) == ("incomplete", {"reason": "max_output_tokens"})
    assert reply["usage"]["output_tokens"] == 16


def items(*more: Any) -> dict[str, Any]:
    return {"input": [{"role": "user", "content": "Hi"}, *more]}


CODED = [
    ({"store": False}, "The parameter 'store' is not supported for the Responses API on Databricks"),
    ({"previous_response_id": "x"}, "The parameter 'previous_response_id' is not supported for the Responses API on Databricks"),
    ({"model": "databricks-claude-sonnet-4-5"}, "Responses API passthrough is not supported for model databricks-claude-sonnet-4-5"),
    ({"model": "databricks-gpt-oss-20b"}, "Responses API passthrough is not supported for model databricks-gpt-oss-20b"),
]  # fmt: skip
OPENAI = [
    ({"nope": 1}, "Unknown parameter: 'nope'.", "nope"),
    ({"max_output_tokens": "x"}, "Invalid type for 'max_output_tokens': expected integer.", "max_output_tokens"),
    ({"temperature": 0.2}, "Unsupported parameter: 'temperature' is not supported with this model.", "temperature"),
    (items({"role": "assistant", "content": "x", "id": "m" * 65}), "Invalid 'input[1].id': string too long. Expected a string with maximum length 64, but got a string with length 65 instead.", "input[1].id"),
    (items({"role": "assistant", "content": "x", "id": "item_1"}), "Invalid 'input[1].id': 'item_1'. Expected an ID that begins with 'msg'.", "input[1].id"),
    (items({"role": "assistant", "content": "x", "reasoning_content": "y"}), "Unknown parameter: 'input[1].reasoning_content'.", "input[1].reasoning_content"),
    (items(CALL), "No tool output found for function call c.", "input"),
    (items({"type": "function_call_output", "call_id": "c", "output": "x"}), "No tool call found for function call output with call_id c.", "input[1]"),
    (items({"type": "reasoning", "summary": [], "encrypted_content": "forged"}), "The encrypted content could not be verified.", "input[1]"),
    ({"tools": [{"type": "function", "function": {"name": "f"}}]}, "Unknown parameter: 'tools[0].function'.", "tools[0].function"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "message"), CODED)
def test_refused_by_databricks(caller: Any, change: Any, message: str) -> None:
    """What the pass-through itself does not have."""
    assert (400, message) == caller.refusal({"model": GPT, "input": "Hi", **change}, PATH)


@pytest.mark.parametrize(("change", "message", "param"), OPENAI)
def test_refused_by_openai(caller: Any, change: Any, message: str, param: str) -> None:
    """The upstream's own envelope, which names the parameter."""
    status, body = caller.post(PATH, {"model": GPT, "input": "Hi", **change})

    assert (400, message, param) == (status, body["error"]["message"], body["error"]["param"])
