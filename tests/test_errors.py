"""The exception tree: LiteLLM's names and argument orders, openai's classes, nothing secret, nothing lost."""

from __future__ import annotations

import copy
import json
import pickle
import subprocess
import sys
from typing import Any

import httpx2
import openai
import pytest

from lakeway import errors
from lakeway.core.http import Headers
from lakeway.errors import (
    APIConnectionError,
    APIError,
    APIResponseValidationError,
    AuthenticationError,
    BadGatewayError,
    BadRequestError,
    BudgetExceededError,
    ContentPolicyViolationError,
    ContextWindowExceededError,
    ImageFetchError,
    InternalServerError,
    JSONSchemaValidationError,
    LakewayError,
    LiteLLMUnknownProvider,
    MidStreamFallbackError,
    ModelNotMappedError,
    NotFoundError,
    PaymentRequiredError,
    PermissionDeniedError,
    RateLimitError,
    RejectedRequestError,
    RouterRateLimitError,
    ServiceUnavailableError,
    StreamCutError,
    Timeout,
    UnprocessableEntityError,
    UnsupportedEndpointError,
    UnsupportedParamsError,
    error_class_for_status,
    to_openai_body,
)

# class, default status, openai's class of that name
TREE: list[tuple[type[LakewayError], int, type[Exception] | None]] = [
    (APIConnectionError, 500, openai.APIConnectionError),
    (StreamCutError, 500, openai.APIConnectionError),
    (APIResponseValidationError, 500, openai.APIResponseValidationError),
    (AuthenticationError, 401, openai.AuthenticationError),
    (PermissionDeniedError, 403, openai.PermissionDeniedError),
    (NotFoundError, 404, openai.NotFoundError),
    (Timeout, 408, openai.APITimeoutError),
    (UnprocessableEntityError, 422, openai.UnprocessableEntityError),
    (RateLimitError, 429, openai.RateLimitError),
    (RouterRateLimitError, 429, openai.RateLimitError),
    (InternalServerError, 500, openai.InternalServerError),
    (BadGatewayError, 502, openai.APIStatusError),
    (ServiceUnavailableError, 503, openai.APIStatusError),
    (MidStreamFallbackError, 503, openai.APIStatusError),
    (BadRequestError, 400, openai.BadRequestError),
    (ContextWindowExceededError, 400, openai.BadRequestError),
    (ContentPolicyViolationError, 400, openai.BadRequestError),
    (RejectedRequestError, 400, openai.BadRequestError),
    (UnsupportedParamsError, 400, openai.BadRequestError),
    (UnsupportedEndpointError, 400, openai.BadRequestError),
    (ImageFetchError, 400, openai.BadRequestError),
    (LiteLLMUnknownProvider, 400, openai.BadRequestError),
    (PaymentRequiredError, 402, openai.BadRequestError),
    (ModelNotMappedError, 404, None),
    (LakewayError, 500, None),
]

# class, LiteLLM's positional arguments, what they mean
ORDERS: list[tuple[type[LakewayError], tuple[Any, ...], dict[str, Any]]] = [
    *(
        (cls, ("why", "databricks", "m"), {"message": "why", "llm_provider": "databricks", "model": "m"})
        for cls in (
            AuthenticationError,
            PermissionDeniedError,
            RateLimitError,
            ServiceUnavailableError,
            InternalServerError,
            BadGatewayError,
            APIConnectionError,
            APIResponseValidationError,
            UnsupportedParamsError,
        )
    ),
    *(
        (cls, ("why", "m", "databricks"), {"message": "why", "llm_provider": "databricks", "model": "m"})
        for cls in (
            BadRequestError,
            NotFoundError,
            Timeout,
            ContextWindowExceededError,
            ContentPolicyViolationError,
            UnprocessableEntityError,
            ImageFetchError,
            PaymentRequiredError,
        )
    ),
    (APIError, (529, "why", "databricks", "m"), {"status_code": 529, "message": "why", "model": "m"}),
    (UnsupportedParamsError, ("why", "databricks", "m", 422), {"status_code": 422}),
    (RejectedRequestError, ("why", "m", "databricks", {"a": 1}), {"model": "m", "request_data": {"a": 1}}),
    (
        JSONSchemaValidationError,
        ("m", "databricks", "{}", "S"),
        {"model": "m", "raw_response": "{}", "schema": "S"},
    ),
    (BudgetExceededError, (2.5, 2.0), {"current_cost": 2.5, "max_budget": 2.0, "status_code": 422}),
]


