"""How one call finds an answer: a deployment, another one, and then the groups to fall back on.

A flow, pure like those it joins: it decides, and yields what is to be done. What it remembers of the
deployments is in their `load`, which it is handed; time and chance are arguments.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from math import inf
from typing import Any, Generic, TypeAlias, TypeVar

import msgspec
from msgspec import Struct

from lakeway.core import routing
from lakeway.core.cooldown import CooldownPolicy
from lakeway.core.fallback import Way, in_turn
from lakeway.core.retry import RetryPolicy, delay, is_retryable
from lakeway.core.steps import Flow, sleep
from lakeway.errors import LakewayError, RateLimitError, Timeout
from lakeway.gateway.call import Call
from lakeway.gateway.deployments import Deployment
from lakeway.gateway.groups import MOST_FALLBACKS, Group
from lakeway.gateway.memory import let_go

T = TypeVar("T")
# One try at one deployment, with the seconds that are left for it.
Attempt: TypeAlias = Callable[[Deployment, float | None], Flow[T]]
# The names and groups that follow the group of a name, after an error of its.
After: TypeAlias = Callable[[str, LakewayError], Iterable[tuple[str, Group]]]
# Not the request's fault, but of this deployment alone: another one may know the model and the key.
ELSEWHERE = frozenset({401, 402, 403, 404})

# Told of every attempt that failed, and of the seconds for which its deployment is left alone.
FailedAttempt: TypeAlias = Callable[[Call, Deployment, LakewayError, float], None]


def _nobody(_call: Call, _deployment: Deployment, _error: LakewayError, _cooled: float) -> None: ...


class Wish(Struct, Generic[T], frozen=True, kw_only=True, eq=False):
    """What a call wants: `attempt` it with deployments of `group`, `after` an error with those of others.

    `deadline` is on the router's clock. `prefix` is the part of a conversation that a prompt cache may know.
    `retries` are the caller's own.
    """

    group: Group
    attempt: Attempt[T]
    after: After | None = None
    most: int = MOST_FALLBACKS
    retries: int | None = None
    deadline: float | None = None
    prefix: bytes | None = None

    def sticking(self, prefix: bytes | None) -> Wish[T]:
        return self if prefix is None else msgspec.structs.replace(self, prefix=prefix)


class Router(Struct, frozen=True, kw_only=True, eq=False):
    """The rules by which deployments are chosen, left alone after failures, and tried again. Whoever keeps
    count of attempts is `told` of those that failed."""

    clock: Callable[[], float]
    chance: Callable[[], float]
    strategy: routing.Strategy
    cooldowns: CooldownPolicy
    told: FailedAttempt = _nobody

    def carry(self, call: Call, wish: Wish[T]) -> Flow[T]:
        """Whatever the wish comes to. Raises the first group's error when no group has an answer."""
        first = self._ask(call, wish, wish.group)
        return first if wish.after is None else self._or_others(call, wish, first, call.model, {call.model})

    def _or_others(self, call: Call, wish: Wish[T], first: Flow[T], name: str, seen: set[str]) -> Flow[T]:
        """The answer of the group called `name`, or of what follows it, each with its own followers; of none
        twice."""
        failed: list[Deployment | None] = []

        def others(error: LakewayError) -> Iterator[Way[T]]:
            failed.append(call.deployment)
            let_go(error)
            for other, group in wish.after(name, error) if wish.after else ():
                late = wish.deadline is not None and self.clock() >= wish.deadline
                if late or call.fallbacks >= wish.most:
                    return
                if other not in seen:
                    seen.add(other)
                    yield other, partial(self._fall_back, call, wish, other, group, seen)

        try:
            answer, _ = yield from in_turn(first, others)
        except LakewayError:
            call.deployment = failed[0]  # whose error it is
            raise
        return answer

    def _fall_back(self, call: Call, wish: Wish[T], name: str, group: Group, seen: set[str]) -> Flow[T]:
        call.fallbacks += 1
        return (yield from self._or_others(call, wish, self._ask(call, wish, group), name, seen))

    def _ask(self, call: Call, wish: Wish[T], group: Group) -> Flow[T]:
        """One group's answer, however many of its deployments that takes. The attempt that succeeds stays
        open: its answer may go on as a stream."""
        tried: list[str] = []
        call.retries = 0
        while True:
            deployment = self._pick(group, call, wish, tried)
            began = self.clock()
            left = None if wish.deadline is None else wish.deadline - began
            if deployment.share.bounded:
                self._check_minute(deployment, call, began)
            try:
                if left is not None and left <= 0:
                    raise Timeout("The deadline of the call has passed.", deployment.target.alias)
                if deployment.load.in_flight >= (deployment.share.max_parallel or inf):
                    raise _busy(deployment)
                call.deployment, call.began_attempt, call.open = deployment, began, True
                call.alone = len(group.members) == 1
                deployment.load.begin(began)
                return (yield from wish.attempt(deployment, left))
            except LakewayError as error:
                self.failed(call, error, alone=call.alone)
                tried.append(deployment.id)
                wait = self._wait(error, call, wish, group, tried)
                let_go(error)
            call.retries += 1
            if wait > 0:
                yield from sleep(wait)

    def _check_minute(self, deployment: Deployment, call: Call, now: float) -> None:
        """Raises RateLimitError where the strategy holds `rpm` and `tpm` as limits, and one is reached by the
        best of the group. Waiting for the next minute is the client's to decide."""
        share, load = deployment.share, deployment.load
        if share.max_parallel and load.in_flight >= share.max_parallel:
            return  # that may be over in a moment
        if routing.is_full(deployment, self.strategy, now, tokens=call.size // 4):
            raise RateLimitError(
                f"Every deployment of {deployment.group} has reached its rpm or tpm for this minute.",
                type="rate_limit_error",
                retry_after=max(1.0, load.ends - now),
            )

    def _pick(self, group: Group, call: Call, wish: Wish[Any], tried: list[str]) -> Deployment:
        members = group.members
        if len(members) == 1:
            return members[0]
        return routing.pick(
            members,
            self.strategy,
            self.clock(),
            self.chance,
            tried=tried,
            prefix=wish.prefix,
            tokens=call.size // 4,
            stream=call.stream,
        )

    def failed(self, call: Call, error: LakewayError, *, alone: bool) -> None:
        """The attempt that is open has failed with `error`."""
        deployment = call.deployment
        if deployment is None or not call.open:
            return
        call.open = False
        load, rest = deployment.load, deployment.cooldown_time
        # Behind a wildcard it may be the model that is unknown, and the others are none the worse for it.
        made_up = "*" in deployment.group and error.status_code in (403, 404)
        # Nor does a caller's own time limit say anything of the deployment; a server's own would be a 504.
        too_soon = call.impatient and isinstance(error, Timeout) and error.status_code == 408
        if made_up or too_soon:
            load.abandon()
            cooled = 0.0
        else:
            cooled = self.cooldowns.failed(load, error, self.clock(), alone=alone, cooldown_time=rest)
        self.told(call, deployment, error, cooled)

    def ended(self, call: Call) -> None:
        """The attempt that is open has come to its end, as well as it did."""
        deployment = call.deployment
        if deployment is None or not call.open:
            return
        call.open = False
        now = self.clock()
        usage = call.usage or {}
        deployment.load.succeed(
            now,
            seconds=now - call.began_attempt,
            first_token=None if call.first is None else call.first - call.began_attempt,
            output_tokens=usage.get("completion_tokens") or 0,
            total_tokens=usage.get("total_tokens") or 0,
        )

    def left(self, call: Call) -> None:
        """Nobody waits for the attempt any more; it says nothing about the deployment."""
        if call.deployment is not None and call.open:
            call.open = False
            call.deployment.load.abandon()

    def _wait(
        self, error: LakewayError, call: Call, wish: Wish[Any], group: Group, tried: list[str]
    ) -> float:
        """Seconds until the next attempt; none where another deployment is there that was not asked yet.
        Raises `error` when that was the last one."""
        policy = group.policy if wish.retries is None else _with(group.policy, wish.retries)
        now = self.clock()
        wait: float | None = None
        if self._has_another(error, group, call, wish, tried):
            late = wish.deadline is not None and now >= wish.deadline
            if not late and call.retries < policy.allowed_elsewhere(error):
                wait = 0.0
        else:
            if wish.deadline is not None:
                policy = msgspec.structs.replace(policy, deadline=wish.deadline - call.began)
            wait = delay(policy, error, attempt=call.retries, elapsed=now - call.began, chance=self.chance())
        if wait is None:
            error.num_retries, error.max_retries = call.retries, max(call.retries, policy.allowed(error))
            raise error
        return wait

    def _has_another(
        self, error: LakewayError, group: Group, call: Call, wish: Wish[Any], tried: list[str]
    ) -> bool:
        """Whether a deployment that was not asked yet would be next, and might do better."""
        if len(group.members) == 1 or not (is_retryable(error) or error.status_code in ELSEWHERE):
            return False
        return self._pick(group, call, wish, tried).id not in tried


def _busy(deployment: Deployment) -> RateLimitError:
    return RateLimitError(
        f"Every deployment of {deployment.group} is at its limit of calls at one time.",
        type="rate_limit_error",
    )


def _with(policy: RetryPolicy, retries: int) -> RetryPolicy:
    return RetryPolicy(retries=retries, base=policy.base, ceiling=policy.ceiling, patience=policy.patience)
