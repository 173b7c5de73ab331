"""One HTTP exchange as frozen values: what the pure core asks for and what a transport hands back.

Nothing here touches a socket. A transport turns an `HttpRequest` into an `HttpResponse`, or into a
`StreamedResponse` whose body arrives later, or raises a `TransportError`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, ClassVar, TypeAlias

from msgspec import Struct

from lakeway.core.masked import Masked

HeaderPairs: TypeAlias = tuple[tuple[str, str], ...]


class Timeout(Struct, frozen=True):
    """Limits in seconds; None waits for ever.

    `connect` covers name look-up, TCP and TLS together. `read` bounds each wait for bytes from the
    server: the head of the response, and every later chunk. `total` bounds the exchange until its
    body is complete, or, for a streamed response, until the first byte of its body.
    """

    connect: float | None = 10.0
    read: float | None = 600.0
    total: float | None = None


class Headers:
    """Response headers: names are case-insensitive, repeated ones keep their order."""

    __slots__ = ("_head", "_pairs")

    def __init__(self, pairs: Iterable[tuple[str, str]] = ()) -> None:
        self._head = b""
        self._pairs: HeaderPairs | None = tuple((name.lower(), value) for name, value in pairs)

    @property
    def lines(self) -> bytes:
        """The header lines as they came, each with its CRLF; empty for headers that came otherwise."""
        _, _, lines = self._head.partition(b"\r\n")
        return lines + b"\r\n" if lines else b""

    def get(self, name: str, default: str | None = None) -> str | None:
        """The first value of `name`, or `default`."""
        name = name.lower()
        for key, value in self.items():
            if key == name:
                return value
        return default

    def items(self) -> HeaderPairs:
        if self._pairs is None:
            self._pairs = _pairs(self._head)
        return self._pairs

    def __contains__(self, name: str) -> bool:
        return self.get(name) is not None

    def __getitem__(self, name: str) -> str:
        value = self.get(name)
        if value is None:
            raise KeyError(name)
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(dict(self.items()))

    def __len__(self) -> int:
        return len(self.items())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Headers) and self.items() == other.items()

    def __hash__(self) -> int:
        return hash(self.items())

    def __repr__(self) -> str:
        return f"Headers({self.items()!r})"


class ReceivedHeaders(Headers):
    """Headers of a head as it came: a status line and header lines, accepted by a parser, without the empty
    line at their end. They are taken apart when they are first asked for: most callers want none, or one.
    """

    __slots__ = ()

    def __init__(self, head: bytes) -> None:
        self._head = head
        self._pairs = None


def _pairs(head: bytes) -> HeaderPairs:
    pairs = []
    for line in head.decode("latin-1").split("\r\n")[1:]:
        name, _, value = line.partition(":")
        pairs.append((name.lower(), value.strip(" \t")))  # RFC 9112 section 5.1
    return tuple(pairs)


class HttpRequest(Masked, frozen=True, kw_only=True):
    """A request to an absolute `url`. `headers` need neither Host nor Content-Length.

    `stream` asks for a `StreamedResponse` when the status is below 400; an error is always read whole.
    """

    method: str
    url: str
    headers: HeaderPairs = ()
    body: bytes = b""
    stream: bool = False
    timeout: Timeout = Timeout()
    _secrets: ClassVar[frozenset[str]] = frozenset({"headers"})


class HttpResponse(Masked, frozen=True):
    """A response whose body was read to its end; it may be a token."""

    status: int
    headers: Headers
    body: bytes
    _secrets: ClassVar[frozenset[str]] = frozenset({"body"})


class StreamedResponse(Struct, frozen=True):
    """A response below 400 whose body is still arriving.

    `first` holds the first bytes of the body, already received (empty when the body is empty).
    `rest` belongs to the transport that made it: a `SyncBody` or an `AsyncBody` with the bytes after
    `first`. It must be read to its end or closed.
    """

    status: int
    headers: Headers
    first: bytes
    rest: Any


class NoBody:
    """A streamed body with nothing in it, in either colour."""

    def __iter__(self) -> NoBody:
        return self

    def __next__(self) -> bytes:
        raise StopIteration

    def __aiter__(self) -> NoBody:
        return self

    async def __anext__(self) -> bytes:
        raise StopAsyncIteration

    def close(self) -> None: ...

    async def aclose(self) -> None: ...


class TransportError(Exception):
    """The exchange failed below HTTP. `sent` says whether the server may have seen the request."""

    def __init__(self, message: str, *, sent: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.sent = sent


class ConnectFailed(TransportError):
    """No connection: name look-up, TCP, TLS or proxy refused it."""


class TimedOut(TransportError):
    """A limit of `Timeout` ran out; `phase` is "connect", "read", "write" or "total"."""

    def __init__(self, message: str, *, phase: str, sent: bool) -> None:
        super().__init__(message, sent=sent)
        self.phase = phase


class Disconnected(TransportError):
    """The server closed the connection before the message was complete."""


class BadResponse(TransportError):
    """The server's bytes were not HTTP, or exceeded a limit on header size."""
