"""What a workspace's error answer means: its six envelopes read, its reason found, its class decided.

Classification is a table: the provider's code, then message text where it is known to say more than
the status, then the status (Databricks SDK error mapping; live reports, 2026).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from lakeway import errors
from lakeway.core.http import Disconnected, Headers, TimedOut, TransportError
from lakeway.errors import LakewayError, StreamCutError, error_class_for_status

PROVIDER = "databricks"
LONGEST_TEXT = 2000

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
        (r"(input|output)_guardrail_triggered", errors.ContentPolicyViolationError),
        (
            r"content management policy|safety (system|filter)|content_filter",
            errors.ContentPolicyViolationError,
        ),
        (r"\b(retired|decommissioned|no longer (available|supported))\b", errors.NotFoundError),
    )
)
BY_CODE: Mapping[str, type[LakewayError]] = {
    "REQUEST_LIMIT_EXCEEDED": errors.RateLimitError,
    "RESOURCE_EXHAUSTED": errors.RateLimitError,
    "UNAUTHENTICATED": errors.AuthenticationError,
    "PERMISSION_DENIED": errors.PermissionDeniedError,
    "ENDPOINT_NOT_FOUND": errors.NotFoundError,
    "RESOURCE_DOES_NOT_EXIST": errors.NotFoundError,
    "NOT_FOUND": errors.NotFoundError,
    "TEMPORARILY_UNAVAILABLE": errors.ServiceUnavailableError,
    "DEADLINE_EXCEEDED": errors.Timeout,
    "rate_limit_exceeded": errors.RateLimitError,
    "context_length_exceeded": errors.ContextWindowExceededError,
    "content_filter": errors.ContentPolicyViolationError,
}
REQUEST_ID = re.compile(r"\[?ReqId: ?([0-9A-Za-z-]+)\]?")
TAGS = re.compile(r"<(script|style)\b.*?</\1>|<[^>]+>", re.DOTALL | re.IGNORECASE)


class Report(Struct, frozen=True, kw_only=True):
    """An error answer with its envelope taken off."""

    message: str
    code: str | None = None
    type: str | None = None
    param: str | None = None
    retry_after: float | None = None
    body: Any = None


def read(status: int, headers: Headers, body: bytes, *, model: str) -> LakewayError:
    """The error that an answer with `status` stands for; never raises."""
    report = unwrap(status, body)
    if 300 <= status < 400:
        place = headers.get("location")
        report = Report(message=f"redirected to {place}: is api_base a workspace's address?")
    kind = classify(status, report)
    found = REQUEST_ID.search(report.message)
    return kind(
        message=report.message,
        llm_provider=PROVIDER,
        model=model,
        status_code=_status(status, kind),
        code=report.code,
        type=report.type,
        param=report.param,
        request_id=headers.get("x-request-id") or (found.group(1) if found else None),
        retry_after=_retry_after(headers) if report.retry_after is None else report.retry_after,
        body=report.body,
        headers=headers.items(),
    )


def classify(status: int, report: Report) -> type[LakewayError]:
    if status < 500:
        for pattern, kind in BY_TEXT:
            if pattern.search(report.message):
                return kind
    # A bad or expired token is a 403 with an integer code (seen live 2026-10-08): what it says is 401.
    if status == 403 and re.search(
        r"invalid (access )?token|token is expired", report.message, re.IGNORECASE
    ):
        return errors.AuthenticationError
    return BY_CODE.get(report.code or "") or error_class_for_status(status)


def _status(status: int, kind: type[LakewayError]) -> int:
    """The answer's status, unless its code said otherwise (a rate limit was seen as a 400)."""
    if kind is errors.RateLimitError or (kind is errors.NotFoundError and status == 400):
        return kind.status_code
    return status


def unwrap(status: int, body: bytes) -> Report:
    """The reason out of any of the envelopes; an empty or foreign body is described instead."""
    if not body.strip():
        return Report(message=f"HTTP {status} with an empty body")
    try:
        decoded = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Report(message=_plain(status, body), body=body.decode(errors="replace")[:LONGEST_TEXT])
    if not isinstance(decoded, dict):
        return Report(message=f"HTTP {status}: {body.decode(errors='replace')[:LONGEST_TEXT]}", body=decoded)
    return _from_object(status, decoded)


def _from_object(status: int, decoded: dict[str, Any]) -> Report:
    inner = decoded.get("error")
    if isinstance(inner, dict):  # OpenAI's envelope, and the documented rate limit
        return Report(
            message=_reason(inner.get("message")) or f"HTTP {status}",
            code=_text(inner.get("code")) if isinstance(inner.get("code"), str) else _text(inner.get("type")),
            type=_text(inner.get("type")),
            param=_text(inner.get("param")),
            retry_after=_number(inner.get("retry_after")),
            body=decoded,
        )
    code = decoded.get("error_code") or decoded.get("errorCode")
    if isinstance(inner, str):  # OIDC, and agents that report a bare text
        detail = decoded.get("error_description") or decoded.get("errorSummary")
        return Report(
            message=f"{inner}: {detail}" if detail else inner, code=_text(code) or inner, body=decoded
        )
    message = _reason(decoded.get("message") or decoded.get("detail") or decoded.get("errorSummary"))
    code = code if isinstance(code, str) else None
    message = (message or f"HTTP {status}").strip()
    if code is not None:
        message = message.removeprefix(f"{code}: ")
    return Report(message=message, code=code, body=decoded)


