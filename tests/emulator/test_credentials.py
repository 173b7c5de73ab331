"""Who may come in, and how tokens are had and lost."""

from __future__ import annotations

import base64
from typing import Any

import msgspec
import pytest

LLAMA = "databricks-meta-llama-3-3-70b-instruct"
MISSING = {
    "error_code": 401,
    "message": "Credential was not sent or was of an unsupported type for this API.",
}
WRONG = {"error_code": 403, "message": "Invalid access token."}
FORM = b"grant_type=client_credentials&scope=all-apis"


def basic(user: str, secret: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{secret}".encode()).decode()


def ask_for_token(caller: Any, form: bytes = FORM, **headers: str) -> tuple[int, Any]:
    given = {"authorization": basic("emulator-client", "emulator-secret"), **headers}
    outcome = caller.send("POST", "/oidc/v1/token", form, **given)
    return outcome.status, msgspec.json.decode(outcome.content)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", (401, MISSING)),
        ("Bearer ", (401, MISSING)),
        ("Digest x", (401, MISSING)),
        ("Bearer dapi-wrong", (403, WRONG)),
        ("Basic !", (401, MISSING)),
    ],
)
def test_refused_credentials(caller: Any, header: str, expected: Any) -> None:
    """None at all is a 401, a wrong one a 403; the codes are numbers."""
    assert expected == caller.post(caller.CHAT, caller.body(LLAMA), authorization=header)


@pytest.mark.parametrize(
    "header", ["Bearer dapi-emulator", "bearer dapi-emulator", basic("token", "dapi-emulator")]
)
def test_personal_access_tokens(caller: Any, header: str) -> None:
    """As Bearer, or as password of the user `token`."""
    assert caller.post(caller.CHAT, caller.body(LLAMA), authorization=header)[0] == 200


def test_any_token(new_caller: Any) -> None:
    """`any_token` takes whatever begins like a token."""
    caller = new_caller(any_token=True)
    headers = ["Bearer dapi123", "Bearer sk-123"]

    assert [caller.post(caller.CHAT, caller.body(LLAMA), authorization=h)[0] for h in headers] == [200, 403]


def test_issued_token_opens_until_it_expires(new_caller: Any) -> None:
    """A token of the workspace's own OIDC works for its lifetime and is a 403 afterwards."""
    caller = new_caller(token_lifetime=60)
    status, issued = ask_for_token(caller)
    header = f"Bearer {issued['access_token']}"
    before = caller.post(caller.CHAT, caller.body(LLAMA), authorization=header)[0]
    caller.now += 61

    assert (status, issued["expires_in"], issued["token_type"], issued["scope"]) == (
        200,
        60,
        "Bearer",
        "all-apis",
    )
    assert before == 200
    assert (403, WRONG) == caller.post(caller.CHAT, caller.body(LLAMA), authorization=header)


def test_tokens_can_be_expired_at_once(caller: Any) -> None:
    """Tests need not wait."""
    header = f"Bearer {ask_for_token(caller)[1]['access_token']}"
    caller.workspace.tokens.expire()

    assert caller.post(caller.CHAT, caller.body(LLAMA), authorization=header)[0] == 403


def test_every_token_is_another(caller: Any) -> None:
    """Two requests, two tokens."""
    assert ask_for_token(caller)[1]["access_token"] != ask_for_token(caller)[1]["access_token"]


@pytest.mark.parametrize(
    ("form", "header", "status", "error"),
    [
        (FORM, basic("emulator-client", "wrong"), 401, "invalid_client"),
        (FORM, basic("nobody", "x"), 401, "invalid_client"),
        (FORM, "", 401, "invalid_client"),
        (b"grant_type=password", basic("emulator-client", "emulator-secret"), 400, "unsupported_grant_type"),
    ],
)
def test_refused_token_requests(caller: Any, form: bytes, header: str, status: int, error: str) -> None:
    """OIDC has an envelope of its own."""
    found, body = ask_for_token(caller, form, authorization=header)

    assert (found, body["error"]) == (status, error)
    assert body["error_description"]


def test_discovery_names_the_token_endpoint(caller: Any) -> None:
    """No token is needed to find out where tokens are."""
    outcome = caller.send(
        "GET", "/oidc/.well-known/oauth-authorization-server", host="127.0.0.1:4010", authorization=""
    )

    assert msgspec.json.decode(outcome.content)["token_endpoint"] == "http://127.0.0.1:4010/oidc/v1/token"


def test_secrets_are_not_recorded(caller: Any) -> None:
    """The record says who called, never with what."""
    ask_for_token(caller)
    caller.post(caller.CHAT, caller.body(LLAMA), x_api_key="very-secret")
    record = msgspec.json.encode(caller.workspace.recorder.entries()).decode()

    assert [entry["requester"] for entry in caller.workspace.recorder.entries()] == ["", "token"]
    assert not [secret for secret in ("dapi-emulator", "emulator-secret", "very-secret") if secret in record]
