"""What every streamed reply shares: events out of bytes, and one place for whatever goes wrong."""

from __future__ import annotations

from typing import Any

import msgspec

from lakeway.core.error_reader import MISSHAPEN, ErrorReader
from lakeway.core.exchange import JsonObject
from lakeway.core.sse import EventTooLong, SseDecoder
from lakeway.errors import LakewayError

# What reading JSON of another shape than agreed may raise, besides what is raised on purpose.
FAULTS = (LakewayError, EventTooLong, *MISSHAPEN)

_decode = msgspec.json.Decoder().decode


class EventStream:
    """A StreamReader over JSON events; a subclass reads each event and knows when the stream was whole."""

    def __init__(self, model: str, errors: ErrorReader) -> None:
        self.failure: LakewayError | None = None
        self._errors = errors
        self._model = model
        self._events = SseDecoder()

    def feed(self, data: bytes) -> list[JsonObject]:
        """The chunks that `data` completes."""
        chunks: list[JsonObject] = []
        if self.failure is None:
            try:
                for event in self._events.feed(data):
                    self._read(event.data, chunks)
            except FAULTS as cause:
                self._fail(cause)
        return chunks

    def finish(self) -> list[JsonObject]:
        """The end of the bytes; it is a failure unless the server had said that it was done."""
        chunks: list[JsonObject] = []
        if self.failure is not None:
            return chunks
        try:
            for event in self._events.finish():
                self._read(event.data, chunks)
            if not self._ended(chunks):
                self.failure = self._errors.cut("the stream stopped before its end", model=self._model)
        except FAULTS as cause:
            self._fail(cause)
        return chunks

    def _fail(self, cause: Exception) -> None:
        if isinstance(cause, LakewayError):
            self.failure = cause
        elif isinstance(cause, EventTooLong):
            self.failure = self._errors.cut(str(cause), model=self._model)
        else:
            self.failure = self._errors.malformed(f"an event of the stream ({cause})", model=self._model)
            self.failure.__cause__ = cause

    def _decoded(self, data: bytes) -> dict[str, Any]:
        """Raises the error that `data` reports, or that says it is no event."""
        try:
            wire = _decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError) as cause:
            raise self._fault(data) from cause
        if not isinstance(wire, dict):
            raise self._fault(data)
        return wire

    def _fault(self, data: bytes) -> LakewayError:
        return self._errors.read_event(data, model=self._model)

    def _read(self, data: bytes, chunks: list[JsonObject]) -> None:
        """Append the chunks that one event makes."""
        raise NotImplementedError

    def _ended(self, chunks: list[JsonObject]) -> bool:
        """Whether the server said that it was done; may append the chunks that are still owed."""
        raise NotImplementedError
