"""Requests as they go out along a route: straight, through a proxy, or to ask a proxy for a tunnel. Pure."""

from __future__ import annotations

from lakeway.core.http import ConnectFailed, HttpRequest
from lakeway.transport.http1 import HeadStart, ResponseParser, write_head
from lakeway.transport.network import Route
from lakeway.transport.origin import Url

_RACE = 1.0  # seconds; a round trip, and one lost packet
_JOINED = 256 * 1024  # up to this size, copying the body costs less than a second write


def write_request(
    request: HttpRequest, url: Url, route: Route, start: HeadStart | None = None
) -> tuple[bytes, ...]:
    """What to send, in order. Raises ValueError for a request that cannot be put into HTTP.

    `start` is a cache of `http1.write_start`, where there is one.
    """
    target = url.target
    authorization = ""
    if route.proxy and not route.tunnel:  # RFC 9112 section 3.2.2: a proxy is told the whole URL
        target = f"http://{url.authority}{target}"
        authorization = route.proxy.authorization
    body = request.body
    head = write_head(request.method, target, url.authority, request.headers, len(body), authorization, start)
    return (head + body,) if len(body) < _JOINED else (head, body)


def was_never_read(answer: ResponseParser, *, waited: float) -> bool:
    """Whether a request on a connection used before, which then ended, may go again on a new one.

    A server may close an idle connection just as the next request is on its way. That shows within a round
    trip, and without one byte of an answer; RFC 9112 section 9.3.1 lets a client go by such signs. What
    ends later, after `waited` seconds, may have been at work.
    """
    return not answer.received and waited < _RACE


def write_tunnel_request(route: Route) -> bytes:
    """The CONNECT request for a tunnel to the origin of `route` (RFC 9110 section 9.3.6)."""
    address = route.origin.address
    authorization = route.proxy.authorization if route.proxy else ""
    return write_head("CONNECT", address, address, proxy_authorization=authorization)


def check_tunnel(answer: ResponseParser) -> None:
    """Raises ConnectFailed unless the proxy opened the tunnel and nothing has come through it yet."""
    if not 200 <= answer.status < 300:
        raise ConnectFailed(f"the proxy opened no tunnel: status {answer.status}")
    if answer.excess:
        raise ConnectFailed("the proxy opened no tunnel: it went on talking")
