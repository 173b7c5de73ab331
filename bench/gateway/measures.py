"""What is done with a gateway between its start and its end; each measure is a record of its own."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

from bench.gateway import probe
from bench.gateway.installed import Installed
from bench.gateway.load import Load, LoadFailed, send
from bench.gateway.running import Cores, Ports, Running, direct, started
from bench.gateway.subjects import DIRECT_PREFIX, Gateway

Record: TypeAlias = dict[str, Any]
CONNECTIONS = 64
STREAMS = 32


@dataclass(frozen=True, slots=True)
class Size:
    """How often, for how many seconds each, and how many requests a look for growth takes."""

    rounds: int = 3
    warm: int = 3
    latency: int = 4
    requests: int = 15
    streams: int = 15
    settle: float = 1.0
    million: int = 1_000_000
    sample: int = 50_000


QUICK = Size(1, warm=3, latency=1, requests=2, streams=2, settle=0.5, million=100_000, sample=10_000)


def gateway_records(
    gateway: Gateway, program: Installed, ports: Ports, cores: Cores, size: Size
) -> Iterator[Record]:
    """Every measure of one start; what fails is recorded as `{"error": ...}` and the next one is done."""
    try:
        with started(gateway, program, ports, cores) as running:
            yield {"measure": "first", "seconds": running.first_seconds}
            for name, measure in _MEASURES.items():
                time.sleep(size.settle)  # what the last load left unfinished is done by then
                yield _attempt(name, partial(measure, running, size))
    except (probe.GatewayFailed, OSError) as failure:
        yield {"measure": "first", "error": str(failure)}


def _attempt(name: str, measure: Callable[[], Record]) -> Record:
    try:
        return {"measure": name} | measure()
    except (LoadFailed, probe.GatewayFailed, OSError, subprocess.SubprocessError) as failure:
        return {"measure": name, "error": f"{type(failure).__name__}: {failure}"}


def _key(running: Running, size: Size) -> Record:
    return {"status": probe.refusal(running.whole)}


def _memory(running: Running, size: Size) -> Record:
    return {"resident_bytes": running.resident_bytes()}


def _warm(running: Running, size: Size) -> Record:
    """Node compiles what it has seen often, and everybody opens connections: none of it is measured."""
    running.load(Load(CONNECTIONS, size.warm))
    running.load(Load(STREAMS, size.warm, stream=True))
    return {}


def _latency(running: Running, size: Size) -> Record:
    return running.load(Load(1, size.latency))


def _requests(running: Running, size: Size) -> Record:
    return running.load(Load(CONNECTIONS, size.requests))


def _streams(running: Running, size: Size) -> Record:
    return running.load(Load(STREAMS, size.streams, stream=True))


_MEASURES: dict[str, Callable[[Running, Size], Record]] = {
    "key": _key,
    "idle": _memory,
    "warm": _warm,
    "latency": _latency,
    "requests": _requests,
    "streams": _streams,
    "loaded": _memory,
}


def direct_records(ports: Ports, cores: Cores, size: Size) -> Iterator[Record]:
    """The upstream without a gateway: what latency is added to, and the most that the load's core can do."""
    loads = {
        "latency": Load(1, size.latency),
        "requests": Load(CONNECTIONS, size.warm),
        "streams": Load(STREAMS, size.warm, stream=True),
    }
    with tempfile.TemporaryDirectory() as folder:
        for name, load in loads.items():
            target = direct(ports.stream if load.stream else ports.whole, stream=load.stream)
            yield _attempt(DIRECT_PREFIX + name, partial(send, target, load, Path(folder), cores.load))


def growth_records(
    gateway: Gateway, program: Installed, ports: Ports, cores: Cores, size: Size
) -> Iterator[Record]:
    """One start, `size.million` conversations that are all different, memory read every `size.sample`."""
    try:
        with started(gateway, program, ports, cores) as running:
            yield _attempt("growth", partial(_growth, running, size))
    except (probe.GatewayFailed, OSError) as failure:
        yield {"measure": "growth", "error": str(failure)}


def _growth(running: Running, size: Size) -> Record:
    return {"samples": list(_samples(running, size))}


def _samples(running: Running, size: Size) -> Iterator[Record]:
    """wrk counts seconds, not requests: a step lasts as long as a sample's requests took last time."""
    total, seconds = 0, 1
    while total < size.million:
        found = running.load(Load(CONNECTIONS, seconds, bodies="unique"))
        total += found["requests"]
        yield {"requests": total, "resident_bytes": running.resident_bytes()}
        seconds = max(1, round(size.sample * found["seconds"] / found["requests"]))
