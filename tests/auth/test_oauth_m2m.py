"""The OAuth exchange as values: the request on the wire, and every kind of reply."""

from __future__ import annotations

import json

import pytest

from lakeway.auth import OAuthM2M
from lakeway.auth.oauth_m2m import read_failure, read_reply, write_request
from lakeway.auth.token import issued
from lakeway.core.http import ConnectFailed, Headers, HttpRequest, HttpResponse, TimedOut, Timeout
from lakeway.errors import (
    APIConnectionError,
    AuthenticationError,
    InternalServerError,
    RateLimitError,
    ServiceUnavailableError,
)
from lakeway.errors import Timeout as TimeoutExceeded

SECRET = "s3cret&co"
URL = "https://dbc-1.cloud.databricks.com/oidc/v1/token"
CREDENTIAL = OAuthM2M(URL, "client-1", SECRET)


def reply(status: int, body: object, **headers: str) -> HttpResponse:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    pairs = ((name.replace("_", "-"), value) for name, value in headers.items())
    return HttpResponse(status, Headers(pairs), raw)


def test_the_request_is_client_credentials_with_basic_auth():
    """The form of Databricks docs, oauth-m2m; the secret is in the Basic header and nowhere else."""
    expected = HttpRequest(
        method="POST",
        url=URL,
        headers=(
            ("authorization", "Basic Y2xpZW50LTE6czNjcmV0JmNv"),
            ("content-type", "application/x-www-form-urlencoded"),
            ("accept", "application/json"),
        ),
        body=b"grant_type=client_credentials&scope=all-apis",
        timeout=Timeout(connect=10.0, read=30.0, total=30.0),
    )

    assert expected == write_request(CREDENTIAL)


def test_a_scope_is_escaped():
    """Several scopes are separated by a space, which a form writes as +."""
    request = write_request(OAuthM2M(URL, "client-1", SECRET, "ai-gateway unity-catalog"))

    assert request.body == b"grant_type=client_credentials&scope=ai-gateway+unity-catalog"


@pytest.mark.parametrize(
    ("expires_in", "lifetime"),
    [
        pytest.param({"expires_in": 600}, 600, id="number"),
        pytest.param({"expires_in": "600"}, 600, id="string, as Azure writes it"),
        pytest.param({}, 3600, id="absent"),
        pytest.param({"expires_in": None}, 3600, id="null"),
        pytest.param({"expires_in": "soon"}, 3600, id="nonsense"),
        pytest.param({"expires_in": "inf"}, 3600, id="endless"),
        pytest.param({"expires_in": 0}, 0, id="already over"),
    ],
)
def test_a_token_and_its_lifetime(expires_in: dict[str, object], lifetime: float):
    """The lifetime counts from now; without one it is Databricks' usual hour."""
    response = reply(200, {"access_token": "eyJ.t", "token_type": "Bearer", **expires_in})

    assert issued((("authorization", "Bearer eyJ.t"),), lifetime, 50.0) == read_reply(
        response, 50.0, CREDENTIAL
    )


@pytest.mark.parametrize(
    ("body", "code", "reason"),
    [
        pytest.param(
            {"error": "invalid_client", "error_description": "Client authentication failed"},
            "invalid_client",
            "invalid_client: Client authentication failed",
            id="OIDC",
        ),
        pytest.param(
            {"errorCode": "E0000022", "errorSummary": "The endpoint\r\ndoes not support"},
            "E0000022",
            "E0000022: The endpoint does not support",
            id="login service, over two lines",
        ),
        pytest.param(
            {"error_code": "ENDPOINT_NOT_FOUND", "message": "No API found"},
            "ENDPOINT_NOT_FOUND",
            "ENDPOINT_NOT_FOUND: No API found",
            id="workspace",
        ),
        pytest.param(
            {"error": "invalid_scope"}, "invalid_scope", "answered 401: invalid_scope", id="no reason"
        ),
        pytest.param(b"<html>go away</html>", "401", "<html>go away</html>", id="a proxy's page"),
        pytest.param(b"", "401", "(empty body)", id="nothing"),
        pytest.param(b'["x"]', "401", '["x"]', id="JSON of another shape"),
        pytest.param(b"\xff\xfe", "401", "answered 401", id="not text"),
    ],
)
def test_a_refusal_tells_the_real_reason(body: object, code: str, reason: str):
    """Every spelling of an error ends up in the message, with the client and the address it concerns."""
    with pytest.raises(AuthenticationError) as caught:
        read_reply(reply(401, body), 0.0, CREDENTIAL)

    assert code == caught.value.code
    assert reason in caught.value.message
    assert "client-1" in caught.value.message
    assert URL in caught.value.message


def test_a_secret_in_the_answer_is_not_repeated():
    """Even when the server echoes it, the secret is not shown."""
    with pytest.raises(AuthenticationError) as caught:
        read_reply(reply(400, {"error": "x", "error_description": f"bad secret {SECRET}"}), 0.0, CREDENTIAL)

    assert SECRET not in str(caught.value)
    assert "bad secret ***" in str(caught.value)


@pytest.mark.parametrize(
    ("status", "error_class"),
    [
        (400, AuthenticationError),
        (401, AuthenticationError),
        (403, AuthenticationError),
        (404, AuthenticationError),
        (429, RateLimitError),
        (500, InternalServerError),
        (503, ServiceUnavailableError),
        (504, TimeoutExceeded),
    ],
)
def test_the_class_says_whether_to_try_again(status: int, error_class: type[Exception]):
    """Overload and a server's fault are retryable classes; everything else is the credential's fault."""
    with pytest.raises(error_class) as caught:
        read_reply(reply(status, {"error": "e"}, retry_after="7", x_request_id="r-1"), 0.0, CREDENTIAL)

    assert type(caught.value).__name__ == error_class.__name__
    assert caught.value.retry_after == 7.0
    assert caught.value.request_id == "r-1"


@pytest.mark.parametrize(
    "body", [b"<html>Sign in</html>", {"access_token": ""}, {"access_token": 5}, {}], ids=str
)
def test_a_page_instead_of_a_token_hints_at_the_host(body: object):
    """A wrong host often answers 200 with its login page."""
    with pytest.raises(AuthenticationError, match="Is it the host of a workspace"):
        read_reply(reply(200, body, content_type="text/html"), 0.0, CREDENTIAL)


@pytest.mark.parametrize(
    ("failure", "error_class"),
    [
        (ConnectFailed("connection refused"), APIConnectionError),
        (TimedOut("nothing within 30 s", phase="read", sent=True), TimeoutExceeded),
    ],
)
def test_a_request_that_failed_below_http(failure, error_class):
    """A lost connection and a limit that ran out keep their classes and their words."""
    error = read_failure(failure, CREDENTIAL)

    assert error_class.__name__ == type(error).__name__
    assert failure.message in error.message
    assert URL in error.message
