"""Keywords sorted into what steers Lakeway and what goes to the model."""

from __future__ import annotations

from typing import Any

import openai
import pytest

from lakeway.calls import arguments as args
from lakeway.core.http import Timeout
from lakeway.errors import BadRequestError
from lakeway.settings import Settings
from lakeway.types.params import ChatParams
from lakeway.version import __version__


def test_split() -> None:
    """Unknown keywords are the model's; None counts as not given."""
    control, params = args.split({"api_key": "k", "max_tokens": 3, "odd": 1, "timeout": None, "stop": None})

    assert ({"api_key": "k"}, {"max_tokens": 3, "odd": 1}) == (control, params)


@pytest.mark.parametrize(
    ("control", "stream", "expected"),
    [
        ({}, False, Timeout(10, 600, None)),
        ({"timeout": 5}, False, Timeout(5, 5, 5)),
        ({"timeout": 30.0}, True, Timeout(10, 30, 30)),
        ({"timeout": 30, "stream_timeout": 7}, True, Timeout(7, 7, 7)),
        ({"timeout": 30, "stream_timeout": 7}, False, Timeout(10, 30, 30)),
        ({"timeout": openai.Timeout(9, connect=2)}, False, Timeout(2, 9, None)),
        ({"timeout": Timeout(1, 2, 3)}, False, Timeout(1, 2, 3)),
    ],
)
def test_timeout(control: dict[str, Any], stream: bool, expected: Timeout) -> None:
    """A number bounds the whole, or a stream's start and pauses; an object says each."""
    assert expected == args.timeout(control, Settings(), stream=stream)


@pytest.mark.parametrize("given", [0, -1, "5", True])
def test_bad_timeout(given: Any) -> None:
    """The error says what a timeout is."""
    with pytest.raises(BadRequestError, match="positive number of seconds"):
        args.timeout({"timeout": given}, Settings(), stream=False)


@pytest.mark.parametrize(
    ("control", "setting", "retries"),
    [({}, None, 2), ({"num_retries": 0}, 5, 0), ({"max_retries": 4}, None, 4), ({}, 1, 1)],
)
def test_retries(control: dict[str, Any], setting: int | None, retries: int) -> None:
    """Two, unless somebody said otherwise."""
    assert retries == args.retry_policy(control, Settings(num_retries=setting)).retries


OURS = f"lakeway/{__version__}"


@pytest.mark.parametrize(
    ("control", "environ", "expected"),
    [
        ({}, {}, OURS),
        ({"user_agent": "acme/1.2"}, {}, f"acme_{OURS}"),
        ({"databricks_user_agent": "acme"}, {}, f"acme_{OURS}"),
        ({"user_agent": "no good!"}, {}, OURS),
        ({}, {"DATABRICKS_USER_AGENT": "env"}, f"env_{OURS}"),
        ({}, {"LITELLM_USER_AGENT": "lit", "DATABRICKS_USER_AGENT": "env"}, f"lit_{OURS}"),
        ({"extra_headers": {"user-agent": "mine/1"}}, {}, "mine/1"),
    ],
)
def test_user_agent(control: dict[str, Any], environ: dict[str, str], expected: str) -> None:
    """A partner's name leads ours; a whole header of the caller's is kept."""
    headers = args.headers(control, Settings(), environ)

    assert [expected] == [value for name, value in headers if name.lower() == "user-agent"]


def test_headers_are_merged() -> None:
    """extra_headers lie over headers; the package's apply when there are neither."""
    control = {"headers": {"a": "1", "b": "1"}, "extra_headers": {"b": "2"}}
    settings = Settings(headers={"c": "3"})

    assert {("a", "1"), ("b", "2")} <= set(args.headers(control, settings, {}))
    assert ("c", "3") in args.headers({}, settings, {})
    assert ("c", "3") not in args.headers(control, settings, {})


@pytest.mark.parametrize(
    ("control", "expected"),
    [
        ({}, {}),
        ({"usage_context": {"a": 1}}, {"a": "1"}),
        ({"request_tags": {"b": "x"}, "tags": ["p", "q"]}, {"b": "x", "tags": "p,q"}),
    ],
)
def test_tags(control: dict[str, Any], expected: dict[str, str]) -> None:
    """Attribution under each of its names."""
    assert expected == args.tags(control)


def test_budgets_from_the_environment() -> None:
    """LiteLLM's variables set the thinking budgets."""
    environ = {"DEFAULT_REASONING_EFFORT_LOW_THINKING_BUDGET": "1500"}
    leniency = args.leniency({}, {"reasoning_effort": "low"}, Settings(), environ)

    assert (1500, 2048) == (leniency.budgets["low"], leniency.budgets["medium"])


def test_every_control_keyword_is_declared() -> None:
    """What `completion` declares is either sorted out here or meant for the model."""
    undeclared = {"no-log", "cache", "client"}
    for_the_model = ChatParams.__annotations__.keys() - args.CONTROL

    assert "temperature" in for_the_model
    assert not {"api_key", "client_secret", "timeout", "fallbacks"} & for_the_model
    assert undeclared <= args.CONTROL
