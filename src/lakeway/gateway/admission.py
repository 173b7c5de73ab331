"""How many calls are carried out at one time, how many may wait, and how many bytes of bodies are held: the
rest is told to come back.

Without a bound a burst piles up in memory, and every call gets slower until all of them run out of time.
"""

from __future__ import annotations

import asyncio
from collections import deque

from lakeway.errors import RateLimitError

SUGGESTED_WAIT = 1.0  # seconds, for the Retry-After of who is turned away
MIB = 1024 * 1024
SMALL = MIB  # bytes of a body that is never refused for its size
PORTION = 4  # a key may hold this part of the room for large bodies


class Admission:
    """`running` at most, and `queued` ones for at most `seconds` each; None for any number of running.

    A body is held from when its head was let in until its call has ended: what was announced at first, then
    what came. Those of up to SMALL bytes are counted, but always let in: the server's bound on connections
    bounds them, and nobody can lock them out. Larger ones share `large_bytes`, of which the calls of one key
    hold a quarter at most, so that no key can lock out another; where no keys are needed, there is but one
    caller, whose key is empty, and who may hold all. A body that is larger than its part may come alone.
    """

    def __init__(
        self,
        running: int | None = None,
        queued: int = 1000,
        seconds: float = 30.0,
        large_bytes: int = 512 * MIB,
    ) -> None:
        self._bytes = large_bytes
        self._portion = large_bytes // PORTION
        self._large = 0  # bytes of the large bodies among those expected
        self._parts: dict[str, int] = {}  # of those, by key
        self._running = 0
        self._expected = 0  # bytes of all bodies that are held
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

    def expect(self, size: int, key: str = "") -> None:
        """A body of `size` bytes is about to be read, for a call of `key`.

        Raises RateLimitError when there is no room for it, or nobody would answer it.
        """
        if self._most is not None and self._running >= self._most and len(self._queue) >= self._longest:
            raise _full(f"{self._running} calls are running and {len(self._queue)} are waiting")
        if size > SMALL:
            self._check(size, key)
        self._hold(size, key)

    def grow(self, held: int, size: int, key: str = "") -> None:
        """A body for which `held` bytes were expected turns out to be of up to `size`.

        Raises RateLimitError when there is no room for so many; `held` are still expected then.
        """
        self.give_back(held, key)
        try:
            if size > SMALL:
                self._check(size, key)
        except RateLimitError:
            self._hold(held, key)
            raise
        self._hold(size, key)

    def settle(self, held: int, size: int, key: str = "") -> None:
        """A body for which `held` bytes were expected is there, and has `size`."""
        self.give_back(held, key)
        self._hold(size, key)

    def give_back(self, size: int, key: str = "") -> None:
        """A body of which `size` bytes were held is not needed any more, or will not come."""
        self._expected -= size
        if size > SMALL:
            self._large -= size
            self._parts[key] -= size
            if not self._parts[key]:
                del self._parts[key]

    def _hold(self, size: int, key: str) -> None:
        self._expected += size
        if size > SMALL:
            self._large += size
            self._parts[key] = self._parts.get(key, 0) + size

    def _check(self, size: int, key: str) -> None:
        """Whether there is room for a large body."""
        part = self._parts.get(key, 0)
        if key and part and part + size > self._portion:
            raise _full(f"this key's large request bodies may be {_mib(self._portion)}, and are {_mib(part)}")
        if self._large and self._large + size > self._bytes:
            raise _full(f"large request bodies may be {_mib(self._bytes)}, and are {_mib(self._large)}")

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


def _mib(size: int) -> str:
    return f"{size / MIB:.1f} MiB"


def _full(why: str) -> RateLimitError:
    return RateLimitError(
        f"The gateway is at its limit: {why}. Try again in a moment.",
        type="overloaded_error",
        retry_after=SUGGESTED_WAIT,
    )
