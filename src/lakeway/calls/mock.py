"""LiteLLM's mocks: `mock_response`, `mock_tool_calls`, `mock_timeout`, `mock_delay`. No request is made."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lakeway import errors
from lakeway.calls.opened import OpenedStream
from lakeway.core import model_name
from lakeway.core.exchange import JsonObject
from lakeway.core.steps import Flow, sleep
from lakeway.core.usage import normalize
from lakeway.types.chat import ModelResponse, ModelResponseStream

# LiteLLM's fixed counts for a mocked reply.
USAGE = {"prompt_tokens": 10, "completion_tokens": 20, "total_tokens": 30}

RAISES: Mapping[str, type[errors.LakewayError]] = {
    "litellm.RateLimitError": errors.RateLimitError,
    "litellm.ContextWindowExceededError": errors.ContextWindowExceededError,
    "litellm.InternalServerError": errors.InternalServerError,
    "Exception: content_filter_policy": errors.ContentPolicyViolationError,
}
STREAM_FAULT = "Exception: mock_streaming_error"


def wanted(control: Mapping[str, Any]) -> bool:
    return any(control.get(name) for name in ("mock_response", "mock_tool_calls", "mock_timeout"))


def complete(
    model: str, messages: Sequence[Any], control: Mapping[str, Any], params: Mapping[str, Any]
) -> Flow[ModelResponse | OpenedStream]:
    """The mocked answer. Raises the mocked error, or Timeout after `timeout` seconds for `mock_timeout`."""
    name = model_name.parse(model, control.get("custom_llm_provider")).model
    if control.get("mock_timeout"):
        yield from sleep(float(control.get("timeout") or 0))
        raise errors.Timeout("This is a mock timeout error", model=name, llm_provider="databricks")
    if control.get("mock_delay"):
        yield from sleep(float(control["mock_delay"]))
    mocked = control.get("mock_response")
    _raise_if_error(mocked, name)
    reply = _reply(mocked, control.get("mock_tool_calls"), name)
    if params.get("stream"):
        return _stream(reply, params, fails=mocked == STREAM_FAULT)
    return ModelResponse.from_wire(reply)


def _raise_if_error(mocked: Any, model: str) -> None:
    if isinstance(mocked, errors.LakewayError):
        raise mocked
    if isinstance(mocked, BaseException):
        raise errors.InternalServerError(str(mocked), llm_provider="databricks", model=model) from mocked
    if isinstance(mocked, str) and mocked in RAISES:
        kind = RAISES[mocked]
        raise kind(
            message=f"a mocked {kind.__name__}",
            llm_provider="databricks",
            model=model,
            status_code=kind.status_code,
        )


def _reply(mocked: Any, tool_calls: Sequence[Any] | None, model: str) -> JsonObject:
    if isinstance(mocked, Mapping):
        return dict(mocked)
    calls = [{"id": f"call_{uuid.uuid4()}", "type": "function", **call} for call in tool_calls or ()]
    message: JsonObject = {
        "content": mocked,
        "role": "assistant",
        "tool_calls": calls or None,
        "function_call": None,
    }
    choice = {"finish_reason": "tool_calls" if calls else "stop", "index": 0, "message": message}
    return {
        "id": f"chatcmpl-{uuid.uuid4()}",
        "created": int(time.time()),
        "model": model,
        "object": "chat.completion",
        "choices": [choice],
        "usage": normalize(USAGE),
    }


class _Body:
    """The rest of a mocked stream: nothing, in both colours."""

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        raise StopIteration

    def __aiter__(self) -> _Body:
        return self

    async def __anext__(self) -> bytes:
        raise StopAsyncIteration

    def close(self) -> None: ...

    async def aclose(self) -> None: ...


class _Reader:
    """Chunks that were there from the start, then the end."""

    def __init__(self, last: list[JsonObject], failure: errors.LakewayError | None) -> None:
        self._last = last
        self._coming = failure
        self.failure: errors.LakewayError | None = None
        self.usage: JsonObject | None = normalize(USAGE)

    def feed(self, data: bytes) -> list[JsonObject]:
        return []

    def finish(self) -> list[JsonObject]:
        self.failure = self._coming
        return self._last


def _stream(reply: JsonObject, params: Mapping[str, Any], *, fails: bool) -> OpenedStream:
    head = {key: reply.get(key) for key in ("id", "created", "model")} | {"object": "chat.completion.chunk"}
    message, finish = reply["choices"][0]["message"], reply["choices"][0]["finish_reason"]
    words = (message.get("content") or "").split(" ")
    pieces = [word + (" " if i < len(words) - 1 else "") for i, word in enumerate(words)]
    deltas: list[JsonObject] = [
        {"role": "assistant", "content": pieces[0]},
        *({"content": p} for p in pieces[1:]),
    ]
    if message.get("tool_calls"):
        deltas = [
            {
                "role": "assistant",
                "tool_calls": [{"index": i, **c} for i, c in enumerate(message["tool_calls"])],
            }
        ]
    first = [{**head, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]} for delta in deltas]
    last = [{**head, "choices": [{"index": 0, "delta": {}, "finish_reason": finish}]}]
    if (params.get("stream_options") or {}).get("include_usage"):
        last.append({**head, "choices": [], "usage": reply.get("usage")})
    failure = errors.InternalServerError("a mocked streaming error", "databricks", reply.get("model"))
    return OpenedStream(
        exchange=None,
        reader=_Reader([] if fails else last, failure if fails else None),
        first=first,
        rest=_Body(),
        present=lambda chunks: [ModelResponseStream.from_wire(chunk) for chunk in chunks],
        hidden={"headers": {}, "additional_headers": {}, "response_cost": None},
        end=lambda reader, hidden: hidden.update(usage=reader.usage),
    )
