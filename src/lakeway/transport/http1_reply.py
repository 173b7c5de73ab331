"""HTTP/1.1 as bytes, the server's side: how an answer is written. No sockets, no clock.

What it writes of its own are numbers, dates and words of this file, so nothing a request holds can end a
line. `head`, ready lines that each end in CRLF, is its caller's to answer for.
"""

from __future__ import annotations

import time
from http import HTTPStatus

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
LAST_CHUNK = b"0\r\n\r\n"
BODILESS = frozenset((204, 304))  # whatever the method; the answer to HEAD is, too (RFC 9110 section 6.4.1)

_PHRASES = {status.value: status.phrase for status in HTTPStatus}
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Openings:
    """The first two lines of an answer, status and date, by status: made once a second."""

    __slots__ = ("_lines", "_second")

    def __init__(self) -> None:
        self._second = -1
        self._lines: dict[int, bytes] = {}

    def at(self, now: float, status: int) -> bytes:
        """For `now` in seconds of the epoch. Raises ValueError for what is no final status."""
        if int(now) != self._second:
            self._second = int(now)
            self._lines = {}
        return self._lines.get(status) or self._make(status)

    def _make(self, status: int) -> bytes:
        if not 200 <= status <= 599:
            raise ValueError(f"{status} is not the status of an answer")
        phrase, date = _PHRASES.get(status, ""), write_date(self._second)
        lines = self._lines[status] = f"HTTP/1.1 {status} {phrase}\r\ndate: {date}\r\n".encode()
        return lines


def write_date(second: int) -> str:
    """As of RFC 9110 section 5.6.7, in English whatever the locale."""
    t = time.gmtime(second)
    return (
        f"{_DAYS[t.tm_wday]}, {t.tm_mday:02} {_MONTHS[t.tm_mon - 1]} {t.tm_year} "
        f"{t.tm_hour:02}:{t.tm_min:02}:{t.tm_sec:02} GMT"
    )


def write_connection(*, old: bool, keep: bool) -> bytes:
    """The header that says whether the connection lives on, where that does not go without saying."""
    if not keep:
        return b"connection: close\r\n"
    return b"connection: keep-alive\r\n" if old else b""


def write_framing(status: int, length: int | None) -> bytes:
    """The header that says where the body ends: after `length` bytes, or with its last chunk."""
    if status == 204:  # RFC 9110 section 8.6
        return b""
    return b"transfer-encoding: chunked\r\n" if length is None else b"content-length: %d\r\n" % length


def write_chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)
