"""Who gets the next call: tables of deployments and what has befallen them."""

from __future__ import annotations

import random
from collections import Counter
from functools import partial
from math import inf
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from lakeway.core.load import Load, Share
from lakeway.core.routing import (
    STRATEGIES,
    LeastBusy,
    LowestCost,
    LowestLatency,
    LowestUsage,
    SimpleShuffle,
    Strategy,
    is_full,
    pick,
    shares,
)

NOW = 100.0
PREFIXES = [number.to_bytes(16, "little") for number in range(400)]


class Row(Struct, eq=False):
    """As little of a deployment as can be picked."""

    id: str
    share: Share
    load: Load


def row(name: str, *, busy: int = 0, used: int = 0, cooling: float = 0.0, **share: float) -> Row:
    """A row with so many calls under way, so many tokens used in this minute, cooling until then."""
    load = Load()
    for _ in range(busy):
        load.begin(NOW)
    if used:
        load.begin(NOW)
        load.succeed(NOW, seconds=1.0, total_tokens=used)
    load.cooling_until = cooling
    return Row(name, Share(**share), load)  # type: ignore[arg-type]


def measured(name: str, *paces: float, busy: int = 0, at: float = NOW, first: float | None = None) -> Row:
    """A row whose replies took so many seconds per token."""
    made = row(name, busy=busy)
    for pace in paces:
        made.load.begin(at)
        made.load.succeed(at, seconds=pace, first_token=first)
    return made


def reachable(rows: list[Row], strategy: Strategy | None = None, now: float = NOW, **how: Any) -> str:
    """The ids that some chance leads to, in order."""
    strategy = strategy or SimpleShuffle()
    marks = [step / 40 for step in range(40)]
    return "".join(sorted({pick(rows, strategy, now, partial(float, mark), **how).id for mark in marks}))


def test_names_are_litellms() -> None:
    """A configuration names them as it does there, and its arguments fill their fields."""
    assert {
        "simple-shuffle",
        "least-busy",
        "latency-based-routing",
        "usage-based-routing",
        "usage-based-routing-v2",
        "cost-based-routing",
    } == set(STRATEGIES)
    assert LowestLatency(ttl=10, lowest_latency_buffer=0.5) == msgspec.convert(
        {"ttl": 10, "lowest_latency_buffer": 0.5}, STRATEGIES["latency-based-routing"]
    )


@pytest.mark.parametrize("strategy", [made() for made in STRATEGIES.values()], ids=STRATEGIES)
def test_the_only_one(strategy: Strategy) -> None:
    """A group of one is no choice, whatever state it is in, and needs no chance."""
    ill = row("a", busy=3, used=10, cooling=NOW + 9, max_parallel=1, rpm=1, tpm=1)

    assert ill is pick([ill], strategy, NOW, lambda: 1 / 0, tried=["a"], prefix=b"x" * 16)


