"""Whole replies of every family, in OpenAI's shape with LiteLLM's additions."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from lakeway.auth.credentials import StaticToken
from lakeway.core.http import Headers, HttpResponse
from lakeway.databricks import chat, surfaces
from lakeway.databricks.reply import read
from lakeway.databricks.request import ChatRequest
from lakeway.databricks.target import DatabricksTarget
from lakeway.errors import APIResponseValidationError, BadRequestError

MODEL = "databricks-claude-sonnet-4-5"
BLOCK = {"type": "thinking", "thinking": "hm", "signature": "sig"}


def summary(text: str, **more: Any) -> dict[str, Any]:
    return {"type": "reasoning", "summary": [{"type": "summary_text", "text": text, **more}]}


def text(value: str, **more: Any) -> dict[str, Any]:
    return {"type": "text", "text": value, **more}


@pytest.mark.parametrize(
    ("wire", "expected"),
    [
        pytest.param({"content": "hi"}, {"content": "hi"}, id="text"),
        pytest.param({"content": None}, {"content": None}, id="nothing"),
        pytest.param({}, {"content": None}, id="no content at all"),
        pytest.param({"content": []}, {"content": ""}, id="an empty list"),
        pytest.param({"content": [text("a"), text("b")]}, {"content": "ab"}, id="items"),
        pytest.param(
            {"content": [summary("hm", signature="sig"), text("hi")]},
            {
                "content": "hi",
                "reasoning_content": "hm",
                "thinking_blocks": [BLOCK],
                "provider_specific_fields": {
                    "citations": None,
                    "thinking_blocks": [BLOCK],
                    "thinking_model": "claude-sonnet-4-5",
                },
            },
            id="Claude's reasoning",
        ),
        pytest.param(
            {"content": [summary("hm"), text("hi")]},
            {
                "content": "hi",
                "reasoning_content": "hm",
                "thinking_blocks": [{**BLOCK, "signature": ""}],
                "provider_specific_fields": {
                    "citations": None,
                    "thinking_blocks": [{**BLOCK, "signature": ""}],
                    "thinking_model": "claude-sonnet-4-5",
                },
            },
            id="GPT OSS has no signature",
        ),
        pytest.param(
            {
                "content": [
                    {"type": "reasoning", "summary": [{"type": "summary_encrypted_text", "data": "x"}]},
                    text("hi"),
                ]
            },
            {
                "content": "hi",
                "thinking_blocks": [{"type": "redacted_thinking", "data": "x"}],
                "provider_specific_fields": {
                    "citations": None,
                    "thinking_blocks": [{"type": "redacted_thinking", "data": "x"}],
                    "thinking_model": "claude-sonnet-4-5",
                },
            },
            id="redacted reasoning",
        ),
        pytest.param(
            {"content": "391", "reasoning_content": "17*23"},
            {"content": "391", "reasoning_content": "17*23"},
            id="reasoning beside",
        ),
        pytest.param(
            {"content": "391", "reasoning": "17*23"},
            {"content": "391", "reasoning_content": "17*23"},
            id="under its other name",
        ),
        pytest.param(
            {"content": "<think>hm</think>\nhi"}, {"content": "hi", "reasoning_content": "hm"}, id="in tags"
        ),
        pytest.param({"content": "<think>hm"}, {"content": "<think>hm"}, id="in tags that never close"),
        pytest.param(
            {"content": [text("Blue", citations=[{"cited_text": "sky"}])]},
            {
                "content": "Blue",
                "provider_specific_fields": {
                    "citations": [[{"cited_text": "sky", "supported_text": "Blue"}]]
                },
            },
            id="citations",
        ),
        pytest.param(
            {"content": "hi", "refusal": None, "odd": 1},
            {"content": "hi", "refusal": None, "odd": 1},
            id="unknown fields survive",
        ),
    ],
)
def test_message(wire: dict[str, Any], expected: dict[str, Any]) -> None:
    """A message's content in any form: text, reasoning and blocks, each in its field."""
    reply = read({"choices": [{"message": wire, "finish_reason": "stop"}]}, MODEL)

    assert {"role": "assistant", "tool_calls": None, "function_call": None, **expected} == (
        reply["choices"][0]["message"]
    )


