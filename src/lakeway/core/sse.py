"""Server-sent events: bytes in any chunking to events, and events to bytes.

Follows the HTML standard's "interpreting an event stream", with three liberties that model servers and
the proxies before them need: a bare JSON line is an event (an error body written into an open stream),
the end of the bytes completes an event, and `retry` is ignored, as a POST is never reconnected.
"""

from __future__ import annotations

from msgspec import Struct

LIMIT = 32 * 2**20
BOM = b"\xef\xbb\xbf"
# As integers: looking for one byte by number costs a fifth of looking for a bytes object.
LF, CR = 0x0A, 0x0D


class Event(Struct, frozen=True, gc=False):
    """One event. `event` is its type, None when the server named none; `id` the last id seen so far."""

    data: bytes
    event: str | None = None
    id: str | None = None


class EventTooLong(ValueError):
    """An event exceeded the decoder's limit, in bytes, before it ended."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"an event of the stream is longer than {limit} bytes")
        self.limit = limit


class SseDecoder:
    """Owns the bytes of the event that is still arriving; `limit` bounds them.

    Events leave with the byte that ends them. `feed` and `finish` raise EventTooLong.
    """

    __slots__ = ("_after_cr", "_id", "_limit", "_pending", "_size")

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._pending: list[bytes] = []
        self._size = 0
        self._after_cr = False
        self._id: str | None = None

    def feed(self, data: bytes) -> list[Event]:
        """The events that `data` completes."""
        if CR in data or self._after_cr:
            data = self._with_lf(data)
        if self._pending:
            if not self._may_complete(data):
                self._keep(data)
                return []
            data = b"".join((*self._pending, data))
        blocks = data.split(b"\n\n")
        rest = blocks.pop()
        events: list[Event] = []
        for block in blocks:
            if block.startswith(b"data: ") and LF not in block and 6 < len(block) <= self._limit:
                events.append(Event(block[6:], None, self._id))
            else:
                self._read(block, events)
        if not rest and not self._pending:
            return events
        while LF in rest and rest.startswith(b"{"):
            line, _, rest = rest.partition(b"\n")
            self._read(line, events)
        self._pending.clear()
        self._size = 0
        if rest:
            self._keep(rest)
        return events

    def finish(self) -> list[Event]:
        """The event that the end of the bytes completes, if one was under way."""
        rest = b"".join(self._pending)
        self._pending.clear()
        self._size = 0
        events: list[Event] = []
        self._read(rest, events)
        return events

    def _with_lf(self, data: bytes) -> bytes:
        """`data` with every line end as LF. A CR counts at once; the LF after it may be in the next chunk."""
        if self._after_cr and data:
            self._after_cr = False
            data = data.removeprefix(b"\n")
        if data:
            self._after_cr = data.endswith(b"\r")
        return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")

    def _may_complete(self, data: bytes) -> bool:
        """Whether `data` may end what is pending; else a long event would be joined anew per chunk."""
        if b"\n\n" in data or (data.startswith(b"\n") and self._pending[-1].endswith(b"\n")):
            return True
        return LF in data and self._pending[0].startswith(b"{")

    def _keep(self, data: bytes) -> None:
        self._size += len(data)
        if self._size > self._limit + 1:  # the first half of the blank line may be pending too
            raise EventTooLong(self._limit)
        if data:
            self._pending.append(data)

    def _read(self, block: bytes, events: list[Event]) -> None:
        """Append the events of `block`: lines up to a blank one, the blank one left out."""
        if len(block) > self._limit:
            raise EventTooLong(self._limit)
        data: list[bytes] = []
        kind: str | None = None
        for line in block.removeprefix(BOM).split(b"\n"):
            if line.startswith(b"{"):
                events.append(Event(line, kind, self._id))
                continue
            name, _, value = line.partition(b":")
            value = value.removeprefix(b" ")
            if name == b"data":
                data.append(value)
            elif name == b"event":
                kind = value.decode(errors="replace") or None
            elif name == b"id" and b"\0" not in value:
                self._id = value.decode(errors="replace") or None
        if joined := b"\n".join(data):
            events.append(Event(joined, kind, self._id))


def encode_event(data: bytes, event: str | None = None) -> bytes:
    """One event as bytes; `data` may have several lines. Raises ValueError for a type of several lines."""
    if LF in data or CR in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\ndata: ")
    if event is None:
        return b"data: " + data + b"\n\n"
    if "\n" in event or "\r" in event:
        raise ValueError(f"an event's type is one line, not {event!r}")
    return b"event: " + event.encode() + b"\ndata: " + data + b"\n\n"
