"""Sends a reply: delays, streaming pace, and the planned faults of the exchange.

The connection itself (to cut it, or to write what is no HTTP) comes from `server.Protocol` through the
scope; under another server those two faults end in an unfinished reply.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from typing import Any

import msgspec

from lakeway.emulator.exchange import Events, Outcome, Whole
from lakeway.emulator.faults import NOTHING, Plan, error_event

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Pairs = list[tuple[bytes, bytes]]

TRANSPORT = "lakeway.transport"
DONE = b"data: [DONE]\n\n"
_GARBAGE = b"\x16\x03\x01 this is not HTTP\r\n\r\n"


class Left(Exception):
    """The caller went away before the reply was complete."""


class _Cut(Exception):
    """The connection is to be closed on purpose."""


class Channel(msgspec.Struct, frozen=True):
    """The two ways of ASGI, and the connection below when the server hands it out."""

    receive: Receive
    send: Send
    transport: asyncio.Transport | None = None

    async def pause(self, seconds: float) -> None:
        """Wait; raises `Left` as soon as the caller goes away."""
        try:
            async with asyncio.timeout(seconds):
                while (await self.receive())["type"] != "http.disconnect":
                    pass
        except TimeoutError:
            return
        raise Left

    async def write(self, content: bytes, *, more: bool = True) -> None:
        """Send some of the body; raises `Left` when nobody is there to read it."""
        if self.transport is not None and self.transport.is_closing():
            raise Left
        await self.send({"type": "http.response.body", "body": content, "more_body": more})

    def close(self, last_words: bytes = b"") -> None:
        if self.transport is None:
            return
        if last_words:
            self.transport.write(last_words)
        self.transport.close()


class Delivery:
    """One reply on its way over one connection. Delays are seconds: before the head, between events."""

    def __init__(
        self, channel: Channel, plan: Plan = NOTHING, *, first_delay: float = 0.0, token_delay: float = 0.0
    ) -> None:
        self._channel = channel
        self._plan = plan
        self._first_delay = first_delay + plan.delay
        self._token_delay = token_delay

    async def deliver(self, outcome: Outcome, headers: tuple[tuple[str, str], ...]) -> None:
        """Send `outcome` with `headers` besides its own, the way the plan wants it; raises `Left`."""
        if self._first_delay:
            await self._channel.pause(self._first_delay)
        if self._plan.drop or self._plan.garbage:
            self._channel.close(_GARBAGE if self._plan.garbage else b"")
            return
        pairs = [(n.encode("latin-1"), v.encode("latin-1")) for n, v in (*headers, *outcome.headers)]
        try:
            if isinstance(outcome, Whole):
                await self._whole(outcome, pairs)
            else:
                await self._stream(outcome, pairs)
        except _Cut:
            self._channel.close()

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
        if self._plan.split:
            await self._body(content)
            content = b""
        await self._channel.write(content, more=False)

    async def _stream(self, outcome: Events, pairs: Pairs) -> None:
        kind = (b"content-type", b"text/event-stream; charset=utf-8")
        await self._start(200, [kind, (b"cache-control", b"no-cache"), *pairs])
        await self._events(outcome.events)
        await self._channel.write(b"", more=False)

    async def _events(self, events: Iterable[bytes]) -> None:
        plan = self._plan
        for sent, event in enumerate(events):
            if plan.cut is not None and sent >= plan.cut:
                raise _Cut
            if plan.error_event is not None and sent >= plan.error_event.after:
                await self._event(error_event(plan.error_event))
                return
            if plan.pause is not None and sent == plan.pause.after:
                await self._channel.pause(plan.pause.value)
            if self._token_delay and sent:
                await self._channel.pause(self._token_delay)
            await self._event(event[: len(event) // 2] + b"\n\n" if sent == plan.malformed else event)

    async def _event(self, event: bytes) -> None:
        await self._body(event.replace(b"\n", b"\r\n") if self._plan.crlf else event)

    async def _body(self, content: bytes) -> None:
        size = self._plan.split or len(content) or 1
        for start in range(0, len(content), size):
            await self._channel.write(content[start : start + size])
            if self._plan.split:
                await asyncio.sleep(0.0005)  # long enough that the pieces leave one by one

    async def _start(self, status: int, pairs: Pairs) -> None:
        await self._channel.send({"type": "http.response.start", "status": status, "headers": pairs})


def transport_of(scope: Mapping[str, Any]) -> asyncio.Transport | None:
    found: asyncio.Transport | None = (scope.get("extensions") or {}).get(TRANSPORT)
    return found


def sse(value: Any) -> bytes:
    """One event of a chat stream: data only, no `event:` line."""
    return b"data: " + msgspec.json.encode(value) + b"\n\n"
