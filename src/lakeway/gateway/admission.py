"""How many calls are carried out at one time, and how many may wait: the rest is told to come back.

Without a bound a burst piles up in memory, and every call gets slower until all of them run out of time.
"""

from __future__ import annotations

import asyncio
from collections import deque

from lakeway.errors import RateLimitError

SUGGESTED_WAIT = 1.0  # seconds, for the Retry-After of who is turned away
MIB = 1024 * 1024


class Admission:
    """`running` at most, and `queued` ones for at most `seconds` each; None for any number of running.

    `waiting_bytes` bounds the bodies of requests that are on their way in.
    """

    def __init__(
        self,
        running: int | None = None,
        queued: int = 1000,
        seconds: float = 30.0,
        waiting_bytes: int = 512 * MIB,
    ) -> None:
        self._bytes = waiting_bytes
        self._running = 0
        self._expected = 0
        self._queue: deque[asyncio.Future[None]] = deque()
        self.limits(running, queued, seconds)

    def limits(self, running: int | None, queued: int, seconds: float) -> None:
        """Change them; whoever is in stays in, and who waits need not wait for a place that is there now."""
        self._most, self._longest, self._seconds = running, queued, seconds
        self._let_in()

    @property
    def running(self) -> int:
        return self._running

    @property
    def waiting(self) -> int:
        return len(self._queue)

    def expect(self, size: int) -> None:
        """A body of `size` bytes is about to be read. Raises RateLimitError when there is no room for it."""
        if self._expected + size > self._bytes and self._expected:
            raise _full("too many request bodies are on their way in")
        if self._most is not None and self._running >= self._most and len(self._queue) >= self._longest:
            raise _full(f"{self._running} calls are running and {len(self._queue)} are waiting")
        self._expected += size

    def arrived(self, size: int) -> None:
        """That body is there, or will not come."""
        self._expected -= size

    def enters(self) -> bool:
        """Begin a call, if there is a place for it at once."""
        if self._most is None or (self._running < self._most and not self._queue):
            self._running += 1
            return True
        return False

    async def enter(self) -> None:
        """Begin a call, in turn. Raises RateLimitError when the queue is full, or the wait too long."""
        if self.enters():
            return
        if len(self._queue) >= self._longest:
            raise _full(f"{self._running} calls are running and {len(self._queue)} are waiting")
        turn = asyncio.get_running_loop().create_future()
        self._queue.append(turn)
        try:
            async with asyncio.timeout(self._seconds):
                await turn
        except TimeoutError:
            self._give_up(turn)
            raise _full(f"no turn within {self._seconds:g} s") from None
        except BaseException:
            self._give_up(turn)
            raise

    def leave(self) -> None:
        """A call has ended: the next one takes its place."""
        self._running -= 1
        self._let_in()

    def _let_in(self) -> None:
        """As many of those who wait as there are places for."""
        while self._queue and (self._most is None or self._running < self._most):
            turn = self._queue.popleft()
            if not turn.done():
                turn.set_result(None)
                self._running += 1

    def _give_up(self, turn: asyncio.Future[None]) -> None:
        """A turn may have come at the very moment that nobody waited for it any more."""
        if turn.done() and not turn.cancelled():
            self.leave()
        elif turn in self._queue:
            self._queue.remove(turn)


def _full(why: str) -> RateLimitError:
    return RateLimitError(
        f"The gateway is at its limit: {why}. Try again in a moment.",
        type="overloaded_error",
        retry_after=SUGGESTED_WAIT,
    )
