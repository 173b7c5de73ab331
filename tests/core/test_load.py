"""What a deployment's load remembers, and for how long."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lakeway.core.load import SAMPLES, TIMED_OUT, Load


def served(now: float, *, seconds: float = 1.0, **more: float) -> Load:
    """A load with one call, begun and ended."""
    load = Load()
    load.begin(now - seconds)
    load.succeed(now, seconds=seconds, **more)  # type: ignore[arg-type]
    return load


def test_calls_are_in_flight_until_they_end() -> None:
    """Whichever way a call ends, it is no longer under way."""
    load = Load()
    for _ in range(4):
        load.begin(10.0)

    assert 4 == load.in_flight

    load.succeed(11.0, seconds=1.0)
    load.fail(11.0)
    load.abandon()

    assert 1 == load.in_flight


def test_a_minute_is_counted_by_itself() -> None:
    """Requests count when they begin, the rest when they end; a new minute begins at zero."""
    load = Load()
    load.begin(59.0)
    load.begin(59.5)
    load.fail(59.9, kind="x")

    assert (2, 0) == (load.requests_at(59.9), load.tokens_at(59.9))
    assert (0, 0) == (load.requests_at(60.0), load.tokens_at(60.0))

    load.succeed(60.0, seconds=1.0, total_tokens=70)

    assert (0, 70) == (load.requests_at(60.0), load.tokens_at(60.0))
    assert (1, 0, {}) == (load.successes, load.failures, load.by_kind)

    load.begin(120.0)

    assert (1, 0) == (load.requests_at(120.0), load.tokens_at(120.0))


def test_failures_in_a_row() -> None:
    """They outlast the minute, and end with a success."""
    load = Load()
    for now in (10.0, 70.0):
        load.begin(now)
        load.fail(now)

    assert 2 == load.in_a_row

    load.begin(71.0)
    load.succeed(72.0, seconds=1.0)

    assert 0 == load.in_a_row


@pytest.mark.parametrize(
    ("seconds", "output_tokens", "expected"),
    [
        pytest.param(2.0, 40, 0.05, id="per token"),
        pytest.param(2.0, 0, 2.0, id="embeddings, without any"),
    ],
)
def test_pace(seconds: float, output_tokens: int, expected: float) -> None:
    """A reply's time is divided by its length, as in LiteLLM's latency strategy."""
    load = served(5.0, seconds=seconds, output_tokens=output_tokens)

    assert expected == load.latency(5.0, ttl=60, stream=False)


def test_streams_have_a_latency_of_their_own() -> None:
    """A stream's latency is the time to its first token, unknown until there was a stream."""
    load = served(5.0, seconds=4.0, output_tokens=2)

    assert load.latency(5.0, ttl=60, stream=True) is None

    load.begin(6.0)
    load.succeed(9.0, seconds=3.0, first_token=0.25, output_tokens=3)

    assert 0.25 == load.latency(9.0, ttl=60, stream=True)
    assert 1.5 == load.latency(9.0, ttl=60, stream=False)


def test_a_time_out_counts_as_very_slow() -> None:
    """Otherwise the deployment that never answers would look as fast as before."""
    load = served(5.0, seconds=1.0, first_token=0.5)
    load.begin(6.0)
    load.fail(7.0, timed_out=True)

    assert (1.0 + TIMED_OUT) / 2 == load.latency(7.0, ttl=60, stream=False)
    assert (0.5 + TIMED_OUT) / 2 == load.latency(7.0, ttl=60, stream=True)


def test_old_measurements_are_forgotten() -> None:
    """Each counts for `ttl` seconds, and the latest ten at most."""
    load = served(10.0, seconds=100.0)
    load.begin(20.0)
    load.succeed(20.0, seconds=2.0)

    assert 51.0 == load.latency(40.0, ttl=30, stream=False)
    assert 2.0 == load.latency(40.5, ttl=30, stream=False)
    assert load.latency(50.5, ttl=30, stream=False) is None

    for _ in range(SAMPLES):
        load.begin(21.0)
        load.succeed(21.0, seconds=1.0)

    assert 1.0 == load.latency(21.0, ttl=30, stream=False)


@pytest.mark.parametrize(
    ("began", "expected"),
    [
        pytest.param(9.0, 15.0, id="under way before the cooldown: says nothing of what came after"),
        pytest.param(11.0, 0.0, id="begun since: it is well again"),
    ],
)
def test_a_success_ends_a_cooldown(began: float, expected: float) -> None:
    """Unless the call had begun before what led to the cooldown."""
    load = Load()
    load.begin(began)
    load.cool(10.0, 5.0)
    load.succeed(12.0, seconds=12.0 - began)

    assert expected == load.cooling_until


@pytest.mark.parametrize(("seconds", "expected"), [(5.0, 30.0), (50.0, 62.0)])
def test_a_cooldown_is_never_shortened_by_another(seconds: float, expected: float) -> None:
    """Calls that were refused together each have their say; the longest holds."""
    load = Load()
    load.cool(10.0, 20.0)
    load.cool(12.0, seconds)

    assert expected == load.cooling_until


def test_loads_share_nothing() -> None:
    """What one deployment does is not held against another."""
    one, other = Load(), Load()
    one.begin(1.0)
    one.fail(1.0, kind="x", timed_out=True)

    assert ({}, 0, 0) == (other.by_kind, len(other.paces), len(other.first_tokens))


@given(st.lists(st.tuples(st.sampled_from(["succeed", "fail", "abandon"]), st.floats(0, 200))))
def test_every_call_that_ends_is_gone(ends: list[tuple[str, float]]) -> None:
    """In whatever order and minute calls end, none stays under way, and none is counted twice."""
    load = Load()
    for _ in ends:
        load.begin(0.0)
    for how, now in sorted(ends, key=lambda end: end[1]):
        if how == "succeed":
            load.succeed(now, seconds=1.0)
        elif how == "fail":
            load.fail(now)
        else:
            load.abandon()

    assert 0 == load.in_flight
    assert load.successes + load.failures <= sum(how != "abandon" for how, _ in ends)
