"""The client for an event loop, its streamed bodies, and the driver that runs a flow with it.

A client belongs to the loop that it is first used on, and closes its idle connections with it. Cancelling
whoever waits closes the connection at once, so the server stops working too. Like its blocking twin it
follows no redirect, repeats nothing that a server may have acted on, and logs nothing.
"""

from __future__ import annotations

import asyncio
import time
import weakref
from collections.abc import AsyncGenerator, Callable
from functools import lru_cache
from types import TracebackType
from typing import Protocol, TypeAlias, TypeVar, assert_never

from lakeway.core.http import (
    Disconnected,
    HeaderPairs,
    HttpRequest,
    HttpResponse,
    StreamedResponse,
)
from lakeway.core.steps import (
    Credential,
    Discard,
    Flow,
    GetHost,
    GetToken,
    ReadOn,
    ReadWhole,
    Send,
    Sleep,
    Step,
)
from lakeway.transport.asyncio_connection import Connection, open_connection
from lakeway.transport.deadline import Deadline
from lakeway.transport.http1 import MAX_BODY, ResponseParser, write_start
from lakeway.transport.idle import IdlePool
from lakeway.transport.message import was_never_read, write_request
from lakeway.transport.network import Network, Route
from lakeway.transport.origin import parse_url
from lakeway.transport.routes import Routes

_KNOWN = 64  # requests that differ in more than their bodies, as a client mostly repeats them

T = TypeVar("T")
Observer: TypeAlias = Callable[[Step, object, float], None]


