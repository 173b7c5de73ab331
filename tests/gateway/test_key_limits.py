"""What a key may ask for in a minute and at one time: taken before a call, settled after it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lakeway.auth import StaticToken
from lakeway.calls.pricing import Pricing
from lakeway.core.exchange import Target
from lakeway.core.http import Timeout
from lakeway.core.request import Leniency
from lakeway.errors import RateLimitError
from lakeway.gateway.call import Call
from lakeway.gateway.caller import ANYBODY, Caller
from lakeway.gateway.deployments import Deployment
from lakeway.gateway.key_limits import KeyLimits

KEY = "a1b2c3d4" * 8
NOON = 1_900_000_040.0  # 40 s before the end of a minute
ASKED = Deployment(
    id="d-1",
    group="a",
    target=Target(provider="databricks", model="m", alias="databricks/m", credential=StaticToken("dapi")),
    limits=(Timeout(), Timeout()),
    control={},
    defaults=(),
    leniency=Leniency(),
    pricing=Pricing(dbu_usd=0.07),
    retries=0,
)


def caller(**limits: int) -> Caller:
    return Caller(key=KEY, **limits)


def call_of(who: Caller, *, size: int = 40) -> Call:
    return Call(id="c", head=b"", endpoint="/chat/completions", caller=who, began=0.0, size=size)


class Desk:
    """A key's limits at work; `now` is what the clock shows."""

    def __init__(self) -> None:
        self.now = NOON
        self.limits = KeyLimits(lambda: self.now)

    def take(self, who: Caller, **about: Any) -> Call:
        call = call_of(who, **about)
        self.limits.reserve(call)
        return call

    def settle(self, call: Call, tokens: int | None = None) -> None:
        call.deployment = ASKED
        call.usage = None if tokens is None else {"total_tokens": tokens}
        self.limits.settle(call)

    def fail(self, call: Call, deployment: Deployment | None = ASKED) -> None:
        call.deployment = deployment
        self.limits.release(call)

    def refused(self, who: Caller, **about: Any) -> RateLimitError:
        with pytest.raises(RateLimitError) as caught:
            self.take(who, **about)
        return caught.value

    def told(self, who: Caller) -> Mapping[str, str]:
        lines = self.limits.head(who).decode().splitlines()
        return dict(line.split(": ") for line in lines)


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.mark.parametrize("who", [ANYBODY, caller()])
def test_a_key_without_limits(desk: Desk, who: Caller):
    """It is never refused, nor told of limits."""
    for _ in range(100):
        desk.take(who, size=10**9)

    assert {} == desk.told(who)
    assert not desk.limits._keys


def test_requests_of_a_minute(desk: Desk):
    """LiteLLM's words and headers; the next minute begins anew."""
    who = caller(rpm=2)
    desk.take(who)
    desk.take(who)
    error = desk.refused(who)

    assert (
        "Rate limit exceeded for api_key: a1b2c3d4a1b2c3d4. Limit type: requests. Current limit: 2, "
        "Remaining: 0. Limit resets at: 2030-03-17 17:48:00 UTC"
    ) == error.message
    assert (429, "rate_limit_error", 40.0) == (error.status_code, error.type, error.retry_after)
    assert {
        "rate_limit_type": "requests",
        "reset_at": "2030-03-17 17:48:00 UTC",
        "x-ratelimit-limit-requests": "2",
        "x-ratelimit-remaining-requests": "0",
        "x-ratelimit-reset-requests": "40s",
    } == dict(error.headers.items())

    desk.now += 40
    desk.take(who)


def test_tokens_of_a_minute(desk: Desk):
    """The prompt is taken by its length before, and what was really used after."""
    who = caller(tpm=100)
    call = desk.take(who, size=160)
    assert "60" == desk.told(who)["x-ratelimit-remaining-tokens"]

    desk.settle(call, 95)
    assert "5" == desk.told(who)["x-ratelimit-remaining-tokens"]

    error = desk.refused(who, size=24)
    assert "Limit type: tokens. Current limit: 100, Remaining: 5." in error.message
    assert (40.0, "tokens") == (error.retry_after, error.headers["rate_limit_type"])


def test_more_tokens_than_the_limit(desk: Desk):
    """What an answer uses over the limit is charged, and the next call has to wait."""
    who = caller(tpm=100)
    desk.settle(desk.take(who), 500)

    assert "0" == desk.told(who)["x-ratelimit-remaining-tokens"]
    desk.refused(who)
    desk.now += 40
    desk.take(who)


def test_a_picture_is_not_refused_for_ever(desk: Desk):
    """It has a million characters and counts as some hundred tokens: the minute's whole limit is taken for
    it, and given back."""
    who = caller(tpm=1000)
    call = desk.take(who, size=4_000_000)
    assert desk.refused(who).retry_after == 40.0

    desk.settle(call, 800)
    desk.take(who)


def test_calls_at_one_time(desk: Desk):
    """However they end, they make room for others."""
    who = caller(max_parallel=2)
    first, second = desk.take(who), desk.take(who)
    error = desk.refused(who)

    assert (
        "Rate limit exceeded for api_key: a1b2c3d4a1b2c3d4. Limit type: max_parallel_requests. "
        "Current limit: 2, Remaining: 0."
    ) == error.message
    assert (429, "rate_limit_error", 1.0) == (error.status_code, error.type, error.retry_after)

    desk.settle(first)
    desk.fail(second)
    desk.take(who)
    desk.take(who)
    desk.refused(who)


def test_a_refused_call_takes_nothing(desk: Desk):
    """Of neither limit, whichever it was that refused it."""
    who = caller(rpm=3, tpm=100, max_parallel=2)
    desk.take(who, size=240)
    for _ in range(5):
        desk.refused(who, size=200)
    desk.take(who, size=0)
    for _ in range(5):
        desk.refused(who, size=0)

    assert {"1", "40"} == {value for name, value in desk.told(who).items() if "remaining" in name}


