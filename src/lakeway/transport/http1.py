"""HTTP/1.1 as bytes: how one request is written and one response is read. No sockets, no clock.

Framing is left to `httptools`, which is Node's llhttp in its strict mode: it refuses folded headers, bare
LF, two lengths, and a length next to a transfer coding (RFC 9112 sections 5.2, 2.2, 6.3). This file adds
what a client has to decide for itself: limits, interim responses, content codings, and whether the
connection may carry another request. Whatever is in doubt closes the connection.
"""

from __future__ import annotations

import re
from functools import lru_cache

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from lakeway.core.http import BadResponse, Disconnected, HeaderPairs, Headers
from lakeway.transport.content import Inflater

MAX_HEAD = 64 * 1024  # bytes of a response that bring nothing of its body: interim responses, head, trailer
MAX_HEADERS = 256
MAX_BODY = 256 * 1024 * 1024  # of a body that is read whole

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")  # RFC 9110 section 5.6.2
_FIELD_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")  # section 5.5, less its trimming
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
_FRAMING = frozenset(("content-length", "transfer-encoding", "content-encoding"))
_WITH_BODY = frozenset(("POST", "PUT", "PATCH"))


def write_head(
    method: str,
    target: str,
    authority: str,
    headers: HeaderPairs = (),
    *,
    length: int = 0,
    proxy_authorization: str = "",
) -> bytes:
    """The bytes of a request up to its body of `length` bytes.

    Headers that frame the message are left out of `headers`: they are ours. Raises ValueError when a name,
    a value or the target holds what could end its line (CR, LF, NUL) or is not HTTP's to carry.
    """
    lines = [_opening(method, target, authority)]
    for name, value in headers:
        start = _line_start(name)
        if start:
            if not (value.isascii() and value.isprintable()) and not _FIELD_VALUE.fullmatch(value):
                raise ValueError(f"header {name} holds a character that HTTP does not allow")
            lines.append(f"{start}{value}\r\n")
    if proxy_authorization:
        lines.append(f"Proxy-Authorization: {proxy_authorization}\r\n")
    if length or method in _WITH_BODY:
        lines.append(f"Content-Length: {length}\r\n")
    lines.append("\r\n")
    return "".join(lines).encode("latin-1")


@lru_cache(maxsize=1024)
def _opening(method: str, target: str, authority: str) -> str:
    if not _TOKEN.fullmatch(method):
        raise ValueError("the method is not a token")
    if not (_VISIBLE.fullmatch(target) and _VISIBLE.fullmatch(authority)):
        raise ValueError("the URL holds a character that HTTP does not allow")
    return f"{method} {target} HTTP/1.1\r\nHost: {authority}\r\nAccept-Encoding: identity\r\n"


@lru_cache(maxsize=512)
def _line_start(name: str) -> str:
    """`Name: `, or nothing for a header that is not the caller's to set."""
    if not _TOKEN.fullmatch(name):
        raise ValueError(f"not a header name: {name[:40]!r}")
    return "" if name.lower() in _OURS else f"{name}: "


