"""What each host was last found to serve. No call of a model ever waits for it.

A list is fetched when somebody first asks for it, by one request however many ask, and again behind the
scenes once it is old. A failed attempt changes nothing but the log.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable
from typing import Protocol, TypeVar

from lakeway.core.exchange import Target
from lakeway.core.steps import Flow, Step
from lakeway.errors import LakewayError
from lakeway.gateway.discovery import Found, address, discover, host

log = logging.getLogger("lakeway.gateway")

FRESH = 300.0  # seconds until a list is fetched again
AGAIN = 30.0  # likewise, after a failure
PATIENCE = 10.0  # how long the first who ask wait for it
T = TypeVar("T")


class Runner(Protocol):
    """The gateway's state, as far as it is needed here."""

    async def run(self, flow: Flow[T], observer: Callable[[Step, object, float], None]) -> T: ...


class _Shelf:
    """The list of one host: what was found, when to look again, and who is looking now."""

    __slots__ = ("due", "found", "looking")

    def __init__(self) -> None:
        self.found: tuple[Found, ...] = ()
        self.due = float("-inf")
        self.looking: asyncio.Task[None] | None = None


class Inventory:
    """The lists of many hosts, for as long as somebody asks for them. `clock` is in seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, *, patience: float = PATIENCE) -> None:
        self._clock = clock
        self._patience = patience
        self._shelves: dict[Target, _Shelf] = {}

    async def found(self, runner: Runner, targets: Iterable[Target]) -> dict[Target, tuple[Found, ...]]:
        """What the host of each target serves, by `discovery.host`; empty where it was never found out.

        Only hosts that nothing is known of yet are waited for. Those not among `targets` are forgotten.
        """
        hosts = dict.fromkeys(host(target) for target in targets)
        self._shelves = {each: self._shelves.get(each) or _Shelf() for each in hosts}
        shelves = dict(self._shelves)
        looking = [self._look(runner, *each) for each in shelves.items()]
        awaited = {task for task in looking if task is not None}
        if awaited:
            await asyncio.wait(awaited, timeout=self._patience)
        return {each: shelf.found for each, shelf in shelves.items()}

    def _look(self, runner: Runner, target: Target, shelf: _Shelf) -> asyncio.Task[None] | None:
        """Look again if it is time; the search that is worth waiting for, if there is one."""
        if shelf.looking is None and self._clock() >= shelf.due:
            shelf.looking = asyncio.create_task(self._fill(runner, target, shelf))
        return None if shelf.found else shelf.looking

    async def _fill(self, runner: Runner, target: Target, shelf: _Shelf) -> None:
        wait = AGAIN
        try:
            shelf.found = await runner.run(discover(target), _unobserved)
            wait = FRESH
        except LakewayError as error:
            log.warning("Could not list the models at %s: %s", address(target), error)
        finally:
            shelf.due, shelf.looking = self._clock() + wait, None


def _unobserved(_step: Step, _result: object, _seconds: float) -> None: ...
