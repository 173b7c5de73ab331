"""OAuth client credentials as Databricks speaks them: the token request, and what its reply means. Pure.

Source: Databricks docs, oauth-m2m; databricks-sdk 0.162 `oauth.py` for the two spellings of an error.
"""

from __future__ import annotations

import math
from base64 import b64encode
from typing import Any
from urllib.parse import urlencode

import msgspec

from lakeway.auth.credentials import OAuthM2M
from lakeway.auth.token import Token, bearer, issued
from lakeway.core.http import HttpRequest, HttpResponse, TimedOut, Timeout, TransportError
from lakeway.errors import (
    APIConnectionError,
    AuthenticationError,
    LakewayError,
    error_class_for_status,
)
from lakeway.errors import Timeout as TimeoutExceeded

PATIENCE = Timeout(connect=10.0, read=30.0, total=30.0)
USUAL_LIFETIME = 3600.0
LONGEST_REASON = 500


def write_request(credential: OAuthM2M) -> HttpRequest:
    """POST grant_type=client_credentials with the client's id and secret as HTTP Basic."""
    basic = b64encode(f"{credential.client_id}:{credential.client_secret}".encode()).decode()
    return HttpRequest(
        method="POST",
        url=credential.token_url,
        headers=(
            ("authorization", f"Basic {basic}"),
            ("content-type", "application/x-www-form-urlencoded"),
            ("accept", "application/json"),
        ),
        body=urlencode({"grant_type": "client_credentials", "scope": credential.scope}).encode(),
        timeout=PATIENCE,
    )


def read_reply(response: HttpResponse, now: float, credential: OAuthM2M) -> Token:
    """The token, its life counted from `now` in seconds.

    Raises AuthenticationError for a refusal and for a reply that is no token, RateLimitError for 429,
    and the class of the status for a server's fault.
    """
    fields = _json_object(response.body)
    if response.status >= 400:
        raise _refusal(response, fields, credential)
    token = fields.get("access_token")
    if not isinstance(token, str) or not token:
        raise AuthenticationError(
            f"{credential.token_url} answered {response.status} without a token "
            f"({response.headers.get('content-type', 'no content type')}). Is it the host of a workspace?",
            llm_provider="databricks",
        )
    return issued(bearer(token), _lifetime(fields.get("expires_in")), now)


def read_failure(failure: TransportError, credential: OAuthM2M) -> LakewayError:
    """What to raise when the token request did not get through."""
    text = f"No OAuth token from {credential.token_url}: {failure.message}"
    if isinstance(failure, TimedOut):
        return TimeoutExceeded(text, llm_provider="databricks")
    return APIConnectionError(text, llm_provider="databricks")


def _refusal(response: HttpResponse, fields: dict[str, Any], credential: OAuthM2M) -> LakewayError:
    """429 and a server's fault keep their class, so that a flow tries again; the rest is a bad credential."""
    code, reason = _reason(fields, response.body)
    if credential.client_secret:
        reason = reason.replace(credential.client_secret, "***")
    passing = response.status == 429 or response.status >= 500
    error_class = error_class_for_status(response.status) if passing else AuthenticationError
    return error_class(
        message=f"OAuth token request for client {credential.client_id} to {credential.token_url} "
        f"was answered {response.status}: {': '.join(part for part in (code, reason) if part)}",
        llm_provider="databricks",
        code=code,
        request_id=response.headers.get("x-request-id"),
        retry_after=_retry_after(response),
    )


def _reason(fields: dict[str, Any], body: bytes) -> tuple[str | None, str]:
    """OIDC says error and error_description, the login service errorCode and errorSummary, the workspace
    error_code and message; a proxy in between says something else."""
    for code_key, text_key in (
        ("error", "error_description"),
        ("errorCode", "errorSummary"),
        ("error_code", "message"),
    ):
        if code_key in fields:
            return str(fields[code_key]), _one_line(str(fields.get(text_key) or ""))
    return None, _one_line(body[:LONGEST_REASON].decode("utf-8", "replace")) or "(empty body)"


def _one_line(text: str) -> str:
    return " ".join(text.split())[:LONGEST_REASON]


def _lifetime(expires_in: object) -> float:
    """Seconds; Azure's issuer writes the number as a string, and RFC 6749 lets it be left out."""
    lifetime = _number(str(expires_in))
    return USUAL_LIFETIME if lifetime is None else lifetime


def _retry_after(response: HttpResponse) -> float | None:
    return _number(response.headers.get("retry-after") or "")


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        return msgspec.json.decode(body, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {}
