"""The blocking client, its streamed bodies, and the driver that runs a flow with it.

Threads may share a client. It opens as many connections as there are calls at once and keeps some for the
next calls; it follows no redirect, repeats nothing that a server may have acted on, and logs nothing.
"""

from __future__ import annotations

import time
import weakref
from collections.abc import Callable
from types import TracebackType
from typing import Protocol, TypeAlias, TypeVar, assert_never

from lakeway.core.http import (
    Disconnected,
    HeaderPairs,
    Headers,
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
from lakeway.transport.deadline import Deadline
from lakeway.transport.http1 import MAX_BODY, ResponseParser
from lakeway.transport.idle import IdlePool
from lakeway.transport.message import was_never_read, write_request
from lakeway.transport.network import Network, Route
from lakeway.transport.origin import parse_url
from lakeway.transport.routes import Routes
from lakeway.transport.sync_connection import Connection, open_connection

T = TypeVar("T")
Observer: TypeAlias = Callable[[Step, object, float], None]


class SyncClient:
    """Sends requests. `max_body` bounds, in bytes, what is read whole."""

    def __init__(
        self,
        network: Network | None = None,
        *,
        max_idle_per_origin: int = 32,
        idle_seconds: float = 60.0,
        max_body: int = MAX_BODY,
    ) -> None:
        self._routes = Routes(Network.from_environ() if network is None else network)
        self._max_body = max_body
        self._idle: IdlePool[Connection] = IdlePool(max_idle_per_origin, idle_seconds)
        self._finalizer = weakref.finalize(self, self._idle.close)

    def send(self, request: HttpRequest) -> HttpResponse | StreamedResponse:
        """Send the request and wait for its response, or for the first bytes of a streamed one.

        Raises TransportError, or ValueError for a request that HTTP cannot carry.
        """
        if self._idle.closed:
            raise RuntimeError("the client is closed")
        url = parse_url(request.url)
        route = self._routes.to(url.origin)
        parts = write_request(request, url, route)
        now = time.monotonic()
        deadline = Deadline.of_exchange(request.timeout, now)
        connection = self._idle.take(route, now)
        if connection is not None:
            parser = self._parser(request)
            try:
                return self._exchange(route, connection, parts, parser, deadline)
            except Disconnected:
                if not was_never_read(parser, waited=time.monotonic() - now):
                    raise
        connecting = Deadline.of_connect(request.timeout, time.monotonic(), deadline)
        connection = open_connection(route, self._routes.context(route), connecting)
        parser = self._parser(request)
        return self._exchange(route, connection, parts, parser, deadline)

    def close(self) -> None:
        """Close the idle connections; those in use close when they are done."""
        self._finalizer()

    def __enter__(self) -> SyncClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _parser(self, request: HttpRequest) -> ResponseParser:
        return ResponseParser(request.method, stream=request.stream, max_body=self._max_body)

    def _exchange(
        self,
        route: Route,
        connection: Connection,
        parts: tuple[bytes, ...],
        parser: ResponseParser,
        deadline: Deadline,
    ) -> HttpResponse | StreamedResponse:
        try:
            connection.send(parts, deadline)
            while not parser.ready:
                connection.receive(parser, deadline)
        except BaseException:  # Ctrl-C too: half an exchange must never be found in the pool
            connection.close()
            raise
        headers, data = parser.headers or Headers(), parser.take()
        if not parser.streamed:
            _release(self._idle, route, connection, parser)
            return HttpResponse(parser.status, headers, data)
        body = SyncBody(self._idle, route, connection, parser, Deadline(deadline.each))
        return StreamedResponse(parser.status, headers, data, body)


class SyncBody:
    """The rest of a streamed body: iterate over it to its end, or close it. Each wait is bounded by `read`.

    A body that is dropped instead closes its connection too. `close` may be called from any thread.
    """

    __slots__ = ("__weakref__", "_connection", "_deadline", "_finalizer", "_idle", "_parser", "_route")

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
        # Not __del__: in a cycle, the socket's own could run first and warn that nobody closed it.
        self._finalizer = weakref.finalize(self, connection.close)
        if parser.complete:
            self._finish(connection)

    def __iter__(self) -> SyncBody:
        return self

    def __next__(self) -> bytes:
        """What arrived, as soon as it does. Raises TransportError if the body is cut short."""
        connection = self._connection
        if connection is None:
            raise StopIteration
        parser = self._parser
        try:
            while not parser.ready:
                connection.receive(parser, self._deadline)
        except BaseException:
            self.close()
            connection.close()  # again: a thread that closed it meanwhile had to leave that to this one
            raise
        data = parser.take()
        if parser.complete:
            self._finish(connection)
            if not data:
                raise StopIteration
        return data

    def read(self) -> bytes:
        """All that is left of it, after all. Raises TransportError, also beyond the client's `max_body`."""
        self._parser.collect()
        return b"".join(self)

    def close(self) -> None:
        """End the exchange, at the server too, unless it has come to its end."""
        self._connection = None
        self._finalizer()

    def __enter__(self) -> SyncBody:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _finish(self, connection: Connection) -> None:
        self._connection = None
        if self._finalizer.detach():
            _release(self._idle, self._route, connection, self._parser)


def _release(
    idle: IdlePool[Connection], route: Route, connection: Connection, parser: ResponseParser
) -> None:
    if parser.reusable and not connection.broken:
        idle.put(route, connection, time.monotonic())
    else:
        connection.close()


class SyncTokens(Protocol):
    def get(self, credential: Credential, rejected: HeaderPairs | None) -> HeaderPairs:
        """Headers that authorize a request, and are not the `rejected` ones."""
        ...

    def host(self, credential: Credential) -> str:
        """The https address of the workspace that `credential` belongs to."""
        ...


def drive(
    flow: Flow[T],
    client: SyncClient,
    tokens: SyncTokens,
    *,
    sleep: Callable[[float], object] = time.sleep,
    observer: Observer | None = None,
) -> T:
    """Run `flow` to its end and return what it returns.

    What goes wrong in a step is raised inside the flow; an interruption ends the flow instead. `observer`
    is told of each step, its result or exception, and the seconds it took.
    """
    try:
        step = next(flow)
        while True:
            try:
                result = _perform(step, client, tokens, sleep, observer)
            except Exception as error:  # noqa: BLE001 - the flow judges it
                step = flow.throw(error)
            else:
                step = flow.send(result)
    except StopIteration as stop:
        value: T = stop.value
        return value
    finally:
        flow.close()


def _perform(
    step: Step,
    client: SyncClient,
    tokens: SyncTokens,
    sleep: Callable[[float], object],
    observer: Observer | None,
) -> object:
    if observer is None:
        return _act(step, client, tokens, sleep)
    began = time.monotonic()
    result: object = None
    try:
        result = _act(step, client, tokens, sleep)
    except BaseException as error:
        result = error
        raise
    finally:
        observer(step, result, time.monotonic() - began)
    return result


def _act(step: Step, client: SyncClient, tokens: SyncTokens, sleep: Callable[[float], object]) -> object:
    match step:
        case Send(request):
            return client.send(request)
        case GetToken(credential, rejected):
            return tokens.get(credential, rejected)
        case GetHost(credential):
            return tokens.host(credential)
        case Sleep(seconds):
            sleep(seconds)
        case ReadOn(response):
            return next(response.rest, b"")
        case ReadWhole(response):
            body = response.first + response.rest.read()
            return HttpResponse(response.status, response.headers, body)
        case Discard(response):
            response.rest.close()
        case _:
            assert_never(step)
    return None
