"""HTTP/1.1 as bytes, the server's side: how the requests of one connection are read. No sockets, no clock.

Framing is left to `httptools`, which is Node's llhttp in its strict mode: it refuses folded headers, bare
LF, two lengths, a length next to a transfer coding, and bad chunk sizes (RFC 9112 sections 5.2, 2.2, 6.3,
7.1). This file adds what a server has to decide for itself: limits, which target is meant, and that one
request is read at a time: what follows it is handed back, so that a sender fills no queue of ours.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser
from msgspec import Struct

from lakeway.transport.http1_target import read_target

MAX_HEAD = 64 * 1024  # bytes of a request that bring nothing of its body
MAX_HEADERS = 128

_END = b"\r\n\r\n"  # of a head, and of a chunked body
_SINGLE = frozenset((b"authorization", b"content-length", b"host"))  # two of these mean two things
# What llhttp says of a version that it does not know, and of HTTP/2's preface.
_OTHER_VERSION = ("Invalid HTTP version", "Pause on PRI/Upgrade")


class Mistake(Exception):
    """What came is not a request that can be answered; the connection is of no more use."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(status, reason)
        self.status = status
        self.reason = reason


class Request(Struct, eq=False):
    """One request. Header names are in lower case; the values of a repeated one are joined with `, `."""

    method: str
    path: str  # percent-decoded, without the query
    query: str  # as it came
    headers: dict[bytes, bytes]
    body: bytes = b""  # whole, once it has arrived
    peer: str = ""  # "127.0.0.1:5123", or nothing on a Unix socket
    received: float = 0.0  # the loop's time at which the head was complete
    about: Any = None  # the application's own


