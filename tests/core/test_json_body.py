"""Bodies as JSON, and the names of what cannot be one."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lakeway.core.json_body import encode
from lakeway.errors import BadRequestError


class Thing:
    """Something of a program's own."""


ENDLESS: list[Any] = []
ENDLESS.append(ENDLESS)


@pytest.mark.parametrize(
    "value",
    [
        {"a": 1, "b": [None, True, 1.5, "ä"], "c": {"null": None}},
        {"seed": 2**70},
        {"messages": ({"role": "user"},)},
        [],
    ],
)
def test_what_json_has(value: Any) -> None:
    """Everything that JSON has a form for goes, null too."""
    assert json.loads(json.dumps(value)) == json.loads(encode(value))


@pytest.mark.parametrize(
    ("value", "param", "problem"),
    [
        ({"temperature": float("nan")}, "temperature", "nan is no number there"),
        ({"a": [{"b": float("inf")}]}, "a[0].b", "inf is no number there"),
        ({"a": None, "b": (1, float("-inf"))}, "b[1]", "-inf is no number there"),
        ({"messages": [{"content": "\ud800"}]}, "messages[0].content", "half a surrogate pair"),
        ({"a": {"\ud800": 1}}, "a", "half a surrogate pair"),
        ({"a": {"b": [1, Thing()]}}, "a.b[1]", "objects of type Thing"),
        ({"a": {("x",): 1}}, "a", "keys"),
        ({"a": ENDLESS}, None, "contains itself"),
        (Thing(), None, "objects of type Thing"),
    ],
)
def test_what_json_has_not(value: Any, param: str | None, problem: str) -> None:
    """The error names the place and says what is wrong with it."""
    with pytest.raises(BadRequestError, match=problem) as caught:
        encode(value)

    assert param == caught.value.param
    assert (param or "The request") in caught.value.message


def test_the_place_may_be_given() -> None:
    """What is a part of a request is named as one."""
    with pytest.raises(BadRequestError) as caught:
        encode({"x": float("nan")}, "messages[1].content")

    assert "messages[1].content.x" == caught.value.param
