"""LiteLLM's `cache_control_injection_points`: cache markers added to messages by role or position."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

MARKER = {"type": "ephemeral"}


def apply(messages: Sequence[Any], points: Sequence[Mapping[str, Any]]) -> Sequence[Any]:
    """The messages, marked where a point names a `role` or an `index` (negative from the end)."""
    if not points:
        return messages
    marked = list(messages)
    for point in points:
        if point.get("location", "message") != "message":
            continue
        for position in _positions(marked, point):
            marked[position] = {**marked[position], "cache_control": point.get("control") or MARKER}
    return marked


def _positions(messages: Sequence[Any], point: Mapping[str, Any]) -> list[int]:
    index = point.get("index")
    if index is not None:
        position = int(index) + (len(messages) if int(index) < 0 else 0)
        return [position] if 0 <= position < len(messages) else []
    role = point.get("role")
    return [i for i, m in enumerate(messages) if isinstance(m, Mapping) and m.get("role") == role]