class RequestParser:
    """Reads requests, one at a time, in whatever pieces they come.

    `feed_head` until there is a `request`, `feed_body` until it is `complete`, then `next`. Both give back
    what they did not need. Both raise Mistake, after which the connection must be closed.
    """

    # Of the request that was read last.
    request: Request | None = None
    complete = False
    keep_alive = False  # the sender lets the connection live
    old = False  # HTTP/1.0
    expects = False  # the sender waits for 100 Continue before it sends the body
    length: int | None = 0  # of the body, as announced; None if it comes in chunks
    dropping = False  # the body is read, but not kept

    _size = 0  # of the head so far
    _tail = b""  # the last bytes before this piece, of which an end may begin
    _target = b""
    _repeated = 0
    _upgrade = False
    _left = 0  # bytes that a body of known length lacks
    _came = 0  # bytes of a chunked body so far
    _silent = 0  # bytes since then: of chunk heads and the trailer
    _max_body = 0
    _body: bytes | bytearray = b""

    def __init__(self, max_head: int = MAX_HEAD, max_headers: int = MAX_HEADERS) -> None:
        self._max_head = max_head
        self._max_headers = max_headers
        self._headers: dict[bytes, bytes] = {}
        self._parser: HttpRequestParser | None = HttpRequestParser(self)

    @property
    def begun(self) -> bool:
        """Whether any byte of the next request has arrived."""
        return self._size > 0 or self.request is not None

    @property
    def received(self) -> int:
        """Bytes of the body so far."""
        return self._came if self.length is None else self.length - self._left

    def feed_head(self, data: bytes) -> bytes:
        """Take in what belongs to a head; once that is complete, there is a `request`."""
        if not self._size:  # nearly always all of it comes at once
            end = data.find(_END) + len(_END)
            if len(_END) <= end <= self._max_head:
                self._feed(data[:end])
                if self.request is not None:
                    return data[end:]
                self._size = end  # empty lines before it
                data = data[end:]
        return self._feed_pieces(data)

    def feed_body(self, data: bytes) -> bytes:
        """Take in what belongs to the body; once that is `complete`, the request has it."""
        if self.complete or not data:
            return data
        if self.length is None:
            return self._feed_chunks(data)
        left = self._left
        if len(data) <= left:
            self._left = left - len(data)
            self._feed(data)
            return b""
        self._left = 0
        self._feed(data[:left])
        return data[left:]

    def allow(self, size: int) -> None:
        """The body may have so many bytes. Raises Mistake if it is known to have more."""
        self._max_body = size
        if self.length is not None and self.length > size:
            raise self._too_large()

    def drop(self, size: int) -> None:
        """Read the body, up to so many bytes, to reach what follows it, but do not keep it."""
        self.dropping = True
        self.allow(size)

    def next(self) -> None:
        """Forget the request, and begin with the one after it."""
        self.request = None
        self.complete = False
        if self.length is None:
            self._tail = b""
            self._headers = {}  # the trailer
        if self._upgrade:
            self._upgrade = False
            self._parser = HttpRequestParser(self)

    def close(self) -> None:
        """Let go of what holds this object's methods: no cycle is left for the collector."""
        self._parser = None

    # Where a piece ends. llhttp would read on into the next request, so it is given one end at a time.
    # The end of a head or of a trailer follows a byte that is neither CR nor LF, so no two ends overlap.

    def _feed_pieces(self, data: bytes) -> bytes:
        start = 0
        while start < len(data) and self.request is None:
            end = self._find_end(data, start)
            self._grow(data, start, end)
            self._feed(data[start:end])
            start = end
        if self.request is not None:
            self._size = 0
        return data[start:]

    def _find_end(self, data: bytes, start: int) -> int:
        """Behind the first end at or after `start`, or the end of `data`."""
        if self._tail:
            tail, self._tail = self._tail, b""
            at = (tail + data[:3]).find(_END)
            if at >= 0:
                return at + len(_END) - len(tail)
            if len(data) < 3:
                self._tail = (tail + data)[-3:]
                return len(data)
        at = data.find(_END, start)
        if at < 0:
            self._tail = data[-3:] if len(data) - start >= 3 else data[start:]
            return len(data)
        return at + len(_END)

    def _grow(self, data: bytes, start: int, end: int) -> None:
        """Count a piece of the head in. Raises Mistake when it is too large, and says which part of it."""
        room = self._max_head - self._size
        self._size += end - start
        if end - start > room:
            self._feed(data[start : start + room])
            if len(self._target) > self._max_head // 2:
                raise Mistake(414, f"the target and headers are larger than {self._max_head} bytes")
            raise self._large_head()

    def _large_head(self) -> Mistake:
        most = f"{self._max_head} bytes or {self._max_headers} lines"
        return Mistake(431, f"the headers are more than {most}")

    def _too_large(self) -> Mistake:
        return Mistake(413, f"the body is larger than {self._max_body} bytes")

    def _feed_chunks(self, data: bytes) -> bytes:
        view = memoryview(data)
        start = 0
        while start < len(data) and not self.complete:
            end = self._find_end(data, start)
            self._silent += end - start
            self._feed(view[start:end])
            start = end
            if self._silent > self._max_head:
                raise Mistake(400, "the chunks of the body are more frame than body")
        return data[start:]

    def _feed(self, data: bytes | memoryview) -> None:
        parser = self._parser
        if parser is None:
            return
        try:
            parser.feed_data(data)
        except HttpParserUpgrade:
            if self.length != 0:
                self._keep_to_the_body()
        except HttpParserError as error:
            if error.__context__ is not None:  # raised in a method below, and only wrapped by httptools
                raise error.__context__ from None
            status = 505 if str(error) in _OTHER_VERSION else 400
            raise Mistake(status, f"the request is not HTTP/1.1: {error}") from error

    # What a head means.

    def _read_version(self, parser: HttpRequestParser, headers: dict[bytes, bytes]) -> None:
        self.keep_alive = parser.should_keep_alive()
        if self.keep_alive and b"connection" not in headers and b"proxy-connection" not in headers:
            self.old = False  # HTTP/1.0, and what is none of both, does not live on by itself
            return
        version = parser.get_http_version()
        if version not in ("1.1", "1.0"):
            raise Mistake(505, "the request is not HTTP/1.1 or HTTP/1.0")
        self.old = version == "1.0"

    def _read_target(self, method: bytes, headers: dict[bytes, bytes]) -> tuple[str, str, str]:
        target, self._target = self._target, b""
        given = headers.get(b"host")
        if given is None and not self.old:
            raise Mistake(400, "the Host header is missing")
        try:
            name, path, query, host = read_target(method, target, given)
        except ValueError as error:
            raise Mistake(501 if method == b"CONNECT" else 400, str(error)) from error
        if host is not given and host is not None:  # RFC 9112 section 3.2.2: the header does not count
            headers[b"host"] = host
        return name, path, query

    def _read_framing(self, headers: dict[bytes, bytes]) -> None:
        if b"content-length" in headers:
            self.length = self._left = int(headers[b"content-length"])
        elif b"transfer-encoding" in headers:
            self._check_coding(headers[b"transfer-encoding"])
            self.length = None
            self._came = self._silent = self._max_body = 0
        else:
            self.length = self._left = 0
        self.dropping = False
        self.expects = b"expect" in headers and headers[b"expect"].lower() == b"100-continue" and not self.old

    def _check_coding(self, coding: bytes) -> None:
        if coding.lower() != b"chunked":
            raise Mistake(501, "the transfer coding is not plain chunked")
        if self.old:  # RFC 9112 section 6.1: somebody on the way may not have understood it
            raise Mistake(400, "HTTP/1.0 has no transfer codings")

    def _keep_to_the_body(self) -> None:
        """A request to upgrade may have a body, which llhttp takes for the other protocol's bytes.

        Java's HttpClient asks for h2c with every first request, whatever its method.
        """
        self.complete = False
        framing = "transfer-encoding: chunked" if self.length is None else f"content-length: {self.length}"
        body = SimpleNamespace(on_body=self.on_body, on_message_complete=self.on_message_complete)
        self._parser = HttpRequestParser(body)
        self._parser.feed_data(f"POST / HTTP/1.1\r\n{framing}\r\n\r\n".encode())

    # What httptools calls. An exception raised here comes back out of `feed_data` as its `__context__`.

    def on_url(self, url: bytes) -> None:
        self._target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        headers = self._headers
        name = name.lower()
        if name in headers:
            self._repeat(name, value.rstrip())
        else:
            headers[name] = value.rstrip()

    def on_headers_complete(self) -> None:
        parser = self._parser
        assert parser is not None  # noqa: S101 - it is what calls this
        if self.request is not None:
            raise Mistake(400, "a request begins inside another")
        headers, self._headers = self._headers, {}
        if len(headers) + self._repeated > self._max_headers:
            raise self._large_head()
        self._repeated = 0
        self._read_version(parser, headers)
        method, path, query = self._read_target(parser.get_method(), headers)
        self._read_framing(headers)
        self._upgrade = b"upgrade" in headers
        self.request = Request(method, path, query, headers)

    def on_body(self, data: bytes) -> None:
        if self.length is None:
            self._silent = 0
            self._came += len(data)
            if self._came > self._max_body:
                raise self._too_large()
        if self.dropping:
            return
        if not self._body:
            self._body = data
        else:
            if isinstance(self._body, bytes):  # many small pieces would weigh more than what they hold
                self._body = bytearray(self._body)
            self._body += data

    def on_message_complete(self) -> None:
        self.complete = True
        if self._body and self.request is not None:
            body, self._body = self._body, b""
            self.request.body = body if isinstance(body, bytes) else bytes(body)

    def _repeat(self, name: bytes, value: bytes) -> None:
        if name in _SINGLE:
            raise Mistake(400, f"the request has two {name.decode()} headers")
        self._repeated += 1
        if self._repeated + len(self._headers) > self._max_headers:
            raise self._large_head()
        self._headers[name] += b", " + value
