"""HTTP/1.1 as bytes: how one request is written and one response is read. No sockets, no clock.

Framing is left to `httptools`, which is Node's llhttp in its strict mode: it refuses folded headers, bare
LF, two lengths, and a length next to a transfer coding (RFC 9112 sections 5.2, 2.2, 6.3). This file adds
what a client has to decide for itself: limits, interim responses, content codings, and whether the
connection may carry another request. Whatever is in doubt closes the connection.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import TypeAlias

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from lakeway.core.http import BadResponse, Disconnected, HeaderPairs, Headers, ReceivedHeaders
from lakeway.transport.content import Inflater

HeadStart: TypeAlias = Callable[[str, str, str, HeaderPairs], bytes]

MAX_HEAD = 64 * 1024  # bytes of a response that bring nothing of its body: interim responses, head, trailer
MAX_HEADERS = 256
MAX_BODY = 256 * 1024 * 1024  # of a body that is read whole

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")  # RFC 9110 section 5.6.2
_FIELD_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")  # section 5.5, less its trimming
_CONTROLS = bytes((*range(9), *range(10, 32), 127))  # what is not in it
_VISIBLE = re.compile(r"[\x21-\x7e]+")

# What frames the message or concerns this hop only is written here or not at all, whoever asks for it.
_OURS = frozenset(
    (
        "accept-encoding",
        "connection",
        "content-length",
        "expect",
        "host",
        "keep-alive",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    )
)
_WITH_BODY = frozenset(("POST", "PUT", "PATCH"))
_WITHOUT_BODY = frozenset(("HEAD", "CONNECT"))  # their responses
_FEW_HEADERS = MAX_HEADERS * len("X:\r\n")  # bytes of a head that cannot hold more
_H = b"H"[0]  # of the protocol's name, in a status line
_LARGE_HEAD = "the head of the response is too large"


def write_head(
    method: str,
    target: str,
    authority: str,
    headers: HeaderPairs = (),
    length: int = 0,
    proxy_authorization: str = "",
    start: HeadStart | None = None,
) -> bytes:
    """The bytes of a request up to its body of `length` bytes.

    Headers that frame the message are left out of `headers`: they are ours. Raises ValueError when a name,
    a value or the target holds what could end its line (CR, LF, NUL) or is not HTTP's to carry. `start` is
    `write_start`, or a cache of it.
    """
    head = (start or write_start)(method, target, authority, headers)
    if proxy_authorization:
        head += f"Proxy-Authorization: {proxy_authorization}\r\n".encode("latin-1")
    if length or method in _WITH_BODY:
        return b"%bContent-Length: %d\r\n\r\n" % (head, length)
    return head + b"\r\n"


def write_start(method: str, target: str, authority: str, headers: HeaderPairs) -> bytes:
    """What requests that differ in their body alone have in common."""
    return _opening(method, target, authority) + _fields(headers)


@lru_cache(maxsize=1024)
def _opening(method: str, target: str, authority: str) -> bytes:
    if not _TOKEN.fullmatch(method):
        raise ValueError("the method is not a token")
    if not (_VISIBLE.fullmatch(target) and _VISIBLE.fullmatch(authority)):
        raise ValueError("the URL holds a character that HTTP does not allow")
    return f"{method} {target} HTTP/1.1\r\nHost: {authority}\r\nAccept-Encoding: identity\r\n".encode()


def _fields(headers: HeaderPairs) -> bytes:
    """The lines of the headers that are the caller's to set."""
    text, lines = "", 0
    for name, value in headers:
        if start := _line_start(name):
            text += f"{start}{value}\r\n"
            lines += 1
    try:
        fields = text.encode("latin-1")
    except UnicodeEncodeError:
        fields = b"\0"
    # All values at once: one by one takes five times as long where a token has a kilobyte.
    if len(fields) - len(fields.translate(None, _CONTROLS)) != lines * len("\r\n"):
        raise ValueError(f"header {_first_bad(headers)} holds a character that HTTP does not allow")
    return fields


def _first_bad(headers: HeaderPairs) -> str:
    return next(name for name, value in headers if _line_start(name) and not _FIELD_VALUE.fullmatch(value))