def _reason(message: Any) -> str:
    """The reason itself; some layers put their JSON inside another's message, up to twice."""
    for _ in range(3):
        if not (isinstance(message, str) and message.lstrip().startswith("{")):
            break
        try:
            nested = msgspec.json.decode(message)
        except msgspec.DecodeError:
            break
        if not isinstance(nested, dict):
            break
        found = nested.get("message") or nested.get("error") or _guardrail(nested)
        if found is None:
            break
        message = found
        if isinstance(message, dict):
            message = message.get("message")
    return message.strip() if isinstance(message, str) else ("" if message is None else str(message))


def _guardrail(nested: dict[str, Any]) -> str | None:
    """A guardrail's verdict in words; its JSON holds flags, and the anonymized prompt stays out of it."""
    reason = nested.get("finishReason")
    if not isinstance(reason, str):
        return None
    verdicts = nested.get("input_guardrail") or nested.get("output_guardrail")
    verdict = verdicts[0] if isinstance(verdicts, list) else verdicts
    verdict = verdict if isinstance(verdict, dict) else {}
    causes = ["personal data was detected"] if verdict.get("pii_detection") else []
    categories = verdict.get("categories")
    if isinstance(categories, dict):
        causes += [name for name, hit in categories.items() if hit]
    return f"{reason}: {', '.join(causes)}" if causes else reason


def _plain(status: int, body: bytes) -> str:
    text = body.decode(errors="replace")
    if "<" in text and ">" in text:
        text = TAGS.sub(" ", text)
    text = " ".join(text.split())
    return f"HTTP {status}: {text[:LONGEST_TEXT]}" if text else f"HTTP {status}"


def _retry_after(headers: Headers) -> float | None:
    value = headers.get("retry-after")
    if value is None:
        return None
    try:
        return max(0.0, float(value))
    except ValueError:
        return _until(value, headers.get("date"))


def _until(value: str, date: str | None) -> float | None:
    """An HTTP date as seconds from the response's own Date: no clock of ours is asked."""
    from email.utils import parsedate_to_datetime  # for this rare form alone; it loads much

    if date is None:
        return None
    try:
        then, now = parsedate_to_datetime(value), parsedate_to_datetime(date)
    except ValueError:
        return None
    return max(0.0, (then - now).total_seconds())


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def read_event(data: bytes, *, model: str) -> LakewayError:
    """The error in an event of a stream: the status is in its code, since the stream began with 200."""
    report = unwrap(500, data)
    status = _event_status(data)
    if status is None and report.body is not None and not isinstance(report.body, dict):
        message = f"an event of the stream is not valid: {report.message}"
        return errors.APIResponseValidationError(message, PROVIDER, model, body=report.body)
    return read(status or STATUS_OF.get(report.code or "", 500), Headers(), data, model=model)


STATUS_OF: Mapping[str, int] = {
    "BAD_REQUEST": 400,
    "INVALID_PARAMETER_VALUE": 400,
    "INVALID_STATE": 400,
    "UNAUTHENTICATED": 401,
    "PERMISSION_DENIED": 403,
    "NOT_FOUND": 404,
    "ENDPOINT_NOT_FOUND": 404,
    "RESOURCE_DOES_NOT_EXIST": 404,
    "REQUEST_LIMIT_EXCEEDED": 429,
    "RESOURCE_EXHAUSTED": 429,
    "rate_limit_exceeded": 429,
    "INTERNAL_ERROR": 500,
    "UNKNOWN": 500,
    "TEMPORARILY_UNAVAILABLE": 503,
    "DEADLINE_EXCEEDED": 504,
}


def _event_status(data: bytes) -> int | None:
    try:
        decoded = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    if not isinstance(decoded, dict):
        return None
    inner = decoded.get("error")
    places = [inner.get("code"), inner.get("status")] if isinstance(inner, dict) else []
    for value in [*places, decoded.get("error_code"), decoded.get("status_code")]:
        number = int(value) if isinstance(value, str) and value.isdecimal() else value
        if isinstance(number, int) and 400 <= number < 600:
            return number
    return None


def read_failure(failure: TransportError, *, model: str) -> LakewayError:
    """No answer at all: a limit ran out, or the connection could not be made or was lost."""
    if isinstance(failure, TimedOut):
        return errors.Timeout(failure.message, model=model, llm_provider=PROVIDER)
    if isinstance(failure, Disconnected):
        message = f"{failure.message} (the server closed the connection before answering in full)"
        return errors.APIConnectionError(message, PROVIDER, model)
    return errors.APIConnectionError(failure.message, PROVIDER, model)


# What reading JSON of another shape than agreed may raise.
MISSHAPEN = (AttributeError, IndexError, KeyError, TypeError, ValueError)


def malformed(what: str, *, model: str, **details: Any) -> errors.APIResponseValidationError:
    message = f"{what} is not what was agreed on"
    return errors.APIResponseValidationError(message, PROVIDER, model, **details)


def cut(reason: str, *, model: str) -> StreamCutError:
    return StreamCutError(reason, PROVIDER, model)
