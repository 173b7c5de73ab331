"""One run: in every round each gateway in turn is started, measured and ended, alone with the upstreams."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from bench import machine
from bench.environments import Say
from bench.gateway.installed import Installed
from bench.gateway.measures import Record, Size, direct_records, gateway_records, growth_records
from bench.gateway.running import Cores, Ports, upstreams
from bench.gateway.subjects import DIRECT, GATEWAYS, MARKED


def run(
    programs: Mapping[str, Installed], size: Size, cores: Cores, say: Say, *, million: bool
) -> list[Record]:
    """Every record of the rounds, failures among them as `{"error": ...}`."""
    machine.pin(cores.load)
    with upstreams(cores.load, say) as ports:
        records = [
            record
            for number in range(size.rounds)
            for record in _round(number, programs, ports, cores, size, say)
        ]
        name = next((name for name in MARKED if name in programs), None)
        if million and name is not None:
            say(f"{size.million:,} requests to {GATEWAYS[name].title}")
            found = growth_records(GATEWAYS[name], programs[name], ports, cores, size)
            records += _labelled(name, 0, found)
    return records


def _round(
    number: int, programs: Mapping[str, Installed], ports: Ports, cores: Cores, size: Size, say: Say
) -> Iterator[Record]:
    yield from _labelled("python", number, [_yardstick()])
    yield from _labelled(DIRECT, number, direct_records(ports, cores, size))
    for name in turn(list(programs), number):
        say(f"round {number + 1} of {size.rounds}: {GATEWAYS[name].title}")
        yield from _labelled(
            name, number, gateway_records(GATEWAYS[name], programs[name], ports, cores, size)
        )


def _yardstick() -> Record:
    """How fast this interpreter is just now: the figures of two runs compare only if it agrees."""
    return {"measure": "yardstick", "seconds": machine.yardstick_seconds()}


def _labelled(subject: str, number: int, records: Iterable[Record]) -> Iterator[Record]:
    return ({"subject": subject, "round": number} | record for record in records)


def turn(names: list[str], number: int) -> list[str]:
    """Nobody is always first."""
    start = number % len(names)
    return names[start:] + names[:start]
