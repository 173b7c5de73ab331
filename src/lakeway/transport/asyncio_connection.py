"""One connection on an event loop: how it is opened, what goes through it, and when it is closed.

It is an `asyncio.Protocol` itself rather than a user of streams, for half the cost of a call. It works on
asyncio's own loops and on uvloop.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from math import inf
from typing import TYPE_CHECKING, cast

from lakeway.core.http import BadResponse, ConnectFailed, Disconnected, TransportError
from lakeway.transport.asyncio_dial import dial
from lakeway.transport.deadline import Deadline
from lakeway.transport.http1 import ResponseParser
from lakeway.transport.message import check_tunnel, write_tunnel_request
from lakeway.transport.network import Route
from lakeway.transport.socket_options import prepare

if TYPE_CHECKING:
    from ssl import SSLContext

_MAX_BUFFERED = 256 * 1024  # bytes of a streamed body left untaken, before its server has to wait
_SLACK = 0.002  # seconds by which a loop's timer may be early; uvloop counts whole milliseconds


class Connection(asyncio.Protocol):
    """A connected transport. It serves one exchange at a time.

    One timer serves all its exchanges. It is armed for the first limit, and armed again when it turns out
    that a later limit holds by then; so hardly any call pays for a timer.
    """

    _transport: asyncio.Transport

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.parser = ResponseParser(lasting=True)  # of all exchanges
        self.waiter: asyncio.Future[None] | None = None  # there while a task waits for the parser
        self._closed = False
        self._paused = False
        self._busy = False
        self._failure: TransportError | None = None
        self._deadline = Deadline(None)
        self._since = 0.0  # when the wait began, or last brought something
        self._timer: asyncio.TimerHandle | None = None
        self._rings = inf  # when the timer does

    def usable(self) -> bool:
        return not (self._closed or self._transport.is_closing())

    def ask(self, parts: Sequence[bytes], deadline: Deadline) -> asyncio.Future[None]:
        """Begin an exchange: the parser gets whatever comes from now on. Then wait for it, as `wait` does."""
        self._busy = True
        if self._failure is None:
            for part in parts:
                self._transport.write(part)
        return self.wait(deadline)

    def wait(self, deadline: Deadline) -> asyncio.Future[None]:
        """Done when the parser is ready; or it raises TransportError.

        Whoever awaits it must close the connection on whatever comes out, cancellation among it. It is no
        coroutine, which would do so itself, because that is a tenth of what a call costs here.
        """
        self.waiter = waiter = self.loop.create_future()
        if self._failure is not None:
            waiter.set_exception(self._failure)
            return waiter
        self._deadline = deadline
        self._since = now = self.loop.time()
        left = deadline.left(now)
        if left is not None and now + left < self._rings:
            self._arm(now + left)
        return waiter

    def taken(self) -> None:
        """The wait is over and the parser was emptied: let the server send on."""
        self.waiter = None
        if self._paused:
            self._paused = False
            self._transport.resume_reading()

    def finish(self) -> bool:
        """End the exchange: what arrives from now on was not asked for. Whether another may follow."""
        self._busy = False
        return self.parser.reusable and not self._transport.get_write_buffer_size()

    def close(self) -> None:
        """Close it at once; whoever waits for it is told."""
        if not self._closed:
            self._closed = True
            if self._failure is None:
                self._failure = Disconnected("closed before its end", sent=True)
            self._transport.abort()

    def close_soon(self) -> None:
        """Close it from any thread: the collector runs where it likes."""
        with suppress(RuntimeError):  # the loop has ended
            self.loop.call_soon_threadsafe(self.close)

    async def start_tls(self, context: SSLContext, host: str) -> None:
        """Raises OSError when the other end does not prove to be `host`."""
        transport = await self.loop.start_tls(self._transport, self, context, server_hostname=host)
        if transport is None:
            raise ConnectionResetError("closed in the handshake")
        self._transport = transport

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        prepare(transport.get_extra_info("socket"))

    def data_received(self, data: bytes) -> None:
        if not self._busy:  # unasked: if it answers anything, then not the next request
            self.close()
            return
        parser = self.parser
        try:
            ready = parser.feed(data)
        except TransportError as error:
            self._fail(error)
            return
        if not ready:
            self._since = self.loop.time()
            return
        waiter = self.waiter
        if waiter is not None and not waiter.done():
            waiter.set_result(None)
        if parser.buffered > _MAX_BUFFERED and not (parser.complete or self._paused):
            self._paused = True
            self._transport.pause_reading()

    def resume_writing(self) -> None:
        self._since = self.loop.time()

    def connection_lost(self, error: Exception | None) -> None:
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
        if self._failure is None:
            self._failure = self._end(error)
        self.parser.let_go()
        self._wake()

    def _end(self, error: Exception | None) -> TransportError | None:
        """What the end of the connection is for its exchange, or for the one that was to begin."""
        if not self._busy:
            return Disconnected("the server closed the connection before it was used")
        if error is not None and not self.parser.complete:
            failure = Disconnected(f"the connection broke: {error}", sent=True)
            failure.__cause__ = error
            return failure
        try:
            self.parser.feed_eof()
        except TransportError as failure:
            return failure
        return None

    # Waiting.

    def _wake(self) -> None:
        if self.waiter is None or self.waiter.done():
            return
        if self._failure is None:
            self.waiter.set_result(None)
        else:
            self.waiter.set_exception(self._failure)

    def _fail(self, failure: TransportError) -> None:
        self._failure = failure
        self.close()
        self._wake()

    def _arm(self, when: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self.loop.call_at(when, self._on_timer)
        self._rings = when

    def _on_timer(self) -> None:
        self._timer, self._rings = None, inf
        left = self._deadline.left(self._since)
        if self.waiter is None or self.waiter.done() or left is None:
            return
        now = self.loop.time() + _SLACK
        if now < self._since + left:
            self._arm(self._since + left)
        else:
            phase = "write" if self._transport.get_write_buffer_size() else "read"
            self._fail(self._deadline.error(phase, now))


async def open_connection(route: Route, context: SSLContext | None, deadline: Deadline) -> Connection:
    """Connect along `route`, in TLS if there is a `context`. Raises ConnectFailed or TimedOut."""
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(deadline.left(loop.time())):
            if context is None or route.tunnel is None:
                return await _dial(loop, route, context)
            return await _tunnel(loop, route, context, deadline)
    except TimeoutError:
        raise deadline.error("connect", loop.time() + _SLACK) from None


async def _dial(loop: asyncio.AbstractEventLoop, route: Route, context: SSLContext | None) -> Connection:
    host, port = route.next_hop
    try:
        _, connection = await loop.create_connection(
            partial(Connection, loop),
            sock=await dial(host, port),
            ssl=context,
            server_hostname=host if context else None,
        )
    except OSError as error:
        raise _refused(error, host, port, secure=context is not None) from error
    return connection


async def _tunnel(
    loop: asyncio.AbstractEventLoop, route: Route, context: SSLContext, deadline: Deadline
) -> Connection:
    """TLS with the origin, inside a tunnel that the proxy opens."""
    connection = await _dial(loop, route, None)
    answer = connection.parser
    answer.expect("CONNECT", False, 0)
    try:
        await connection.ask((write_tunnel_request(route),), deadline)
        check_tunnel(answer)
        connection.finish()
        answer.let_go()
        connection.parser = ResponseParser(lasting=True)
        await connection.start_tls(context, route.origin.host)
    except BaseException as error:
        connection.close()
        if isinstance(error, Disconnected | BadResponse):
            raise ConnectFailed(f"the proxy opened no tunnel: {error.message}") from error
        if isinstance(error, OSError):
            raise _refused(error, route.origin.host, route.origin.port, secure=True) from error
        raise
    return connection


def _refused(error: OSError, host: str, port: int, *, secure: bool) -> ConnectFailed:
    if isinstance(error, socket.gaierror):
        return ConnectFailed(f"cannot find {host}: {error.strerror}")
    if secure:
        from lakeway.transport.tls import explain

        return ConnectFailed(explain(f"{host}:{port}", error))
    return ConnectFailed(f"cannot connect to {host}:{port}: {error.strerror or error}")
