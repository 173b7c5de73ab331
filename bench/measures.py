"""What is done in a worker between two readings of the clocks. Every answer is compared with what was sent.

CPU is the whole process, threads included: LiteLLM does part of a call's work on other threads.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine

from bench import payloads
from bench.clients import Client, connect

IN_FLIGHT = 64
Record = dict[str, float]


class WrongAnswer(Exception):
    """The library did not hand over what the upstream sent."""


class Clocks:
    """Wall and CPU seconds since it was made."""

    def __init__(self) -> None:
        self._wall, self._cpu = time.perf_counter(), time.process_time()

    def record(self, units: int) -> Record:
        cpu, wall = time.process_time() - self._cpu, time.perf_counter() - self._wall
        return {"units": units, "wall_s": wall, "cpu_s": cpu}


def expect(expected: str, actual: str) -> None:
    if actual != expected:
        raise WrongAnswer(f"{len(actual)} characters {actual[:80]!r}, sent {len(expected)} {expected[:80]!r}")


def first(subject: str, base: str, count: int) -> Record:
    """Import and one answer; the parent times the whole process."""
    expect(payloads.CHAT_TEXT, connect(subject, base).chat())
    return {}


def calls(subject: str, base: str, count: int) -> Record:
    """`count` answers one after another."""
    client = connect(subject, base)
    _chat(client, _warm_up(count))
    clocks = Clocks()
    _chat(client, count)
    return clocks.record(count)


def memory(subject: str, base: str, count: int) -> Record:
    """`count` answers one after another; the worker reads the memory afterwards."""
    _chat(connect(subject, base), count)
    return {}


def stream(subject: str, base: str, count: int) -> Record:
    """`count` streams one after another, in chunks."""
    client = connect(subject, base)
    _read_streams(client, 1)
    clocks = Clocks()
    _read_streams(client, count)
    return clocks.record(count * payloads.CHUNKS)


def embeddings(subject: str, base: str, count: int) -> Record:
    """`count` calls for 1,000 vectors of 1,024 floats each."""
    client = connect(subject, base)
    _embed(client)
    clocks = Clocks()
    for _ in range(count):
        _embed(client)
    return clocks.record(count)


def acalls(subject: str, base: str, count: int) -> Record:
    """`count` answers, 64 in flight."""

    async def run() -> Record:
        client = connect(subject, base)
        await _achat(client, _warm_up(count))
        clocks = Clocks()
        await _achat(client, count)
        return clocks.record(count)

    return _run(run)


def astream(subject: str, base: str, count: int) -> Record:
    """`count` async streams one after another, in chunks."""

    async def run() -> Record:
        client = connect(subject, base)
        await _aread_streams(client, 1)
        clocks = Clocks()
        await _aread_streams(client, count)
        return clocks.record(count * payloads.CHUNKS)

    return _run(run)


def _run(main: Callable[[], Coroutine[None, None, Record]]) -> Record:
    import asyncio  # only here: it would weigh on the memory of the sync measures

    return asyncio.run(main())


def _warm_up(count: int) -> int:
    return max(IN_FLIGHT, count // 10)


def _chat(client: Client, count: int) -> None:
    for _ in range(count):
        expect(payloads.CHAT_TEXT, client.chat())


async def _achat(client: Client, count: int) -> None:
    import asyncio

    tickets = iter(range(count))

    async def work() -> None:
        for _ in tickets:
            expect(payloads.CHAT_TEXT, await client.achat())

    async with asyncio.TaskGroup() as group:
        for _ in range(IN_FLIGHT):
            group.create_task(work())


def _read_streams(client: Client, count: int) -> None:
    for _ in range(count):
        expect(payloads.STREAM_TEXT, "".join(client.stream()))


async def _aread_streams(client: Client, count: int) -> None:
    for _ in range(count):
        expect(payloads.STREAM_TEXT, "".join([text async for text in client.astream()]))


def _embed(client: Client) -> None:
    vectors = client.embed([f"row {index}" for index in range(payloads.VECTORS)])
    floats = sum(len(vector) for vector in vectors)
    if floats != payloads.VECTORS * payloads.DIMENSIONS or not isinstance(vectors[-1][-1], float):
        raise WrongAnswer(f"{len(vectors)} vectors with {floats} floats")


MEASURES: dict[str, Callable[[str, str, int], Record]] = {
    "first": first,
    "memory": memory,
    "calls": calls,
    "acalls": acalls,
    "stream": stream,
    "astream": astream,
    "embeddings": embeddings,
}
