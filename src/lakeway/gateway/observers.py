"""Who is told of every call: limits, spend, metrics, logs, and whatever keeps the books.

A call is reserved once, before anything goes upstream; an observer may refuse it there. Each reservation ends
in exactly one settlement, when a model was asked and may have charged for it, or one release, when nothing
came of it. Everything happens on the event loop, between two awaits: an observer that has something to store
puts it in a queue of its own, and two calls can never both take what only one of them may have.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import TypeAlias

from lakeway.gateway.call import Call

log = logging.getLogger("lakeway.gateway")


class Observer:
    """What somebody who keeps count may wish to be told. What is not overridden is not called."""

    def reserve(self, call: Call) -> None:
        """The call is understood, and about to be carried out. Raises LakewayError to refuse it."""

    def settle(self, call: Call) -> None:
        """It is over: `usage` and `cost` say what was used as far as anybody knows, also of a stream that
        broke off or was left early."""

    def release(self, call: Call) -> None:
        """It is over, and nothing was charged: refused, failed, or given up before an answer began."""


Tell: TypeAlias = Callable[[Call], None]


class Observers:
    """Several as one. The first refusal stands, and those who had agreed before it are released."""

    __slots__ = ("_all", "_releases", "_reserves", "_settles")

    def __init__(self, observers: Sequence[Observer] = ()) -> None:
        self._all = tuple(observers)
        self._reserves = [
            (position, each.reserve)
            for position, each in enumerate(self._all)
            if type(each).reserve is not Observer.reserve
        ]
        self._settles = [each.settle for each in self._all if type(each).settle is not Observer.settle]
        self._releases = [each.release for each in self._all if type(each).release is not Observer.release]

    def reserve(self, call: Call) -> None:
        for position, reserve in self._reserves:
            try:
                reserve(call)
            except BaseException:
                _each([each.release for each in self._all[:position]], call)
                raise

    def settle(self, call: Call) -> None:
        _each(self._settles, call)

    def release(self, call: Call) -> None:
        _each(self._releases, call)


def _each(told: Sequence[Tell], call: Call) -> None:
    """One that fails does not keep the others from their news, nor the client from its answer."""
    for tell in told:
        try:
            tell(call)
        except Exception:
            log.exception("%s failed for call %s", tell.__qualname__, call.id)