@pytest.mark.parametrize(("cls", "status", "theirs"), TREE)
def test_class_defaults(cls: type[LakewayError], status: int, theirs: type[Exception] | None) -> None:
    """Each class has LiteLLM's status, is caught as ours and as openai's, and reads as ours."""
    error = cls("why")

    assert status == error.status_code
    assert isinstance(error, cls)
    assert isinstance(error, LakewayError)
    assert (theirs is not None) == isinstance(error, openai.OpenAIError)
    assert theirs is None or isinstance(error, theirs)
    assert (cls.__name__, cls.__qualname__, "lakeway.errors") == (
        type(error).__name__,
        type(error).__qualname__,
        type(error).__module__,
    )


@pytest.mark.parametrize(("cls", "args", "expected"), ORDERS)
def test_argument_order(cls: type[LakewayError], args: tuple[Any, ...], expected: dict[str, Any]) -> None:
    """Positional arguments come in LiteLLM's order, which differs from class to class."""
    error = cls(*args)

    assert expected == {name: getattr(error, name) for name in expected}


def test_except_openai() -> None:
    """`except openai.RateLimitError` catches ours."""
    with pytest.raises(openai.RateLimitError) as caught:
        raise RateLimitError("slow down", "databricks", "m")

    assert caught.value.message == "slow down"


def test_mid_stream_error_keeps_what_was_said() -> None:
    """The text before the failure and the failure itself stay on the error."""
    cause = StreamCutError("gone")
    error = MidStreamFallbackError("why", "m", "databricks", cause, generated_content="Hel")

    assert (cause, "Hel", False) == (
        error.original_exception,
        error.generated_content,
        error.is_pre_first_chunk,
    )


def test_facts() -> None:
    """Every fact given is an attribute; those not given are there too."""
    given: dict[str, Any] = {
        "status_code": 413,
        "code": "REQUEST_TOO_LARGE",
        "type": "t",
        "param": "input",
        "request_id": "r1",
        "retry_after": 1.5,
        "body": {"error_code": "X"},
        "litellm_debug_info": "d",
        "max_retries": 2,
        "num_retries": 1,
    }

    error = BadRequestError("why", model="m", llm_provider="databricks", **given)
    bare = BadRequestError("why")

    assert given == {name: getattr(error, name) for name in given}
    assert (
        bare.code,
        bare.type,
        bare.retry_after,
        bare.model,
    ) == ("400", "invalid_request_error", None, None)


def test_unknown_fact_is_refused() -> None:
    """A misspelt keyword is a TypeError, not a silent loss."""
    with pytest.raises(TypeError, match="retry_afer"):
        RateLimitError("why", retry_afer=1)  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (
            RateLimitError("too fast", "databricks", "m", status_code=429, request_id="r1"),
            "RateLimitError: Databricks: too fast (model m, status 429, request id r1)",
        ),
        (Timeout("no answer", "m", "databricks"), "Timeout: Databricks: no answer (model m)"),
        (AuthenticationError("no key"), "AuthenticationError: no key"),
        (NotFoundError("no such model", "gpt", "openai"), "NotFoundError: openai: no such model (model gpt)"),
    ],
)
def test_text(error: LakewayError, text: str) -> None:
    """The text names class, provider, reason, model, status and request id, each where known."""
    assert text == str(error)


