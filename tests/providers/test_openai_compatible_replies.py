"""What an OpenAI-compatible host answers: whole replies, vectors, and its many ways to say no."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lakeway import errors as tree
from lakeway.core.http import ConnectFailed, Headers, HttpResponse, TimedOut
from lakeway.core.request import ChatRequest, EmbeddingRequest
from lakeway.core.steps import Credential
from lakeway.providers.openai_compatible import ERRORS, ChatExchange, EmbeddingExchange, OpenAITarget

TARGET = OpenAITarget(model="m", alias="openai/m", credential=Credential(), base="https://api.example/v1")
CALL = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}
OVERLOADED = {"message": "busy", "type": "server_error", "param": None, "code": None}


def answer(wire: Any, status: int = 200, **headers: str) -> HttpResponse:
    body = wire if isinstance(wire, bytes) else msgspec.json.encode(wire)
    return HttpResponse(status, Headers(headers.items()), body)


def chat(wire: Any) -> dict[str, Any]:
    return ChatExchange(TARGET, ChatRequest(messages=[])).read_reply(answer(wire))


def embed(wire: Any, count: int = 2) -> dict[str, Any]:
    request = EmbeddingRequest(input=["x"] * count)
    return EmbeddingExchange(TARGET, request).read_reply(answer(wire))


def reply(message: dict[str, Any], finish: str | None = "stop", **more: Any) -> dict[str, Any]:
    choice = {"index": 0, "message": message, "finish_reason": finish, "logprobs": None}
    return {"id": "i", "created": 1, "model": "served", "choices": [choice], **more}


def said(message: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"role": "assistant", "tool_calls": None, "function_call": None, **message, **more}


@pytest.mark.parametrize(
    ("message", "finish", "expected", "reason"),
    [
        (
            {"role": "assistant", "content": "a", "refusal": None},
            "stop",
            said({"content": "a"}, refusal=None),
            "stop",
        ),
        (
            {"content": None, "tool_calls": [CALL]},
            "stop",
            said({"content": None}, tool_calls=[CALL]),
            "tool_calls",
        ),
        ({"content": "a", "reasoning": "t"}, "stop", said({"content": "a"}, reasoning_content="t"), "stop"),
        (
            {"content": "a", "reasoning_content": "t"},
            None,
            said({"content": "a", "reasoning_content": "t"}),
            "stop",
        ),
        ({"content": "a", "tool_calls": []}, "model_length", said({"content": "a"}), "length"),
    ],
)
def test_reply(message: dict[str, Any], finish: str | None, expected: dict[str, Any], reason: str) -> None:
    """OpenAI's shape with LiteLLM's additions, whatever the host calls its reasoning or its ends."""
    read = chat(reply(message, finish))

    assert "chat.completion" == read["object"]
    assert (expected, reason) == (read["choices"][0]["message"], read["choices"][0]["finish_reason"])


def test_usage_is_in_one_shape() -> None:
    """Cached and reasoning tokens are found where OpenAI has them; the host's own fields stay."""
    usage = {
        "prompt_tokens": 10,
        "completion_tokens": 5,
        "total_tokens": 15,
        "prompt_tokens_details": {"cached_tokens": 4},
        "completion_tokens_details": {"reasoning_tokens": 2},
    }
    read = chat(reply({"content": "a"}, usage=usage, system_fingerprint="f"))

    assert "f" == read["system_fingerprint"]
    assert (10, 5, 4) == tuple(
        read["usage"][name] for name in ("prompt_tokens", "completion_tokens", "cache_read_input_tokens")
    )
    assert 2 == read["usage"]["completion_tokens_details"]["reasoning_tokens"]


@pytest.mark.parametrize(
    "body", [b"", b"<html>sign in</html>", b"[]", b"{}", b'{"choices": {}}', b'{"choices": [3]}', b"\xff"]
)
def test_no_reply(body: bytes) -> None:
    """A good status over anything else is an error of its own, which is not retried."""
    with pytest.raises(tree.APIResponseValidationError) as caught:
        chat(body)

    assert ("openai", "m") == (caught.value.llm_provider, caught.value.model)


def test_a_page_hints_at_the_address() -> None:
    """Who pointed api_base at a web site reads so."""
    with pytest.raises(tree.APIResponseValidationError, match="is api_base the base of an OpenAI-compatible"):
        chat(b"<html>sign in</html>")


def test_vectors() -> None:
    """In the order of the inputs, as numbers, even from a host that answers base64 or in another order."""
    rows = [{"index": 1, "embedding": "AACAPwAAAEA="}, {"index": 0, "embedding": [0.5, 0.25]}]
    read = embed({"data": rows, "model": "served", "usage": {"prompt_tokens": 3, "total_tokens": 3}})

    assert [[0.5, 0.25], [1.0, 2.0]] == [row["embedding"] for row in read["data"]]
    assert ("list", 3) == (read["object"], read["usage"]["prompt_tokens"])


@pytest.mark.parametrize("data", [None, [], [{"embedding": [1]}], [{"embedding": "?"}, {"embedding": [1]}]])
def test_missing_vectors(data: Any) -> None:
    """A vector too few is an error: the next one would be taken for it."""
    with pytest.raises(tree.APIResponseValidationError):
        embed({"data": data})


