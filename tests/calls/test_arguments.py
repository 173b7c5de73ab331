"""Keywords as values: time limits, leniency, attribution; and by name what is no such value."""

from __future__ import annotations

from typing import Any

import openai
import pytest

from lakeway.calls import arguments as args
from lakeway.core.http import Timeout
from lakeway.errors import BadRequestError
from lakeway.settings import Settings

NO_LIMIT = openai.Timeout(None)
LONG = 7 * 86_400


@pytest.mark.parametrize(
    ("control", "stream", "expected"),
    [
        ({}, False, Timeout(10, 600, None)),
        ({"timeout": 5}, False, Timeout(5, 5, 5)),
        ({"timeout": 30.0}, True, Timeout(10, 30, 30)),
        ({"request_timeout": 30.0}, False, Timeout(10, 30, 30)),
        ({"timeout": 30, "stream_timeout": 7}, True, Timeout(7, 7, 7)),
        ({"timeout": 30, "stream_timeout": 7}, False, Timeout(10, 30, 30)),
        ({"timeout": openai.Timeout(9, connect=2)}, False, Timeout(2, 9, None)),
        ({"timeout": NO_LIMIT}, False, Timeout(None, None, None)),
        ({"timeout": Timeout(1, 2, 3)}, False, Timeout(1, 2, 3)),
        ({"timeout": float("inf")}, False, Timeout(10, LONG, LONG)),
        ({"timeout": 10**400}, False, Timeout(10, LONG, LONG)),
    ],
)
def test_timeout(control: dict[str, Any], stream: bool, expected: Timeout) -> None:
    """A number bounds the whole, or a stream's start and pauses; an object says each."""
    assert expected == args.timeout(control, Settings(), stream=stream)


@pytest.mark.parametrize("name", ["timeout", "request_timeout", "stream_timeout"])
@pytest.mark.parametrize("given", [0, -1, "5", True, float("nan"), [5], Timeout, openai.Timeout("x")])
def test_bad_timeout(name: str, given: Any) -> None:
    """The error says what a timeout is, and which it was."""
    with pytest.raises(BadRequestError, match="positive number of seconds") as caught:
        args.timeout({name: given}, Settings(), stream=True)

    assert name == caught.value.param


def test_bad_timeout_of_the_package() -> None:
    """The package's is no better."""
    with pytest.raises(BadRequestError, match="request_timeout must be"):
        args.timeout({}, Settings(request_timeout="5"), stream=False)


@pytest.mark.parametrize(
    ("control", "expected"),
    [
        ({}, {}),
        ({"usage_context": {"a": 1}}, {"a": "1"}),
        ({"request_tags": {"b": "x"}, "tags": ["p", "q"]}, {"b": "x", "tags": "p,q"}),
        ({"usage_context": {"a": "1"}, "request_tags": {"a": "2"}}, {"a": "2"}),
        ({"tags": ()}, {}),
    ],
)
def test_tags(control: dict[str, Any], expected: dict[str, str]) -> None:
    """Attribution under each of its names."""
    assert expected == args.tags(control)


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("request_tags", ["a"]),
        ("request_tags", "a"),
        ("request_tags", {1: "a"}),
        ("usage_context", ["a"]),
        ("tags", "abc"),
        ("tags", [1]),
        ("tags", {"a": "b"}),
    ],
)
def test_bad_tags(name: str, given: Any) -> None:
    """A text is no list of its letters, a list no mapping."""
    with pytest.raises(BadRequestError) as caught:
        args.tags({name: given})

    assert name == (caught.value.param or "").partition("[")[0]


def test_leniency() -> None:
    """From the call, else from the package."""
    control = {"drop_params": True, "additional_drop_params": ["a.b"], "allowed_openai_params": {"seed"}}
    leniency = args.leniency(control, {}, Settings())

    assert (True, ("a.b",), frozenset({"seed"})) == (leniency.drop, leniency.dropped, leniency.allowed)
    assert args.leniency({}, {}, Settings(drop_params=True)).drop
    assert not args.leniency({"drop_params": False}, {}, Settings(drop_params=True)).drop
    assert args.leniency({}, {}, Settings()) == args.STRICT


@pytest.mark.parametrize("name", ["additional_drop_params", "allowed_openai_params"])
@pytest.mark.parametrize("given", ["seed", 5, [5], {"a": 1}])
def test_bad_leniency(name: str, given: Any) -> None:
    """A name alone would be read letter by letter."""
    with pytest.raises(BadRequestError, match=name):
        args.leniency({name: given}, {}, Settings())


def test_budgets_from_the_environment() -> None:
    """LiteLLM's variables set the thinking budgets."""
    environ = {"DEFAULT_REASONING_EFFORT_LOW_THINKING_BUDGET": "1500"}
    leniency = args.leniency({}, {"reasoning_effort": "low"}, Settings(), environ)

    assert (1500, 2048) == (leniency.budgets["low"], leniency.budgets["medium"])


@pytest.mark.parametrize("value", ["abc", "-1", "1.5", "²"])
def test_bad_budget_in_the_environment(value: str) -> None:
    """The error names the variable."""
    name = "DEFAULT_REASONING_EFFORT_LOW_THINKING_BUDGET"
    with pytest.raises(BadRequestError, match=name):
        args.leniency({}, {"reasoning_effort": "low"}, Settings(), {name: value})
