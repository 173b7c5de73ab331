"""Counts every call as it ends, in plain numbers; labels and text are made when somebody scrapes.

A call costs one look-up of the series it belongs to. What a client may choose freely, such as the name of a
model that is not served, never makes a series of its own, and there is an end to how many there can be.
"""

from __future__ import annotations

import logging
import time
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, TypeAlias

from lakeway.errors import LakewayError
from lakeway.gateway.call import Call
from lakeway.gateway.caller import ANYBODY, Caller
from lakeway.gateway.deployments import Deployment
from lakeway.gateway.metrics import families as f
from lakeway.gateway.metrics.families import BUCKETS
from lakeway.gateway.metrics.labels import OTHER, Labels, of_caller, of_deployment, of_error
from lakeway.gateway.metrics.series import Series
from lakeway.gateway.metrics.snapshot import Snapshot
from lakeway.gateway.observers import Observer

log = logging.getLogger("lakeway.gateway")

MOST_SERIES: Final = 2000
# Names that clients found behind wildcards and aliases.
MOST_NAMES: Final = 500
LONGEST_NAME: Final = 200
CLIENT_GONE: Final = 499  # nginx's and LiteLLM's status for it

Deployments: TypeAlias = Callable[[], Iterable[Deployment]]


class Metrics(Observer):
    """An observer of calls. `routes` are the paths that are served, with the names they go by; `deployments`
    are asked for at each scrape, and the time compared with their `load` is that of `clock`."""

    def __init__(
        self,
        deployments: Deployments = tuple,
        *,
        routes: Mapping[str, str] | None = None,
        clock: Callable[[], float] = time.monotonic,
        most_series: int = MOST_SERIES,
    ) -> None:
        self._deployments = deployments
        routes = routes or {}
        self._routes = {**routes, **{name: name for name in routes.values()}}
        self._clock = clock
        self._most = most_series
        self._series: dict[Labels, Series] = {}
        self._bound: dict[tuple[object, ...], Series] = {}
        self._names: set[str] = set()
        self._cooled: dict[str, int] = {}
        self._collapsed = 0
        self.in_flight = 0

    def reserve(self, _call: Call) -> None:
        self.in_flight += 1

    def settle(self, call: Call) -> None:
        self.in_flight -= 1
        series = self._of(call)
        series.calls += 1
        series.settled += 1
        if call.error is None:
            _time(series, call)
        if call.fallbacks:
            series.fallbacks += 1
        usage, cost = call.usage, call.cost
        if usage:
            _use(series, usage)
        if cost is not None:
            series.spend += cost.usd
            series.dbu += cost.dbu

    def release(self, call: Call) -> None:
        self.in_flight -= 1
        if call.error is None and not call.status and not call.gone:
            return  # another observer refused it: whoever tells the client counts it, with `refused`
        series = self._of(call)
        series.calls += 1
        if call.fallbacks:
            series.fallbacks += 1

    def refused(self, route: str, error: LakewayError, caller: Caller = ANYBODY) -> None:
        """Count a request that was answered with `error` before anybody reserved anything for it."""
        about = of_caller(caller) | of_error(error)
        about |= {"route": self._routes.get(route, OTHER), "status_code": str(error.status_code)}
        self._kept(Labels(**about), caller, None).calls += 1

    def attempt_failed(self, call: Call, deployment: Deployment, error: LakewayError) -> None:
        """Count an attempt that failed at `deployment`, whether or not another one makes it good."""
        name = self._name(call, deployment, answered=False)
        self._kept(_labels(call, name, deployment, error), call.caller, deployment).attempts += 1

    def cooled_down(self, deployment: Deployment, status: int) -> None:
        """Count that `deployment` is left alone from now on, since it answered with `status`."""
        labels = Labels(**_anonymous(deployment), exception_status=str(status)).text(f.COOLED)
        self._cooled[labels] = self._cooled.get(labels, 0) + 1

    def snapshot(self) -> Snapshot:
        """Everything counted so far, and how things are now."""
        snapshot = Snapshot()
        for series in self._series.values():
            series.tell(snapshot)
        for labels, times in self._cooled.items():
            snapshot.count(f.COOLED_DOWN, labels, times)
        if self._collapsed:
            snapshot.count(f.COLLAPSED, "", self._collapsed)
        now = self._clock()
        for deployment in self._deployments():
            _tell_of(deployment, now, snapshot)
        snapshot.gauge(f.IN_FLIGHT, "", self.in_flight)
        return snapshot

    def _of(self, call: Call) -> Series:
        """The series of an ended call; nearly always it is known already."""
        caller, deployment = call.caller, call.deployment
        if call.error is not None or deployment is None:
            return self._find(call)
        key = (caller.key, call.model, deployment.id, call.endpoint, call.status)
        series = self._bound.get(key)
        if series is None or series.caller is not caller or series.api_base is not deployment.api_base:
            series = self._find(call)
            if (series.labels.requested_model, series.labels.route) == (call.model, call.endpoint):
                self._bound[key] = series
        return series

    def _find(self, call: Call) -> Series:
        deployment, error = call.deployment, call.error
        name = self._name(call, deployment, answered=error is None and not call.gone)
        return self._kept(_labels(call, name, deployment, error), call.caller, deployment)

    def _kept(self, labels: Labels, caller: Caller, deployment: Deployment | None) -> Series:
        """The series of these labels; one for all others, once there are too many."""
        series = self._series.get(labels)
        if series is None:
            if len(self._series) >= self._most:
                labels = self._collapse(labels)
                series = self._series.get(labels)
            if series is None:
                series = self._series[labels] = Series(labels)
        series.caller = caller
        series.api_base = None if deployment is None else deployment.api_base
        return series

    def _collapse(self, labels: Labels) -> Labels:
        if not self._collapsed:
            log.warning("There are %d label sets of metrics: further ones count as '%s'.", self._most, OTHER)
        self._collapsed += 1
        return labels.collapsed()

    def _name(self, call: Call, deployment: Deployment | None, *, answered: bool) -> str:
        """The label of the model that the client asked for: a name that a client made up is not repeated."""
        name = call.model
        if name in self._names:
            return name
        if deployment is None:
            groups = {each.group for each in self._deployments()}
            return name if name in groups and "*" not in name else OTHER
        if deployment.group == name:
            return name
        known = answered or "*" not in deployment.group
        if not known or len(name) > LONGEST_NAME or len(self._names) >= MOST_NAMES:
            return OTHER
        self._names.add(name)
        return name


