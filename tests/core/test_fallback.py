"""Ways to an answer: the first that leads there, begun only when their turn has come."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from lakeway.core.fallback import in_turn
from lakeway.core.steps import Flow, Sleep, sleep
from lakeway.errors import LakewayError, NotFoundError, RateLimitError


def way(outcome: Any, seconds: float = 0.0) -> Flow[Any]:
    """A flow that waits, then answers or fails."""
    yield from sleep(seconds)
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


def play(flow: Any) -> tuple[list[float], Any]:
    """The waits that were asked for, and what it came to."""
    waits: list[float] = []
    try:
        while True:
            step = next(flow)
            assert isinstance(step, Sleep)
            waits.append(step.seconds)
    except StopIteration as stop:
        return waits, stop.value


BUSY, GONE = RateLimitError("busy"), NotFoundError("gone")


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        (["a", "b"], ([0.0], ("a", 0))),
        ([BUSY, "b", "c"], ([0.0, 1.0], ("b", 1))),
        ([BUSY, GONE, "c"], ([0.0, 1.0, 2.0], ("c", 2))),
    ],
)
def test_the_first_that_succeeds(outcomes: list[Any], expected: Any) -> None:
    """With how many others were begun; those after it never are."""

    def others(error: LakewayError) -> Iterator[Any]:
        assert BUSY is error
        for number, outcome in enumerate(outcomes[1:], start=1):
            yield str(number), partial(way, outcome, float(number))

    assert expected == play(in_turn(way(outcomes[0]), others))


def test_none_succeeds() -> None:
    """The first one's error is raised, with the others' as notes."""
    error = RateLimitError("busy")
    with pytest.raises(RateLimitError) as caught:
        play(in_turn(way(error), lambda _: [("b", partial(way, GONE))]))

    assert error is caught.value
    assert ["Fallback b failed too: NotFoundError: gone"] == caught.value.__notes__


def test_other_exceptions_are_no_failures() -> None:
    """A mistake of ours is not hidden by a fallback."""
    with pytest.raises(ZeroDivisionError):
        play(in_turn(way(ZeroDivisionError()), lambda _: [("b", partial(way, "b"))]))
