"""What it means when a server does not answer: its report read, the narrowest class of error found.

The server's own envelopes and codes are data and functions of its provider, handed in. Nothing here raises:
whatever a server says in place of an answer becomes an error to raise.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from lakeway import errors
from lakeway.core.http import Disconnected, Headers, HttpResponse, TimedOut, TransportError
from lakeway.errors import APIResponseValidationError, LakewayError, StreamCutError

LONGEST_TEXT = 2000
# What reading JSON of another shape than agreed may raise.
MISSHAPEN = (AttributeError, IndexError, KeyError, TypeError, ValueError)


class Report(Struct, frozen=True, kw_only=True):
    """An error answer with its envelope taken off."""

    message: str
    code: str | None = None
    type: str | None = None
    param: str | None = None
    request_id: str | None = None
    retry_after: float | None = None
    body: Any = None


class ErrorReader(Struct, frozen=True, kw_only=True):
    """The errors of one provider.

    `unwrap` takes the envelope off a body, `classify` decides by status and report. `statuses` are those that
    codes stand for in a stream, which begins with 200; `base` says what api_base should be.
    """

    provider: str
    base: str
    unwrap: Callable[[int, bytes], Report]
    classify: Callable[[int, Report], type[LakewayError]]
    statuses: Mapping[str, int]

    def read(self, status: int, headers: Headers, body: bytes, *, model: str) -> LakewayError:
        """The error that an answer with `status` stands for."""
        report = self.unwrap(status, body)
        if 300 <= status < 400:
            report = Report(message=f"redirected to {headers.get('location')}: is api_base {self.base}?")
        kind = self.classify(status, report)
        return kind(
            message=report.message,
            llm_provider=self.provider,
            model=model,
            status_code=_status(status, kind),
            code=report.code,
            type=report.type,
            param=report.param,
            request_id=headers.get("x-request-id") or report.request_id,
            retry_after=retry_after(headers) if report.retry_after is None else report.retry_after,
            body=report.body,
            headers=headers.items(),
        )

    def read_event(self, data: bytes, *, model: str) -> LakewayError:
        """The error in an event of a stream: the status is in its code, since the stream began with 200."""
        report = self.unwrap(500, data)
        status = _event_status(report.body)
        if status is None and report.body is not None and not isinstance(report.body, dict):
            message = f"an event of the stream is not valid: {report.message}"
            return APIResponseValidationError(message, self.provider, model, body=report.body)
        return self.read(status or self.statuses.get(report.code or "", 500), Headers(), data, model=model)

    def read_failure(self, failure: TransportError, *, model: str) -> LakewayError:
        """No answer at all: a limit ran out, or the connection could not be made or was lost."""
        if isinstance(failure, TimedOut):
            return errors.Timeout(failure.message, model=model, llm_provider=self.provider)
        if isinstance(failure, Disconnected):
            message = f"{failure.message} (the server closed the connection before answering in full)"
            return errors.APIConnectionError(message, self.provider, model)
        return errors.APIConnectionError(failure.message, self.provider, model)

    def no_reply(self, response: HttpResponse, *, model: str) -> APIResponseValidationError:
        """A good status over a body that is no reply, such as a sign-in page."""
        start = response.body[:200].decode(errors="replace").strip()
        found = f"it begins with: {start!r}" if start else "it is empty"
        hint = f"; is api_base {self.base}?" if start.startswith("<") else ""
        return APIResponseValidationError(
            f"the answer is not the JSON that was asked for, {found}{hint}",
            self.provider,
            model,
            request_id=response.headers.get("x-request-id"),
            headers=response.headers.items(),
            body=start,
        )

    def malformed(self, what: str, *, model: str) -> APIResponseValidationError:
        return APIResponseValidationError(f"{what} is not what was agreed on", self.provider, model)

    def cut(self, reason: str, *, model: str) -> StreamCutError:
        return StreamCutError(reason, self.provider, model)


def _status(status: int, kind: type[LakewayError]) -> int:
    """The answer's status, unless its code said otherwise (a rate limit was seen as a 400)."""
    if kind is errors.RateLimitError or (kind is errors.NotFoundError and status == 400):
        return kind.status_code
    return status


def _event_status(body: Any) -> int | None:
    if not isinstance(body, dict):
        return None
    inner = body.get("error")
    places = [inner.get("code"), inner.get("status")] if isinstance(inner, dict) else []
    for value in [*places, body.get("error_code"), body.get("status_code"), body.get("code")]:
        number = int(value) if isinstance(value, str) and value.isdecimal() else value
        if isinstance(number, int) and 400 <= number < 600:
            return number
    return None


def unwrap(status: int, body: bytes, read_object: Callable[[int, dict[str, Any]], Report]) -> Report:
    """The reason in `body`, an object's by `read_object`; an empty or foreign body is described instead."""
    if not body.strip():
        return Report(message=f"HTTP {status} with an empty body")
    try:
        decoded = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Report(message=_plain(status, body), body=body.decode(errors="replace")[:LONGEST_TEXT])
    if isinstance(decoded, list) and len(decoded) == 1:  # Google's endpoint for OpenAI's dialect
        decoded = decoded[0]
    if not isinstance(decoded, dict):
        return Report(message=f"HTTP {status}: {body.decode(errors='replace')[:LONGEST_TEXT]}", body=decoded)
    return read_object(status, decoded)


_TAGS = re.compile(r"<(script|style)\b.*?</\1>|<[^>]+>", re.DOTALL | re.IGNORECASE)


def _plain(status: int, body: bytes) -> str:
    text = body.decode(errors="replace")
    if "<" in text and ">" in text:
        text = _TAGS.sub(" ", text)
    text = " ".join(text.split())
    return f"HTTP {status}: {text[:LONGEST_TEXT]}" if text else f"HTTP {status}"


def retry_after(headers: Headers) -> float | None:
    """How long the server asks to wait, in seconds; the `-ms` form is OpenAI's, and its clients read it."""
    exact, value = headers.get("retry-after-ms"), headers.get("retry-after")
    try:
        if exact is not None:
            return max(0.0, float(exact) / 1000)
    except ValueError:
        pass
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
