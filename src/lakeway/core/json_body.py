"""A request's body as JSON, or the reason why the caller's values cannot be one."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import msgspec

from lakeway.errors import BadRequestError


def encode(value: Any, at: str = "") -> bytes:
    """`value` as JSON. `at` is where the caller gave it, as in `messages[2].content`.

    Raises BadRequestError that names the place of what JSON does not have: NaN and infinities, half a
    surrogate pair, objects of a program.
    """
    try:
        written = msgspec.json.encode(value)
    except (TypeError, ValueError, RecursionError) as cause:
        raise _unsendable(value, at) from cause
    # The encoder writes NaN as null; so only where there is a null, there may have been one.
    if b"null" in written and any(True for _ in _not_finite(value, at)):
        raise _unsendable(value, at)
    return written


def _unsendable(value: Any, at: str) -> BadRequestError:
    try:
        place, problem = _culprit(value, at)
    except RecursionError:
        place, problem = at, "it is nested too deep, or contains itself"
    named = place or "The request"
    return BadRequestError(f"{named} cannot be sent as JSON: {problem}.", None, None, param=place or None)


def _culprit(value: Any, at: str) -> tuple[str, str]:
    """The innermost place that cannot be encoded, and why."""
    for place, number in _not_finite(value, at):
        return place, f"{number} is no number there"
    try:
        msgspec.json.encode(value)
    except UnicodeEncodeError:
        problem = "it holds half a surrogate pair, which is no character"
    except TypeError as cause:
        problem = str(cause).rstrip(".")
    else:
        return "", ""
    inner = (_culprit(member, place) for place, member in _members(value, at))
    return next((found for found in inner if found[1]), (at, problem))


def _not_finite(value: Any, at: str) -> Iterator[tuple[str, float]]:
    if isinstance(value, float) and not math.isfinite(value):
        yield at, value
    for place, member in _members(value, at):
        yield from _not_finite(member, place)


def _members(value: Any, at: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        yield from ((f"{at}.{key}" if at else str(key), member) for key, member in value.items())
    elif isinstance(value, (list, tuple)):
        yield from ((f"{at}[{index}]", member) for index, member in enumerate(value))
