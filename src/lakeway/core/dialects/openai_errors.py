"""OpenAI's error envelope, as OpenAI and the many who speak its dialect fill it in.

`{"error": {"message", "type", "param", "code"}}` is the rule (OpenAI docs, error codes). FastAPI, which many
servers are built on, answers `{"detail": …}`; older vLLM and Mistral the inner object bare.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from lakeway import errors
from lakeway.core import error_reader
from lakeway.core.error_reader import Report
from lakeway.errors import LakewayError, error_class_for_status

# What a message says beyond its status, whoever serves the model.
BY_TEXT: tuple[tuple[re.Pattern[str], type[LakewayError]], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), kind)
    for pattern, kind in (
        (r"input is too long|prompt is too long", errors.ContextWindowExceededError),  # Claude
        (r"exceed(s|ed)? (the )?(model'?s? )?(maximum )?context", errors.ContextWindowExceededError),
        (r"maximum context (length|limit)|context_length_exceeded", errors.ContextWindowExceededError),
        (r"longer than the model'?s context length", errors.ContextWindowExceededError),
        (r"exceeds the (available context size|maximum number of tokens)", errors.ContextWindowExceededError),
        (r"input tokens exceed the configured limit", errors.ContextWindowExceededError),
        (r"string too long\. expected a string with maximum length", errors.ContextWindowExceededError),
        (r"maximum input length is .* tokens", errors.ContextWindowExceededError),
        (r"current length is .* while limit is", errors.ContextWindowExceededError),
        (r"`inputs` tokens \+ `max_new_tokens` must be", errors.ContextWindowExceededError),
        (
            r"content management policy|safety (system|filter)|content_filter",
            errors.ContentPolicyViolationError,
        ),
        (r"\b(retired|decommissioned|no longer (available|supported))\b", errors.NotFoundError),
    )
)
# OpenAI docs, error codes; Azure's own names for two of them.
BY_CODE: Mapping[str, type[LakewayError]] = {
    "DeploymentNotFound": errors.NotFoundError,
    "content_filter": errors.ContentPolicyViolationError,
    "content_policy_violation": errors.ContentPolicyViolationError,
    "context_length_exceeded": errors.ContextWindowExceededError,
    "insufficient_quota": errors.RateLimitError,
    "invalid_api_key": errors.AuthenticationError,
    "model_not_found": errors.NotFoundError,
    "rate_limit_exceeded": errors.RateLimitError,
}
# What a code or a type stands for where there is no status: in a stream, which began with 200.
STATUSES: Mapping[str, int] = {
    **{code: kind.status_code for code, kind in BY_CODE.items()},
    "authentication_error": 401,
    "invalid_request_error": 400,
    "overloaded_error": 503,
    "permission_error": 403,
    "rate_limit_error": 429,
    "server_error": 500,
}


def classify(status: int, report: Report) -> type[LakewayError]:
    """By code, then by what the message is known to say beyond the status, then by status."""
    return (
        BY_CODE.get(report.code or "")
        or (by_text(report.message) if status < 500 else None)
        or (errors.UnprocessableEntityError if status == 422 else error_class_for_status(status))
    )


def by_text(message: str) -> type[LakewayError] | None:
    return next((kind for pattern, kind in BY_TEXT if pattern.search(message)), None)


def unwrap(status: int, body: bytes) -> Report:
    """The reason out of the envelope, or out of what stands in its place."""
    return error_reader.unwrap(status, body, _from_object)


def from_inner(inner: Mapping[str, Any], message: str, body: Any) -> Report:
    """The report in an `error` object whose `message` was read. Its code is often null, or the status again:
    then its type says more."""
    code, wait = inner.get("code"), inner.get("retry_after")
    return Report(
        message=message,
        code=code if isinstance(code, str) else text(inner.get("type")),
        type=text(inner.get("type")),
        param=text(inner.get("param")),
        retry_after=None if isinstance(wait, bool) or not isinstance(wait, int | float) else float(wait),
        body=body,
    )


def _from_object(status: int, decoded: dict[str, Any]) -> Report:
    inner = decoded.get("error")
    if isinstance(inner, dict):
        return from_inner(inner, _said(inner) or f"HTTP {status}", decoded)
    message = _said(decoded) or (inner if isinstance(inner, str) and inner.strip() else f"HTTP {status}")
    return from_inner(decoded, message, decoded)


def _said(report: Mapping[str, Any]) -> str:
    """What it says in words; of a list of mistakes, as FastAPI makes it, each with its place."""
    said = report.get("message") or report.get("detail") or report.get("msg")
    if isinstance(said, str):
        return said.strip()
    if isinstance(said, dict):
        return _said(said) if said.keys() & {"message", "detail", "msg"} else str(said)
    return "; ".join(map(_mistake, said)) if isinstance(said, list) else ""


def _mistake(mistake: Any) -> str:
    if not isinstance(mistake, dict):
        return str(mistake)
    place = mistake.get("loc")
    named = ".".join(map(str, place)) if isinstance(place, list) else ""
    return f"{named}: {mistake.get('msg')}" if named else str(mistake.get("msg") or mistake)


def text(value: Any) -> str | None:
    return None if value is None else str(value)


def reports_error(wire: Mapping[str, Any]) -> bool:
    """Whether a decoded body or event is an error in spite of a good status."""
    return bool(wire.get("error")) or "error_code" in wire or wire.get("object") == "error"
