"""Observers that only watch: metrics, logs, traces. They are told of many calls together, a moment later.

One after the other with every call they would cost three times as much: by the time that it is its turn
again, what an observer needs has left the processor's caches.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from lakeway.gateway.call import Call
from lakeway.gateway.observers import Observer, Observers

log = logging.getLogger("lakeway.gateway")

DELAY = 0.05  # seconds
MOST = 256


class Onlookers(Observer):
    """Several `observers` that refuse nothing. What is reserved they are told at once, its end by `flush`."""

    def __init__(self, observers: Sequence[Observer]) -> None:
        self._all = tuple(observers)
        self._at_once = Observers(self._all)
        self._settled: list[Call] = []
        self._released: list[Call] = []
        self._timer: asyncio.TimerHandle | None = None

    def reserve(self, call: Call) -> None:
        self._at_once.reserve(call)

    def settle(self, call: Call) -> None:
        self._settled.append(call)
        if self._timer is None:
            self._wait()
        elif len(self._settled) >= MOST:
            self.flush()

    def release(self, call: Call) -> None:
        if call.error is None and not call.status and not call.gone:
            self._tell("release", [call])  # taken back on the spot; what it comes to later is another matter
            return
        self._released.append(call)
        if self._timer is None:
            self._wait()

    def flush(self) -> None:
        """Tell them all that has ended so far."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        settled, self._settled = self._settled, []
        released, self._released = self._released, []
        self._tell("settle", settled)
        self._tell("release", released)

    def _wait(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(DELAY, self.flush)

    def _tell(self, what: str, calls: Sequence[Call]) -> None:
        """One that fails for a call does not keep the others from it, nor itself from the next one."""
        for observer in self._all:
            tell = getattr(observer, what)
            for call in calls:
                try:
                    tell(call)
                except Exception:
                    log.exception("%s failed for call %s", tell.__qualname__, call.id)
