"""What a workspace's error answer means: its six envelopes read, its reason found, its class decided.

Classification is a table: the provider's code, then message text where it is known to say more than
the status, then the status (Databricks SDK error mapping; live reports, 2026).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from lakeway import errors
from lakeway.core import error_reader
from lakeway.core.dialects import openai_errors
from lakeway.core.error_reader import ErrorReader, Report
from lakeway.errors import LakewayError, error_class_for_status

BY_CODE: Mapping[str, type[LakewayError]] = {
    **openai_errors.BY_CODE,
    "REQUEST_LIMIT_EXCEEDED": errors.RateLimitError,
    "RESOURCE_EXHAUSTED": errors.RateLimitError,
    "UNAUTHENTICATED": errors.AuthenticationError,
    "PERMISSION_DENIED": errors.PermissionDeniedError,
    "ENDPOINT_NOT_FOUND": errors.NotFoundError,
    "RESOURCE_DOES_NOT_EXIST": errors.NotFoundError,
    "NOT_FOUND": errors.NotFoundError,
    "TEMPORARILY_UNAVAILABLE": errors.ServiceUnavailableError,
    "DEADLINE_EXCEEDED": errors.Timeout,
}
STATUSES: Mapping[str, int] = {
    **openai_errors.STATUSES,
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
    "INTERNAL_ERROR": 500,
    "UNKNOWN": 500,
    "TEMPORARILY_UNAVAILABLE": 503,
    "DEADLINE_EXCEEDED": 504,
}
GUARDRAIL = re.compile(r"(input|output)_guardrail_triggered", re.IGNORECASE)
# A bad or expired token is a 403 with an integer code (seen live 2026-10-08): what it says is 401.
BAD_TOKEN = re.compile(r"invalid (access )?token|token is expired", re.IGNORECASE)
REQUEST_ID = re.compile(r"\[?ReqId: ?([0-9A-Za-z-]+)\]?")


def classify(status: int, report: Report) -> type[LakewayError]:
    if status < 500:
        if GUARDRAIL.search(report.message):
            return errors.ContentPolicyViolationError
        if kind := openai_errors.by_text(report.message):
            return kind
    if status == 403 and BAD_TOKEN.search(report.message):
        return errors.AuthenticationError
    return BY_CODE.get(report.code or "") or error_class_for_status(status)


def unwrap(status: int, body: bytes) -> Report:
    """The reason out of any of the envelopes; an empty or foreign body is described instead."""
    report = error_reader.unwrap(status, body, _from_object)
    found = REQUEST_ID.search(report.message)
    return msgspec.structs.replace(report, request_id=found.group(1)) if found else report


READER = ErrorReader(
    provider="databricks",
    base="a workspace's address",
    unwrap=unwrap,
    classify=classify,
    statuses=STATUSES,
)
read, read_event, read_failure = READER.read, READER.read_event, READER.read_failure
malformed, cut = READER.malformed, READER.cut


def _from_object(status: int, decoded: dict[str, Any]) -> Report:
    inner = decoded.get("error")
    if isinstance(inner, dict):  # OpenAI's envelope, and the documented rate limit
        return openai_errors.from_inner(inner, _reason(inner.get("message")) or f"HTTP {status}", decoded)
    code = decoded.get("error_code") or decoded.get("errorCode")
    if isinstance(inner, str):  # OIDC, and agents that report a bare text
        detail = decoded.get("error_description") or decoded.get("errorSummary")
        message = f"{inner}: {detail}" if detail else inner
        return Report(message=message, code=openai_errors.text(code) or inner, body=decoded)
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