@pytest.mark.parametrize(
    ("rows", "how", "expected"),
    [
        pytest.param([row("a"), row("b"), row("c")], {}, "abc", id="all fit"),
        pytest.param([row("a"), row("b")], {"tried": ["a"]}, "b", id="tried"),
        pytest.param([row("a"), row("b")], {"tried": ["a", "b"]}, "ab", id="all tried"),
        pytest.param([row("a", cooling=NOW + 1), row("b")], {}, "b", id="cooling"),
        pytest.param([row("a", cooling=NOW), row("b")], {}, "ab", id="cooled"),
        pytest.param([row("a", cooling=NOW + 2), row("b", cooling=NOW + 1)], {}, "b", id="all cooling"),
        pytest.param(
            [row("a", cooling=NOW + 2), row("b", cooling=NOW + 1)],
            {"tried": ["b"]},
            "a",
            id="all cooling, one tried",
        ),
        pytest.param(
            [row("a", cooling=NOW + 1), row("b")], {"tried": ["b"]}, "b", id="health before novelty"
        ),
        pytest.param([row("a", busy=2, max_parallel=2), row("b")], {}, "b", id="no slot"),
        pytest.param([row("a", busy=1, max_parallel=2), row("b")], {}, "ab", id="a slot"),
        pytest.param(
            [row("a", busy=2, max_parallel=2), row("b", busy=1, max_parallel=1)], {}, "ab", id="no slots"
        ),
        pytest.param(
            [row("a", busy=2, max_parallel=2), row("b", busy=1, max_parallel=1)],
            {"tried": ["a"]},
            "b",
            id="no slots, one tried",
        ),
        pytest.param(
            [row("a", busy=2, max_parallel=2), row("b")], {"tried": ["b"]}, "b", id="room before novelty"
        ),
        pytest.param([row("a", order=2), row("b", order=1), row("c", order=1)], {}, "bc", id="order"),
        pytest.param([row("a"), row("b", order=7)], {}, "b", id="no order comes last"),
        pytest.param([row("a", order=1, cooling=NOW + 1), row("b", order=2)], {}, "b", id="next tier"),
        pytest.param([row("a", order=1), row("b", order=2)], {"tried": ["a"]}, "b", id="next tier, tried"),
        pytest.param(
            [row("a", order=1, busy=1, max_parallel=1), row("b", order=2)], {}, "b", id="next tier, full"
        ),
        pytest.param([row("a", rpm=1, busy=1), row("b", rpm=1)], {}, "ab", id="shuffle holds no rpm"),
    ],
)
def test_classes(rows: list[Row], how: dict[str, Any], expected: str) -> None:
    """Health, room, novelty and order decide, before any strategy does."""
    assert expected == reachable(rows, **how)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param([row("a", weight=1), row("b", weight=3)], [1.0, 3.0], id="weight"),
        pytest.param([row("a", rpm=100), row("b", weight=1)], [0.0, 1.0], id="weight before rpm"),
        pytest.param([row("a", rpm=100), row("b", tpm=900)], [100.0, 0.0], id="rpm before tpm"),
        pytest.param([row("a", tpm=100), row("b", tpm=900)], [100.0, 900.0], id="tpm"),
        pytest.param([row("a"), row("b", weight=0)], [1.0, 1.0], id="nothing"),
    ],
)
def test_shares(rows: list[Row], expected: list[float]) -> None:
    """The first measure that any row states is everybody's."""
    assert expected == shares(rows)


@pytest.mark.parametrize(
    ("rows", "how", "expected"),
    [
        pytest.param([row("a", weight=1), row("b")], {}, "a", id="without weight: never"),
        pytest.param([row("a"), row("b", weight=1), row("c")], {}, "b", id="in the middle"),
        pytest.param([row("a", weight=1), row("b")], {"tried": ["a"]}, "b", id="without weight: last"),
        pytest.param(
            [row("a", weight=1, cooling=NOW + 1), row("b"), row("c")], {}, "bc", id="all that is left"
        ),
    ],
)
def test_shuffle_without_a_share(rows: list[Row], how: dict[str, Any], expected: str) -> None:
    """A row without the measure is there for when those with it are not."""
    assert expected == reachable(rows, SimpleShuffle(), **how)


@pytest.mark.parametrize("weights", [[1, 1], [1, 3], [5, 0, 15], [0.2, 0.3, 0.5]])
def test_shuffle_converges_to_the_weights(weights: list[float]) -> None:
    """Of many calls, each row gets its share, within two points of a hundred."""
    rows = [row(str(number), weight=weight) for number, weight in enumerate(weights)]
    chance = random.Random(7).random
    counts = Counter(pick(rows, SimpleShuffle(), NOW, chance).id for _ in range(5000))

    assert {r.id: pytest.approx(r.share.weight / sum(weights), abs=0.02) for r in rows} == {
        r.id: counts[r.id] / 5000 for r in rows
    }


@given(
    st.lists(st.just(0.0) | st.floats(1e-6, 1e9), min_size=2, max_size=6).filter(any),
    st.floats(0, 1, exclude_max=True) | st.just(1 - 2**-53),
)
def test_shuffle_never_takes_a_row_without_a_share(weights: list[float], mark: float) -> None:
    """Whatever the weights and the chance, rounding included."""
    rows = [row(str(number), weight=weight) for number, weight in enumerate(weights)]

    assert pick(rows, SimpleShuffle(), NOW, lambda: mark).share.weight > 0


LIMITED = [row("a", rpm=2, busy=2), row("b", rpm=2, used=50)]


