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

from lakeway.transport.http1_line import Mistake, read_line

MAX_HEAD = 64 * 1024  # bytes of a request that bring nothing of its body
MAX_HEADERS = 128

_END = b"\r\n\r\n"  # of a head, and of a chunked body
_SINGLE = frozenset((b"authorization", b"content-length", b"host"))  # two of these mean two things
# What llhttp says of a version that it does not know, and of HTTP/2's preface.
_OTHER_VERSION = ("Invalid HTTP version", "Pause on PRI/Upgrade")


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
        *("complete", "dropping", "expects", "keep_alive", "length", "old", "received", "request"),
        *("_body", "_head", "_headers", "_max_body", "_max_head", "_max_headers", "_open", "_parser"),
        *("_parts", "_repeated", "_silent", "_size", "_tail", "_upgraded", "__weakref__"),
    )

    def __init__(self, max_head: int = MAX_HEAD, max_headers: int = MAX_HEADERS) -> None:
        # Of the request that was read last.
        self.request: Request | None = None
        self.complete = False
        self.keep_alive = False  # the sender lets the connection live
        self.old = False  # HTTP/1.0
        self.expects = False  # the sender waits for 100 Continue before it sends the body
        self.length: int | None = 0  # of the body, as announced; None if it comes in chunks
        self.received = 0  # bytes of the body so far
        self.dropping = False  # the body is read, but not kept
        # Of what is being read.
        self._size = 0  # of a head that has not come at once, so far
        self._head = bytearray()
        self._headers: dict[bytes, bytes] = {}
        self._repeated = 0  # of the headers
        self._max_body = 0
        self._body = bytearray()  # of one that has not come at once, so far
        self._tail = b""  # the last bytes before this piece, of which the end of the chunks may begin
        self._silent = 0  # bytes since the last of the body: of chunk heads and the trailer
        self._max_head = max_head
        self._max_headers = max_headers
        # llhttp, and what it fills and empties: methods of lists cost less than ours.
        self._parts: list[bytes] = []
        self._open: list[bool] = []  # not empty until it has seen the end of the request
        self._upgraded = False
        self._parser = self._make_parser()

    def _make_parser(self) -> HttpRequestParser:
        return HttpRequestParser(
            SimpleNamespace(
                on_header=self._on_header,
                on_body=self._parts.append,
                on_message_complete=self._open.clear,
            )
        )

    @property
    def begun(self) -> bool:
        """Whether any byte of the next request has arrived."""
        return self._size > 0 or self.request is not None

    def feed_head(self, data: bytes) -> bytes:
        """Take in what belongs to a head; once that is complete, there is a `request`."""
        if not self._size:  # nearly always all of it comes at once
            end = data.find(_END) + len(_END)
            if len(_END) < end <= self._max_head:
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
        if self.length is None:
            return self._feed_chunks(data)
        left = self.length - self.received
        rest = data[left:]
        if rest:
            data = data[:left]
        self.received += len(data)
        self._feed(data)
        if len(data) == left:
            self._finish()
        else:
            self._keep()
        return rest

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
        if self._headers:  # the trailer
            self._headers = {}
        if self._upgraded:
            self._upgraded = False
            self._parser = self._make_parser()

    def close(self) -> None:
        """Let go of what holds this object's methods: no cycle is left for the collector."""
        del self._parser

    def _feed(self, data: bytes | memoryview) -> None:
        try:
            self._parser.feed_data(data)
        except HttpParserUpgrade:
            self._upgraded = True
        except HttpParserError as error:
            if error.__context__ is not None:  # raised in _on_header, and only wrapped by httptools
                raise error.__context__ from None
            status = 505 if str(error) in _OTHER_VERSION else 400
            raise Mistake(status, f"the request is not HTTP/1.1: {error}") from error

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
            head = bytes(self._head[:end])
            self._head.clear()
            self._read_head(head)
        return data[length:]

    def _large_head(self) -> Mistake:
        line = self._head.find(b"\r\n")
        if line < 0 or line > self._max_head // 2:
            return Mistake(414, f"the target and headers are more than {self._max_head} bytes")
        return Mistake(431, f"the headers are more than {self._max_head} bytes")

    def _read_head(self, head: bytes) -> None:
        """What a head that has passed llhttp says."""
        if head[0] in b"\r\n":
            head = head.lstrip(b"\r\n")
            if not head:
                return
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
        if b"content-length" in headers:
            self.length = int(headers[b"content-length"])
        elif b"transfer-encoding" in headers:
            self._check_coding(headers[b"transfer-encoding"])
            self.length = None
            self._max_body = self._silent = 0
        else:
            self.length = 0
        self.received = 0
        self.dropping = False
        self.complete = self.length == 0
        self.keep_alive = (
            self._keeps_alive(headers[b"connection"]) if b"connection" in headers else not self.old
        )
        self.expects = b"expect" in headers and headers[b"expect"].lower() == b"100-continue" and not self.old
        if self._upgraded and not self.complete:
            self._keep_to_the_body()
        if self.complete is bool(self._open):
            raise self._at_odds()

    def _keeps_alive(self, connection: bytes) -> bool:
        options = [option.strip() for option in connection.lower().split(b",")]
        return b"close" not in options and (not self.old or b"keep-alive" in options)

    def _check_coding(self, coding: bytes) -> None:
        if coding.lower() != b"chunked":
            raise Mistake(501, "the transfer coding is not plain chunked")
        if self.old:  # RFC 9112 section 6.1: somebody on the way may not have understood it
            raise Mistake(400, "HTTP/1.0 has no transfer codings")

    def _keep_to_the_body(self) -> None:
        """A request to upgrade may have a body, which llhttp takes for the other protocol's bytes.

        Java's HttpClient asks for h2c with every first request, whatever its method.
        """
        self._open.append(True)
        self._parser = self._make_parser()
        framing = "transfer-encoding: chunked" if self.length is None else f"content-length: {self.length}"
        self._parser.feed_data(f"POST / HTTP/1.1\r\n{framing}\r\n\r\n".encode())

    def _at_odds(self) -> Mistake:
        """What llhttp read is not what was read here: one of both is wrong."""
        return Mistake(400, "the end of the request is not clear")

    # The body.

    def _feed_chunks(self, data: bytes) -> bytes:
        """llhttp would read on into the next request, so it is given what may be an end, one at a time.

        The real one, after the last chunk or its trailer, follows a byte that is neither CR nor LF; so no
        two overlap.
        """
        view = memoryview(data)
        start = 0
        while start < len(data) and not self.complete:
            end = self._find_end(data, start)
            self._feed(view[start:end])
            self._silent += end - start
            if self._parts:
                self._count()
            if self._silent > self._max_head:
                raise Mistake(400, "the chunks of the body are more frame than body")
            if not self._open:
                self._finish()
            start = end
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
            self._tail = data[max(start, len(data) - 3) :]
            return len(data)
        return at + len(_END)

    def _count(self) -> None:
        self._silent = 0
        self.received += sum(map(len, self._parts))
        if self.received > self._max_body:
            raise self._too_large()
        self._keep()

    def _keep(self) -> None:
        """Put what has come into one: many small pieces would weigh more than what they hold."""
        if not self.dropping:
            self._body += b"".join(self._parts)
        self._parts.clear()

    def _finish(self) -> None:
        if self._open:
            raise self._at_odds()
        self.complete = True
        if self._body or len(self._parts) != 1:
            self._keep()
            body = bytes(self._body)
            self._body.clear()
        else:
            body = self._parts.pop()
        if self.request is not None and not self.dropping:
            self.request.body = body

    def _too_large(self) -> Mistake:
        return Mistake(413, f"the body is larger than {self._max_body} bytes")
