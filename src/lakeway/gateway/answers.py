"""Answers: a body of JSON, or a stream of events; errors always in OpenAI's form."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import msgspec

from lakeway.errors import LakewayError, to_openai_body
from lakeway.gateway import compat
from lakeway.transport.server import Reply

encode = msgspec.json.Encoder().encode

JSON = b"content-type: application/json\r\n"
# A proxy that gathers a stream before it passes it on defeats its purpose; nginx asks for this header.
EVENTS = (
    b"content-type: text/event-stream; charset=utf-8\r\ncache-control: no-cache\r\nx-accel-buffering: no\r\n"
)
DONE = b"data: [DONE]\n\n"


def whole(reply: Reply, value: Any, head: bytes = b"", status: int = 200) -> None:
    """`value` as JSON."""
    reply.whole(status, JSON + head, encode(value))


def failure(error: LakewayError, head: bytes = b"", version: str = compat.NEWEST) -> tuple[int, bytes, bytes]:
    """Status, head and body that report `error`, with the wait that it asks for, as that `version` of LiteLLM
    has it."""
    if error.retry_after is not None:
        head += b"retry-after: %d\r\n" % math.ceil(error.retry_after)
    status, told = compat.told(error, version)
    return status, JSON + head, encode(told)


def begin_events(reply: Reply, head: bytes) -> None:
    reply.begin(200, EVENTS + head)


async def events(reply: Reply, values: Sequence[Any]) -> None:
    """Every value as an event of its own, in one piece of the body."""
    if values:
        await reply.write(b"".join([b"data: %b\n\n" % encode(value) for value in values]))


async def end_events(reply: Reply, error: LakewayError | None = None) -> None:
    """The end, after an `error` where the stream could not be finished: the status has been sent before."""
    told = b"" if error is None else b"data: %b\n\n" % encode(to_openai_body(error))
    await reply.write(told + DONE)
    reply.end()
