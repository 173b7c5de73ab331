"""The six envelopes of a workspace's errors: reason, class, status."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lakeway import errors as tree
from lakeway.core.http import ConnectFailed, Disconnected, Headers, TimedOut
from lakeway.databricks.errors import cut, read, read_event, read_failure

NESTED = '{"message":"Input is too long."}'
GUARDRAIL = (
    '{"usage":{"prompt_tokens":0,"total_tokens":0},"input_guardrail":[{"flagged":false,"pii_detection":true,'
    '"anonymized_input":[{"role":"user","content":"card <CREDIT_CARD>"}]}],'
    '"finishReason":"input_guardrail_triggered"}'
)


def form1(code: str, message: str) -> dict[str, str]:
    return {"error_code": code, "message": message}


@pytest.mark.parametrize(
    ("status", "body", "kind", "as_status", "message"),
    [
        (
            400,
            form1("BAD_REQUEST", "x: Extra inputs are not permitted\n"),
            tree.BadRequestError,
            400,
            "x: Extra inputs are not permitted",
        ),
        (
            400,
            form1("BAD_REQUEST", 'json: unknown field "x"'),
            tree.BadRequestError,
            400,
            'json: unknown field "x"',
        ),
        (400, form1("BAD_REQUEST", NESTED), tree.ContextWindowExceededError, 400, "Input is too long."),
        (
            400,
            form1("BAD_REQUEST", msgspec.json.encode({"message": NESTED}).decode()),
            tree.ContextWindowExceededError,
            400,
            "Input is too long.",
        ),
        (
            400,
            form1("BAD_REQUEST", "prompt is too long: 210000 tokens > 200000 maximum"),
            tree.ContextWindowExceededError,
            400,
            "prompt is too long: 210000 tokens > 200000 maximum",
        ),
        (
            400,
            form1("BAD_REQUEST", "This model's maximum context length is 8192 tokens."),
            tree.ContextWindowExceededError,
            400,
            "This model's maximum context length is 8192 tokens.",
        ),
        (
            400,
            form1("BAD_REQUEST", GUARDRAIL),
            tree.ContentPolicyViolationError,
            400,
            "input_guardrail_triggered: personal data was detected",
        ),
        (
            400,
            form1("REQUEST_LIMIT_EXCEEDED", "REQUEST_LIMIT_EXCEEDED: Exceeded"),
            tree.RateLimitError,
            429,
            "Exceeded",
        ),
        (
            400,
            form1("BAD_REQUEST", "Model databricks-x has been retired."),
            tree.NotFoundError,
            404,
            "Model databricks-x has been retired.",
        ),
        (
            401,
            {"error_code": 401, "message": "Credential was not sent."},
            tree.AuthenticationError,
            401,
            "Credential was not sent.",
        ),
        (
            403,
            {"error_code": 403, "message": "Invalid access token. [ReqId: abc-1]"},
            tree.AuthenticationError,
            403,
            "Invalid access token. [ReqId: abc-1]",
        ),
        (
            403,
            {"error_code": 403, "message": "Source IP address: 203.0.113.7 is blocked by Databricks IP ACL"},
            tree.PermissionDeniedError,
            403,
            "Source IP address: 203.0.113.7 is blocked by Databricks IP ACL",
        ),
        (403, form1("PERMISSION_DENIED", "no CAN_QUERY"), tree.PermissionDeniedError, 403, "no CAN_QUERY"),
        (
            404,
            form1("RESOURCE_DOES_NOT_EXIST", "The given endpoint does not exist"),
            tree.NotFoundError,
            404,
            "The given endpoint does not exist",
        ),
        (
            404,
            form1("NOT_FOUND", "NOT_FOUND: 'a.b.c' does not exist"),
            tree.NotFoundError,
            404,
            "'a.b.c' does not exist",
        ),
        (429, form1("REQUEST_LIMIT_EXCEEDED", "slow"), tree.RateLimitError, 429, "slow"),
        (
            429,
            {
                "error": {
                    "message": "ITPM limit",
                    "type": "rate_limit_exceeded",
                    "code": 429,
                    "retry_after": 15,
                }
            },
            tree.RateLimitError,
            429,
            "ITPM limit",
        ),
        (
            400,
            {
                "error": {
                    "message": "Invalid value",
                    "type": "invalid_request_error",
                    "param": "p",
                    "code": None,
                }
            },
            tree.BadRequestError,
            400,
            "Invalid value",
        ),
        (
            401,
            {"error": "invalid_client", "error_description": "Client authentication failed"},
            tree.AuthenticationError,
            401,
            "invalid_client: Client authentication failed",
        ),
        (500, form1("INTERNAL_ERROR", "oops"), tree.InternalServerError, 500, "oops"),
        (503, form1("TEMPORARILY_UNAVAILABLE", "later"), tree.ServiceUnavailableError, 503, "later"),
        (504, form1("DEADLINE_EXCEEDED", "late"), tree.Timeout, 504, "late"),
        (
            502,
            b"<html><head><style>p{}</style></head><body><h1>502 Bad Gateway</h1></body></html>",
            tree.BadGatewayError,
            502,
            "HTTP 502: 502 Bad Gateway",
        ),
        (500, b"upstream connect error", tree.InternalServerError, 500, "HTTP 500: upstream connect error"),
        (500, b"", tree.InternalServerError, 500, "HTTP 500 with an empty body"),
        (418, b"[]", tree.BadRequestError, 418, "HTTP 418: []"),
        (529, form1("X", "busy"), tree.APIError, 529, "busy"),
    ],
)
def test_read(status: int, body: object, kind: type, as_status: int, message: str) -> None:
    """The reason behind each envelope, the class it is raised as, the status it carries."""
    raw = body if isinstance(body, bytes) else msgspec.json.encode(body)
    error = read(status, Headers(), raw, model="m")

    assert kind is type(error) or kind is getattr(type(error), "_own_class", None)
    assert (as_status, message) == (error.status_code, error.message)
    assert ("databricks", "m") == (error.llm_provider, error.model)


@pytest.mark.parametrize(
    ("headers", "body", "expected"),
    [
        ({"retry-after": "7"}, b"", 7.0),
        (
            {"retry-after": "Wed, 21 Oct 2026 07:28:10 GMT", "date": "Wed, 21 Oct 2026 07:28:00 GMT"},
            b"",
            10.0,
        ),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:10 GMT"}, b"", None),
        ({"retry-after": "soon"}, b"", None),
        ({}, b"", None),
        ({"retry-after": "7"}, b'{"error":{"message":"m","retry_after":15}}', 15.0),
    ],
)
def test_retry_after(headers: dict[str, str], body: bytes, expected: float | None) -> None:
    """How long the server asks to wait: in its body, in seconds, or as a date against its own clock."""
    assert expected == read(429, Headers(headers.items()), body, model="m").retry_after


@pytest.mark.parametrize(
    ("headers", "message", "expected"),
    [({"x-request-id": "a"}, "m [ReqId: b]", "a"), ({}, "m [ReqId: b-1]", "b-1"), ({}, "m", None)],
)
def test_request_id(headers: dict[str, str], message: str, expected: str | None) -> None:
    """The id that Databricks' support asks for, from the header or out of the text."""
    body = msgspec.json.encode(form1("BAD_REQUEST", message))

    assert expected == read(400, Headers(headers.items()), body, model="m").request_id


