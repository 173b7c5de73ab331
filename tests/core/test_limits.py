"""Limits per minute: tables, and what holds whatever happens."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from lakeway.core.limits import Limiter, Limits, Refusal, Reservation, Standing, Window

NOON = 1_699_963_200.0  # 2023-11-14 12:00:00 UTC


def window(**limits: int) -> Window:
    return Window(Limits(**limits))


def taken(limiter: Window, now: float = NOON, tokens: int = 0) -> Reservation:
    """A reservation that must have been granted."""
    answer = limiter.take(now, tokens)
    assert isinstance(answer, Reservation)
    return answer


@pytest.mark.parametrize(
    ("limits", "asked", "expected"),
    [
        pytest.param({}, [10**9] * 9, None, id="no limit"),
        pytest.param({"requests": 2}, [0, 0], None, id="the last request"),
        pytest.param({"requests": 2}, [0, 0, 0], ("requests", 0, 1), id="one too many"),
        pytest.param({"requests": 0}, [0], ("requests", 0, 1), id="none at all"),
        pytest.param({"tokens": 100}, [60, 40], None, id="the last token"),
        pytest.param({"tokens": 100}, [60, 41], ("tokens", 40, 41), id="one token too many"),
        pytest.param({"tokens": 100}, [100, 0], ("tokens", 0, 1), id="of unknown size, with nothing left"),
        pytest.param({"tokens": 100}, [99, 0], None, id="of unknown size, with something left"),
        pytest.param({"requests": 1, "tokens": 10}, [5, 99], ("requests", 0, 1), id="both: requests first"),
        pytest.param({"tokens": 100}, [-50, 101], ("tokens", 100, 101), id="less than nothing is nothing"),
    ],
)
def test_take(limits: dict[str, int], asked: list[int], expected: tuple[str, int, int] | None) -> None:
    """What the last of several calls in one minute is told."""
    limiter = window(**limits)
    answers = [limiter.take(NOON, tokens) for tokens in asked]
    last = answers[-1]
    told = (last.kind, last.remaining, last.needed) if isinstance(last, Refusal) else None

    assert expected == told
    assert all(isinstance(answer, Reservation) for answer in answers[:-1])


def test_a_refusal_takes_nothing() -> None:
    """A call that is refused for its tokens does not cost a request."""
    limiter = window(requests=5, tokens=10)
    limiter.take(NOON, 11)

    assert (5, 10) == (limiter.standing(NOON).requests, limiter.standing(NOON).tokens)


@pytest.mark.parametrize(
    ("reserved", "used", "ended", "expected"),
    [
        pytest.param(50, 50, 1.0, 50, id="as estimated"),
        pytest.param(50, 20, 1.0, 80, id="less: given back"),
        pytest.param(50, 70, 1.0, 30, id="more: charged"),
        pytest.param(50, 400, 1.0, 0, id="far more: nothing is left"),
        pytest.param(0, 30, 1.0, 70, id="not estimated"),
        pytest.param(50, 50, 61.0, 100, id="next minute, as estimated"),
        pytest.param(50, 20, 61.0, 100, id="next minute, less: its minute is over"),
        pytest.param(50, 70, 61.0, 80, id="next minute, more: charged to that one"),
        pytest.param(50, -5, 1.0, 100, id="less than nothing is nothing"),
    ],
)
def test_settle(reserved: int, used: int, ended: float, expected: int) -> None:
    """What is left of 100 tokens when a call has ended."""
    limiter = window(tokens=100)
    reservation = taken(limiter, tokens=reserved)
    limiter.settle(reservation, NOON + ended, used)

    assert expected == limiter.standing(NOON + ended).tokens


@pytest.mark.parametrize(
    ("ends", "expected"),
    [
        pytest.param(["release"], (3, 100), id="released"),
        pytest.param(["release", "release"], (3, 100), id="released twice"),
        pytest.param(["settle", "release"], (2, 90), id="settled, then released"),
        pytest.param(["release", "settle"], (3, 100), id="released, then settled"),
        pytest.param(["settle", "settle"], (2, 90), id="settled twice"),
    ],
)
def test_a_reservation_ends_once(ends: list[str], expected: tuple[int, int]) -> None:
    """So that it may be released in a `finally`, whatever came before."""
    limiter = window(requests=3, tokens=100)
    reservation = taken(limiter, tokens=50)
    for end in ends:
        if end == "settle":
            limiter.settle(reservation, NOON, 10)
        else:
            limiter.release(reservation)

    assert expected == (limiter.standing(NOON).requests, limiter.standing(NOON).tokens)


@pytest.mark.parametrize(
    ("moments", "expected"),
    [
        pytest.param([0.0, 59.9], 0, id="within"),
        pytest.param([59.9, 60.0], 1, id="across"),
        pytest.param([60.0, 59.9], 0, id="set back a little: the same minute"),
        pytest.param([3600.0, 0.0], 1, id="set back an hour: not held up for an hour"),
    ],
)
def test_minutes_are_the_clocks(moments: list[float], expected: int) -> None:
    """How many of 2 requests are left after one at each moment."""
    limiter = window(requests=2)
    for moment in moments:
        taken(limiter, NOON + moment)

    assert expected == limiter.standing(NOON + moments[-1]).requests


def test_a_release_across_minutes() -> None:
    """What was taken in a minute that is over is not given back to another."""
    limiter = window(requests=2, tokens=100)
    old = taken(limiter, tokens=80)
    taken(limiter, NOON + 60, tokens=30)
    limiter.release(old)

    assert (1, 70) == (limiter.standing(NOON + 60).requests, limiter.standing(NOON + 60).tokens)


def test_what_is_left_is_of_this_minute() -> None:
    """Also when nothing has been asked for in it yet."""
    limiter = window(requests=2)
    taken(limiter)

    assert (2, 60.0) == (limiter.standing(NOON + 60).requests, limiter.standing(NOON + 60).reset)


def test_limits_may_change() -> None:
    """A configuration that is read again keeps what the minute has seen."""
    limiter = window(requests=1)
    taken(limiter)
    limiter.limits = Limits(requests=3)

    assert 2 == limiter.standing(NOON).requests


@pytest.mark.parametrize(("second", "expected"), [(0.0, 60.0), (17.5, 43.0), (59.9, 1.0)])
def test_retry_after(second: float, expected: float) -> None:
    """The seconds to the end of the minute, whole ones, one at least."""
    limiter = window(requests=1)
    taken(limiter, NOON + second)
    answer = limiter.take(NOON + second)
    assert isinstance(answer, Refusal)

    assert 60.0 - second == pytest.approx(answer.retry_after)
    assert expected == answer.error("api_key: 88dc").retry_after


def test_the_error_is_litellms() -> None:
    """Its words, its type, its headers, for dashboards and clients that look for them."""
    limiter = window(requests=1)
    taken(limiter, NOON + 17)
    answer = limiter.take(NOON + 17)
    assert isinstance(answer, Refusal)
    error = answer.error("api_key: 88dc")

    assert (429, "rate_limit_error") == (error.status_code, error.type)
    assert (
        "Rate limit exceeded for api_key: 88dc. Limit type: requests. Current limit: 1, Remaining: 0. "
        "Limit resets at: 2023-11-14 12:01:00 UTC"
    ) == error.message
    assert {"rate_limit_type": "requests", "reset_at": "2023-11-14 12:01:00 UTC"} == answer.headers()


def test_waiting_does_not_help_a_call_beyond_the_limit() -> None:
    """It is told so, and not to come back."""
    answer = window(tokens=1000).take(NOON, 5000)
    assert isinstance(answer, Refusal)
    error = answer.error("api_key: 88dc")

    assert answer.hopeless
    assert error.retry_after is None
    assert error.message.endswith("This request alone needs about 5000 tokens")


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        pytest.param({}, {}, id="none"),
        pytest.param(
            {"requests": 5},
            {
                "x-ratelimit-limit-requests": "5",
                "x-ratelimit-remaining-requests": "4",
                "x-ratelimit-reset-requests": "43s",
            },
            id="requests",
        ),
        pytest.param(
            {"tokens": 10},
            {
                "x-ratelimit-limit-tokens": "10",
                "x-ratelimit-remaining-tokens": "3",
                "x-ratelimit-reset-tokens": "43s",
            },
            id="tokens",
        ),
    ],
)
def test_headers(limits: dict[str, int], expected: dict[str, str]) -> None:
    """What an answer says of the limits that there are."""
    limiter = window(**limits)
    taken(limiter, NOON + 17, tokens=7)

    assert expected == limiter.standing(NOON + 17.2).headers()


def test_both_limits_are_told() -> None:
    """Six headers, none of them of the other kind."""
    told = Standing(limits=Limits(requests=5, tokens=10), requests=1, tokens=2, reset=3.0).headers()

    assert 6 == len(told)


def test_a_window_is_a_limiter() -> None:
    """Another limiter can take its place."""
    limiter: Limiter = window(requests=1)

    assert isinstance(limiter.take(NOON), Reservation)


class Minutes(RuleBasedStateMachine):
    """Calls that begin and end in any order while the clock goes on."""

    REQUESTS, TOKENS = 4, 100

    @initialize()
    def start(self) -> None:
        self.now = NOON
        self.window = window(requests=self.REQUESTS, tokens=self.TOKENS)
        self.open: list[tuple[int, Reservation]] = []
        self.began: Counter[int] = Counter()
        self.reserved: Counter[int] = Counter()

    @rule(seconds=st.floats(0, 40))
    def wait(self, seconds: float) -> None:
        self.now += seconds

    @rule(tokens=st.integers(0, 120))
    def take(self, tokens: int) -> None:
        answer = self.window.take(self.now, tokens)
        if isinstance(answer, Reservation):
            minute = int(self.now // 60)
            self.open.append((minute, answer))
            self.began[minute] += 1
            self.reserved[minute] += tokens
        else:
            assert answer.remaining < answer.needed
            assert 0 < answer.retry_after <= 60

    @rule(which=st.integers(0, 9), tokens=st.integers(0, 300))
    def settle(self, which: int, tokens: int) -> None:
        if self.open:
            minute, reservation = self.open.pop(which % len(self.open))
            self.window.settle(reservation, self.now, tokens)
            self.reserved[minute] -= reservation.tokens - min(tokens, reservation.tokens)

    @rule(which=st.integers(0, 9))
    def release(self, which: int) -> None:
        if not self.open:
            return
        minute, reservation = self.open.pop(which % len(self.open))
        before = (self.window.requests, self.window.tokens)
        current = reservation.turn == self.window.turn
        self.window.release(reservation)
        self.began[minute] -= 1
        self.reserved[minute] -= reservation.tokens
        given_back = (1, reservation.tokens) if current else (0, 0)

        assert before == (self.window.requests + given_back[0], self.window.tokens + given_back[1])

    @invariant()
    def holds(self) -> None:
        """Never below zero, and no more started in one minute than its limit."""
        assert self.window.requests >= 0
        assert self.window.tokens >= 0
        assert all(0 <= count <= self.REQUESTS for count in self.began.values())
        assert all(0 <= count <= self.TOKENS for count in self.reserved.values())


TestMinutes: Any = Minutes.TestCase


@given(st.integers(1, 5), st.lists(st.integers(0, 50), min_size=1, max_size=12))
def test_two_never_take_the_last(limit: int, estimates: list[int]) -> None:
    """Whatever is asked at one moment, what is granted fits."""
    limiter = window(requests=limit, tokens=60)
    granted = [tokens for tokens in estimates if isinstance(limiter.take(NOON, tokens), Reservation)]

    assert len(granted) <= limit
    assert sum(granted) <= 60
    assert (limit - len(granted), 60 - sum(granted)) == (
        limiter.standing(NOON).requests,
        limiter.standing(NOON).tokens,
    )
