"""Cache markers by role or position."""

from __future__ import annotations

from typing import Any

import pydantic
import pytest

from lakeway.calls.cache_points import MARKER, apply
from lakeway.errors import BadRequestError

HOUR = {"type": "ephemeral", "ttl": "1h"}
SYSTEM, USER = {"role": "system", "content": "s"}, {"role": "user", "content": "u"}


class Message(pydantic.BaseModel):
    role: str = "user"
    content: str = "u"


@pytest.mark.parametrize(
    ("points", "marked"),
    [
        ([], {}),
        ([{"location": "message", "role": "system"}], {0: MARKER}),
        ([{"index": -1}], {2: MARKER}),
        (
            [{"index": 1, "control": {"type": "ephemeral", "ttl": "1h"}}],
            {1: {"type": "ephemeral", "ttl": "1h"}},
        ),
        ([{"index": 9}, {"location": "tools", "index": 0}], {}),
        ([{"role": "user"}], {1: MARKER, 2: MARKER}),
        ([{"index": 1, "control": HOUR}, {"role": "user"}], {1: MARKER, 2: MARKER}),
        ([{"role": "user"}, {"index": 1, "control": HOUR}], {1: HOUR, 2: MARKER}),
        (
            [{"role": "user"}, {"index": -2, "control": HOUR}, {"role": "system"}],
            {0: MARKER, 1: HOUR, 2: MARKER},
        ),
        ([{"role": "user"}, {"role": "user", "control": HOUR}], {1: HOUR, 2: HOUR}),
        ([{"index": -4}, {"role": "nobody"}, {}], {}),
    ],
)
def test_points(points: list[Any], marked: dict[int, Any]) -> None:
    """The messages at a point are marked, on a copy; pydantic's are messages too."""
    messages = [SYSTEM, USER, Message()]
    found = apply(messages, {"cache_control_injection_points": points})
    controls = {
        at: message["cache_control"] for at, message in enumerate(found) if "cache_control" in message
    }

    assert marked == controls
    assert [SYSTEM, USER, Message()] == messages


@pytest.mark.parametrize(
    "points",
    [
        *("system", {"role": "system"}, ["system"], [{"index": "0"}], [{"index": 1.0}], [None]),
        *([{"role": 1}], [{"role": ["user"]}]),
    ],
)
def test_what_are_none(points: Any) -> None:
    """A mistake is named."""
    with pytest.raises(BadRequestError, match="cache_control_injection_points"):
        apply([USER], {"cache_control_injection_points": points})


def test_what_cannot_be_marked() -> None:
    """A message that is none is named by its place."""
    with pytest.raises(BadRequestError, match=r"messages\[0\]"):
        apply(["hi"], {"cache_control_injection_points": [{"index": 0}]})


def test_many_points_for_many_messages() -> None:
    """Each message is looked at once, whatever the number of points: a request must not stop the others."""
    looked = 0

    class Counted(dict[str, Any]):
        def get(self, name: str, default: Any = None) -> Any:
            nonlocal looked
            looked += 1
            return super().get(name, default)

    found = apply([Counted(USER)] * 300, {"cache_control_injection_points": [{"role": "user"}] * 300})

    assert (300, [{**USER, "cache_control": MARKER}] * 300) == (looked, found)


@pytest.mark.parametrize("role", [["user"], {"user": 1}, 1, 0])
def test_roles_that_are_none(role: Any) -> None:
    """They are left for the model to refuse, and are no positions."""
    message = {"role": role, "content": "u"}

    assert [message, USER] == apply(
        [message, USER], {"cache_control_injection_points": [{"role": "x"}, {"index": 5}]}
    )
    assert [USER, {**message, "cache_control": MARKER}] == apply(
        [USER, message], {"cache_control_injection_points": [{"index": 1}]}
    )
