"""Whether a failed attempt is worth repeating, and after how long. Pure: time and chance are arguments."""

from __future__ import annotations

from msgspec import Struct

from lakeway.errors import APIConnectionError, APIResponseValidationError, LakewayError, Timeout

RETRYABLE_STATUSES = frozenset({408, 409, 429, 500, 502, 503, 504, 529})


class RetryPolicy(Struct, frozen=True, kw_only=True):
    """`retries` after the first attempt; waits in seconds double from `base` up to `ceiling`.

    `by_kind` says otherwise for classes of errors, whether or not they are worth repeating by themselves; the
    first that fits counts. A server's Retry-After replaces the computed wait; one beyond `patience` ends the
    retries, since a caller would rather see the error than sleep. A time limit is each attempt's own, as in
    openai's client; `deadline`, which no keyword of a call sets, bounds retries and fallbacks together.
    """

    retries: int = 2
    by_kind: tuple[tuple[type[LakewayError], int], ...] = ()
    base: float = 0.5
    ceiling: float = 8.0
    patience: float = 60.0
    deadline: float | None = None

    def allowed(self, error: LakewayError) -> int:
        """How many retries a call that fails with `error` gets."""
        for kind, retries in self.by_kind:
            if isinstance(error, kind):
                return retries
        return self.retries if is_retryable(error) else 0

    def allowed_elsewhere(self, error: LakewayError) -> int:
        """How often another server may be asked in the place of the one that answered `error`."""
        named = any(isinstance(error, kind) for kind, _ in self.by_kind)
        return self.allowed(error) if named else self.retries


def is_retryable(error: LakewayError) -> bool:
    """Rate limits, overload, server faults, timeouts and lost connections; never the caller's mistake."""
    if isinstance(error, (APIConnectionError, Timeout)):
        return True
    if isinstance(error, APIResponseValidationError):  # answered, and billed
        return False
    return error.status_code in RETRYABLE_STATUSES


def delay(
    policy: RetryPolicy, error: LakewayError, *, attempt: int, elapsed: float, chance: float
) -> float | None:
    """Seconds to wait before retry number `attempt` + 1, or None to give up.

    `elapsed` is the time since the call began, `chance` a random number in [0, 1): the wait varies by
    a quarter, one that was asked for by a second at most, so that callers refused together do not return
    together.
    """
    if attempt >= policy.allowed(error):
        return None
    requested = _requested(error)
    wait: float
    if requested is None:
        wait = min(policy.ceiling, policy.base * 2**attempt) * (1 - chance / 4)
    elif requested <= policy.patience:
        wait = requested + min(requested / 4, 1.0) * chance  # never sooner than was asked for
    else:
        return None
    if policy.deadline is not None and elapsed + wait >= policy.deadline:
        return None
    return wait


def _requested(error: LakewayError) -> float | None:
    return error.retry_after if error.retry_after is not None and error.retry_after > 0 else None
