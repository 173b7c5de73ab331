"""The limits of one exchange in seconds of a monotonic clock, and the error for running over one."""

from __future__ import annotations

from msgspec import Struct

from lakeway.core.http import TimedOut, Timeout


class Deadline(Struct, frozen=True, gc=False):
    """Each wait may last `each` seconds, all of them until `end`; None is for ever."""

    each: float | None
    end: float | None = None
    end_phase: str = "total"
    sent: bool = True

    @classmethod
    def of_exchange(cls, timeout: Timeout, now: float) -> Deadline:
        return cls(timeout.read, None if timeout.total is None else now + timeout.total)

    @classmethod
    def of_connect(cls, timeout: Timeout, now: float, exchange: Deadline) -> Deadline:
        """For name look-up, TCP, proxy and TLS together, which the `exchange` must survive."""
        end = None if timeout.connect is None else now + timeout.connect
        if end is None or (exchange.end is not None and exchange.end < end):
            return cls(None, exchange.end, sent=False)
        return cls(None, end, end_phase="connect", sent=False)

    def left(self, now: float) -> float | None:
        """How long a wait that begins `now` may last; not above zero when there is no time left."""
        if self.end is None:
            return self.each
        left = self.end - now
        return left if self.each is None or left < self.each else self.each

    def error(self, phase: str, now: float) -> TimedOut:
        """The error for a wait in `phase` that brought nothing up to `now`."""
        if self.end is not None and now >= self.end:
            phase = self.end_phase
        return TimedOut(f"the server took too long ({phase} timeout)", phase=phase, sent=self.sent)
