"""What a caller's value must be before it can be read: an object, a list, a text.

Whatever is not of that shape is a BadRequestError that names the place, as in `messages[2].content`. What the
values mean is not known here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lakeway.errors import BadRequestError


def wrong(at: str, wanted: str, given: Any) -> BadRequestError:
    """The error for a `given` value at `at` that is not what is `wanted` there."""
    return bad(at, f"must be {wanted}, not {type(given).__name__}")


def bad(at: str, problem: str) -> BadRequestError:
    """The error for the value at `at`; `problem` goes on from its name."""
    return BadRequestError(f"{at} {problem}.", None, None, param=at)


def an_object(value: Any, at: str, wanted: str = "an object") -> dict[str, Any]:
    """`value` as a dict: itself, a copy of another mapping, or what a pydantic object dumps."""
    if isinstance(value, dict):
        return value
    if isinstance(value, Mapping):
        return dict(value)
    dump = getattr(value, "model_dump", None)
    if not callable(dump) or isinstance(value, type):
        raise wrong(at, wanted, value)
    dumped: dict[str, Any] = dump()
    return dumped


def a_list(value: Any, at: str, wanted: str = "a list") -> list[Any]:
    """`value` as a list: itself, or a copy of another sequence that is no text."""
    if isinstance(value, list):
        return value
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes, bytearray, memoryview)):
        return list(value)
    raise wrong(at, wanted, value)


def objects(value: Any, at: str) -> list[dict[str, Any]]:
    """`value` as a list of objects."""
    members = a_list(value, at, "a list of objects")
    return [an_object(member, f"{at}[{index}]") for index, member in enumerate(members)]


def a_text(value: Any, at: str) -> str:
    if not isinstance(value, str):
        raise wrong(at, "a string", value)
    return value


def complete(error: BadRequestError, provider: str, model: str) -> None:
    """Tell `error` for which provider and model the caller's values were, unless it knows."""
    error.llm_provider = error.llm_provider or provider
    error.model = error.model or model
