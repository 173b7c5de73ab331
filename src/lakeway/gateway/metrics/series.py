"""The counts of one kind of call: same caller, model, deployment, status and error."""

from __future__ import annotations

from lakeway.gateway.caller import Caller
from lakeway.gateway.metrics import families as f
from lakeway.gateway.metrics.families import BUCKETS, Family, Names
from lakeway.gateway.metrics.labels import NONE, Labels
from lakeway.gateway.metrics.snapshot import Distribution, Snapshot


class Series:
    """Of the `calls` that ended, some were `settled`: a model was asked. `fallbacks` needed another group.

    `attempts` failed at the deployment, whatever became of their calls. `caller` and `api_base` are what the
    labels were made of: a new configuration may have others under the same key and id.
    """

    __slots__ = (
        *("_failed", "_texts", "api_base", "attempts", "cached", "caller", "calls", "created", "dbu"),
        *("fallbacks", "first", "input", "labels", "output", "overhead", "reasoning", "seconds"),
        *("settled", "spend", "total", "upstream"),
    )

    def __init__(self, labels: Labels) -> None:
        self.labels = labels
        self.caller: Caller | None = None
        self.api_base: str | None = None
        self.calls = self.settled = self.fallbacks = self.attempts = 0
        self.spend = self.dbu = 0.0
        self.total = self.input = self.output = self.cached = self.created = self.reasoning = 0
        self.seconds, self.upstream, self.first, self.overhead = (_empty() for _ in range(4))
        self._failed = labels.exception_class != NONE
        self._texts: dict[Names, str] = {}

    def tell(self, snapshot: Snapshot) -> None:
        """Everything that was counted here, under the labels of each family."""
        self._requests(snapshot)
        self._deployment(snapshot)
        if self.settled:
            self._usage(snapshot)
        if any(self.seconds.counts):
            self._latencies(snapshot)

    def _requests(self, snapshot: Snapshot) -> None:
        if self.calls:
            snapshot.count(f.REQUESTS, self._text(f.REQUEST), self.calls)
            if self._failed:
                snapshot.count(f.REFUSED, self._text(f.REFUSAL), self.calls)

    def _deployment(self, snapshot: Snapshot) -> None:
        if self.labels.model_id == NONE:
            return
        seen = self.attempts if self._failed else self.settled
        if seen:
            snapshot.count(f.ATTEMPTS, self._text(f.ATTEMPT), seen)
            outcome, names = (f.FAILURES, f.FAILURE) if self._failed else (f.SUCCESSES, f.ATTEMPT)
            snapshot.count(outcome, self._text(names), seen)
        if self.fallbacks:
            outcome = f.FELL_THROUGH if self._failed else f.FELL_BACK
            snapshot.count(outcome, self._text(f.FALLBACK), self.fallbacks)

    def _usage(self, snapshot: Snapshot) -> None:
        text = self._text(f.USAGE)
        amounts: tuple[tuple[Family, float], ...] = (
            (f.CALLS, self.settled),
            (f.SPEND, self.spend),
            (f.DBU, self.dbu),
            (f.TOKENS, self.total),
            (f.INPUT, self.input),
            (f.OUTPUT, self.output),
        )
        for family, amount in amounts:
            snapshot.count(family, text, amount)
        for family, amount in (
            (f.CACHED, self.cached),
            (f.CREATED, self.created),
            (f.REASONING, self.reasoning),
        ):
            if amount:
                snapshot.count(family, text, amount)

    def _latencies(self, snapshot: Snapshot) -> None:
        text = self._text(f.LATENCY)
        snapshot.distribute(f.TOTAL_LATENCY, text, self.seconds)
        snapshot.distribute(f.API_LATENCY, text, self.upstream)
        if any(self.first.counts):
            snapshot.distribute(f.FIRST_TOKEN, text, self.first)
        snapshot.distribute(f.OVERHEAD_LATENCY, self._text(f.OVERHEAD), self.overhead)

    def _text(self, names: Names) -> str:
        if not self._texts:
            self._texts = self.labels.texts(f.OF_A_CALL)
        return self._texts[names]


def _empty() -> Distribution:
    return Distribution([0] * (len(BUCKETS) + 1), 0.0)