class AsyncClient:
    """Sends requests. `max_body` bounds, in bytes, what is read whole."""

    def __init__(
        self,
        network: Network | None = None,
        *,
        max_idle_per_origin: int = 256,
        idle_seconds: float = 60.0,
        max_body: int = MAX_BODY,
    ) -> None:
        self._routes = Routes(Network.from_environ() if network is None else network)
        self._max_body = max_body
        # It holds the credentials of the last requests: of so many, and no longer than the client lives.
        self._start = lru_cache(maxsize=_KNOWN)(write_start)
        self._idle: IdlePool[Connection] = IdlePool(max_idle_per_origin, idle_seconds)
        # Weakly: a client must not keep alive the loop that it is found by.
        self._loop: weakref.ref[asyncio.AbstractEventLoop] | None = None
        self._guard: AsyncGenerator[None, None] | None = None

    async def send(self, request: HttpRequest) -> HttpResponse | StreamedResponse:
        """Send the request and wait for its response, or for the first bytes of a streamed one.

        Raises TransportError, or ValueError for a request that HTTP cannot carry.
        """
        loop = asyncio.get_running_loop()
        if self._loop is None or self._loop() is not loop or self._idle.closed:
            await self._begin(loop)
        url = parse_url(request.url)
        route = self._routes.to(url.origin)
        parts = write_request(request, url, route, self._start)
        now = loop.time()
        deadline = Deadline.of_exchange(request.timeout, now)
        connection = self._idle.take(route, now)
        if connection is not None:
            parser = connection.parser
            parser.expect(request.method, request.stream, self._max_body)
            try:
                await connection.ask(parts, deadline)
                return self._respond(route, connection, parser, deadline)
            except BaseException as error:
                connection.close()
                if not (isinstance(error, Disconnected) and was_never_read(parser, waited=loop.time() - now)):
                    raise
        connecting = Deadline.of_connect(request.timeout, loop.time(), deadline)
        connection = await open_connection(route, self._routes.context(route), connecting)
        parser = connection.parser
        parser.expect(request.method, request.stream, self._max_body)
        try:
            await connection.ask(parts, deadline)
            return self._respond(route, connection, parser, deadline)
        except BaseException:
            connection.close()
            raise

    async def aclose(self) -> None:
        """Close the idle connections; those in use close when they are done."""
        self._idle.close()
        if self._guard is not None:
            await self._guard.aclose()

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def _begin(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._idle.closed:
            raise RuntimeError("the client is closed")
        if self._loop is not None:
            raise RuntimeError("the client belongs to another event loop")
        self._loop = weakref.ref(loop)
        self._guard = _close_with_the_loop(weakref.ref(self), self._idle)
        await anext(self._guard)

    def loop_ended(self) -> None:
        self._guard = None

    def _respond(
        self, route: Route, connection: Connection, parser: ResponseParser, deadline: Deadline
    ) -> HttpResponse | StreamedResponse:
        headers, data = parser.headers, parser.take()
        assert headers is not None  # noqa: S101 - it is ready
        if not parser.streamed:
            _release(self._idle, route, connection)
            return HttpResponse(parser.status, headers, data)
        body = AsyncBody(self._idle, route, connection, parser, Deadline(deadline.each))
        return StreamedResponse(parser.status, headers, data, body)


class AsyncBody:
    """The rest of a streamed body: iterate over it to its end, or close it. Each wait is bounded by `read`.

    A body that is dropped instead closes its connection too. One task may wait for it at a time.
    """

    __slots__ = ("_connection", "_deadline", "_idle", "_parser", "_route")

    def __init__(
        self,
        idle: IdlePool[Connection],
        route: Route,
        connection: Connection,
        parser: ResponseParser,
        deadline: Deadline,
    ) -> None:
        self._idle = idle
        self._route = route
        self._connection: Connection | None = connection
        self._parser = parser
        self._deadline = deadline
        if parser.complete:
            self._finish(connection)
        else:
            connection.taken()

    def __aiter__(self) -> AsyncBody:
        return self

    async def __anext__(self) -> bytes:
        """What arrived, as soon as it does. Raises TransportError if the body is cut short."""
        connection = self._connection
        if connection is None:
            raise StopAsyncIteration
        if connection.waiter is not None:
            raise RuntimeError("another task waits for this stream already")
        parser = self._parser
        if not parser.ready:
            try:
                await connection.wait(self._deadline)
            except BaseException:
                self._connection = None
                connection.close()
                raise
        data = parser.take()
        if not parser.complete:
            connection.taken()
            return data
        self._finish(connection)
        if not data:
            raise StopAsyncIteration
        return data

    async def read(self) -> bytes:
        """All that is left of it, after all. Raises TransportError, also beyond the client's `max_body`."""
        if self._connection is None:
            return b""
        self._parser.collect()
        return b"".join([data async for data in self])

    async def aclose(self) -> None:
        """End the exchange, at the server too, unless it has come to its end."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    async def __aenter__(self) -> AsyncBody:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    def __del__(self) -> None:
        if self._connection is not None:
            self._connection.close_soon()

    def _finish(self, connection: Connection) -> None:
        if self._connection is not None:
            self._connection = None
            _release(self._idle, self._route, connection)


def _release(idle: IdlePool[Connection], route: Route, connection: Connection) -> None:
    if connection.finish():
        idle.put(route, connection, connection.loop.time())
    else:
        connection.close()


async def _close_with_the_loop(
    client: weakref.ref[AsyncClient], idle: IdlePool[Connection]
) -> AsyncGenerator[None, None]:
    """A loop that ends closes the generators begun on it, and this one closes the idle connections. It
    refers to its loop, so the client lets it go."""
    try:
        yield
    finally:
        idle.close()
        if (owner := client()) is not None:
            owner.loop_ended()


class AsyncTokens(Protocol):
    async def get(self, credential: Credential, rejected: HeaderPairs | None) -> HeaderPairs:
        """Headers that authorize a request, and are not the `rejected` ones."""
        ...

    async def host(self, credential: Credential) -> str:
        """The https address of the workspace that `credential` belongs to."""
        ...


async def drive(
    flow: Flow[T], client: AsyncClient, tokens: AsyncTokens, *, observer: Observer | None = None
) -> T:
    """Run `flow` to its end and return what it returns.

    What goes wrong in a step is raised inside the flow; cancellation ends the flow instead. `observer` is
    told of each step, its result or exception, and the seconds it took.
    """
    try:
        step = next(flow)
        while True:
            began = 0.0 if observer is None else time.monotonic()
            result: object
            try:
                # Most steps are of this kind, and need no further coroutine.
                result = await (client.send(step.request) if type(step) is Send else _act(step, tokens))
            except BaseException as error:
                if observer is not None:
                    observer(step, error, time.monotonic() - began)
                if not isinstance(error, Exception):
                    raise
                step = flow.throw(error)  # it judges what is an error
            else:
                if observer is not None:
                    observer(step, result, time.monotonic() - began)
                step = flow.send(result)
    except StopIteration as stop:
        value: T = stop.value
        return value
    finally:
        flow.close()


async def _act(step: Step, tokens: AsyncTokens) -> object:
    match step:
        case GetToken(credential, rejected):
            return await tokens.get(credential, rejected)
        case GetHost(credential):
            return await tokens.host(credential)
        case Sleep(seconds):
            await asyncio.sleep(seconds)
        case ReadOn(response):
            return await anext(response.rest, b"")
        case ReadWhole(response):
            body = response.first + await response.rest.read()
            return HttpResponse(response.status, response.headers, body)
        case Discard(response):
            await response.rest.aclose()
        case Send():
            raise AssertionError("the client sends")
        case _:
            assert_never(step)
    return None