@lru_cache(maxsize=512)
def _line_start(name: str) -> str:
    """`Name: `, or nothing for a header that is not the caller's to set."""
    if not _TOKEN.fullmatch(name):
        raise ValueError(f"not a header name: {name[:40]!r}")
    return "" if name.lower() in _OURS else f"{name}: "


class ResponseParser:
    """Reads the response to a `method` request, in whatever pieces it comes.

    With `stream`, a body below 400 is `streamed`: it may be taken piece by piece and has no limit. Any
    other is collected, up to `max_body` bytes. A `lasting` one serves the next exchange on its connection
    as well, if it is told what to `expect`, and is freed by the collector alone unless it is told to
    `let_go` of what it reads with.
    """

    # Most of these stay as they are in most responses, and a default costs nothing to have.
    status = 0
    headers: Headers | None = None
    complete = False
    streamed = False
    reusable = False  # the connection may carry another request
    excess = False  # bytes came after the end: whose answer they are, nobody can tell
    buffered = 0  # bytes of the body that nobody has taken
    _keep_alive = False
    _interim = False
    _silent = 0  # bytes since the last piece of a body: of a head, of a trailer, or between chunks
    _arrived = b""  # what came up to the end of the head, and then the head alone
    _begin = 0  # where in it the head begins, after interim responses
    _inflater: Inflater | None = None

    def __init__(
        self, method: str = "GET", *, stream: bool = False, max_body: int = MAX_BODY, lasting: bool = False
    ) -> None:
        self._bodiless = method in _WITHOUT_BODY
        self._stream = stream
        self._max_body = max_body
        self._chunks: list[bytes] = []
        self._parser: HttpResponseParser | None = HttpResponseParser(self)  # until the response is complete
        self._kept = self._parser if lasting else None

    def expect(self, method: str, stream: bool, max_body: int) -> None:
        """Read another response, now that the one before was taken and has left the connection reusable."""
        self._parser = self._kept
        self._bodiless = method in _WITHOUT_BODY
        self._stream = stream
        self._max_body = max_body
        self.headers = self._inflater = None
        self.complete = self.streamed = self.reusable = False
        self._silent = self._begin = 0
        self._arrived = b""

    def let_go(self) -> None:
        """There will be no more to read. The parser inside holds this object's methods, which is a cycle."""
        self._parser = self._kept = None

    @property
    def ready(self) -> bool:
        """Whether the caller has something to act on: the whole response, or a piece of a streamed one."""
        return self.complete or (self.streamed and self.buffered > 0)

    @property
    def received(self) -> bool:
        """Whether any byte came at all."""
        return self._arrived != b""

    def feed(self, data: bytes) -> bool:
        """Take in what arrived, and answer whether that made it ready.

        Raises BadResponse, after which the connection must be closed.
        """
        parser = self._parser
        if parser is None:
            self._spill()
            return True
        self._silent += len(data)
        if self.headers is None:
            self._arrived += data
        try:
            parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade) as error:
            self._refuse(error)
        if self.complete:
            self._parser = None
            return True
        if self._silent > MAX_HEAD:
            raise BadResponse(_LARGE_HEAD, sent=True)
        return self.streamed and self.buffered > 0

    def feed_eof(self) -> None:
        """Take in the end of the connection. Raises Disconnected if the response was not complete."""
        if self.complete:
            return
        if self._until_close():
            self.on_message_complete()
            self._parser = None
        elif self.headers is not None:
            raise Disconnected("the server closed the connection before the end of the body", sent=True)
        elif self.received:
            raise Disconnected("the server closed the connection inside the response head", sent=True)
        else:
            raise Disconnected("the server closed the connection without an answer", sent=True)

    def collect(self) -> None:
        """Be whole from here on: ready at the end, and within the limit."""
        self.streamed = False

    def take(self) -> bytes:
        """The body that has arrived since the last time."""
        chunks = self._chunks
        self.buffered = 0
        if len(chunks) == 1:
            return chunks.pop()
        data = b"".join(chunks)
        chunks.clear()
        return data

    def _refuse(self, error: Exception) -> None:
        cause = error.__context__
        if self.complete and (cause is None or isinstance(cause, BadResponse)):
            self._spill()
        elif cause is not None:  # raised in a method below, and only wrapped by httptools
            raise cause
        else:
            raise BadResponse(f"the answer is not HTTP/1.1: {error}", sent=True) from error

    # What httptools calls. An exception raised here comes back out of `feed_data` as its `__context__`.
    # Headers are not among it: a call for each costs more than the rest, and few are ever looked at.

    def on_message_begin(self) -> None:
        if self.complete:
            raise BadResponse("bytes after the end of the response", sent=True)

    def on_headers_complete(self) -> None:
        parser = self._parser
        assert parser is not None  # noqa: S101 - it is what calls this
        self.status = status = parser.get_status_code()
        head = self._cut_head()
        if status < 200:
            self._skip_interim()
            return
        self._keep_alive = parser.should_keep_alive()
        if not self._keep_alive and parser.get_http_version() not in ("1.1", "1.0"):
            raise BadResponse("the answer is not HTTP/1.1: another version", sent=True)
        self.headers = ReceivedHeaders(head)
        self.streamed = self._stream and status < 400
        self._arrived = head
        if head.lower().find(b"-encoding:") > 0:  # `in` takes twice as long
            self._read_codings(self.headers)
        if self._bodiless:  # llhttp cannot be told, so it is cut short and the connection not used again
            self._keep_alive = False
            self.complete = True

    def on_body(self, data: bytes) -> None:
        if self._interim:
            raise BadResponse("an interim response has a body", sent=True)
        if self.complete:
            self._spill()
            return
        self._silent = 0
        if self._inflater is not None:
            data = self._inflater.feed(data)
        if data:
            self._chunks.append(data)
            self.buffered += len(data)
            if self.buffered > self._max_body and not self.streamed:
                raise BadResponse(f"the body is larger than {self._max_body} bytes", sent=True)

    def on_message_complete(self) -> None:
        if self._interim:
            self._interim = False
            return
        if self._inflater is not None and not self.complete:
            self._inflater.finish()
        self.complete = True
        self.reusable = self._keep_alive

    def _spill(self) -> None:
        self.excess = True
        self.reusable = False

    def _cut_head(self) -> bytes:
        """The head that ends here, from its status line to its last line. Strict llhttp takes nothing but
        CR LF for the end of a line, no folded line, and only empty ones before a status line."""
        arrived, begin = self._arrived, self._begin
        if arrived[begin] != _H:
            begin = arrived.find(b"HTTP/", begin)
        end = arrived.find(b"\r\n\r\n", begin)
        if begin < 0 or end < 0:
            raise BadResponse("the answer is not HTTP/1.1: no head", sent=True)
        self._begin = end + 4
        head = arrived[begin:end]
        size = len(head)
        if size > _FEW_HEADERS and (size > MAX_HEAD or head.count(b"\r\n") > MAX_HEADERS):
            raise BadResponse(_LARGE_HEAD, sent=True)
        return head

    def _skip_interim(self) -> None:
        """100 Continue, 103 Early Hints: the answer comes after them (RFC 9110 section 15.2)."""
        if self.status < 100 or self.status == 101:
            raise BadResponse(f"status {self.status} answers nothing that was asked", sent=True)
        self._interim = True

    def _read_codings(self, headers: Headers) -> None:
        transfer = [value.lower() for name, value in headers.items() if name == "transfer-encoding"]
        content = [value.lower() for name, value in headers.items() if name == "content-encoding"]
        if transfer and transfer != ["chunked"]:
            raise BadResponse("the transfer coding is not plain chunked", sent=True)
        if content and content != ["identity"] and not self._bodiless:
            self._inflater = Inflater(content)
            decoded = ("content-encoding", "content-length")
            self.headers = Headers(pair for pair in headers.items() if pair[0] not in decoded)

    def _until_close(self) -> bool:
        """Whether the body has no end but the connection's (RFC 9112 section 6.3)."""
        head = ReceivedHeaders(self._arrived)
        return self.headers is not None and not ("content-length" in head or "transfer-encoding" in head)