def test_nothing_is_lost_and_no_secret_shown() -> None:
    """Body and headers stay on the error; a token that the server echoed does not."""
    body = msgspec.json.encode(form1("BAD_REQUEST", "bad Bearer dapi0123456789abcdef0123456789abcdef"))
    error = read(400, Headers([("x-served", "y")]), body, model="m")

    assert "BAD_REQUEST" == error.code
    assert "y" == error.headers["x-served"]
    assert "BAD_REQUEST" == error.body["error_code"]
    assert "0123456789" not in f"{error} {error.body} {error!r}"


@pytest.mark.parametrize(
    ("failure", "kind", "said"),
    [
        (ConnectFailed("refused"), tree.APIConnectionError, "refused"),
        (Disconnected("closed", sent=True), tree.APIConnectionError, "before answering in full"),
        (TimedOut("read took 3 s", phase="read", sent=True), tree.Timeout, "read took 3 s"),
    ],
)
def test_failures_below_http(failure: Exception, kind: type, said: str) -> None:
    """What never was an answer has a class too."""
    error = read_failure(failure, model="m")

    assert isinstance(error, kind)
    assert said in error.message


def test_cut() -> None:
    """A cut stream is a connection error, which callers already catch."""
    assert isinstance(cut("why", model="m"), tree.APIConnectionError)


PIECES = st.sampled_from(
    [
        "error",
        "error_code",
        "message",
        "finishReason",
        "input_guardrail",
        "pii_detection",
        "code",
        "retry_after",
        "²",
        "x",
    ]
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | PIECES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(PIECES, inner, max_size=4)
        | st.dictionaries(PIECES, inner, max_size=3).map(lambda value: msgspec.json.encode(value).decode())
    ),
    max_leaves=10,
)


@given(ANYTHING, st.sampled_from([400, 403, 429, 500]))
def test_no_body_breaks_the_reader(body: object, status: int) -> None:
    """Whatever an error's body holds, it is an error of ours."""
    raw = msgspec.json.encode(body)

    assert isinstance(read(status, Headers(), raw, model="m"), tree.LakewayError)
    assert isinstance(read_event(raw, model="m"), tree.LakewayError)


def test_redirect() -> None:
    """An address that leads elsewhere is no workspace; the error says where it leads."""
    error = read(302, Headers([("location", "https://login")]), b"", model="m")

    assert (302, "redirected to https://login: is api_base a workspace's address?") == (
        error.status_code,
        error.message,
    )
