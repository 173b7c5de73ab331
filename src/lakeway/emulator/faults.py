"""Failures on purpose: a small grammar, and what the planned failures of one exchange add up to.

    plan    = fault *( ";" fault )
    fault   = kind [ "=" value ] *( "," option "=" value )

    status=429        an error; form=coded|numbered|nested|openai|oidc|html|text|empty, code=, message=,
                      retry_after=
    guardrail         what a guardrail answers: 400 on classic paths, 200 content_filter on the gateway
    expired           the 403 of an expired token
    delay=0.5         wait before the head
    pause=0.5         wait inside the body, after=N events (1)
    cut=3             close the connection after 3 events of a stream, or 3 bytes of a whole body
    drop              close the connection instead of answering
    split=7           send the body in pieces of 7 bytes
    malformed         broken JSON: the body, or the event after=N events (1)
    error_event       an error inside a stream, after=N events (1); form=, message=
    html=502          an HTML page instead of JSON
    empty=200         no body at all
    garbage           bytes that are no HTTP
    crlf              lines of a stream end in CR LF

    times=2           only twice, then succeed; counted per key= (the fault's own text when not given)
    path=, model=     only where the request's path or model contains this

Sent as the header `x-emulator-fault`, given to `Settings.faults`, or planned through `/_emulator/faults`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import msgspec

from lakeway.emulator.envelopes import ApiError, Form, coded, in_form, numbered, page
from lakeway.emulator.guardrails import blocked

HEADER = "x-emulator-fault"

_NUMBERS = {
    "status": 500.0,
    "delay": 1.0,
    "pause": 1.0,
    "cut": 0.0,
    "split": 1.0,
    "html": 200.0,
    "empty": 200.0,
}
_FLAGS = ("expired", "guardrail", "drop", "malformed", "error_event", "garbage", "crlf")
KINDS = (*_NUMBERS, *_FLAGS)
_OPTIONS = ("form", "code", "message", "retry_after", "after", "times", "key", "path", "model")


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """One planned failure; `value` is what stands behind the kind."""

    kind: str
    value: float = 0.0
    form: Form = "coded"
    code: str = ""
    message: str = ""
    retry_after: str = ""
    after: int = 1
    times: int | None = None
    key: str = ""
    path: str = ""
    model: str = ""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What shall go wrong in one exchange. Sizes are bytes or events, delays seconds."""

    error: ApiError | None = None
    delay: float = 0.0
    pause: Fault | None = None
    cut: int | None = None
    drop: bool = False
    split: int | None = None
    malformed: int | None = None
    error_event: Fault | None = None
    garbage: bool = False
    crlf: bool = False


NOTHING = Plan()


class Faults:
    """The faults planned for the workspace, and how often each has struck."""

    def __init__(self, planned: Iterable[str]) -> None:
        self._configured = tuple(fault for text in planned for fault in parse(text))
        self._planned = list(self._configured)
        self._struck: Counter[str] = Counter()

    def plan(self, text: str) -> None:
        """Add faults for the requests to come; raises ValueError for a text that is none."""
        self._planned += parse(text)

    def clear(self) -> None:
        """Back to the faults of the settings, with fresh counts."""
        self._planned = list(self._configured)
        self._struck.clear()

    def strike(self, header: str | None, path: str, model: str) -> Plan:
        """The plan for this exchange; counts the faults in it."""
        if not header and not self._planned:
            return NOTHING
        own = _parse_header(header) if header else []
        due = [f for f in (*own, *self._planned) if f.path in path and f.model in model and self._due(f)]
        return _plan(due, path)

    def _due(self, fault: Fault) -> bool:
        if fault.times is None:
            return True
        self._struck[fault.key] += 1
        return self._struck[fault.key] <= fault.times


def _parse_header(text: str) -> list[Fault]:
    try:
        return parse(text)
    except ValueError as error:
        raise coded(400, "EMULATOR_FAULT", str(error)) from None


def parse(text: str) -> list[Fault]:
    """The faults in `text`; raises ValueError that names what it does not understand."""
    return [_parse_one(part.strip()) for part in text.split(";") if part.strip()]


def _parse_one(text: str) -> Fault:
    head, *options = [part.strip() for part in text.split(",")]
    kind, _, value = head.partition("=")
    if kind not in KINDS:
        raise ValueError(f"unknown fault '{kind}', expected one of {', '.join(KINDS)}")
    given: dict[str, str] = {}
    for option in options:
        name, _, setting = option.partition("=")
        if name not in _OPTIONS:
            raise ValueError(
                f"unknown option '{name}' of fault '{kind}', expected one of {', '.join(_OPTIONS)}"
            )
        given[name] = setting
    try:
        number = float(value) if value else _NUMBERS.get(kind, 0.0)
        return msgspec.convert({"key": text, **given, "kind": kind, "value": number}, Fault, strict=False)
    except (ValueError, msgspec.ValidationError) as error:
        raise ValueError(f"fault '{text}': {error}") from None


def _plan(due: list[Fault], path: str) -> Plan:
    given = {fault.kind: fault for fault in due}

    def size(kind: str) -> int | None:
        return int(given[kind].value) if kind in given else None

    malformed = given.get("malformed")
    return Plan(
        error=next((_error(fault, path) for fault in due if fault.kind in _ERRORS), None),
        delay=given["delay"].value if "delay" in given else 0.0,
        pause=given.get("pause"),
        cut=size("cut"),
        drop="drop" in given,
        split=size("split"),
        malformed=malformed.after if malformed else None,
        error_event=given.get("error_event"),
        garbage="garbage" in given,
        crlf="crlf" in given,
    )


_ERRORS = ("status", "expired", "guardrail", "html", "empty")


def _error(fault: Fault, path: str) -> ApiError:
    status = int(fault.value)
    headers = (("retry-after", fault.retry_after),) if fault.retry_after else ()
    match fault.kind:
        case "expired":
            return numbered(403, "Invalid access token.")
        case "guardrail":
            return blocked(gateway=path.startswith("/ai-gateway/"))
        case "html":
            return page(status, fault.message or "Bad gateway")
        case "empty":
            return ApiError(status, b"", content_type="text/plain")
    message = fault.message or f"The emulator was told to answer {status}."
    return in_form(fault.form, status, message, headers, code=fault.code)


def error_event(fault: Fault) -> bytes:
    """The `data:` line of an error in the middle of a stream; its real form is unverified."""
    message = fault.message or "The emulator was told to fail in mid-stream."
    content = in_form(fault.form, 500, message).content
    return b"data: " + content + b"\n\n"
