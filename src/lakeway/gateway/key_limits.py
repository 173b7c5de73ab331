"""What a key may ask for in a minute and at one time, and how much of it is left."""

from __future__ import annotations

import time
from collections.abc import Callable
from math import ceil

from msgspec import Struct

from lakeway.core.limits import Limits, Refusal, Reservation, Window
from lakeway.errors import RateLimitError
from lakeway.gateway.call import Call
from lakeway.gateway.caller import Caller
from lakeway.gateway.observers import Observer

CHARACTERS_A_TOKEN = 4
_LINES = b"x-ratelimit-limit-%b: %d\r\nx-ratelimit-remaining-%b: %d\r\n"


class _Standing(Struct, eq=False):
    window: Window
    running: int = 0


class KeyLimits(Observer):
    """An observer that refuses what is over a limit. `clock` is wall time: minutes are those of the clock.

    Of a call's tokens the prompt is reserved, by its length; the answer is charged when it is known.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._keys: dict[str, _Standing] = {}
        self._reserved: dict[Call, tuple[_Standing, Reservation]] = {}

    def reserve(self, call: Call) -> None:
        """Raises RateLimitError, with LiteLLM's text and the seconds until the minute is over."""
        caller = call.caller
        if not caller.limited:
            return
        standing = self._of(caller)
        if caller.max_parallel is not None and standing.running >= caller.max_parallel:
            raise RateLimitError(
                f"Rate limit exceeded for api_key: {caller.key[:16]}. Limit type: max_parallel_requests. "
                f"Current limit: {caller.max_parallel}, Remaining: 0.",
                type="rate_limit_error",
                retry_after=1.0,
            )
        now = self._clock()
        taken = standing.window.take(now, _about(call, caller.tpm))
        if isinstance(taken, Refusal):
            error = taken.error(f"api_key: {caller.key[:16]}")
            error.headers.update(taken.headers() | standing.window.standing(now).headers())
            raise error
        standing.running += 1
        self._reserved[call] = standing, taken

    def settle(self, call: Call) -> None:
        """Where nobody says what was used, as of a stream that was left early, it is what was reserved."""
        held = self._reserved.pop(call, None)
        if held is not None:
            standing, reservation = held
            standing.running -= 1
            used = call.usage.get("total_tokens") if call.usage else None
            tokens = reservation.tokens if used is None else used
            standing.window.settle(reservation, self._clock(), tokens)

    def release(self, call: Call) -> None:
        held = self._reserved.pop(call, None)
        if held is None:
            return
        standing, reservation = held
        standing.running -= 1
        if call.deployment is None:
            standing.window.release(reservation)
        else:  # a request was made, and counts; of one that was hung up on, so does its prompt
            standing.window.settle(reservation, self._clock(), reservation.tokens if call.gone else 0)

    def head(self, caller: Caller) -> bytes:
        """The `x-ratelimit-*` lines of an answer; none without a limit."""
        if caller.rpm is None and caller.tpm is None:
            return b""
        left = self._of(caller).window.standing(self._clock())
        reset = ceil(left.reset)
        told = b""
        if caller.rpm is not None:
            told = _LINES % (b"requests", caller.rpm, b"requests", left.requests)
            told += b"x-ratelimit-reset-requests: %ds\r\n" % reset
        if caller.tpm is not None:
            told += _LINES % (b"tokens", caller.tpm, b"tokens", left.tokens)
            told += b"x-ratelimit-reset-tokens: %ds\r\n" % reset
        return told

    def _of(self, caller: Caller) -> _Standing:
        standing = self._keys.get(caller.key)
        if standing is None:
            standing = self._keys[caller.key] = _Standing(Window(Limits()))
        limits = standing.window.limits
        if limits.requests != caller.rpm or limits.tokens != caller.tpm:
            standing.window.limits = Limits(requests=caller.rpm, tokens=caller.tpm)
        return standing


def _about(call: Call, limit: int | None) -> int:
    """The tokens of the prompt by its length. A picture is longer by far than what it counts for, so that a
    call alone never exceeds the limit."""
    tokens = call.size // CHARACTERS_A_TOKEN
    return tokens if limit is None else min(tokens, limit)
