"""What a server and the application behind it agree on. No I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from lakeway.transport.http1_request import MAX_HEAD, MAX_HEADERS, Request

if TYPE_CHECKING:
    from lakeway.transport.server_reply import Reply


UNASKED = 1024 * 1024  # bytes of a body of unknown length before the application is asked for room


class Limits(Struct, frozen=True):
    """What a client may ask of a server, in bytes and seconds."""

    max_head: int = MAX_HEAD
    max_headers: int = MAX_HEADERS
    head_seconds: float = 30.0  # from the first byte of a head to its last; also for a TLS handshake
    body_seconds: float = 30.0  # without a byte of the body
    body_rate: float = (
        1024.0  # bytes a second of the body, on average, once the first `body_seconds` are over
    )
    body_total: float = 60.0  # for the whole body, and besides as long as it takes at `body_pace`
    body_pace: float = 256 * 1024.0  # bytes a second of what was announced, or of what came in chunks
    idle_seconds: float = 75.0  # between two requests, and before the first
    write_seconds: float = 120.0  # in which the client takes nothing of what it is sent
    max_connections: int = 10_000


class Refused(Exception):
    """The application's answer to a request that it will not look at any further."""

    def __init__(self, status: int, head: bytes = b"", body: bytes = b"") -> None:
        super().__init__(status)
        self.status = status
        self.head = head
        self.body = body


class Application(Protocol):
    """Whom the requests are for. `head`, here as in Reply, is ready lines: b"name: value\\r\\n..."."""

    def accept(self, request: Request) -> int:
        """The largest body in bytes that `request`, of which the head is there, may have. May raise Refused.

        Whatever was accepted is either answered or abandoned.
        """
        ...

    def more(self, request: Request, received: int) -> int:
        """Of a body in chunks `received` bytes are there: how many there may be before this is asked again.

        Asked first when there are more than UNASKED. May raise Refused: then the request is abandoned.
        """
        ...

    async def answer(self, request: Request, reply: Reply) -> None:
        """Answer the whole `request`. May raise Refused as long as nothing was sent.

        Cancelled at once when the client goes before it has the answer.
        """
        ...

    def mistake(self, status: int, reason: str) -> tuple[bytes, bytes]:
        """Head and body of the answer to what is wrong below the application; the connection ends with it.

        400 broken HTTP; 408 a slow sender; 413, 414, 431 too large; 500 an exception out of `accept` or
        `answer`; 503 too many connections.
        """
        ...

    def abandoned(self, request: Request) -> None:
        """The body of `request`, which was accepted, did not arrive whole: it will not be answered."""
        ...
