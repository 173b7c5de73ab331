"""LiteLLM's `cache_control_injection_points`: cache markers added to messages by role or position."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lakeway.calls import checked
from lakeway.core import shapes

NAME = "cache_control_injection_points"
MARKER = {"type": "ephemeral"}


def apply(messages: Sequence[Any], control: Mapping[str, Any]) -> Sequence[Any]:
    """The messages, marked where a point names a `role` or an `index` (negative from the end).

    Raises BadRequestError for points that are none.
    """
    if NAME not in control:
        return messages
    marked = list(messages)
    for point in checked.objects(control, NAME):
        if point.get("location", "message") != "message":
            continue
        for position in _positions(marked, point):
            message = shapes.an_object(marked[position], f"messages[{position}]")
            marked[position] = {**message, "cache_control": point.get("control") or MARKER}
    return marked


def _positions(messages: Sequence[Any], point: Mapping[str, Any]) -> list[int]:
    index = point.get("index")
    if index is not None:
        if not isinstance(index, int):
            raise shapes.bad(NAME, "must have whole numbers for an index")
        position = index + (len(messages) if index < 0 else 0)
        return [position] if 0 <= position < len(messages) else []
    role = point.get("role")
    return [i for i, message in enumerate(messages) if _role(message) == role]


def _role(message: Any) -> Any:
    return message.get("role") if isinstance(message, Mapping) else getattr(message, "role", None)
