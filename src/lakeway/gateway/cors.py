"""What lets pages of other origins call the gateway from a browser (the CORS protocol of the Fetch standard).

Keys travel in headers that a page has to set itself, never in cookies, so an origin gives nobody a right that
he does not have. A gateway that is open to its machine lets in no page at all: see `access`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lakeway.transport.server import Refused, Request

if TYPE_CHECKING:
    from lakeway.gateway.gateway import Gateway

REMEMBERED = 600  # seconds for which a browser need not ask again
_EXPOSED = b"access-control-expose-headers: *\r\n"


def head(gateway: Gateway, request: Request) -> bytes:
    """The lines that let the page read the answer; none for a request that no page sent."""
    origin = request.headers.get(b"origin")
    if origin is None or not _allowed(gateway, origin):
        return b""
    return _allowing(gateway, origin) + _EXPOSED


def preflight(gateway: Gateway, request: Request) -> None:
    """Answers the question that a browser asks first, by raising Refused; returns for any other request."""
    origin = request.headers.get(b"origin")
    method = request.headers.get(b"access-control-request-method")
    if origin is None or method is None or not _allowed(gateway, origin):
        return
    wanted = request.headers.get(b"access-control-request-headers", b"authorization, content-type")
    lines = _allowing(gateway, origin) + (
        b"access-control-allow-methods: GET, POST, OPTIONS\r\n"
        b"access-control-allow-headers: %b\r\naccess-control-max-age: %d\r\n" % (wanted, REMEMBERED)
    )
    raise Refused(204, lines, b"")


def _allowed(gateway: Gateway, origin: bytes) -> bool:
    allowed = gateway.cors_origins
    return not gateway.access.open and ("*" in allowed or origin.decode("latin-1") in allowed)


def _allowing(gateway: Gateway, origin: bytes) -> bytes:
    if "*" in gateway.cors_origins:
        return b"access-control-allow-origin: *\r\n"
    return b"access-control-allow-origin: %b\r\nvary: origin\r\n" % origin
