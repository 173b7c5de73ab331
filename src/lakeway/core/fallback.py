"""Ways to an answer, tried one after the other until one leads there. Pure, like the flows that it joins."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias, TypeVar

from lakeway.core.steps import Flow
from lakeway.errors import LakewayError

T = TypeVar("T")
# What to call it in a note, and how to begin it once its turn has come.
Way: TypeAlias = tuple[str, Callable[[], Flow[T]]]


def in_turn(first: Flow[T], others: Callable[[LakewayError], Iterable[Way[T]]]) -> Flow[tuple[T, int]]:
    """What `first` comes to, or the first of the `others` that comes to anything; and how many of them were
    begun. Which they are may depend on the error that `first` failed with.

    Raises that error when every one has failed, with the later errors as notes: it is about what the caller
    asked for. A way that cannot even begin has failed like any other.
    """
    try:
        return (yield from first), 0
    except LakewayError as error:
        failure = error
    try:
        for begun, (name, way) in enumerate(others(failure), start=1):
            try:
                return (yield from way()), begun
            except LakewayError as error:
                failure.add_note(f"Fallback {name} failed too: {error}")
        raise failure
    finally:
        del failure  # its traceback holds this frame: no cycle of both is left for the collector
