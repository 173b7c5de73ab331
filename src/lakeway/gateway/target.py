"""A deployment's target for one attempt: within the time that is left, as lenient as the client allows."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import msgspec

from lakeway.calls import arguments as args
from lakeway.core.exchange import Target
from lakeway.core.http import Timeout
from lakeway.core.request import Leniency
from lakeway.errors import Timeout as Expired
from lakeway.gateway.deployments import Deployment
from lakeway.settings import Settings

# Of a whole reply, and of a streamed one.
TIME_LIMITS = (
    frozenset({"timeout", "request_timeout"}),
    frozenset({"timeout", "request_timeout", "stream_timeout"}),
)
LENIENCY = frozenset({"drop_params", "additional_drop_params", "allowed_openai_params"})


def within(
    deployment: Deployment,
    control: Mapping[str, Any],
    left: float | None,
    settings: Settings,
    *,
    stream: bool,
) -> Target:
    """The target with the time limits of this attempt: the client's or the row's, and never more than is left
    until the call's deadline."""
    own: Target = deployment.target
    if not control or TIME_LIMITS[stream].isdisjoint(control):
        limits = deployment.limits[stream]
    else:
        limits = args.timeout(control, settings, stream=stream)
    if left is not None:
        limits = _at_most(limits, left)
    return own if limits == own.timeout else msgspec.structs.replace(own, timeout=limits)


def end_of(left: float | None) -> float | None:
    """The moment, on the monotonic clock, by which an attempt of several requests has to be over."""
    return None if left is None else time.monotonic() + left


def left(until: float | None, model: str) -> float | None:
    """The seconds until then. Raises Timeout when there are none."""
    if until is None:
        return None
    seconds = until - time.monotonic()
    if seconds <= 0:
        raise Expired("The deadline of the call has passed.", model)
    return seconds


def _at_most(limits: Timeout, left: float) -> Timeout:
    if limits.total is not None and limits.total <= left:
        return limits
    connect = left if limits.connect is None else min(limits.connect, left)
    return msgspec.structs.replace(limits, total=left, connect=connect)


def leniency(deployment: Deployment, control: Mapping[str, Any]) -> Leniency:
    """The deployment's own, as far as the request says nothing else."""
    own = deployment.leniency
    if not control or LENIENCY.isdisjoint(control):
        return own
    return Leniency(
        drop=bool(control.get("drop_params", own.drop)),
        dropped=(*own.dropped, *control.get("additional_drop_params", ())),
        allowed=own.allowed.union(control.get("allowed_openai_params", ())),
        budgets=own.budgets,
    )
