"""How one request is carried out: the deployments to try, the target of each, and which one answered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import msgspec
from msgspec import Struct

from lakeway.calls import arguments as args
from lakeway.core.exchange import Exchange
from lakeway.core.flow import NO_FALLBACKS, Fallbacks, Outcome
from lakeway.core.retry import RetryPolicy
from lakeway.databricks.request import Leniency
from lakeway.databricks.target import DatabricksTarget
from lakeway.gateway.deployments import Deployment
from lakeway.gateway.gateway import Gateway
from lakeway.gateway.groups import Attempt

Control: TypeAlias = Mapping[str, Any]
Maker: TypeAlias = Callable[[Deployment, DatabricksTarget], Exchange]

TIME_LIMITS = frozenset({"timeout", "request_timeout", "stream_timeout"})
LENIENCY = frozenset({"drop_params", "additional_drop_params", "allowed_openai_params"})


class Plan(Struct, frozen=True):
    """`attempts` in order, the first with all that may follow it; `targets` are theirs, one for one."""

    attempts: tuple[Attempt, ...]
    targets: tuple[DatabricksTarget, ...]
    policy: RetryPolicy

    @classmethod
    def of(
        cls, gateway: Gateway, model: str, control: Control, *, endpoint: str, stream: bool = False
    ) -> Plan:
        """Raises BadRequestError for a model that is not served."""
        own = () if control.get("disable_fallbacks") else control.get("fallbacks")
        attempts = gateway.groups.attempts(model, gateway.chance, fallbacks=own, endpoint=endpoint)
        targets = tuple(_target(attempt.deployment, control, gateway, stream) for attempt in attempts)
        return cls(attempts, targets, _policy(attempts, control))

    def exchanges(self, make: Maker) -> list[Exchange]:
        """An exchange per attempt, in their order."""
        return [
            make(attempt.deployment, target)
            for attempt, target in zip(self.attempts, self.targets, strict=True)
        ]

    def fallbacks(self, exchanges: list[Exchange]) -> Fallbacks:
        """What follows the first of the `exchanges`."""
        if len(exchanges) == 1:
            return NO_FALLBACKS
        after = list(zip(self.attempts, exchanges, strict=True))[1:]
        return Fallbacks(
            [exchange for attempt, exchange in after if not attempt.larger],
            [exchange for attempt, exchange in after if attempt.larger],
        )

    def answered(self, outcome: Outcome) -> Deployment:
        return self.attempts[self._position(outcome)].deployment

    def effort(self, outcome: Outcome) -> tuple[int, int]:
        """Retries, those on other deployments of the same group among them, and fallbacks to other groups."""
        position = self._position(outcome)
        group = self.attempts[position].group
        before = sum(attempt.group == group for attempt in self.attempts[:position])
        return outcome.retries + before, group

    def _position(self, outcome: Outcome) -> int:
        target = outcome.exchange.target
        return next(index for index, each in enumerate(self.targets) if each is target)


def _target(deployment: Deployment, control: Control, gateway: Gateway, stream: bool) -> DatabricksTarget:
    """The deployment's target with the time limits of this request."""
    if TIME_LIMITS.isdisjoint(control):
        limits = deployment.limits[stream]
    else:
        limits = args.timeout(control, gateway.settings, stream=stream)
    if limits == deployment.target.timeout:
        return deployment.target
    return msgspec.structs.replace(deployment.target, timeout=limits)


def _policy(attempts: tuple[Attempt, ...], control: Control) -> RetryPolicy:
    """A deployment that is alone is tried again after a while; one that is not hands over to the next."""
    if sum(attempt.group == 0 for attempt in attempts) > 1:
        return RetryPolicy(retries=0)
    given = control.get("num_retries", control.get("max_retries"))
    return RetryPolicy(retries=attempts[0].deployment.retries if given is None else given)


def leniency(deployment: Deployment, control: Control) -> Leniency:
    """The deployment's own, as far as the request says nothing else."""
    own = deployment.leniency
    if LENIENCY.isdisjoint(control):
        return own
    return Leniency(
        drop=bool(control.get("drop_params", own.drop)),
        dropped=(*own.dropped, *control.get("additional_drop_params", ())),
        allowed=own.allowed.union(control.get("allowed_openai_params", ())),
        budgets=own.budgets,
    )
