"""Cache markers by role or position."""

from __future__ import annotations

from typing import Any

import pydantic
import pytest

from lakeway.calls.cache_points import MARKER, apply
from lakeway.errors import BadRequestError

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
    "points", ["system", {"role": "system"}, ["system"], [{"index": "0"}], [{"index": 1.0}], [None]]
)
def test_what_are_none(points: Any) -> None:
    """A mistake is named."""
    with pytest.raises(BadRequestError, match="cache_control_injection_points"):
        apply([USER], {"cache_control_injection_points": points})


def test_what_cannot_be_marked() -> None:
    """A message that is none is named by its place."""
    with pytest.raises(BadRequestError, match=r"messages\[0\]"):
        apply(["hi"], {"cache_control_injection_points": [{"index": 0}]})
