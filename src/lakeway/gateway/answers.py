"""Answers over ASGI: a body of JSON, or a stream of events; errors always in OpenAI's form."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, TypeAlias

import msgspec

from lakeway.errors import LakewayError, to_openai_body
from lakeway.gateway.request import Send

HeaderList: TypeAlias = list[tuple[bytes, bytes]]

encode = msgspec.json.Encoder().encode

_JSON = (b"content-type", b"application/json")
# A proxy that gathers a stream before it passes it on defeats its purpose; nginx asks for this header.
_EVENTS: HeaderList = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-cache"),
    (b"x-accel-buffering", b"no"),
]
DONE = b"data: [DONE]\n\n"


async def whole(send: Send, value: Any, headers: HeaderList, status: int = 200) -> None:
    """`value` as JSON."""
    body = encode(value)
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [_JSON, length, *headers]})
    await send({"type": "http.response.body", "body": body})


async def failed(send: Send, error: LakewayError, headers: HeaderList) -> None:
    """The error with its own status, and with the wait that it asks for."""
    if error.retry_after is not None:
        headers = [*headers, (b"retry-after", str(math.ceil(error.retry_after)).encode())]
    await whole(send, to_openai_body(error), headers, error.status_code)


async def begin_events(send: Send, headers: HeaderList) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [*_EVENTS, *headers]})


async def events(send: Send, values: Iterable[Any]) -> None:
    """Every value as an event of its own, in one piece of the body."""
    body = b"".join([b"data: " + encode(value) + b"\n\n" for value in values])
    await send({"type": "http.response.body", "body": body, "more_body": True})


async def end_events(send: Send, error: LakewayError | None = None) -> None:
    """The end, after an `error` where the stream could not be finished: the status has been sent before."""
    told = b"" if error is None else b"data: " + encode(to_openai_body(error)) + b"\n\n"
    await send({"type": "http.response.body", "body": told + DONE})
