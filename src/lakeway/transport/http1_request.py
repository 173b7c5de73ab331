"""HTTP/1.1 as bytes, the server's side: how the requests of one connection are read. No sockets, no clock.

What may be on the wire is left to `httptools`, which is Node's llhttp in its strict mode: it refuses folded
headers, bare LF, two lengths, a length next to a transfer coding, and bad chunk sizes (RFC 9112 sections
5.2, 2.2, 6.3, 7.1). This file adds what a server has to decide for itself: limits, what is meant, and that
one request is read at a time: what follows it is handed back, so that a sender fills no queue of ours.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser
from msgspec import Struct

from lakeway.transport.http1_chunks import ChunkedBody
from lakeway.transport.http1_line import Mistake, read_line

MAX_HEAD = 64 * 1024  # bytes of a request that bring nothing of its body
MAX_HEADERS = 128

_END = b"\r\n\r\n"
_SINGLE = frozenset((b"authorization", b"content-length", b"host"))  # two of these mean two things


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

    __slots__ = (
        *("complete", "dropping", "expects", "keep_alive", "length", "old", "request"),
        *("_body", "_chunks", "_detached", "_head", "_headers", "_max_head", "_max_headers", "_open"),
        *("_parser", "_received", "_repeated", "_size", "__weakref__"),
    )

    def __init__(self, max_head: int = MAX_HEAD, max_headers: int = MAX_HEADERS) -> None:
        # Of the request that was read last.
        self.request: Request | None = None
        self.complete = False
        self.keep_alive = False  # the sender lets the connection live
        self.old = False  # HTTP/1.0
        self.expects = False  # the sender waits for 100 Continue before it sends the body
        self.length = 0  # of the body, as announced; 0 if it comes in chunks
        self.dropping = False  # the body is read, but not kept
        self._chunks: ChunkedBody | None = None
        self._received = 0  # bytes of a body of known length
        self._body = bytearray()  # of one that does not come at once
        # Of the head that is being read.
        self._size = 0  # if it does not come at once
        self._head = bytearray()
        self._headers: dict[bytes, bytes] = {}
        self._repeated = 0
        self._max_head = max_head
        self._max_headers = max_headers
        self._open: list[bool] = []  # not empty until llhttp has seen the end of the request
        self._attach()

    def _attach(self) -> None:
        calls = SimpleNamespace(on_header=self._on_header, on_message_complete=self._open.clear)
        self._parser = HttpRequestParser(calls)
        self._detached = False  # llhttp waits for what it will not be given: see below

    @property
    def begun(self) -> bool:
        """Whether any byte of the next request has arrived."""
        return self._size > 0 or self.request is not None

    @property
    def received(self) -> int:
        """Bytes of the body so far."""
        return self._received if self._chunks is None else self._chunks.size

    def feed_head(self, data: bytes) -> bytes:
        """Take in what belongs to a head; once that is complete, there is a `request`."""
        if not self._size and data[0] not in b"\r\n":  # nearly always all of it comes at once
            end = data.find(_END) + len(_END)
            if len(_END) <= end <= self._max_head:
                head = data[:end]
                self._open.append(True)
                self._feed(head)
                self._read_head(head)
                return data[end:]
        while data and self.request is None:
            data = self._feed_piece(data)
        return data

    def feed_body(self, data: bytes) -> bytes:
        """Take in what belongs to the body; once that is `complete`, the request has it."""
        if self.complete or not data:
            return data
        if self._chunks is not None:
            return self._feed_chunks(self._chunks, data)
        left = self.length - self._received
        rest = data[left:]
        if rest:
            data = data[:left]
        self._received += len(data)
        if not self._detached:
            self._feed(data)
        if len(data) == left:
            self._finish(data)
        elif not self.dropping:
            self._body += data
        return rest

    def allow(self, size: int) -> None:
        """The body may have so many bytes. Raises Mistake if it is known to have more."""
        if self.length > size:
            raise Mistake(413, f"the body is larger than {size} bytes")
        if self._chunks is not None:
            self._chunks.limit = size

    def drop(self, size: int) -> None:
        """Read the body, up to so many bytes, to reach what follows it, but do not keep it."""
        self.dropping = True
        if self._chunks is not None:
            self._chunks.data = None
        self.allow(size)

    def next(self) -> None:
        """Forget the request, and begin with the one after it."""
        self.request = None
        self.complete = False
        if self._detached:
            self._open.clear()
            self._attach()

    def close(self) -> None:
        """Let go of what holds this object's methods: no cycle is left for the collector."""
        del self._parser

    def _feed(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except HttpParserUpgrade:
            self._detached = True
        except HttpParserError as error:
            if error.__context__ is not None:  # raised in _on_header, and only wrapped by httptools
                raise error.__context__ from None
            raise Mistake(400, f"the request is not HTTP/1.1: {error}") from error

    # The head.

    def _feed_piece(self, data: bytes) -> bytes:
        """Of a head that does not come at once, or of empty lines before one."""
        if not self._size:
            self._open.append(True)
        before = len(self._head)
        self._head += data
        end = self._head.find(_END, max(before - 3, 0)) + len(_END)
        length = end - before if end >= len(_END) else len(data)
        room = self._max_head - self._size
        self._feed(data[: min(length, room)])
        if length > room:
            raise self._large_head()
        self._size += length
        if end >= len(_END):
            head = bytes(self._head[:end]).lstrip(b"\r\n")
            self._head.clear()
            if head:
                self._read_head(head)
        return data[length:]

    def _large_head(self) -> Mistake:
        line = self._head.find(b"\r\n")
        if line < 0 or line > self._max_head // 2:
            return Mistake(414, f"the target and headers are more than {self._max_head} bytes")
        return Mistake(431, f"the headers are more than {self._max_head} bytes")

    def _read_head(self, head: bytes) -> None:
        """What a head that has passed llhttp says."""
        headers, self._headers = self._headers, {}
        if len(headers) + self._repeated > self._max_headers:
            raise self._many_headers()
        given = headers.get(b"host")
        method, path, query, self.old, host = read_line(head.partition(b"\r\n")[0], given)
        if host is not None and host != given:  # RFC 9112 section 3.2.2: the header does not count
            headers[b"host"] = host
        self._read_framing(headers)
        self.request = Request(method, path, query, headers)
        self._size = self._repeated = 0

    def _on_header(self, name: bytes, value: bytes) -> None:
        headers = self._headers
        name = name.lower()
        if name not in headers:
            headers[name] = value.rstrip()
        else:
            self._repeat(name, value.rstrip())

    def _repeat(self, name: bytes, value: bytes) -> None:
        if name in _SINGLE:
            raise Mistake(400, f"the request has two {name.decode()} headers")
        self._repeated += 1
        if len(self._headers) + self._repeated > self._max_headers:
            raise self._many_headers()
        self._headers[name] += b", " + value

    def _many_headers(self) -> Mistake:
        return Mistake(431, f"the headers are more than {self._max_headers}")

    def _read_framing(self, headers: dict[bytes, bytes]) -> None:
        self._chunks = None
        self._received = 0
        self.dropping = False
        self.length = int(headers.get(b"content-length", 0))
        self.complete = self.length == 0
        self.keep_alive = (
            self._keeps_alive(headers[b"connection"]) if b"connection" in headers else not self.old
        )
        self.expects = b"expect" in headers and headers[b"expect"].lower() == b"100-continue" and not self.old
        if b"transfer-encoding" in headers:
            self._begin_chunks(headers[b"transfer-encoding"])
        if self.complete is bool(self._open) and not self._detached:
            raise self._at_odds()

    def _keeps_alive(self, connection: bytes) -> bool:
        options = [option.strip() for option in connection.lower().split(b",")]
        return b"close" not in options and (not self.old or b"keep-alive" in options)

    def _begin_chunks(self, coding: bytes) -> None:
        if coding.lower() != b"chunked":
            raise Mistake(400, "the transfer coding is not plain chunked")
        if self.old:  # RFC 9112 section 6.1: somebody on the way may not have understood it
            raise Mistake(400, "HTTP/1.0 has no transfer codings")
        self.complete = False
        self._detached = True
        self._chunks = ChunkedBody(self._max_head)

    def _at_odds(self) -> Mistake:
        """What llhttp read is not what was read here: one of both is wrong."""
        return Mistake(400, "the end of the request is not clear")

    # The body. llhttp goes without it, and is replaced after it, if it comes in chunks, which have one of
    # their own, or with a request to upgrade, whose body it takes for the other protocol's bytes: Java's
    # HttpClient asks for h2c with every first request, whatever its method.

    def _feed_chunks(self, chunks: ChunkedBody, data: bytes) -> bytes:
        data = chunks.feed(data)
        if chunks.complete:
            self.complete = True
            if self.request is not None and chunks.data:
                self.request.body = bytes(chunks.data)
        return data

    def _finish(self, last: bytes) -> None:
        if self._open and not self._detached:
            raise self._at_odds()
        self.complete = True
        if self._body:
            last = bytes(self._body + last)
            self._body.clear()
        if self.request is not None and not self.dropping:
            self.request.body = last
