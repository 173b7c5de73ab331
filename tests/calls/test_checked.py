"""Keywords checked as they are read."""

from __future__ import annotations

from typing import Any

import pytest

from lakeway.calls import checked
from lakeway.errors import BadRequestError


@pytest.mark.parametrize(
    ("read", "value", "expected"),
    [
        (checked.text, None, None),
        (checked.text, "", ""),
        (checked.texts, None, ()),
        (checked.texts, ("a", "b"), ["a", "b"]),
        (checked.texts, frozenset({"a"}), ["a"]),
        (checked.mapping, None, {}),
        (checked.mapping, {"a": 1}, {"a": 1}),
        (checked.objects, None, ()),
        (checked.objects, [{"a": 1}], [{"a": 1}]),
        (checked.count, None, None),
        (checked.count, 0, 0),
        (checked.seconds, None, 0.0),
        (checked.seconds, 1, 1.0),
    ],
)
def test_values(read: Any, value: Any, expected: Any) -> None:
    """What is there, or nothing."""
    assert expected == read({"name": value}, "name")


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (checked.text, 5),
        (checked.text, b"x"),
        (checked.texts, "abc"),
        (checked.texts, [None]),
        (checked.texts, {"a": 1}),
        (checked.mapping, [("a", 1)]),
        (checked.mapping, {1: 1}),
        (checked.objects, {"a": 1}),
        (checked.objects, ["a"]),
        (checked.count, True),
        (checked.count, -1),
        (checked.count, "2"),
        (checked.seconds, -1),
        (checked.seconds, "1"),
        (checked.seconds, float("nan")),
    ],
)
def test_mistakes(read: Any, value: Any) -> None:
    """Each names the keyword."""
    with pytest.raises(BadRequestError, match="name") as caught:
        read({"name": value}, "name")

    assert (caught.value.param or "").startswith("name")
