"""What a client works out once: the route to each origin, and the TLS context for all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lakeway.transport.network import Network, Route
from lakeway.transport.origin import Origin

if TYPE_CHECKING:
    from ssl import SSLContext


class Routes:
    def __init__(self, network: Network) -> None:
        self._network = network
        self._routes: dict[Origin, Route] = {}
        self._context: SSLContext | None = None

    def to(self, origin: Origin) -> Route:
        """Raises ConnectFailed where the way leads through a proxy that cannot be used."""
        route = self._routes.get(origin)
        if route is None:
            self._routes[origin] = route = self._network.route(origin)
        return route

    def context(self, route: Route) -> SSLContext | None:
        """The context to use at the end of `route`; the first one takes 20 ms and imports `ssl`.

        Raises ConnectFailed when the CAs that were named cannot be read.
        """
        if not route.secure:
            return None
        if self._context is None:
            from lakeway.transport.tls import make_context

            self._context = make_context(self._network)
        return self._context