@pytest.mark.parametrize(
    "headers",
    [
        {"Retry-After": "7", "X-Id": "a, b"},
        [("retry-after", "7"), ("x-id", "a"), ("X-ID", "b")],
        Headers([("retry-after", "7"), ("x-id", "a"), ("x-id", "b")]),
        httpx2.Headers([("retry-after", "7"), ("x-id", "a"), ("x-id", "b")]),
    ],
)
def test_headers(headers: Any) -> None:
    """Headers come in any form and are found in any case."""
    error = RateLimitError("why", headers=headers)

    assert (
        error.headers["Retry-After"],
        error.litellm_response_headers.get("x-ID"),
        "RETRY-AFTER" in error.headers,
        error.headers.get("none"),
    ) == ("7", "a, b", True, None)


def test_response_is_httpx() -> None:
    """`e.response` has the provider's status, headers and body, whatever encoding they came in."""
    request = httpx2.Request("POST", "https://host/serving-endpoints/m/invocations?key=s", headers={"a": "b"})
    headers = {"x-databricks-request-id": "r1", "content-encoding": "gzip", "content-length": "7"}
    error = RateLimitError("why", status_code=429, headers=headers, body={"m": "ü"}, request=request)

    response = error.response

    assert isinstance(response, httpx2.Response)
    assert (
        response.status_code,
        response.headers["X-Databricks-Request-Id"],
        response.json(),
    ) == (429, "r1", {"m": "ü"})
    assert (
        error.request.method,
        str(error.request.url),
    ) == ("POST", "https://host/serving-endpoints/m/invocations")
    assert response is error.response


def test_given_response_is_kept() -> None:
    """A response passed in is the one handed out, and its headers are read."""
    response = httpx2.Response(429, headers={"retry-after": "3"})
    error = RateLimitError("why", "databricks", "m", response=response)

    assert response is error.response
    assert error.headers["retry-after"] == "3"


COPIERS = {
    "pickle": lambda error: pickle.loads(pickle.dumps(error)),
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
}


@pytest.mark.parametrize("copier", COPIERS.values(), ids=COPIERS)
@pytest.mark.parametrize("cls", [row[0] for row in TREE])
def test_copies(cls: type[LakewayError], copier: Any) -> None:
    """Copies have the class, the text and every fact, also after the response was built."""
    error = cls("why", model="m", status_code=418, body={"a": [1]}, headers={"x": "y"}, request_id="r")
    error.add_note("noted")
    assert error.response.status_code == 418

    copied = copier(error)

    facts = ("message", "model", "status_code", "code", "body", "headers", "request_id", "args", "__notes__")
    assert type(error) is type(copied)
    assert str(error) == str(copied)
    assert [getattr(error, name) for name in facts] == [getattr(copied, name) for name in facts]
    assert copied.response.json() == {"a": [1]}


def test_error_of_a_users_class() -> None:
    """A class derived from ours is joined to openai's too."""

    class Mine(RateLimitError):
        pass

    error = Mine("why")
    its_class: Any = type(error)

    assert issubclass(its_class, openai.RateLimitError)
    assert isinstance(its_class("again"), Mine)
    assert repr(error) == "Mine('why')"


def test_without_openai_and_across_processes() -> None:
    """Without openai nothing of it is loaded; pickles cross between programs with and without it."""
    program = """
import pickle, sys
from lakeway.errors import RateLimitError
error = pickle.loads(sys.stdin.buffer.read())
assert type(error) is RateLimitError and error.body == {"a": 1}, type(error)
answer = error.response
assert (answer.status_code, answer.text, answer.json()) == (429, '{"a": 1}', {"a": 1})
assert answer.headers["Retry-After"] == "7" and answer.request.method == error.request.method == "POST"
assert not {"openai", "httpx", "httpx2", "pydantic", "msgspec", "asyncio"} & set(sys.modules)
sys.stdout.buffer.write(pickle.dumps(error))
"""
    sent = RateLimitError("why", "databricks", "m", body={"a": 1}, headers={"retry-after": "7"})

    done = subprocess.run(
        [sys.executable, "-c", program], input=pickle.dumps(sent), capture_output=True, check=False
    )
    back = pickle.loads(done.stdout) if done.returncode == 0 else done.stderr.decode()

    assert isinstance(back, openai.RateLimitError), back
    assert str(sent) == str(back)


