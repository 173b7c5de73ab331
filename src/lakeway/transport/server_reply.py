"""The answer to one request, as the application gives it: whole, or piece by piece."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from lakeway.transport.http1_reply import LAST_CHUNK, write_chunk

if TYPE_CHECKING:
    from lakeway.transport.server_sender import Sender

_TWICE = "this request was answered already"


class Reply(Struct, eq=False):
    """Either `whole`, or `begin`, any number of `write`, and `end`.

    After the client has gone, `write` raises ConnectionResetError; the others then do nothing.
    """

    _sender: Sender
    begun: bool = False  # something was sent
    ended: bool = False  # all of it was
    gone: bool = False  # the client closed the connection before that
    _chunked: bool = False
    _empty: bool = False

    def whole(self, status: int, head: bytes, body: bytes) -> None:
        """Send all of the answer. `head` is trusted: ready lines that each end in CRLF."""
        if self.begun:
            raise RuntimeError(_TWICE)
        if not self.gone:
            self._sender.whole(status, head, body)
        self.begun = self.ended = True

    def begin(self, status: int, head: bytes) -> None:
        """Send the head of an answer whose length is not known; the body follows, in chunks if it can."""
        if self.begun:
            raise RuntimeError(_TWICE)
        if not self.gone:
            self._chunked, self._empty = self._sender.begin(status, head)
        self.begun = True

    async def write(self, data: bytes) -> None:
        """Send a piece of the body. Waits, and lets others run, only while the client is slow to read."""
        if not self.begun or self.ended:
            raise RuntimeError("the body of this answer is not open")
        if self.gone:
            raise ConnectionResetError("the client closed the connection")
        if data and not self._empty:
            sender = self._sender
            sender.write(write_chunk(data) if self._chunked else data)
            if sender.stuffed:
                await sender.flow()

    def end(self) -> None:
        """The body is complete. Does nothing the second time."""
        if not self.begun:
            raise RuntimeError("this answer was not begun")
        if self.ended:
            return
        self.ended = True
        if not self.gone:
            self._sender.finish(LAST_CHUNK if self._chunked and not self._empty else b"")
