"""LiteLLM's mocks: `mock_response`, `mock_tool_calls`, `mock_timeout`, `mock_delay`. No request is made."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping
from typing import Any

from lakeway import errors
from lakeway.calls import arguments as args
from lakeway.calls import checked
from lakeway.calls.mock_stream import open_stream
from lakeway.calls.opened import OpenedStream
from lakeway.core import model_name, shapes
from lakeway.core.dialects import embeddings
from lakeway.core.exchange import JsonObject
from lakeway.core.steps import Flow, sleep
from lakeway.core.usage import normalize
from lakeway.settings import Settings
from lakeway.types.chat import ModelResponse
from lakeway.types.embeddings import EmbeddingResponse

Control = Mapping[str, Any]

# LiteLLM's fixed counts for a mocked reply.
USAGE = {"prompt_tokens": 10, "completion_tokens": 20, "total_tokens": 30}
EMBEDDING_USAGE = {"prompt_tokens": 10, "total_tokens": 10}

RAISES: Mapping[str, type[errors.LakewayError]] = {
    "litellm.RateLimitError": errors.RateLimitError,
    "litellm.ContextWindowExceededError": errors.ContextWindowExceededError,
    "litellm.InternalServerError": errors.InternalServerError,
    "Exception: content_filter_policy": errors.ContentPolicyViolationError,
}
STREAM_FAULT = "Exception: mock_streaming_error"


def wanted(control: Control) -> bool:
    """An empty text is an answer too: nobody who mocks wants a request."""
    mocked = control.get("mock_response")
    return mocked is not None or bool(control.get("mock_tool_calls") or control.get("mock_timeout"))


def complete(
    model: str, control: Control, params: Control, settings: Settings
) -> Flow[ModelResponse | OpenedStream]:
    """The mocked answer. Raises the mocked error, or Timeout after `timeout` seconds for `mock_timeout`, and
    BadRequestError for a mock that is no answer."""
    name = _name(model, control)
    if control.get("mock_timeout"):
        if not {*args.TIMEOUTS, "stream_timeout"}.isdisjoint(control):
            yield from sleep(args.timeout(control, settings, stream=bool(params.get("stream"))).read or 0)
        raise errors.Timeout("This is a mock timeout error", model=name, llm_provider="databricks")
    if delay := checked.seconds(control, "mock_delay"):
        yield from sleep(delay)
    mocked = control.get("mock_response")
    _raise_if_error(mocked, name)
    reply = _reply(mocked, control, params, name)
    if params.get("stream"):
        include_usage = bool(checked.mapping(params, "stream_options").get("include_usage"))
        return open_stream(reply, include_usage=include_usage, fails=mocked == STREAM_FAULT)
    return ModelResponse.from_wire(reply)


def embed(model: str, count: int, control: Control, params: Control) -> EmbeddingResponse:
    """The mocked vectors for `count` inputs: one for all of them, or one each. Raises the mocked error."""
    name, mocked = _name(model, control), control["mock_response"]
    embeddings.check_format(params)
    _raise_if_error(mocked, name)
    listed = shapes.a_list(mocked, "mock_response", "a vector, a list of vectors, or an exception")
    vectors = [listed] * count if all(map(checked.is_number, listed)) else listed
    reply = {
        "object": "list",
        "model": name,
        "data": [
            {"object": "embedding", "index": index, "embedding": _vector(vector)}
            for index, vector in enumerate(vectors)
        ],
        "usage": normalize(EMBEDDING_USAGE),
    }
    return EmbeddingResponse.from_wire(embeddings.encode(reply, params.get("encoding_format")))


def _vector(vector: Any) -> list[float]:
    numbers = shapes.a_list(vector, "mock_response", "a list of vectors")
    if not all(map(checked.is_number, numbers)):
        raise shapes.bad("mock_response", "must hold vectors of numbers")
    return numbers


def _name(model: str, control: Control) -> str:
    return model_name.parse(model, checked.text(control, "custom_llm_provider")).model


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


def _reply(mocked: Any, control: Control, params: Control, model: str) -> JsonObject:
    made = {
        "id": f"chatcmpl-{uuid.uuid4()}",
        "created": int(time.time()),
        "model": model,
        "object": "chat.completion",
        "usage": normalize(USAGE),
    }
    if mocked is None or isinstance(mocked, str):
        calls = [_call(call) for call in checked.objects(control, "mock_tool_calls")]
        return made | {"choices": _choices(mocked, calls, params.get("n"))}
    given = shapes.an_object(mocked, "mock_response", "a text, an exception, or an object with choices")
    choices = shapes.objects(given.get("choices"), "mock_response.choices")
    return {
        **made,
        **{name: value for name, value in given.items() if value is not None},
        "choices": [_as_choice(choice, at) for at, choice in enumerate(choices)],
        "usage": normalize(given.get("usage") or USAGE),
    }


def _call(given: Mapping[str, Any]) -> JsonObject:
    return {"id": f"call_{uuid.uuid4()}", "type": "function", **given}


def _choices(content: str | None, calls: list[JsonObject], n: Any) -> list[JsonObject]:
    """As many choices as were asked for, all alike."""
    message = {"content": content, "role": "assistant", "tool_calls": calls or None, "function_call": None}
    finish = "tool_calls" if calls else "stop"
    many = n if isinstance(n, int) else 1
    return [{"finish_reason": finish, "index": i, "message": dict(message)} for i in range(max(many, 1))]


def _as_choice(choice: dict[str, Any], position: int) -> JsonObject:
    """A choice that has what every reader of a reply expects of one."""
    at = f"mock_response.choices[{position}].message"
    message = shapes.an_object(choice.get("message"), at)
    if calls := message.get("tool_calls"):
        shapes.objects(calls, f"{at}.tool_calls")
    content = message.get("content")
    text = content if content is None or isinstance(content, str) else _text(content, f"{at}.content")
    finish = choice.get("finish_reason") or "stop"
    return {"index": position, **choice, "message": {**message, "content": text}, "finish_reason": finish}


def _text(parts: Any, at: str) -> str:
    """The texts of a list of parts: a reply's content is one text."""
    return "".join(str(part.get("text") or "") for part in shapes.objects(parts, at))