@pytest.mark.parametrize(
    ("status", "body", "kind", "message", "code"),
    [
        (
            400,
            {
                "error": {
                    "message": "too long",
                    "type": "invalid_request_error",
                    "code": "context_length_exceeded",
                }
            },
            tree.ContextWindowExceededError,
            "too long",
            "context_length_exceeded",
        ),
        (
            400,
            {"error": {"message": "This model's maximum context length is 9 tokens", "code": 400}},
            tree.ContextWindowExceededError,
            "This model's maximum context length is 9 tokens",
            "400",
        ),
        (
            400,
            {"error": {"message": "filtered", "code": "content_filter"}},
            tree.ContentPolicyViolationError,
            "filtered",
            "content_filter",
        ),
        (
            401,
            {"error": {"message": "Incorrect API key", "code": "invalid_api_key"}},
            tree.AuthenticationError,
            "Incorrect API key",
            "invalid_api_key",
        ),
        (
            429,
            {"error": {"message": "quota", "type": "insufficient_quota", "code": "insufficient_quota"}},
            tree.RateLimitError,
            "quota",
            "insufficient_quota",
        ),
        (
            429,
            {"error": {"message": "slow down", "type": "tokens", "code": "rate_limit_exceeded"}},
            tree.RateLimitError,
            "slow down",
            "rate_limit_exceeded",
        ),
        (
            404,
            {"error": {"message": "no m", "code": "model_not_found"}},
            tree.NotFoundError,
            "no m",
            "model_not_found",
        ),
        (400, {"error": OVERLOADED}, tree.BadRequestError, "busy", "server_error"),
        (403, {"error": {"message": "region"}}, tree.PermissionDeniedError, "region", "403"),
        (422, {"detail": "nope"}, tree.UnprocessableEntityError, "nope", "422"),
        (
            422,
            {"detail": [{"loc": ["body", "n"], "msg": "must be positive"}, {"msg": "odd"}, "x"]},
            tree.UnprocessableEntityError,
            "body.n: must be positive; odd; x",
            "422",
        ),
        (404, {"detail": "Not Found"}, tree.NotFoundError, "Not Found", "404"),
        (
            404,
            {
                "object": "error",
                "message": "The model `m` does not exist.",
                "type": "NotFoundError",
                "code": 404,
            },
            tree.NotFoundError,
            "The model `m` does not exist.",
            "NotFoundError",
        ),
        (
            422,
            {"object": "error", "message": {"detail": [{"loc": ["body"], "msg": "odd"}]}, "type": "invalid"},
            tree.UnprocessableEntityError,
            "body: odd",
            "invalid",
        ),
        (
            429,
            [{"error": {"code": 429, "message": "quota", "status": "RESOURCE_EXHAUSTED"}}],
            tree.RateLimitError,
            "quota",
            "429",
        ),
        (500, {"error": "boom"}, tree.InternalServerError, "boom", "500"),
        (500, {"error": "Internal", "message": "boom"}, tree.InternalServerError, "boom", "500"),
        (400, {"odd": 1}, tree.BadRequestError, "HTTP 400", "400"),
        (400, b'"plain"', tree.BadRequestError, 'HTTP 400: "plain"', "400"),
        (400, ["a", "b"], tree.BadRequestError, 'HTTP 400: ["a","b"]', "400"),
        (502, b"<html><h1>Bad Gateway</h1></html>", tree.BadGatewayError, "HTTP 502: Bad Gateway", "502"),
        (503, b"", tree.ServiceUnavailableError, "HTTP 503 with an empty body", "503"),
    ],
)
def test_errors(status: int, body: Any, kind: type, message: str, code: str) -> None:
    """The reason out of each envelope; the class by code, by what the text is known to say, by status."""
    error = ChatExchange(TARGET, ChatRequest(messages=[])).read_error(answer(body, status))

    assert kind is getattr(type(error), "_own_class", type(error))
    assert (status, message, code) == (error.status_code, error.message, error.code)
    assert ("openai", "m") == (error.llm_provider, error.model)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"retry-after-ms": "1500", "retry-after": "2"}, 1.5),
        ({"retry-after-ms": "soon", "retry-after": "2"}, 2.0),
        ({"retry-after": "-1"}, 0.0),
        ({}, None),
    ],
)
def test_how_long_to_wait(headers: dict[str, str], expected: float | None) -> None:
    """OpenAI says it to the millisecond, others to the second."""
    assert expected == ERRORS.read(429, Headers(headers.items()), b"", model="m").retry_after


def test_an_error_in_spite_of_its_status() -> None:
    """Some hosts report an error under 200: it is that error, with the status of its code."""
    with pytest.raises(tree.RateLimitError, match="quota") as caught:
        chat({"error": {"message": "quota", "code": "insufficient_quota"}})

    assert 429 == caught.value.status_code


def test_redirect() -> None:
    """An address that leads elsewhere says where."""
    error = ERRORS.read(301, Headers([("location", "https://elsewhere")]), b"", model="m")

    assert error.message.startswith("redirected to https://elsewhere: is api_base the base of")


@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        (ConnectFailed("refused"), tree.APIConnectionError),
        (TimedOut("late", phase="read", sent=True), tree.Timeout),
    ],
)
def test_failures_below_http(failure: Any, kind: type) -> None:
    """What never was an answer is told as this host's too."""
    error = ChatExchange(TARGET, ChatRequest(messages=[])).read_failure(failure)

    assert isinstance(error, kind)
    assert "openai" == error.llm_provider


NAMES = st.sampled_from(["error", "message", "detail", "code", "type", "msg", "loc", "object", "retry_after"])
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4) | NAMES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=10,
)


@given(ANYTHING, st.sampled_from([400, 429, 500]))
def test_no_body_breaks_the_reader(body: object, status: int) -> None:
    """Whatever an error's body holds, it is an error of ours, with words in it."""
    raw = msgspec.json.encode(body)

    assert ERRORS.read(status, Headers(), raw, model="m").message
    assert isinstance(ERRORS.read_event(raw, model="m"), tree.LakewayError)
