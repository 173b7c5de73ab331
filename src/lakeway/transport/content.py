"""Bodies that a server compressed although it was asked not to. Pure; bounded, so that no body explodes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lakeway.core.http import BadResponse

if TYPE_CHECKING:
    import zlib

MAX_INFLATED = 64 * 1024 * 1024  # bytes that one read from the network may become

_GZIP = 31  # zlib's window bits: 15, and 16 to expect gzip's header
_ZLIB = 15
_RAW = -15


class Inflater:
    """Undoes gzip or deflate (RFC 9110 section 8.4.1). Raises BadResponse for any other coding."""

    __slots__ = ("_gzip", "_stream")

    def __init__(self, codings: Sequence[str]) -> None:
        if len(codings) != 1 or codings[0] not in ("gzip", "x-gzip", "deflate"):
            raise BadResponse("the body has a content coding that was not asked for", sent=True)
        self._gzip = codings[0] != "deflate"
        self._stream: zlib._Decompress | None = None

    def feed(self, data: bytes) -> bytes:
        import zlib

        parts: list[bytes] = []
        room = MAX_INFLATED
        while data:
            if self._stream is None or (self._gzip and self._stream.eof):  # gzip members may be many
                self._stream = zlib.decompressobj(self._window(data[0]))
            try:
                parts.append(self._stream.decompress(data, room))
            except zlib.error as error:
                raise BadResponse("the body is not compressed as its head says", sent=True) from error
            room -= len(parts[-1])
            if self._stream.unconsumed_tail or room <= 0:
                raise BadResponse("the body inflates beyond all measure", sent=True)
            if self._stream.unused_data and not self._gzip:
                raise BadResponse("bytes after the end of a compressed body", sent=True)
            data = self._stream.unused_data
        return b"".join(parts)

    def finish(self) -> None:
        """Raises BadResponse if the compressed data did not come to its end."""
        if self._stream is not None and not self._stream.eof:
            raise BadResponse("the compressed body ends too early", sent=True)

    def _window(self, first: int) -> int:
        """Some servers send `deflate` without zlib's header, whose low four bits are always 8."""
        if self._gzip:
            return _GZIP
        return _ZLIB if first & 0x0F == 8 else _RAW
