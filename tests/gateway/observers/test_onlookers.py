"""Those who only watch: told of many calls together, none lost, and none told twice."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from lakeway.errors import RateLimitError
from lakeway.gateway.call import Call
from lakeway.gateway.caller import ANYBODY
from lakeway.gateway.observers import Observer
from lakeway.gateway.onlookers import DELAY, MOST, Onlookers


class Witness(Observer):
    def __init__(self, *, breaks: bool = False) -> None:
        self.told: list[tuple[str, str]] = []
        self._breaks = breaks

    def reserve(self, call: Call) -> None:
        self.told.append(("reserve", call.id))

    def settle(self, call: Call) -> None:
        self.told.append(("settle", call.id))
        if self._breaks:
            raise RuntimeError("no")

    def release(self, call: Call) -> None:
        self.told.append(("release", call.id))


def call(identity: str = "1", **facts: Any) -> Call:
    made = Call(id=identity, head=b"", endpoint="/c", caller=ANYBODY, began=time.monotonic())
    for name, value in facts.items():
        setattr(made, name, value)
    return made


def test_the_end_is_told_a_moment_later():
    """A reservation at once, a settlement with the others of its moment."""

    async def main() -> list[list[tuple[str, str]]]:
        witness = Witness()
        onlookers = Onlookers([witness])
        for identity in ("1", "2"):
            onlookers.reserve(call(identity))
            onlookers.settle(call(identity, status=200))
        at_once = list(witness.told)
        await asyncio.sleep(DELAY * 2)
        return [at_once, witness.told[2:]]

    assert [
        [("reserve", "1"), ("reserve", "2")],
        [("settle", "1"), ("settle", "2")],
    ] == asyncio.run(main())


def test_many_are_not_kept_waiting():
    """What waits is bounded."""

    async def main() -> int:
        witness = Witness()
        onlookers = Onlookers([witness])
        for number in range(MOST + 1):
            onlookers.settle(call(str(number), status=200))
        return len(witness.told)

    assert MOST <= asyncio.run(main())


def test_whoever_wants_to_know_now_can():
    """A scrape, and the end of the process; nothing is told again later."""

    async def main() -> list[tuple[str, str]]:
        witness = Witness()
        onlookers = Onlookers([witness])
        onlookers.settle(call("1", status=200))
        onlookers.release(call("2", status=429, error=RateLimitError("no")))
        onlookers.flush()
        onlookers.flush()
        await asyncio.sleep(DELAY * 2)
        return witness.told

    assert [("settle", "1"), ("release", "2")] == asyncio.run(main())


def test_a_reservation_that_is_taken_back():
    """At once: what becomes of the call later is another matter."""

    async def main() -> list[tuple[str, str]]:
        witness = Witness()
        Onlookers([witness]).release(call("1"))
        return witness.told

    assert [("release", "1")] == asyncio.run(main())


def test_one_that_breaks(caplog):
    """It keeps nobody else from the news, and itself not from the next call; the log says so."""

    async def main() -> list[list[tuple[str, str]]]:
        broken, witness = Witness(breaks=True), Witness()
        onlookers = Onlookers([broken, witness])
        for identity in ("1", "2"):
            onlookers.settle(call(identity, status=200))
        onlookers.flush()
        return [broken.told, witness.told]

    both = [("settle", "1"), ("settle", "2")]

    assert [both, both] == asyncio.run(main())
    assert 2 == len(caplog.records)