class ResponseParser:
    """Reads the one response to a `method` request, in whatever pieces it comes.

    With `stream`, a body below 400 is `streamed`: it may be taken piece by piece and has no limit. Any
    other is collected, up to `max_body` bytes.
    """

    # Most of these stay as they are in most responses, and a default costs nothing to have.
    status = 0
    headers: Headers | None = None
    received = False  # any byte at all
    complete = False
    streamed = False
    excess = False  # bytes came after the end: whose answer they are, nobody can tell
    buffered = 0  # bytes of the body that nobody has taken
    _keep_alive = False
    _until_close = False
    _interim = False
    _silent = 0  # bytes since the last piece of a body: of a head, of a trailer, or between chunks
    _inflater: Inflater | None = None

    def __init__(self, method: str = "GET", *, stream: bool = False, max_body: int = MAX_BODY) -> None:
        self._bodiless = method in ("HEAD", "CONNECT")
        self._stream = stream
        self._max_body = max_body
        self._raw: list[tuple[bytes, bytes]] = []
        self._chunks: list[bytes] = []
        self._parser: HttpResponseParser | None = HttpResponseParser(self)

    @property
    def ready(self) -> bool:
        """Whether the caller has something to act on: the whole response, or a piece of a streamed one."""
        return self.complete or (self.streamed and self.buffered > 0)

    @property
    def reusable(self) -> bool:
        """Whether the connection may carry another request."""
        return self.complete and self._keep_alive and not self.excess

    def feed(self, data: bytes) -> None:
        """Take in what arrived. Raises BadResponse, after which the connection must be closed."""
        self.received = True
        parser = self._parser
        if parser is None:
            self.excess = True
            return
        self._silent += len(data)
        try:
            parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade) as error:
            self._refuse(error)
        if self.complete:
            # It holds this object's methods: let go of it, and no cycle is left for the collector.
            self._parser = None
        elif self._silent > MAX_HEAD:
            raise BadResponse("the head of the response is too large", sent=True)

    def feed_eof(self) -> None:
        """Take in the end of the connection. Raises Disconnected if the response was not complete."""
        if self.complete:
            return
        if self._until_close:
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
        data = chunks[0] if len(chunks) == 1 else b"".join(chunks)
        chunks.clear()
        self.buffered = 0
        return data

    def _refuse(self, error: Exception) -> None:
        cause = error.__context__
        if self.complete and (cause is None or isinstance(cause, BadResponse)):
            self.excess = True
        elif cause is not None:  # raised in a method below, and only wrapped by httptools
            raise cause
        else:
            raise BadResponse(f"the answer is not HTTP/1.1: {error}", sent=True) from error

    # What httptools calls. An exception raised here comes back out of `feed_data` as its `__context__`.

    def on_message_begin(self) -> None:
        if self.complete:
            raise BadResponse("bytes after the end of the response", sent=True)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._raw.append((name, value))

    def on_headers_complete(self) -> None:
        parser = self._parser
        assert parser is not None  # noqa: S101 - it is what calls this
        self.status = parser.get_status_code()
        if len(self._raw) > MAX_HEADERS or self._silent > MAX_HEAD:
            self._measure_head()
        if self.status < 200:
            self._skip_interim()
            return
        self._keep_alive = parser.should_keep_alive()
        if not self._keep_alive and parser.get_http_version() not in ("1.1", "1.0"):
            raise BadResponse("the answer is not HTTP/1.1: another version", sent=True)
        self._read_headers()
        if self._bodiless:  # llhttp cannot be told, so it is cut short and the connection not used again
            self._keep_alive = False
            self.complete = True

    def on_body(self, data: bytes) -> None:
        if self._interim:
            raise BadResponse("an interim response has a body", sent=True)
        if self.complete:
            self.excess = True
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

    def _measure_head(self) -> None:
        """The same limit for a head that came with much of its body at once."""
        size = sum(len(name) + len(value) + len(": \r\n") for name, value in self._raw)
        if len(self._raw) > MAX_HEADERS or size > MAX_HEAD:
            raise BadResponse("the head of the response is too large", sent=True)

    def _skip_interim(self) -> None:
        """100 Continue, 103 Early Hints: the answer comes after them (RFC 9110 section 15.2)."""
        if self.status < 100 or self.status == 101:
            raise BadResponse(f"status {self.status} answers nothing that was asked", sent=True)
        self._interim = True
        self._raw.clear()

    def _read_headers(self) -> None:
        headers = Headers([(name.decode("latin-1"), value.decode("latin-1")) for name, value in self._raw])
        self.streamed = self._stream and self.status < 400
        self._until_close = True
        codings: list[str] = []
        for name, value in headers.items():
            if name not in _FRAMING:
                continue
            if name == "content-encoding":
                codings.append(value.lower())
                continue
            if name == "transfer-encoding" and (value.lower() != "chunked" or not self._until_close):
                raise BadResponse("the transfer coding is not plain chunked", sent=True)
            self._until_close = False
        if codings and codings != ["identity"] and not self._bodiless:
            self._inflater = Inflater(codings)
            decoded = ("content-encoding", "content-length")
            headers = Headers(pair for pair in headers.items() if pair[0] not in decoded)
        self.headers = headers