CALL = {"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
JSON_CALL = {"id": "2", "type": "function", "function": {"name": "json_tool_call", "arguments": '{"a":1}'}}


@pytest.mark.parametrize(
    ("calls", "native", "reason"),
    [
        (None, "stop", "stop"),
        (None, None, "stop"),
        (None, "end_turn", "stop"),
        (None, "max_tokens", "length"),
        (None, "unheard_of", "stop"),
        (None, "content_filter", "content_filter"),
        ([CALL], "tool_use", "tool_calls"),
        ([CALL], "stop", "tool_calls"),
    ],
)
def test_finish_reason(calls: Any, native: str | None, reason: str) -> None:
    """OpenAI's reason, with the server's own beside it where they differ."""
    choice = {"message": {"content": "", "tool_calls": calls}, "finish_reason": native}
    read_choice = read({"choices": [choice]}, MODEL)["choices"][0]

    assert reason == read_choice["finish_reason"]
    if native not in (None, "stop", "content_filter"):
        assert {"native_finish_reason": native} == read_choice["provider_specific_fields"]


@pytest.mark.parametrize(
    ("calls", "content", "left", "reason"),
    [
        ([JSON_CALL], '{"a":1}', None, "stop"),
        ([CALL, JSON_CALL], '{"a":1}', [CALL], "tool_calls"),
        ([CALL], "x", [CALL], "tool_calls"),
    ],
)
def test_structured_answer(calls: Any, content: str, left: Any, reason: str) -> None:
    """The call that carries a structured answer becomes content; thinking and other calls stay."""
    message = {"content": [summary("hm", signature="sig"), text("x")], "tool_calls": calls}
    choice = read({"choices": [{"message": message, "finish_reason": "tool_calls"}]}, MODEL, json_tool=True)[
        "choices"
    ][0]

    assert (content, left, reason) == (
        choice["message"]["content"],
        choice["message"]["tool_calls"],
        choice["finish_reason"],
    )
    assert [BLOCK] == choice["message"]["thinking_blocks"]


def exchange(model: str = MODEL, **params: Any) -> Any:
    target = DatabricksTarget(
        provider="databricks",
        model=model,
        alias=MODEL,
        credential=StaticToken("t"),
        base=surfaces.parse("https://w"),
    )
    return chat.exchange(target, ChatRequest(messages=[{"role": "user", "content": "hi"}], params=params))


def response(body: bytes) -> HttpResponse:
    return HttpResponse(200, Headers([("x-request-id", "r1")]), body)


def test_agent_reply() -> None:
    """A ChatAgent endpoint answers with messages; the last is the reply."""
    wire = {"messages": [{"role": "assistant", "content": "a"}, {"role": "assistant", "content": "b"}]}
    reply = exchange().read_reply(response(msgspec.json.encode(wire)))

    assert "b" == reply["choices"][0]["message"]["content"]
    assert wire["messages"] == reply["messages"]


MISSHAPEN = [
    b"",
    b"{",
    b"[]",
    b"{}",
    b"<html>",
    b'{"choices":[1]}',
    b"\xff",
    b'{"messages":5}',
    b'{"messages":["x"]}',
]


@pytest.mark.parametrize("body", MISSHAPEN)
def test_what_is_no_reply(body: bytes) -> None:
    """A 200 that holds no reply is an error of its own, with the start of what came and its request id."""
    with pytest.raises(APIResponseValidationError) as caught:
        exchange().read_reply(response(body))

    assert "r1" == caught.value.request_id


def test_an_error_with_status_200() -> None:
    """An error envelope is one, whatever its status says."""
    with pytest.raises(BadRequestError, match="no"):
        exchange().read_reply(response(b'{"error_code":"BAD_REQUEST","message":"no"}'))


@pytest.mark.parametrize(
    "body", [b"{}", b'{"output":5}', b'{"output":[5]}', b'{"output":[{"type":"message","content":7}]}']
)
def test_what_is_no_responses_reply(body: bytes) -> None:
    """The same over the Responses API."""
    with pytest.raises(APIResponseValidationError):
        exchange(model="databricks-gpt-5-5").read_reply(response(body))


def test_a_whole_responses_reply_to_a_stream() -> None:
    """A server that does not stream: its answer comes out as chunks all the same, with its end."""
    said = {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "hi"}]}
    whole = {"object": "response", "id": "r", "status": "completed", "output": [said]}
    stream = exchange(model="databricks-gpt-5-5").stream_reader()
    chunks = stream.feed(b"data: " + msgspec.json.encode(whole) + b"\n\n") + stream.finish()

    assert stream.failure is None
    assert "hi" == "".join(c["choices"][0]["delta"].get("content") or "" for c in chunks if c["choices"])
    assert "stop" == chunks[-1]["choices"][0]["finish_reason"]
