"""Requests and tokens per minute, of a key or of a deployment: reserved before a call, settled after it.

Pure: `now` is wall time in seconds since 1970, an argument; minutes are those of the clock. What a call will
cost is reserved before it starts, so that two calls can never both take the last of a limit.
"""

from __future__ import annotations

from datetime import UTC, datetime
from math import ceil
from typing import Final, Literal, Protocol

from msgspec import Struct

from lakeway.errors import RateLimitError

MINUTE: Final = 60


class Limits(Struct, frozen=True, kw_only=True):
    """How much a minute may have; None is no limit."""

    requests: int | None = None
    tokens: int | None = None


class Reservation(Struct, eq=False):
    """One request and so many tokens of a window's `turn`. Settled or released once; `open` until then."""

    turn: int
    tokens: int
    open: bool = True


class Refusal(Struct, frozen=True, kw_only=True):
    """Why a call may not start now. `remaining` is less than what it needs; `resets_at` is wall time."""

    kind: Literal["requests", "tokens"]
    limit: int
    remaining: int
    needed: int
    resets_at: int
    retry_after: float

    @property
    def hopeless(self) -> bool:
        """Whether it alone is more than any minute may have, so that waiting does not help."""
        return self.needed > self.limit

    def error(self, subject: str) -> RateLimitError:
        """LiteLLM's refusal; `subject` says whose limit it is, as in "api_key: 88dc28d0"."""
        hint = f". This request alone needs about {self.needed} {self.kind}" if self.hopeless else ""
        return RateLimitError(
            f"Rate limit exceeded for {subject}. Limit type: {self.kind}. Current limit: {self.limit}, "
            f"Remaining: {self.remaining}. Limit resets at: {_written(self.resets_at)}{hint}",
            type="rate_limit_error",
            retry_after=None if self.hopeless else float(ceil(self.retry_after)),
        )

    def headers(self) -> dict[str, str]:
        """LiteLLM's headers of such an answer, beside Retry-After."""
        return {"rate_limit_type": self.kind, "reset_at": _written(self.resets_at)}


class Standing(Struct, frozen=True, kw_only=True):
    """What is left of a minute that has `reset` more seconds."""

    limits: Limits
    requests: int
    tokens: int
    reset: float

    def headers(self) -> dict[str, str]:
        """The `x-ratelimit-*` headers of OpenAI and LiteLLM, for the limits that there are."""
        reset = f"{ceil(self.reset)}s"
        told: dict[str, str] = {}
        if self.limits.requests is not None:
            told |= _told("requests", self.limits.requests, self.requests, reset)
        if self.limits.tokens is not None:
            told |= _told("tokens", self.limits.tokens, self.tokens, reset)
        return told


class Limiter(Protocol):
    """What a call asks of whoever counts; processes that share a limit may count elsewhere.

    None of it waits: a shared limiter hands out from what it has leased, and renews its lease meanwhile.
    """

    def take(self, now: float, tokens: int = 0) -> Reservation | Refusal:
        """One request with an estimate of its tokens, in and out; all of it or nothing."""

    def settle(self, reservation: Reservation, now: float, tokens: int) -> None:
        """The call has ended and has used `tokens`."""

    def release(self, reservation: Reservation) -> None:
        """The call was never made: give back all of it. Does nothing once it is settled."""

    def standing(self, now: float) -> Standing:
        """What is left, for the headers of an answer."""


class Window(Struct, eq=False):
    """The counts of one minute, in this process. `limits` may be replaced while it is in use."""

    limits: Limits
    minute: int = 0
    turn: int = 0
    requests: int = 0
    tokens: int = 0

    def take(self, now: float, tokens: int = 0) -> Reservation | Refusal:
        self._turn(now)
        limits, reserved = self.limits, max(tokens, 0)
        if limits.requests is not None and self.requests >= limits.requests:
            return self._refusal("requests", limits.requests, self.requests, 1, now)
        # Where nothing is known of its size, a call still needs a token to be left.
        needed = max(reserved, 1)
        if limits.tokens is not None and self.tokens + needed > limits.tokens:
            return self._refusal("tokens", limits.tokens, self.tokens, needed, now)
        self.requests += 1
        self.tokens += reserved
        return Reservation(self.turn, reserved)

    def settle(self, reservation: Reservation, now: float, tokens: int) -> None:
        """Charge what was used: to its own minute, or, where that is over, what exceeds the reservation to
        the present one."""
        if not reservation.open:
            return
        reservation.open = False
        self._turn(now)
        excess = max(tokens, 0) - reservation.tokens
        if reservation.turn == self.turn or excess > 0:
            self.tokens += excess

    def release(self, reservation: Reservation) -> None:
        """Give it back, if its minute is not over; what is over counts no more anyway."""
        if reservation.open and reservation.turn == self.turn:
            self.requests -= 1
            self.tokens -= reservation.tokens
        reservation.open = False

    def standing(self, now: float) -> Standing:
        self._turn(now)
        return Standing(
            limits=self.limits,
            requests=_left(self.limits.requests, self.requests),
            tokens=_left(self.limits.tokens, self.tokens),
            reset=self._ends() - now,
        )

    def _turn(self, now: float) -> None:
        """Begin anew with each minute. A clock that is set back a little finds its minute again."""
        minute = int(now // MINUTE)
        if minute > self.minute or minute < self.minute - 1:
            self.minute, self.turn = minute, self.turn + 1
            self.requests = self.tokens = 0

    def _ends(self) -> int:
        return (self.minute + 1) * MINUTE

    def _refusal(
        self, kind: Literal["requests", "tokens"], limit: int, used: int, needed: int, now: float
    ) -> Refusal:
        return Refusal(
            kind=kind,
            limit=limit,
            remaining=_left(limit, used),
            needed=needed,
            resets_at=self._ends(),
            retry_after=self._ends() - now,
        )


def _written(moment: int) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _left(limit: int | None, used: int) -> int:
    return 0 if limit is None else max(0, limit - used)


def _told(kind: str, limit: int, remaining: int, reset: str) -> dict[str, str]:
    return {
        f"x-ratelimit-limit-{kind}": str(limit),
        f"x-ratelimit-remaining-{kind}": str(remaining),
        f"x-ratelimit-reset-{kind}": reset,
    }