@pytest.mark.parametrize("stand_in", [None, object(), type("Stub", (), {"RateLimitError": object})])
def test_openai_that_is_not_openai(stand_in: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A blocked, half-imported or stubbed openai leaves our classes as they are."""
    monkeypatch.setitem(sys.modules, "openai", stand_in)

    assert RateLimitError is type(RateLimitError("why"))


@pytest.mark.parametrize(
    ("status", "cls"),
    [
        (400, BadRequestError),
        (401, AuthenticationError),
        (402, PaymentRequiredError),
        (403, PermissionDeniedError),
        (404, NotFoundError),
        (408, Timeout),
        (409, BadRequestError),
        (413, BadRequestError),
        (422, BadRequestError),
        (429, RateLimitError),
        (499, BadRequestError),
        (500, InternalServerError),
        (501, APIError),
        (502, BadGatewayError),
        (503, ServiceUnavailableError),
        (504, Timeout),
        (529, APIError),
        (302, APIError),
    ],
)
def test_class_for_status(status: int, cls: type[LakewayError]) -> None:
    """Statuses map as LiteLLM maps them, and the class takes the real status by keyword."""
    found: Any = error_class_for_status(status)
    error = found(message="why", model="m", llm_provider="databricks", status_code=status)

    assert (cls, status) == (found, error.status_code)


@pytest.mark.parametrize(
    ("error", "body"),
    [
        (
            RateLimitError("why", "databricks", "m", status_code=429, code="REQUEST_LIMIT_EXCEEDED"),
            {
                "message": "Databricks: why (model m, status 429)",
                "type": "throttling_error",
                "param": None,
                "code": "429",
            },
        ),
        (
            AuthenticationError("Authentication Error, No api key passed in.", type="auth_error"),
            {
                "message": "Authentication Error, No api key passed in.",
                "type": "auth_error",
                "param": None,
                "code": "401",
            },
        ),
        (
            UnsupportedParamsError("no seed", param="seed"),
            {"message": "no seed", "type": "invalid_request_error", "param": "seed", "code": "400"},
        ),
        (
            PermissionDeniedError("no"),
            {"message": "no", "type": "permission_error", "param": None, "code": "403"},
        ),
        (
            InternalServerError("no"),
            {"message": "no", "type": "internal_server_error", "param": None, "code": "500"},
        ),
    ],
)
def test_openai_body(error: LakewayError, body: dict[str, Any]) -> None:
    """Errors answer in openai's envelope with LiteLLM's types and the status as text."""
    assert {"error": body} == to_openai_body(error)
    assert json.dumps(to_openai_body(error))


def test_docstring_draws_every_class() -> None:
    """The tree in the module's docstring names every class of the module."""
    public = {
        name
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, LakewayError)
    }

    drawn = {name for name in public if name in (errors.__doc__ or "")}

    assert {"_ModelFirst", "LiteLLMUnknownProvider"} == public - drawn


def test_secrets_stay_out() -> None:
    """A token echoed by the provider is in no text, body or answer of the error."""
    token = "dapi0123456789abcdef0123456789abcdef"
    error = AuthenticationError(
        f"Invalid token {token}", "databricks", "m", body={"seen": [f"Bearer {token}"]}, status_code=403
    )

    shown = f"{error} {error!r} {error.body} {error.response.text} {to_openai_body(error)} {error.__dict__}"

    assert token not in shown
    assert error.message == "Invalid token [REDACTED]"


def test_a_message_is_bounded() -> None:
    """Whoever quotes megabytes of a request makes no error of megabytes; no secret is cut in half by it."""
    secret = "sk-" + "a" * 100
    long = BadRequestError(f"{'x' * 9950} {secret} {'y' * 1_000_000}")
    short = BadRequestError("x" * 10_000)

    assert f"{'x' * 9950} [REDACTED] {'y' * 38}" == long.message.partition("…")[0]
    assert long.message.endswith("… (1010055 characters in all)")
    assert "x" * 10_000 == short.message
