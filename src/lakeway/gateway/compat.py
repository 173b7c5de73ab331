"""What LiteLLM's older versions answer otherwise, for clients that look closely: `general_settings.compat`.

Errors here are those of 1.109; a table says which of them had another status or other words before (1.8x).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias

from lakeway.errors import (
    BadRequestError,
    LakewayError,
    PermissionDeniedError,
    RateLimitError,
    to_openai_body,
)
from lakeway.redaction import redact

NEWEST: Final = "litellm-1.109"
OLDER: Final = "litellm-1.8x"
Told: TypeAlias = tuple[int, dict[str, Any]]


def told(error: LakewayError, version: str) -> Told:
    """Status and body that report `error`."""
    status, body = error.status_code, to_openai_body(error)
    if notes := getattr(error, "__notes__", None):
        body["error"]["message"] += "\n\n" + "\n".join(redact(note) for note in notes)
    if version == OLDER:
        for fits, older in _OLDER:
            if fits(error):
                return older(status, body)
    return status, body


def _unknown_model(status: int, body: dict[str, Any]) -> Told:
    """1.8x put a dictionary's text where the message belongs."""
    message = body["error"]["message"]
    return status, {"error": {**body["error"], "message": str({"error": message})}}


def _no_access(_status: int, body: dict[str, Any]) -> Told:
    """It was a 401."""
    return 401, {"error": {**body["error"], "code": "401"}}


def _rate_limit(status: int, body: dict[str, Any]) -> Told:
    """Its own limits had no type."""
    return status, {"error": {**body["error"], "type": "None"}}


def _is_unknown_model(error: LakewayError) -> bool:
    return isinstance(error, BadRequestError) and "Invalid model name passed" in error.message


def _is_no_access(error: LakewayError) -> bool:
    return isinstance(error, PermissionDeniedError) and error.type == "key_model_access_denied"


def _is_own_rate_limit(error: LakewayError) -> bool:
    return isinstance(error, RateLimitError) and error.type == "rate_limit_error" and not error.llm_provider


_OLDER: Final[tuple[tuple[Callable[[LakewayError], bool], Callable[[int, dict[str, Any]], Told]], ...]] = (
    (_is_unknown_model, _unknown_model),
    (_is_no_access, _no_access),
    (_is_own_rate_limit, _rate_limit),
)
