"""One blocking connection: how it is opened, what goes through it, and when it is closed."""

from __future__ import annotations

import os
import select
import socket
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING

from lakeway.core.http import BadResponse, ConnectFailed, Disconnected
from lakeway.transport.deadline import Deadline
from lakeway.transport.http1 import ResponseParser
from lakeway.transport.message import check_tunnel, write_tunnel_request
from lakeway.transport.network import Route
from lakeway.transport.socket_options import prepare

if TYPE_CHECKING:
    from ssl import SSLContext

_READ = 64 * 1024


class Connection:
    """A connected socket. It serves one exchange at a time, in the process that opened it."""

    __slots__ = ("_closed", "_pid", "_readable", "_reading", "_seconds", "_sock", "broken")

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._pid = os.getpid()
        self._readable = _readability(sock)
        self._reading = False
        self.broken = False  # not all of a request went out
        self._closed = False
        self._seconds: float | None = sock.gettimeout()

    def usable(self) -> bool:
        """Whether it may carry another request: an idle one has nothing to read, not even its end."""
        return self._pid == os.getpid() and not (self.broken or self._readable())

    def send(self, parts: Sequence[bytes], deadline: Deadline) -> None:
        """Raises TimedOut. A server may refuse a long body half-way and close, so any other failure is
        left to `receive`, which finds the server's reason or the end of the connection."""
        try:
            for part in parts:
                self._limit(deadline, "write")
                self._sock.sendall(part)
        except OSError as error:
            if _ran_out(error):
                raise deadline.error("write", monotonic()) from None
            self.broken = True

    def receive(self, parser: ResponseParser, deadline: Deadline) -> None:
        """Wait for one piece of the response. Raises TimedOut, Disconnected or BadResponse."""
        self._limit(deadline, "read")
        self._reading = True
        try:
            data = self._sock.recv(_READ)
        except OSError as error:
            if _ran_out(error):
                raise deadline.error("read", monotonic()) from None
            raise Disconnected(f"the connection broke: {error.strerror or error}", sent=True) from error
        finally:
            self._reading = False
        if data:
            parser.feed(data)
        elif self._closed:  # by another thread: the server has not said that this is the end
            raise Disconnected("closed before its end", sent=True)
        else:
            parser.feed_eof()

    def start_tls(self, context: SSLContext, host: str, deadline: Deadline) -> None:
        """Raises TimedOut, or OSError when the other end does not prove to be `host`."""
        self._limit(deadline, "connect")
        try:
            self._sock = context.wrap_socket(self._sock, server_hostname=host)
        except OSError as error:
            if _ran_out(error):
                raise deadline.error("connect", monotonic()) from None
            raise

    def close(self) -> None:
        """Close it, from any thread. One that is reading wakes up and closes in its turn: the number of a
        closed socket goes to the next one opened, which that thread would then be reading."""
        self._closed = True
        if self._pid == os.getpid():  # shutting down would end it for a fork's parent too
            with suppress(OSError):
                socket.socket.shutdown(self._sock, socket.SHUT_RDWR)
        if not self._reading:
            self._sock.close()

    def _limit(self, deadline: Deadline, phase: str) -> None:
        seconds = deadline.each
        if deadline.end is not None:
            now = monotonic()
            seconds = deadline.left(now)
            if seconds is not None and seconds <= 0:
                raise deadline.error(phase, now)
        if seconds != self._seconds:
            self._sock.settimeout(seconds)
            self._seconds = seconds


def open_connection(route: Route, context: SSLContext | None, deadline: Deadline) -> Connection:
    """Connect along `route`, in TLS if there is a `context`. Raises ConnectFailed or TimedOut."""
    connection = Connection(_dial(*route.next_hop, deadline))
    try:
        if route.tunnel:
            _open_tunnel(connection, route, deadline)
        if context is not None:
            _start_tls(connection, context, route.origin.host, deadline)
    except BaseException:
        connection.close()
        raise
    return connection


def _dial(host: str, port: int, deadline: Deadline) -> socket.socket:
    """Try every address in the system's order. None may use up the others' time."""
    try:
        addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise ConnectFailed(f"cannot find {host}: {error.strerror}") from error
    failure: OSError | None = None
    for index, address in enumerate(addresses):
        seconds = deadline.left(monotonic())
        if seconds is not None and seconds <= 0:
            break
        try:
            return _connect(address, seconds and seconds / (len(addresses) - index))
        except OSError as error:
            failure = error
    if failure is None or _ran_out(failure):
        raise deadline.error("connect", monotonic()) from failure
    raise ConnectFailed(f"cannot connect to {host}:{port}: {failure.strerror or failure}") from failure


def _connect(address: tuple[int, int, int, str, tuple[object, ...]], seconds: float | None) -> socket.socket:
    family, kind, protocol, _, name = address
    sock = socket.socket(family, kind, protocol)
    try:
        sock.settimeout(seconds)
        sock.connect(name)
        prepare(sock)
    except BaseException:
        sock.close()
        raise
    return sock


def _open_tunnel(connection: Connection, route: Route, deadline: Deadline) -> None:
    answer = ResponseParser("CONNECT")
    try:
        connection.send((write_tunnel_request(route),), deadline)
        while not answer.complete:
            connection.receive(answer, deadline)
    except (Disconnected, BadResponse) as error:
        raise ConnectFailed(f"the proxy opened no tunnel: {error.message}") from error
    check_tunnel(answer)


def _start_tls(connection: Connection, context: SSLContext, host: str, deadline: Deadline) -> None:
    from lakeway.transport.tls import explain

    try:
        connection.start_tls(context, host, deadline)
    except OSError as error:
        raise ConnectFailed(explain(host, error)) from error


def _ran_out(error: OSError) -> bool:
    """Our own limit has no errno; a TimeoutError with one is TCP giving the other end up."""
    return isinstance(error, TimeoutError) and error.errno is None


if sys.platform == "win32":

    def _readability(sock: socket.socket) -> Callable[[], bool]:
        number = sock.fileno()
        return lambda: bool(select.select([number], [], [], 0)[0])

else:

    def _readability(sock: socket.socket) -> Callable[[], bool]:
        """A quick way to ask, now and again, whether `sock` has anything to read. TLS keeps its number."""
        poll = select.poll()  # select() cannot watch a number above 1023
        poll.register(sock, select.POLLIN)
        return lambda: bool(poll.poll(0))
