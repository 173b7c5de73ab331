"""Connections that wait for their next request, by route. Does no I/O itself.

Without a lock: every operation is one atomic step on a deque, so threads, signal handlers and a fork in
the middle of any of them cannot leave it locked or torn.
"""

from __future__ import annotations

from collections import deque
from contextlib import suppress
from typing import Generic, Protocol, TypeVar

from lakeway.transport.network import Route


class Reusable(Protocol):
    def usable(self) -> bool:
        """Whether the server has neither closed it nor sent anything unasked."""
        ...

    def close(self) -> None: ...


C = TypeVar("C", bound=Reusable)


class IdlePool(Generic[C]):
    """Up to `limit` connections a route, each for `seconds` at most; the one used last is taken first."""

    def __init__(self, limit: int, seconds: float) -> None:
        self._limit = limit
        self._seconds = seconds
        self._idle: dict[Route, deque[tuple[float, C]]] = {}
        self.closed = False

    def take(self, route: Route, now: float) -> C | None:
        idle = self._idle.get(route)
        while idle:
            try:
                since, connection = idle.pop()
            except IndexError:  # another thread took the last one
                return None
            if now - since < self._seconds and connection.usable():
                return connection
            connection.close()
        return None

    def put(self, route: Route, connection: C, now: float) -> None:
        idle = self._idle.get(route)
        if idle is None:
            idle = self._idle.setdefault(route, deque())
        idle.append((now, connection))
        try:
            while self.closed or len(idle) > self._limit or now - idle[0][0] >= self._seconds:
                idle.popleft()[1].close()
        except IndexError:  # none is left
            return

    def close(self) -> None:
        """Close them all, and whatever is put here from now on."""
        self.closed = True
        for idle in list(self._idle.values()):
            with suppress(IndexError):
                while True:
                    idle.popleft()[1].close()
