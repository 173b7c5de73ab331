"""A call's keywords, checked as they are read: what is no such value is an error that names the keyword."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import Any

from lakeway.core import shapes

NOTHING: Mapping[str, Any] = {}


def text(given: Mapping[str, Any], name: str) -> str | None:
    value = given.get(name)
    return None if value is None else shapes.a_text(value, name)


def texts(given: Mapping[str, Any], name: str) -> Sequence[str]:
    """A list, a tuple or a set of texts. A text alone is a mistake: it would be read letter by letter."""
    value = given.get(name)
    if value is None:
        return ()
    listed = list(value) if isinstance(value, Set) else shapes.a_list(value, name, "a list of strings")
    return [shapes.a_text(each, f"{name}[{index}]") for index, each in enumerate(listed)]


def mapping(given: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = given.get(name)
    return NOTHING if value is None else named(value, name, "an object")


def named(value: Any, at: str, wanted: str) -> dict[str, Any]:
    """An object as JSON has them: every key is a text."""
    found = shapes.an_object(value, at, wanted)
    for key in found:
        if not isinstance(key, str):
            raise shapes.bad(at, "must have strings for keys")
    return found


def objects(given: Mapping[str, Any], name: str) -> Sequence[Mapping[str, Any]]:
    value = given.get(name)
    return () if value is None else shapes.objects(value, name)


def count(given: Mapping[str, Any], name: str) -> int | None:
    value = given.get(name)
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and value >= 0):
        return value
    raise shapes.bad(name, "must be a whole number, 0 or more")


def seconds(given: Mapping[str, Any], name: str) -> float:
    """A wait: 0 where none is asked for."""
    value = given.get(name)
    if value is None:
        return 0.0
    if is_number(value) and value >= 0:
        return float(value)
    raise shapes.bad(name, "must be a number of seconds")


def is_number(value: object) -> bool:
    """Whether it is a real number: a truth value is one by accident, and NaN is none."""
    return isinstance(value, int | float) and not isinstance(value, bool) and value == value
