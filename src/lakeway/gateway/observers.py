"""Who is told of every call: limits, spend, metrics, logs, and whatever keeps the books.

A call is reserved once, before anything goes upstream; an observer may refuse it there. Each reservation ends
in exactly one settlement, when a model was asked and may have charged for it, or one release, when nothing
came of it. Everything happens on the event loop, between two awaits: an observer that has something to store
puts it in a queue of its own, and two calls can never both take what only one of them may have.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Protocol

from lakeway.gateway.call import Call

log = logging.getLogger("lakeway.gateway")


class Observer(Protocol):
    def reserve(self, call: Call) -> None:
        """The call is understood, and about to be carried out. Raises LakewayError to refuse it."""
        ...

    def settle(self, call: Call) -> None:
        """It is over: `usage` and `cost` say what was used as far as anybody knows, also of a stream that
        broke off or was left early."""
        ...

    def release(self, call: Call) -> None:
        """It is over, and nothing was charged: refused, failed, or given up before an answer began."""
        ...


class Observers:
    """Several as one. The first refusal stands, and those who had agreed before it are released."""

    __slots__ = ("_all",)

    def __init__(self, observers: Sequence[Observer] = ()) -> None:
        self._all = tuple(observers)

    def reserve(self, call: Call) -> None:
        for position, observer in enumerate(self._all):
            try:
                observer.reserve(call)
            except BaseException:
                _each(self._all[:position], "release", call)
                raise

    def settle(self, call: Call) -> None:
        _each(self._all, "settle", call)

    def release(self, call: Call) -> None:
        _each(self._all, "release", call)


def _each(observers: Sequence[Observer], what: str, call: Call) -> None:
    """One that fails does not keep the others from their news, nor the client from its answer."""
    for observer in observers:
        try:
            getattr(observer, what)(call)
        except Exception:
            log.exception("%s could not %s call %s", type(observer).__name__, what, call.id)