@pytest.mark.parametrize(
    ("strategy", "rows", "how", "expected"),
    [
        pytest.param(
            LeastBusy(), [row("a", busy=2), row("b", busy=1), row("c", busy=1)], {}, "bc", id="busy"
        ),
        pytest.param(
            LeastBusy(), [row("a", rpm=1, used=5), row("b", busy=1)], {}, "a", id="busy holds no rpm"
        ),
        pytest.param(
            LowestUsage(), [row("a", used=20), row("b", used=10), row("c", used=10)], {}, "bc", id="usage"
        ),
        pytest.param(LowestUsage(), LIMITED, {}, "b", id="usage within rpm"),
        pytest.param(
            LowestUsage(), [row("a", tpm=10, used=10), row("b", used=99)], {}, "b", id="usage within tpm"
        ),
        pytest.param(
            LowestUsage(), [row("a", tpm=50), row("b", used=9)], {"tokens": 51}, "b", id="a long prompt"
        ),
        pytest.param(
            LowestUsage(), [row("a", tpm=50), row("b", used=9)], {"tokens": 50}, "a", id="one that fits"
        ),
        pytest.param(
            LowestUsage(), [row("a", tpm=9, used=10), row("b", tpm=9, used=9)], {}, "b", id="nobody has room"
        ),
        pytest.param(
            LowestCost(), [row("a", price=3), row("b", price=2), row("c", price=2)], {}, "bc", id="cost"
        ),
        pytest.param(LowestCost(), [row("a"), row("b", price=9)], {}, "b", id="no price is dear"),
        pytest.param(LowestCost(), [row("a"), row("b")], {}, "ab", id="no prices"),
        pytest.param(
            LowestCost(), [row("a", price=1, rpm=1, busy=1), row("b", price=9)], {}, "b", id="cost within rpm"
        ),
        pytest.param(
            LowestCost(), [row("a", price=1), row("b", price=9)], {"tried": ["a"]}, "b", id="cost, tried"
        ),
    ],
)
def test_strategies(strategy: Strategy, rows: list[Row], how: dict[str, Any], expected: str) -> None:
    """What each strategy looks for, and which limits it holds."""
    assert expected == reachable(rows, strategy, **how)


@pytest.mark.parametrize(
    ("strategy", "rows", "how", "expected"),
    [
        pytest.param(
            LowestLatency(), [measured("a", 2, 4), measured("b", 1, 6), measured("c", 3)], {}, "ac", id="mean"
        ),
        pytest.param(LowestLatency(), [measured("a", 1), measured("b", 1.2)], {}, "a", id="fastest"),
        pytest.param(
            LowestLatency(lowest_latency_buffer=0.5),
            [measured("a", 2), measured("b", 3), measured("c", 3.1)],
            {},
            "ab",
            id="near the fastest",
        ),
        pytest.param(LowestLatency(), [measured("a", 1), measured("b")], {}, "b", id="unknown first"),
        pytest.param(
            LowestLatency(), [measured("a", 1), measured("b", busy=1)], {}, "a", id="one call to measure"
        ),
        pytest.param(
            LowestLatency(), [measured("a", busy=2), measured("b", busy=1)], {}, "ab", id="nothing known"
        ),
        pytest.param(
            LowestLatency(ttl=30),
            [measured("a", 1), measured("b", 9, at=NOW - 31)],
            {},
            "b",
            id="tried again",
        ),
        pytest.param(
            LowestLatency(),
            [measured("a", 9, first=0.1), measured("b", 1, first=0.2)],
            {"stream": True},
            "a",
            id="stream",
        ),
        pytest.param(
            LowestLatency(),
            [measured("a", 9, first=0.1), measured("b", 1, first=0.2)],
            {},
            "b",
            id="no stream",
        ),
    ],
)
def test_latency(strategy: Strategy, rows: list[Row], how: dict[str, Any], expected: str) -> None:
    """The fastest, those near it, and whoever has not been measured."""
    assert expected == reachable(rows, strategy, **how)


def test_a_new_minute_frees_the_limits() -> None:
    """Limits and usage are the present minute's."""
    rows = [row("a", rpm=1, used=9), row("b", used=5)]

    assert "b" == reachable(rows, LowestUsage())
    assert "ab" == reachable(rows, LowestUsage(), now=NOW + 60)


