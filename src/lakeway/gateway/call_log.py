"""One line of JSON per call, for whoever collects a program's output. No prompt is in it, unless asked for.

The message of an error may quote a prompt, so by default only its class, type and code are told.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec
from msgspec import Struct

from lakeway.errors import LakewayError
from lakeway.gateway.call import Call
from lakeway.gateway.line_writer import LineWriter
from lakeway.gateway.observers import Observer
from lakeway.redaction import redact

# Of the SHA-256: enough to tell the keys of one gateway apart.
KEY_DIGITS: Final = 8
# Characters of what clients and hosts may make as long as they like.
LONGEST: Final = 200
LONGEST_MESSAGE: Final = 1000
# What of a request is a prompt, in the endpoints there are.
PROMPTS: Final = ("messages", "input", "prompt")


class Failure(Struct, omit_defaults=True, rename={"kind": "class"}):
    kind: str
    type: str | None = None
    code: str | None = None
    message: str | None = None


class Line(Struct, omit_defaults=True, kw_only=True):
    """What is not known, or nothing, is left out. Costs are in USD and DBU, times in seconds."""

    time: str
    call_id: str
    endpoint: str
    status: int
    seconds: float
    model: str = ""
    key: str = ""
    key_alias: str = ""
    user: str = ""
    team: str = ""
    deployment: str = ""
    deployment_model: str = ""
    api_base: str = ""
    stream: bool = False
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    reasoning_tokens: int = 0
    cost_usd: float | None = None
    cost_dbu: float | None = None
    first_token: float | None = None
    overhead: float = 0.0
    retries: int = 0
    fallbacks: int = 0
    client_gone: bool = False
    estimated: bool = False
    error: Failure | None = None
    request: dict[str, Any] | None = None
    reply: Any = None


class CallLog(Observer):
    """An observer of calls. With `log_prompts` a line has what was asked and a whole answer, too."""

    def __init__(
        self,
        writer: LineWriter,
        *,
        log_prompts: bool = False,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._writer = writer
        self.log_prompts = log_prompts
        self._stamp = _Stamp(clock)
        self._encode = msgspec.json.Encoder().encode

    def settle(self, call: Call) -> None:
        self._writer.write(self._encode(self._line(call)))

    def release(self, call: Call) -> None:
        if call.error is None and not call.status and not call.gone:
            return  # another observer refused it: whoever tells the client logs it, with `refused`
        self._writer.write(self._encode(self._line(call)))

    refused = settle

    def close(self) -> None:
        self._writer.close()

    def _line(self, call: Call) -> Line:
        caller, deployment, cost, error = call.caller, call.deployment, call.cost, call.error
        line = Line(
            time=self._stamp(),
            call_id=call.id,
            endpoint=call.endpoint,
            status=call.status,
            seconds=_micro(max(0.0, call.ended - call.began)),
            model=call.model[:LONGEST],
            key=caller.key[:KEY_DIGITS],
            key_alias=caller.alias,
            user=caller.user,
            team=caller.team,
            stream=call.stream,
            overhead=_micro(call.overhead),
            retries=call.retries,
            fallbacks=call.fallbacks,
            client_gone=call.gone,
            estimated=call.estimated,
        )
        if deployment is not None:
            line.deployment = deployment.id
            line.deployment_model = deployment.target.model[:LONGEST]
            line.api_base = deployment.api_base
        if call.usage:
            _use(line, call.usage)
        if cost is not None:
            line.cost_usd, line.cost_dbu = cost.usd, cost.dbu
        if call.first is not None:
            line.first_token = _micro(call.first - call.began)
        if error is not None:
            line.error = _failure(error, with_message=self.log_prompts)
        if self.log_prompts:
            line.request = {name: call.body[name] for name in PROMPTS if name in call.body}
            line.reply = call.reply
        return line


def _use(line: Line, usage: Mapping[str, Any]) -> None:
    get = usage.get
    line.input_tokens = get("prompt_tokens") or 0
    line.output_tokens = get("completion_tokens") or 0
    line.cached_tokens = get("cache_read_input_tokens") or 0
    if details := get("completion_tokens_details"):
        line.reasoning_tokens = details.get("reasoning_tokens") or 0


def _failure(error: LakewayError, *, with_message: bool) -> Failure:
    return Failure(
        kind=type(error).__name__,
        type=_short(error.type),
        code=_short(error.code),
        message=redact(error.message[:LONGEST_MESSAGE]) if with_message else None,
    )


def _short(text: str | None) -> str | None:
    return text if text is None else str(text)[:LONGEST]


def _micro(seconds: float) -> float:
    """To the microsecond, in a third of the time that `round` takes."""
    return int(seconds * 1e6) / 1e6


class _Stamp:
    """The time in ISO 8601, UTC, to the millisecond; calls of one second share most of it."""

    __slots__ = ("_clock", "_second", "_text")

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._second = -1
        self._text = ""

    def __call__(self) -> str:
        now = self._clock()
        second = int(now)
        if second != self._second:
            self._second = second
            self._text = time.strftime("%Y-%m-%dT%H:%M:%S.", time.gmtime(second))
        return f"{self._text}{int((now - second) * 1000):03d}Z"
