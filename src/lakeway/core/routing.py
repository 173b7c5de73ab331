"""Which deployment of a group gets the next call: LiteLLM's strategies, and what comes before them.

Pure: time and chance are arguments, and picking changes nothing. The best of these classes is chosen from,
the first that differs being decisive:

1. not cooling down; when all are, the one whose cooldown ends first is asked, one not tried yet before
   others: the caller gets an answer or the real error, not an invented 429;
2. with room below its bounds; when none has any, all are equal again, since the provider's own limits are
   the truth and a refusal of ours would only guess at them (whoever wants to hold calls back has `is_full`);
3. not tried yet for this call: a healthy one a second time rather than one that is known to be ailing;
4. the lowest `order`.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import accumulate
from math import inf
from typing import Any, ClassVar, Final, Protocol, TypeAlias, TypeVar

from msgspec import Struct

from lakeway.core import affinity
from lakeway.core.load import Load, Share

# A number in [0, 1), a new one each time.
Chance: TypeAlias = Callable[[], float]


class Candidate(Protocol):
    """What a deployment must have to be picked."""

    @property
    def id(self) -> str: ...
    @property
    def share(self) -> Share: ...
    @property
    def load(self) -> Load: ...


C = TypeVar("C", bound=Candidate)


class Strategy(Struct, frozen=True):
    """How to choose among deployments that are equally fit. `bounded` ones hold `rpm` and `tpm` as limits."""

    bounded: ClassVar[bool] = False

    def narrow(self, candidates: list[C]) -> list[C]:
        """Those that it wants at all, whatever happens: even a conversation's home must be among them."""
        return candidates

    def choose(self, candidates: Sequence[C], now: float, chance: Chance, *, stream: bool) -> C:
        raise NotImplementedError


class SimpleShuffle(Strategy, frozen=True):
    """At random by weight, or else rpm, or else tpm."""

    def choose(self, candidates: Sequence[C], now: float, chance: Chance, *, stream: bool) -> C:
        heights = list(accumulate(shares(candidates)))
        return candidates[bisect(heights, chance() * heights[-1])]


class LeastBusy(Strategy, frozen=True):
    """The one with the fewest calls under way."""

    def choose(self, candidates: Sequence[C], now: float, chance: Chance, *, stream: bool) -> C:
        return _any(_lowest(candidates, [c.load.in_flight for c in candidates]), chance)


class LowestUsage(Strategy, frozen=True):
    """The one that has used the fewest tokens in this minute."""

    bounded: ClassVar[bool] = True

    def choose(self, candidates: Sequence[C], now: float, chance: Chance, *, stream: bool) -> C:
        return _any(_lowest(candidates, [c.load.tokens_at(now) for c in candidates]), chance)


class LowestLatency(Strategy, frozen=True):
    """One of the fastest: those within `lowest_latency_buffer`, a fraction, of the very fastest.

    A measurement counts for `ttl` seconds. Who has none is tried, by one call at a time: in LiteLLM all
    traffic goes there until the first answer, and who was slow once is not tried again while others are
    in use.
    """

    bounded: ClassVar[bool] = True

    ttl: float = 3600.0
    lowest_latency_buffer: float = 0.0

    def choose(self, candidates: Sequence[C], now: float, chance: Chance, *, stream: bool) -> C:
        measured = [c.load.latency(now, ttl=self.ttl, stream=stream) for c in candidates]
        unknown = [c for c, latency in zip(candidates, measured, strict=True) if latency is None]
        idle = [c for c in unknown if not c.load.in_flight]
        if idle or len(unknown) == len(candidates):
            return _any(idle or unknown, chance)
        known = [inf if latency is None else latency for latency in measured]
        bound = min(known) * (1 + self.lowest_latency_buffer)
        return _any([c for c, latency in zip(candidates, known, strict=True) if latency <= bound], chance)


class LowestCost(Strategy, frozen=True):
    """The cheapest; those without a price come last."""

    bounded: ClassVar[bool] = True

    def narrow(self, candidates: list[C]) -> list[C]:
        return _lowest(candidates, [c.share.price for c in candidates])

    def choose(self, candidates: Sequence[C], now: float, chance: Chance, *, stream: bool) -> C:
        return _any(candidates, chance)


# By LiteLLM's names; the fields are its `routing_strategy_args`.
STRATEGIES: Final[Mapping[str, type[Strategy]]] = {
    "simple-shuffle": SimpleShuffle,
    "least-busy": LeastBusy,
    "latency-based-routing": LowestLatency,
    "usage-based-routing": LowestUsage,
    "usage-based-routing-v2": LowestUsage,
    "cost-based-routing": LowestCost,
}


def pick(
    candidates: Sequence[C],
    strategy: Strategy,
    now: float,
    chance: Chance,
    *,
    tried: Collection[str] = (),
    prefix: bytes | None = None,
    tokens: int = 0,
    stream: bool = False,
) -> C:
    """The deployment for the next attempt; `candidates` are those of a group, one at least.

    `tried` are the ids of earlier attempts of the same call, `prefix` is its conversation's
    (`affinity.prefix_of`), `tokens` about how many its prompt has.
    """
    if len(candidates) == 1:
        return candidates[0]
    fit = _fittest(candidates, strategy, now, tried, tokens)
    if not fit:
        return min(candidates, key=lambda c: (c.id in tried, c.load.cooling_until))
    fit = strategy.narrow(fit)
    if len(fit) == 1:
        return fit[0]
    if prefix is not None:
        return fit[affinity.home(prefix, [c.id for c in fit], shares(fit))]
    return strategy.choose(fit, now, chance, stream=stream)


def is_full(candidate: Candidate, strategy: Strategy, now: float, *, tokens: int = 0) -> bool:
    """Whether one more call, with a prompt of `tokens`, would exceed a bound that the row sets."""
    share, load = candidate.share, candidate.load
    if share.max_parallel and load.in_flight >= share.max_parallel:
        return True
    if not strategy.bounded:
        return False
    if share.rpm and load.requests_at(now) >= share.rpm:
        return True
    return bool(share.tpm) and load.tokens_at(now) + max(tokens, 1) > share.tpm


def shares(candidates: Sequence[Candidate]) -> list[float]:
    """What each gets of the traffic, by the first measure that any of them states; who lacks it gets none."""
    weights = [c.share.weight for c in candidates]
    if not any(weights):
        weights = [c.share.rpm for c in candidates]
    if not any(weights):
        weights = [c.share.tpm for c in candidates]
    return weights if any(weights) else [1.0] * len(candidates)


def _fittest(
    candidates: Sequence[C], strategy: Strategy, now: float, tried: Collection[str], tokens: int
) -> list[C]:
    """The best class of those that are not cooling down."""
    fit: list[C] = []
    best: tuple[Any, ...] | None = None
    for candidate in candidates:
        if candidate.load.cooling_until > now:
            continue
        full = is_full(candidate, strategy, now, tokens=tokens)
        rank = (full, candidate.id in tried, candidate.share.order)
        if best is None or rank < best:
            fit, best = [candidate], rank
        elif rank == best:
            fit.append(candidate)
    return fit


def _lowest(candidates: Sequence[C], values: Sequence[float]) -> list[C]:
    lowest = min(values)
    return [c for c, value in zip(candidates, values, strict=True) if value == lowest]


def _any(candidates: Sequence[C], chance: Chance) -> C:
    return candidates[int(chance() * len(candidates))]
