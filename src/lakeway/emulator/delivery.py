"""Sends a reply: delays, streaming pace, and the planned faults of the exchange.

The connection itself (to cut it, or to write what is no HTTP) comes from `server.Protocol` through the
scope; under another server those two faults end in an unfinished reply.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

import msgspec

from lakeway.emulator.exchange import Events, Outcome, Whole
from lakeway.emulator.faults import Plan, error_event

Send = Callable[[dict[str, Any]], Awaitable[None]]
Pairs = list[tuple[bytes, bytes]]

TRANSPORT = "lakeway.transport"


class _Cut(Exception):
    """The connection was closed on purpose."""


class Delivery:
    """One reply on its way over one connection."""

    def __init__(
        self, send: Send, transport: asyncio.Transport | None, plan: Plan, token_delay: float
    ) -> None:
        self._send = send
        self._transport = transport
        self._plan = plan
        self._token_delay = token_delay
        self._events = 0

    async def deliver(self, outcome: Outcome, headers: tuple[tuple[str, str], ...]) -> None:
        """Send `outcome` with `headers` besides its own, the way the plan wants it."""
        if self._plan.delay:
            await asyncio.sleep(self._plan.delay)
        if self._plan.drop or self._plan.garbage:
            self._close(b"\x16\x03\x01 this is not HTTP\r\n\r\n" if self._plan.garbage else b"")
            return
        pairs = [(n.encode("latin-1"), v.encode("latin-1")) for n, v in (*headers, *outcome.headers)]
        try:
            if isinstance(outcome, Whole):
                await self._whole(outcome, pairs)
            else:
                await self._stream(outcome, pairs)
        except _Cut:
            self._close(b"")

    async def _whole(self, outcome: Whole, pairs: Pairs) -> None:
        content = outcome.content
        if self._plan.malformed is not None:
            content = content[: max(len(content) * 2 // 3, 1)]
        length = (b"content-length", str(len(content)).encode())
        kind = (b"content-type", outcome.content_type.encode())
        await self._start(outcome.status, [kind, length, *pairs])
        if self._plan.cut is not None:
            await self._body(content[: self._plan.cut])
            raise _Cut
        await self._body(content)
        await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _stream(self, outcome: Events, pairs: Pairs) -> None:
        kind = (b"content-type", b"text/event-stream; charset=utf-8")
        await self._start(200, [kind, (b"cache-control", b"no-cache"), *pairs])
        await self._events_of(outcome.events)
        await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _events_of(self, events: Iterable[bytes]) -> None:
        plan = self._plan
        for event in events:
            if plan.cut is not None and self._events >= plan.cut:
                raise _Cut
            if plan.error_event is not None and self._events >= plan.error_event.after:
                await self._event(error_event(plan.error_event))
                return
            if plan.pause is not None and self._events == plan.pause.after:
                await asyncio.sleep(plan.pause.value)
            if self._token_delay and self._events:
                await asyncio.sleep(self._token_delay)
            broken = plan.malformed is not None and self._events == plan.malformed
            await self._event(event[: len(event) // 2] + b"\n\n" if broken else event)
            self._events += 1

    async def _event(self, event: bytes) -> None:
        await self._body(event.replace(b"\n", b"\r\n") if self._plan.crlf else event)

    async def _body(self, content: bytes) -> None:
        size = self._plan.split or len(content) or 1
        for start in range(0, len(content), size):
            await self._send(
                {"type": "http.response.body", "body": content[start : start + size], "more_body": True}
            )
            if self._plan.split:
                await asyncio.sleep(0.0005)  # long enough that the pieces leave one by one

    async def _start(self, status: int, pairs: Pairs) -> None:
        await self._send({"type": "http.response.start", "status": status, "headers": pairs})

    def _close(self, last_words: bytes) -> None:
        if self._transport is None:
            return
        if last_words:
            self._transport.write(last_words)
        self._transport.close()


def transport_of(scope: Mapping[str, Any]) -> asyncio.Transport | None:
    found: asyncio.Transport | None = (scope.get("extensions") or {}).get(TRANSPORT)
    return found


def sse(value: Any) -> bytes:
    """One event of a chat stream: data only, no `event:` line."""
    return b"data: " + msgspec.json.encode(value) + b"\n\n"


DONE = b"data: [DONE]\n\n"
