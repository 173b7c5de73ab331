"""The way out of a connection: how answers become bytes on it, and whether its client takes them."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from lakeway.transport.http1_reply import BODILESS, CONTINUE, write_connection, write_framing
from lakeway.transport.http1_request import RequestParser
from lakeway.transport.server_hall import Hall

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, Future, Transport

_JOINED = 256 * 1024  # up to this size, copying the body costs less than a second write


class Sender:
    """Writes the answer to the request that `parser` read last; calls `close` behind the last one."""

    __slots__ = ("_close", "_hall", "_keep", "_loop", "_parser", "_waiters", "stuffed", "transport")

    transport: Transport

    def __init__(
        self, hall: Hall, loop: AbstractEventLoop, parser: RequestParser, close: Callable[[], None]
    ) -> None:
        self._hall = hall
        self._loop = loop
        self._parser = parser
        self._close: Callable[[], None] | None = close
        self._keep = False  # the connection outlives the answer that has begun
        self._waiters: list[Future[None]] = []
        self.stuffed = False  # the client is slow to take what it is sent

    @property
    def lasts(self) -> bool:
        """Whether the connection may outlive the answer."""
        return self._parser.keep_alive and not self._hall.draining

    # For Reply.

    def whole(self, status: int, head: bytes, body: bytes) -> None:
        keep = self._parser.keep_alive and not self._hall.draining
        self.send(status, head, body, keep)
        if not keep:
            self._end()

    def begin(self, status: int, head: bytes) -> tuple[bool, bool]:
        """Whether the body goes in chunks, and whether there may be none at all."""
        old = self._parser.old
        empty = self._goes_without_body(status)
        keep = self.lasts and (empty or not old)
        opening = self._hall.openings.at(time.time(), status)
        framing = b"" if old else write_framing(status, None)
        connection = write_connection(old=old, keep=keep)
        self.transport.write(b"%b%b%b%b\r\n" % (opening, head, framing, connection))
        self._keep = keep
        return not old, empty

    def write(self, data: bytes) -> None:
        self.transport.write(data)

    def finish(self, last: bytes) -> None:
        if last:
            self.transport.write(last)
        if not self._keep:
            self._end()

    async def flow(self) -> None:
        """Wait until the client has taken most of what it was sent, or has gone."""
        while self.stuffed and self._close is not None:
            waiter = self._loop.create_future()
            self._waiters.append(waiter)
            await waiter

    # For the connection.

    def send(self, status: int, head: bytes, body: bytes, keep: bool) -> None:
        opening = self._hall.openings.at(time.time(), status)
        old = self._parser.old
        if old or not keep:
            head += write_connection(old=old, keep=keep)
        if self._goes_without_body(status):
            self.transport.write(b"%b%b%b\r\n" % (opening, head, write_framing(status, len(body))))
        elif len(body) < _JOINED:
            self.transport.write(b"%b%bcontent-length: %d\r\n\r\n%b" % (opening, head, len(body), body))
        else:
            head = b"%b%bcontent-length: %d\r\n\r\n" % (opening, head, len(body))
            self.transport.writelines((head, body))

    def ask(self) -> None:
        """Let the client send the body that it holds back."""
        self.transport.write(CONTINUE)

    def resume(self) -> None:
        """The client has taken most of it."""
        self.stuffed = False
        self._wake()

    def shut(self) -> None:
        """Nothing can be sent any more."""
        self._close = None
        self._wake()

    def _goes_without_body(self, status: int) -> bool:
        request = self._parser.request
        return status in BODILESS or (request is not None and request.method == "HEAD")

    def _end(self) -> None:
        if self._close is not None:
            self._close()

    def _wake(self) -> None:
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)
