"""Which failure keeps a deployment out of its group's traffic for a while: LiteLLM's rules, mostly.

By themselves:
- at once: 429, wrong keys and unpaid bills (401, 402), an unknown endpoint (404), a time-out (408), and
  whatever comes with a Retry-After;
- more than half of at least five requests of the minute failed.
Differing from LiteLLM, where it would not be what a user wants:
- 403 counts as 401 does: Databricks answers a bad token so, and a client's own token is never sent there;
- a host that cannot be reached cools at once, and one that loses the connection twice in a row; in LiteLLM
  an APIConnectionError never counts, and a dead host keeps its share of the traffic;
- a group's only deployment never cools; in LiteLLM one 401 makes the next call a 429 (1.109.1, measured).
With `allowed_fails` or `allowed_fails_policy` the number of failures in the minute decides alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from lakeway import errors
from lakeway.core.http import ConnectFailed
from lakeway.core.load import Load
from lakeway.errors import LakewayError

# LiteLLM's names in allowed_fails_policy. The first two are accepted and never counted, here as there (for
# a router's policy): one client's mistakes must not take a deployment from all others.
KINDS: Final[Mapping[str, type[LakewayError]]] = {
    "ContentPolicyViolationErrorAllowedFails": errors.ContentPolicyViolationError,
    "BadRequestErrorAllowedFails": errors.BadRequestError,
    "AuthenticationErrorAllowedFails": errors.AuthenticationError,
    "TimeoutErrorAllowedFails": errors.Timeout,
    "RateLimitErrorAllowedFails": errors.RateLimitError,
    "InternalServerErrorAllowedFails": errors.InternalServerError,
    "ServiceUnavailableErrorAllowedFails": errors.ServiceUnavailableError,
    "BadGatewayErrorAllowedFails": errors.BadGatewayError,
    "NotFoundErrorAllowedFails": errors.NotFoundError,
}
# LiteLLM's default, for the kinds that an allowed_fails_policy leaves out.
ALLOWED_FAILS: Final = 3
MOST_FAILED: Final = 0.5
FEWEST_REQUESTS: Final = 5
LOST_IN_A_ROW: Final = 2

_AT_ONCE: Final = (
    errors.RateLimitError,
    errors.AuthenticationError,
    errors.PermissionDeniedError,
    errors.PaymentRequiredError,
    errors.NotFoundError,
)
# The client's mistake, or our own refusal: it says nothing of the deployment.
_BLAMELESS: Final = (
    errors.BadRequestError,
    errors.UnprocessableEntityError,
    errors.JSONSchemaValidationError,
    errors.BudgetExceededError,
    errors.ModelNotMappedError,
    errors.RouterRateLimitError,
)


class CooldownPolicy(Struct, frozen=True, kw_only=True):
    """`cooldown_time` in seconds. `ceiling` bounds what a Retry-After can make of it.

    `allowed_fails`, and by kind `allowed_fails_policy` (see KINDS), are failures that one minute may have
    before the next one cools.
    """

    cooldown_time: float = 5.0
    ceiling: float = 60.0
    allowed_fails: int | None = None
    allowed_fails_policy: Mapping[str, int] = {}
    disabled: bool = False

    def failed(
        self,
        load: Load,
        error: LakewayError,
        now: float,
        *,
        alone: bool = False,
        cooldown_time: float | None = None,
    ) -> float:
        """A call has ended with `error`: count it, and cool the deployment if that is due.

        `alone` says that its group has no other; `cooldown_time` is the deployment's own. Returns the
        seconds of the cooldown, 0 without one. For a call that its caller cut short (by leaving, or with a
        time limit of his own) tell `load.abandon()` instead.
        """
        if not blames(error):
            load.abandon()
            return 0.0
        kind = kind_of(error)
        load.fail(now, kind=kind, timed_out=isinstance(error, errors.Timeout))
        base = self.cooldown_time if cooldown_time is None else cooldown_time
        if alone or self.disabled or base <= 0 or not self._is_due(load, error, kind):
            return 0.0
        seconds = max(base, min(error.retry_after or 0.0, self.ceiling))
        load.cool(now, seconds)
        return seconds

    def _is_due(self, load: Load, error: LakewayError, kind: str) -> bool:
        if kind in self.allowed_fails_policy:
            return load.by_kind.get(kind, 0) > self.allowed_fails_policy[kind]
        if self.allowed_fails is not None:
            return load.failures > self.allowed_fails
        if self.allowed_fails_policy:
            return load.failures > ALLOWED_FAILS
        return _cools_at_once(error) or _is_lost(load, error) or _mostly_fails(load)


def blames(error: LakewayError) -> bool:
    """Whether the deployment is to blame for `error`, and not the request."""
    return isinstance(error, errors.PaymentRequiredError) or not isinstance(error, _BLAMELESS)


def kind_of(error: LakewayError) -> str:
    """LiteLLM's name, in an allowed_fails_policy, for what `error` is; empty without one."""
    return next((name for name, kind in KINDS.items() if isinstance(error, kind)), "")


def _cools_at_once(error: LakewayError) -> bool:
    timed_out = isinstance(error, errors.Timeout) and error.status_code == 408
    return timed_out or bool(error.retry_after) or isinstance(error, _AT_ONCE)


def _is_lost(load: Load, error: LakewayError) -> bool:
    if not isinstance(error, errors.APIConnectionError):
        return False
    return isinstance(error.__cause__, ConnectFailed) or load.in_a_row >= LOST_IN_A_ROW


def _mostly_fails(load: Load) -> bool:
    ended = load.successes + load.failures
    return ended >= FEWEST_REQUESTS and load.failures > ended * MOST_FAILED
