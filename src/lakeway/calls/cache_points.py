"""LiteLLM's `cache_control_injection_points`: cache markers added to messages by role or position."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Any, TypeAlias

from lakeway.calls import checked
from lakeway.core import shapes

NAME = "cache_control_injection_points"
MARKER = {"type": "ephemeral"}

# What points name, a role or a position, and by it the rank and the marker of the last that names it.
Marks: TypeAlias = dict[str | int | None, tuple[int, Any]]


def apply(messages: Sequence[Any], control: Mapping[str, Any]) -> Sequence[Any]:
    """The messages, marked where a point names a `role` or an `index` (negative from the end). Of several
    points for one message the last counts.

    Raises BadRequestError for points that are none.
    """
    if NAME not in control:
        return messages
    marks = _marks(checked.objects(control, NAME), len(messages))
    return [_marked(message, position, marks) for position, message in enumerate(messages)]


def _marks(points: Sequence[Mapping[str, Any]], count: int) -> Marks:
    """One pass over the points and one over the messages: there may be many of both."""
    return {
        _named(point, count): (rank, point.get("control") or MARKER)
        for rank, point in enumerate(points)
        if point.get("location", "message") == "message"
    }


def _named(point: Mapping[str, Any], count: int) -> str | int | None:
    index, role = point.get("index"), point.get("role")
    if index is None:
        if not isinstance(role, str | None):
            raise shapes.bad(NAME, "must have strings for a role")
        return role
    if not isinstance(index, int):
        raise shapes.bad(NAME, "must have whole numbers for an index")
    return index + count if index < 0 else index


def _marked(message: Any, position: int, marks: Marks) -> Any:
    role = _role(message)
    named = (position, role) if isinstance(role, str | None) else (position,)
    found = [marks[name] for name in named if name in marks]
    if not found:
        return message
    _, marker = max(found, key=itemgetter(0))
    return {**shapes.an_object(message, f"messages[{position}]"), "cache_control": marker}


def _role(message: Any) -> Any:
    return message.get("role") if isinstance(message, Mapping) else getattr(message, "role", None)
