"""Checks of single values: types, ranges, closed objects. Each raises through `Words`."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, TypeAlias

from lakeway.emulator.validation.wording import Json, Path, Words

Check: TypeAlias = Callable[[Words, Path, Any], None]


def closed(
    words: Words, path: Path, value: Any, allowed: Collection[str], required: Collection[str] = ()
) -> Json:
    """`value` as an object with no key outside `allowed` and every key of `required`."""
    if not isinstance(value, dict):
        words.wrong_type(path, "dictionary")
    for key in value:
        if key not in allowed:
            words.unknown((*path, key))
    for key in required:
        if key not in value:
            words.missing((*path, key))
    return value


def text(words: Words, path: Path, value: Any) -> None:
    if not isinstance(value, str):
        words.wrong_type(path, "string")


def boolean(words: Words, path: Path, value: Any) -> None:
    if not isinstance(value, bool):
        words.wrong_type(path, "boolean")


def mapping(words: Words, path: Path, value: Any) -> None:
    if not isinstance(value, dict):
        words.wrong_type(path, "dictionary")


def mapping_of_text(words: Words, path: Path, value: Any) -> None:
    mapping(words, path, value)
    for key, member in value.items():
        text(words, (*path, key), member)


def items(words: Words, path: Path, value: Any) -> list[Any]:
    if not isinstance(value, list):
        words.wrong_type(path, "list")
    return value


def integer(low: int | None = None, high: int | None = None) -> Check:
    """An integer within bounds, ends included."""

    def check(words: Words, path: Path, value: Any) -> None:
        if isinstance(value, bool) or not (
            isinstance(value, int) or (isinstance(value, float) and value.is_integer())
        ):
            words.wrong_type(path, "integer")
        _within(words, path, value, low, high)

    return check


def number(low: float | None = None, high: float | None = None) -> Check:
    def check(words: Words, path: Path, value: Any) -> None:
        if isinstance(value, bool) or not isinstance(value, int | float):
            words.wrong_type(path, "number")
        _within(words, path, value, low, high)

    return check


def one_of(*members: str) -> Check:
    """A string out of a closed set."""
    listed = " or ".join(f"'{member}'" for member in members)

    def check(words: Words, path: Path, value: Any) -> None:
        text(words, path, value)
        if value not in members:
            words.invalid(path, f"Input should be {listed}")

    return check


def text_or_list(words: Words, path: Path, value: Any) -> None:
    if not isinstance(value, str):
        for index, member in enumerate(items(words, path, value)):
            text(words, (*path, index), member)


def _within(words: Words, path: Path, value: float, low: float | None, high: float | None) -> None:
    if low is not None and value < low:
        words.invalid(path, f"Input should be greater than or equal to {low}")
    if high is not None and value > high:
        words.invalid(path, f"Input should be less than or equal to {high}")
