"""How often a call is repeated, from each of the keywords that say so."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from lakeway import errors
from lakeway.calls.retries import KINDS, policy
from lakeway.errors import BadRequestError
from lakeway.settings import Settings


@pytest.mark.parametrize(
    ("control", "setting", "retries"),
    [
        ({}, None, 2),
        ({"num_retries": 0}, 5, 0),
        ({"max_retries": 4}, None, 4),
        ({"num_retries": 3, "max_retries": 4}, None, 3),
        ({}, 1, 1),
        ({"retry_policy": {}}, 1, 1),
        ({"retry_policy": {"DefaultRetries": 7}, "num_retries": 1}, None, 7),
    ],
)
def test_retries(control: dict[str, Any], setting: int | None, retries: int) -> None:
    """Two, unless somebody said otherwise."""
    assert retries == policy(control, Settings(num_retries=setting)).retries


@pytest.mark.parametrize(
    "given",
    [
        {"BadRequestErrorRetries": 1, "ContentPolicyViolationErrorRetries": 0, "RateLimitErrorRetries": 5},
        SimpleNamespace(
            BadRequestErrorRetries=1,
            ContentPolicyViolationErrorRetries=0,
            RateLimitErrorRetries=5,
            TimeoutErrorRetries=None,
        ),
    ],
    ids=["a mapping", "LiteLLM's object"],
)
def test_retries_of_each_class(given: Any) -> None:
    """Each class has its own number, the narrower one first; the others have that of the call."""
    found = policy({"retry_policy": given, "num_retries": 3}, Settings())

    assert (1, 0, 5) == tuple(
        found.allowed(error)
        for error in (
            BadRequestError("x"),
            errors.ContentPolicyViolationError("x"),
            errors.RateLimitError("x"),
        )
    )
    assert (3, 0) == (found.allowed(errors.Timeout("x")), found.allowed(errors.NotFoundError("x")))


def test_every_class_is_reached() -> None:
    """No class of the table hides a later one."""
    kinds = list(KINDS.values())

    assert [] == [
        (wider, narrower)
        for at, wider in enumerate(kinds)
        for narrower in kinds[at + 1 :]
        if issubclass(narrower, wider)
    ]


@pytest.mark.parametrize("name", ["num_retries", "max_retries"])
@pytest.mark.parametrize("given", ["x", -1, 1.5, True, [1]])
def test_bad_number(name: str, given: Any) -> None:
    """Retries are counted."""
    with pytest.raises(BadRequestError, match=f"{name} must be a whole number"):
        policy({name: given}, Settings())


def test_bad_number_of_the_package() -> None:
    """The package's is no better."""
    with pytest.raises(BadRequestError, match="num_retries"):
        policy({}, Settings(num_retries="x"))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"RateLimitRetries": 1}, "RateLimitRetries"),
        ({"RateLimitErrorRetries": "1"}, "RateLimitErrorRetries"),
        ("aggressive", "retry_policy"),
        (5, "retry_policy"),
    ],
)
def test_bad_policy(given: Any, said: str) -> None:
    """A slip of the pen does not leave a call without its retries."""
    with pytest.raises(BadRequestError, match=said):
        policy({"retry_policy": given}, Settings())
