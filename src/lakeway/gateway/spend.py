"""What each key has spent since the process began: for the header that tells a client so.

Kept in whole millionths of a millionth of a dollar: adding floats would drift, and Decimal is slow. With
several processes each knows its own share; no budget is kept by these figures.
"""

from __future__ import annotations

from typing import Final

from lakeway.gateway.call import Call
from lakeway.gateway.caller import Caller
from lakeway.gateway.observers import Observer

PARTS: Final = 10**12


class Spend(Observer):
    """An observer of calls. Callers are told apart by their keys."""

    __slots__ = ("_dbu", "_usd")

    def __init__(self) -> None:
        self._usd: dict[str, int] = {}
        self._dbu: dict[str, int] = {}

    def settle(self, call: Call) -> None:
        cost = call.cost
        if cost is not None:
            key = call.caller.key
            self._usd[key] = self._usd.get(key, 0) + round(cost.usd * PARTS)
            self._dbu[key] = self._dbu.get(key, 0) + round(cost.dbu * PARTS)

    def of(self, caller: Caller) -> float:
        """In USD."""
        return self._usd.get(caller.key, 0) / PARTS

    def dbu_of(self, caller: Caller) -> float:
        return self._dbu.get(caller.key, 0) / PARTS
