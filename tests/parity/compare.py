"""Two outcomes side by side: the places at which they differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

# What was asked is the same. What LiteLLM said is for the reader: `says` is whether the reason is in it.
UNCOMPARED = frozenset({"given", "error.message", "stream.error.message"})
ABSENT = "<absent>"


class Gap(NamedTuple):
    """`path` is dotted, with list positions as numbers; a value that is not there is ABSENT."""

    path: str
    litellm: Any
    lakeway: Any


def gaps(litellm: Any, lakeway: Any, path: str = "") -> Iterator[Gap]:
    """Where the values differ, as deep as both have the same shape; lists of other lengths as a whole.

    Where one fails and the other does not, that is all that is said of them.
    """
    if path in UNCOMPARED or _same(litellm, lakeway):
        return
    if isinstance(litellm, Mapping) and isinstance(lakeway, Mapping):
        if ("error" in litellm) != ("error" in lakeway):
            yield Gap(_join(path, "error"), *(_failure(side) for side in (litellm, lakeway)))
            return
        for key in [*litellm, *(key for key in lakeway if key not in litellm)]:
            if key == "caught_by" and litellm["class"] != lakeway["class"]:
                continue  # it follows from the class
            yield from gaps(litellm.get(key, ABSENT), lakeway.get(key, ABSENT), _join(path, key))
    elif isinstance(litellm, list) and isinstance(lakeway, list) and len(litellm) == len(lakeway):
        for position, (left, right) in enumerate(zip(litellm, lakeway, strict=True)):
            yield from gaps(left, right, f"{path}.{position}")
    else:
        yield Gap(path, litellm, lakeway)


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _failure(side: Mapping[str, Any]) -> Any:
    return side["error"]["class"] if "error" in side else ABSENT


def _same(left: Any, right: Any) -> bool:
    if isinstance(left, float) or isinstance(right, float):
        numbers = isinstance(left, (int, float)) and isinstance(right, (int, float))
        return numbers and abs(left - right) <= 1e-9 * max(abs(left), abs(right))
    return type(left) is type(right) and bool(left == right)
