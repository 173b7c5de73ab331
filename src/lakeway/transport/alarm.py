"""One moment at which a loop is to call back, that may be put off for next to nothing."""

from __future__ import annotations

from asyncio import AbstractEventLoop, TimerHandle
from collections.abc import Callable

NEVER = float("inf")
_SLACK = 0.002  # seconds by which a loop's timer may be early; uvloop counts whole milliseconds


class Alarm:
    """Calls `ring` at `when`, in the loop's time.

    Its timer is left as it is when the moment is put off, and armed again when it turns out to have been
    early: so most of the moments cost no timer.
    """

    __slots__ = ("_armed", "_loop", "_ring", "_timer", "when")

    def __init__(self, loop: AbstractEventLoop, ring: Callable[[], None]) -> None:
        self._loop = loop
        self._ring: Callable[[], None] | None = ring
        self._timer: TimerHandle | None = None
        self._armed = NEVER  # when the timer rings
        self.when = NEVER

    def set(self, when: float) -> None:
        """Ring at `when`, and at no other time."""
        self.when = when
        if when < self._armed and self._ring is not None:
            if self._timer is not None:
                self._timer.cancel()
            self._armed = when
            self._timer = self._loop.call_at(when, self._on_timer)

    def clear(self) -> None:
        """Do not ring."""
        self.when = NEVER

    def close(self) -> None:
        """Never ring again, and let go of whom it rings for."""
        self._ring = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _on_timer(self) -> None:
        self._timer = None
        self._armed = NEVER
        if self.when == NEVER or self._ring is None:
            return
        if self._loop.time() + _SLACK < self.when:
            self.set(self.when)
        else:
            self.when = NEVER
            self._ring()