@pytest.mark.parametrize(
    ("ends", "requests", "tokens"),
    [
        pytest.param(lambda desk, call: desk.settle(call, 30), "8", "50", id="answered"),
        pytest.param(lambda desk, call: desk.settle(call, 0), "8", "80", id="answered with nothing"),
        pytest.param(lambda desk, call: desk.settle(call), "8", "70", id="nobody says what it used"),
        pytest.param(lambda desk, call: desk.fail(call), "8", "80", id="failed at a deployment"),
        pytest.param(lambda desk, call: desk.fail(call, None), "9", "80", id="never sent"),
    ],
)
def test_how_a_call_ends(
    desk: Desk, ends: Callable[[Desk, Call], None], requests: str, tokens: str
):  # fmt: skip
    """A request that was made counts; tokens count as they were used, or else as they were reserved."""
    who = caller(rpm=10, tpm=100)
    desk.settle(desk.take(who), 20)
    call = desk.take(who, size=40)
    ends(desk, call)

    told = desk.told(who)
    assert (requests, tokens) == (
        told["x-ratelimit-remaining-requests"],
        told["x-ratelimit-remaining-tokens"],
    )


@pytest.mark.parametrize("again", ["settle", "release"])
def test_an_end_is_told_once(desk: Desk, again: str):
    """A second one changes nothing."""
    who = caller(rpm=10, tpm=100, max_parallel=1)
    call = desk.take(who)
    desk.settle(call, 30)
    getattr(desk.limits, again)(call)
    desk.take(who)

    desk.refused(who)
    assert "8" == desk.told(who)["x-ratelimit-remaining-requests"]


def test_a_call_from_one_minute_to_the_next(desk: Desk):
    """Its request was the old minute's; what it used over its reservation is the new one's."""
    who = caller(rpm=10, tpm=100)
    call = desk.take(who, size=40)
    desk.now += 41
    assert {"10", "100"} == {value for name, value in desk.told(who).items() if "remaining" in name}

    desk.settle(call, 30)

    assert {"10", "80"} == {value for name, value in desk.told(who).items() if "remaining" in name}


def test_what_an_answer_tells(desk: Desk):
    """OpenAI's headers, of the limits that there are, until the minute is over."""
    who = caller(rpm=10, tpm=1000)
    desk.take(who, size=400)
    desk.now += 0.5

    assert {
        "x-ratelimit-limit-requests": "10",
        "x-ratelimit-remaining-requests": "9",
        "x-ratelimit-reset-requests": "40s",
        "x-ratelimit-limit-tokens": "1000",
        "x-ratelimit-remaining-tokens": "900",
        "x-ratelimit-reset-tokens": "40s",
    } == desk.told(who)
    assert {"x-ratelimit-limit-requests", "x-ratelimit-remaining-requests", "x-ratelimit-reset-requests"} == (
        desk.told(caller(rpm=5)).keys()
    )
    assert {} == desk.told(caller(max_parallel=5))


def test_another_configuration(desk: Desk):
    """A limit that has changed holds at once, for what the minute has had before as well; a call that began
    under the old one does not bring it back."""
    long = desk.take(caller(rpm=2))
    desk.take(caller(rpm=2))
    desk.take(caller(rpm=3))
    desk.settle(long, 10)

    assert "3" == desk.told(caller(rpm=3))["x-ratelimit-limit-requests"]
    desk.refused(caller(rpm=3))
    desk.refused(caller(rpm=1))
    desk.take(caller(tpm=1000))


def test_a_limit_that_was_lifted(desk: Desk):
    """A call that it counted still ends it, so that the limit can come back."""
    call = desk.take(caller(max_parallel=1))
    desk.take(caller())
    desk.settle(call)

    desk.take(caller(max_parallel=1))


def test_keys_do_not_share(desk: Desk):
    """One that is at its limit leaves the others alone."""
    one, other = caller(rpm=1), msgspec.structs.replace(caller(rpm=1), key="b" * 64)
    desk.take(one)
    desk.take(other)

    desk.refused(one)
    desk.refused(other)


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["take", "settle", "fail", "never sent", "wait"]),
        st.integers(0, 60),
        st.integers(0, 9),
    ),
    max_size=40,
)


@given(STEPS, st.integers(0, 5), st.integers(1, 100), st.integers(1, 4))
def test_whatever_happens(steps: list[tuple[str, int, int]], rpm: int, tpm: int, parallel: int):
    """No minute has more requests than the limit, no moment more calls; and when all are over, nothing is
    held back."""
    desk, who = Desk(), caller(rpm=rpm, tpm=tpm, max_parallel=parallel)
    held: list[tuple[Call, int]] = []
    begun: Counter[int] = Counter()
    for what, amount, place in steps:
        if what == "wait":
            desk.now += amount
        elif what == "take":
            with suppress(RateLimitError):
                held.append((desk.take(who, size=amount * 4), int(desk.now // 60)))
                begun[int(desk.now // 60)] += 1
        elif held:
            call, minute = held.pop(place % len(held))
            if what == "settle":
                desk.settle(call, amount)
            else:
                desk.fail(call, ASKED if what == "fail" else None)
                begun[minute] -= what == "never sent"
        assert len(held) <= parallel
        assert max(begun.values(), default=0) <= rpm
    for call, _ in held:
        desk.fail(call, None)
    desk.now += 60

    assert not desk.limits._reserved
    told = {name: value for name, value in desk.told(who).items() if "remaining" in name}
    assert [str(rpm), str(tpm)] == list(told.values())
