"""A request's body that comes in chunks: where it ends, and what is in it. No sockets, no clock.

llhttp reads it, and would read on into the next request. So it is given what may be an end, CRLF CRLF, one
at a time. The real one, after the last chunk or its trailer, follows a byte that is neither CR nor LF; so no
two overlap. Trailers are read and dropped (RFC 9110 section 6.5.1).
"""

from __future__ import annotations

from types import SimpleNamespace

from httptools import HttpParserError, HttpRequestParser

from lakeway.transport.http1_line import Mistake

_END = b"\r\n\r\n"
_HEAD = b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n"


class ChunkedBody:
    """Reads one, in whatever pieces it comes, on an llhttp of its own."""

    __slots__ = ("_max_frame", "_open", "_parser", "_parts", "_silent", "_tail", "data", "limit", "size")

    def __init__(self, max_frame: int) -> None:
        """At most `max_frame` bytes of chunk heads, or of the trailer, may come without any of the body."""
        self.data: bytearray | None = bytearray()  # None if it is not to be kept
        self.size = 0
        self.limit = 0  # bytes that it may have
        self._max_frame = max_frame
        self._silent = 0  # bytes since the last of the body
        self._tail = b""  # the last bytes before this piece, of which an end may begin
        # What llhttp fills and empties: methods of lists cost less than ours.
        self._parts: list[bytes] = []
        self._open = [True]
        self._parser = HttpRequestParser(
            SimpleNamespace(on_body=self._parts.append, on_message_complete=self._open.clear)
        )
        self._parser.feed_data(_HEAD)

    @property
    def complete(self) -> bool:
        return not self._open

    def feed(self, data: bytes) -> bytes:
        """Take in what belongs to it; gives back what follows. Raises Mistake."""
        view = memoryview(data)
        start = 0
        while start < len(data) and self._open:
            end = self._find_end(data, start)
            self._feed(view[start:end])
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

    def _feed(self, piece: memoryview) -> None:
        try:
            self._parser.feed_data(piece)
        except HttpParserError as error:
            raise Mistake(400, f"the body is not in HTTP/1.1's chunks: {error}") from error
        self._silent += len(piece)
        if self._parts:
            self._collect()
        if self._silent > self._max_frame:
            raise Mistake(400, "the chunks of the body are more frame than body")

    def _collect(self) -> None:
        """Put what has come into one: many small pieces would weigh more than what they hold."""
        data = b"".join(self._parts)
        self._parts.clear()
        self._silent = 0
        self.size += len(data)
        if self.size > self.limit:
            raise Mistake(413, f"the body is larger than {self.limit} bytes")
        if self.data is not None:
            self.data += data