def _tell_of(deployment: Deployment, now: float, snapshot: Snapshot) -> None:
    labels = Labels(**of_deployment(deployment))
    load, share = deployment.load, deployment.share
    state = 2 if load.cooling_until > now else 1 if load.in_a_row else 0
    snapshot.gauge(f.STATE, labels.text(f.DEPLOYMENT), state)
    for family, limit in ((f.TPM, share.tpm), (f.RPM, share.rpm)):
        if limit:
            snapshot.gauge(family, labels.text(f.LIMIT), limit)


def _labels(call: Call, name: str, deployment: Deployment | None, error: LakewayError | None) -> Labels:
    about = of_caller(call.caller)
    if deployment is not None:
        about |= _anonymous(deployment) if name == OTHER else of_deployment(deployment)
    if error is not None:
        about |= of_error(error)
    return Labels(**about, requested_model=name, route=call.endpoint, status_code=str(_status(call, error)))


def _anonymous(deployment: Deployment) -> dict[str, str]:
    """Behind a wildcard, the model's name is the client's own word, too."""
    about = of_deployment(deployment)
    if "*" in deployment.group:
        about |= {"model": OTHER, "litellm_model_name": OTHER}
    return about


def _status(call: Call, error: LakewayError | None) -> int:
    """A stream that broke was answered with 200, and is none of the good ones all the same."""
    if error is not None and call.status < 400:
        return error.status_code
    return call.status or CLIENT_GONE


def _time(series: Series, call: Call) -> None:
    """How long a good answer took. Of a stream, the model is also waited for after its start."""
    began, ended, waited, first = call.began, call.ended, call.upstream, call.first
    if first is None:
        upstream, until = waited, ended
    else:
        upstream, until = waited + ended - first, first
        series.first.counts[bisect_left(BUCKETS, waited)] += 1
        series.first.sum += waited
    seconds, overhead = ended - began, until - began - waited - call.waited
    # Without a call for each, since this is where most of an observer's time would go.
    distribution = series.seconds
    distribution.counts[bisect_left(BUCKETS, seconds)] += 1
    distribution.sum += seconds
    distribution = series.upstream
    distribution.counts[bisect_left(BUCKETS, upstream)] += 1
    distribution.sum += upstream
    distribution = series.overhead
    distribution.counts[bisect_left(BUCKETS, overhead)] += 1
    distribution.sum += overhead if overhead > 0 else 0.0


def _use(series: Series, usage: Mapping[str, Any]) -> None:
    """A usage in the shape that `core.usage.normalize` gives."""
    get = usage.get
    series.input += get("prompt_tokens") or 0
    series.output += get("completion_tokens") or 0
    series.total += get("total_tokens") or 0
    if cached := get("cache_read_input_tokens"):
        series.cached += cached
    if created := get("cache_creation_input_tokens"):
        series.created += created
    if details := get("completion_tokens_details"):
        series.reasoning += details.get("reasoning_tokens") or 0