@pytest.mark.parametrize(
    ("candidate", "strategy", "tokens", "expected"),
    [
        pytest.param(row("a"), LowestUsage(), 10**9, False, id="no bound"),
        pytest.param(row("a", busy=1, max_parallel=1), SimpleShuffle(), 0, True, id="slots always hold"),
        pytest.param(row("a", busy=1, rpm=1), SimpleShuffle(), 0, False, id="rpm as a share"),
        pytest.param(row("a", busy=1, rpm=1), LowestUsage(), 0, True, id="rpm as a limit"),
        pytest.param(row("a", used=9, tpm=10), LowestUsage(), 1, False, id="the last token"),
        pytest.param(row("a", used=9, tpm=10), LowestUsage(), 2, True, id="one token more"),
        pytest.param(row("a", used=10, tpm=10), LowestUsage(), 0, True, id="no token left"),
    ],
)
def test_is_full(candidate: Row, strategy: Strategy, tokens: int, expected: bool) -> None:
    """What a gateway may ask before it holds a call back."""
    assert expected is is_full(candidate, strategy, NOW, tokens=tokens)


def lives(rows: list[Row], strategy: Strategy | None = None, **how: Any) -> list[str]:
    """Where each conversation goes; there must be no chance in it."""
    return [
        pick(rows, strategy or SimpleShuffle(), NOW, lambda: 1 / 0, prefix=prefix, **how).id
        for prefix in PREFIXES
    ]


@pytest.mark.parametrize("strategy", [SimpleShuffle(), LeastBusy(), LowestUsage(), LowestLatency()])
def test_conversations_stay(strategy: Strategy) -> None:
    """A conversation is worth more than what the strategy would gain."""
    idle = [row("a"), row("b"), row("c")]
    busy = [row("a", busy=5, used=90), row("b", used=5), row("c", busy=9)]

    assert lives(idle, strategy) == lives(busy, strategy)
    assert set("abc") == set(lives(busy, strategy))


def test_conversations_move_only_from_the_ailing() -> None:
    """When one cools, the others keep theirs; when it is well again, it has its own back."""
    rows = [row("a", weight=1), row("b", weight=2), row("c", weight=1)]
    before = lives(rows)
    rows[1].load.cool(NOW, 5.0)
    during = lives(rows)

    assert {"b"} == {old for old, new in zip(before, during, strict=True) if old != new}

    rows[1].load.cooling_until = 0.0

    assert before == lives(rows)


def test_conversations_follow_shares_order_and_price() -> None:
    """Stickiness overrules neither a tier nor a price, nor a row's lack of a share."""
    assert {"b"} == set(lives([row("a", order=2), row("b", order=1)]))
    assert {"b"} == set(lives([row("a", price=2), row("b", price=1)], LowestCost()))
    assert {"b"} == set(lives([row("a"), row("b", weight=1), row("c")]))
    assert {"a"} == set(lives([row("a"), row("b")], tried=["b"]))


STATES = st.fixed_dictionaries(
    {
        "busy": st.integers(0, 2),
        "used": st.sampled_from([0, 5]),
        "cooling": st.sampled_from([0.0, NOW + 1, NOW + 2]),
        "weight": st.sampled_from([0, 1]),
        "rpm": st.sampled_from([0, 1]),
        "tpm": st.sampled_from([0, 5]),
        "order": st.sampled_from([1, 2, inf]),
        "max_parallel": st.integers(0, 2),
        "price": st.sampled_from([1.0, inf]),
    }
)


@given(
    st.lists(STATES, min_size=1, max_size=4),
    st.sampled_from([made() for made in STRATEGIES.values()]),
    st.floats(0, 1, exclude_max=True),
    st.sets(st.sampled_from("0123")),
    st.booleans(),
)
def test_somebody_is_always_picked(
    states: list[dict[str, Any]], strategy: Strategy, mark: float, tried: set[str], sticky: bool
) -> None:
    """In every state there is an answer; it is never an ailing row while a sound one is there."""
    rows = [row(str(number), **state) for number, state in enumerate(states)]
    before = [msgspec.structs.asdict(each.load) for each in rows]
    picked = pick(rows, strategy, NOW, lambda: mark, tried=tried, prefix=PREFIXES[1] if sticky else None)
    sound = [each for each in rows if each.load.cooling_until <= NOW]
    roomy = [each for each in sound if not is_full(each, strategy, NOW)]
    fresh = [each for each in roomy if each.id not in tried]

    assert picked in rows
    assert not sound or picked in sound
    assert not roomy or picked in roomy
    assert not fresh or picked in fresh
    assert before == [msgspec.structs.asdict(each.load) for each in rows]
