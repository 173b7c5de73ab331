"""A scrape of one process tells of all of them."""

from __future__ import annotations

import asyncio
import functools
import os
import time

import pytest

from lakeway.gateway.metrics import Metrics, scrape
from lakeway.gateway.siblings import Siblings


def in_a_loop(test):
    """A test that is a coroutine, run to its end."""

    @functools.wraps(test)
    def run(*arguments, **named):
        asyncio.run(test(*arguments, **named))

    return run


def counted(snapshot):
    return sum(snapshot.counters.get("litellm_requests_metric", {}).values())


def reporting(snapshot):
    return snapshot.gauges["lakeway_workers_reporting"][""]


@pytest.fixture
def worker(call, tmp_path):
    """A process that has settled so many calls and has one in flight."""
    tmp_path.chmod(0o700)

    async def start(calls, **options):
        metrics = Metrics()
        for _ in range(calls):
            metrics.reserve(call())
            metrics.settle(call())
        metrics.reserve(call())
        siblings = Siblings(tmp_path, metrics.snapshot, **options)
        await siblings.start()
        return siblings

    return start


@in_a_loop
async def test_whoever_is_asked_tells_of_all(worker):
    """Every process gives the same figures, and says how many have answered."""
    workers = [await worker(calls) for calls in (1, 2, 4)]
    snapshots = [await each.snapshot() for each in workers]
    for each in workers:
        await each.aclose()

    assert [7, 7, 7] == [counted(each) for each in snapshots]
    assert [3, 3, 3] == [reporting(each) for each in snapshots]
    assert [3, 3, 3] == [each.gauges["litellm_in_flight_requests"][""] for each in snapshots]


@in_a_loop
async def test_what_a_process_has_counted_outlives_it(worker):
    """It is no more in flight, and no counter falls: Prometheus would take that for a new beginning."""
    one, two = await worker(1), await worker(2)
    await two.aclose()
    after = await one.snapshot()
    await one.aclose()

    assert (3, 1) == (counted(after), reporting(after))
    assert 1 == after.gauges["litellm_in_flight_requests"][""]


@in_a_loop
async def test_a_process_that_dies_at_once_keeps_what_it_has_told(worker, tmp_path):
    """Its last answer stands, whoever had asked for it."""
    one, two, three = await worker(1), await worker(2), await worker(4)
    await two.snapshot()
    three._server.close()
    after = await one.snapshot()
    for each in (one, two):
        await each.aclose()

    assert (7, 2) == (counted(after), reporting(after))


@in_a_loop
async def test_a_process_that_is_stuck_is_not_waited_for(worker, tmp_path):
    """After the time limit the others' figures are given out."""

    over = asyncio.Event()

    async def stuck(_reader, writer):
        await over.wait()
        writer.close()

    silent = await asyncio.start_unix_server(stuck, tmp_path / "1-stuck.sock")
    one = await worker(1, timeout=0.1)
    began = time.monotonic()
    snapshot = await one.snapshot()
    took = time.monotonic() - began
    over.set()
    silent.close()
    await one.aclose()

    assert (1, 1) == (counted(snapshot), reporting(snapshot))
    assert took < 1


@pytest.mark.parametrize("answer", [b"", b"\0\0", b"\0\0\0\0\0\0\0\x05abc", b"\0\0\0\0\0\0\0\x03abc"])
@in_a_loop
async def test_nonsense_is_left_out(worker, tmp_path, answer):
    """A process that breaks off, or answers something else, is left out."""

    async def babble(_reader, writer):
        writer.write(answer)
        writer.close()

    server = await asyncio.start_unix_server(babble, tmp_path / "1-babble.sock")
    one = await worker(1)
    snapshot = await one.snapshot()
    server.close()
    await one.aclose()

    assert (1, 1) == (counted(snapshot), reporting(snapshot))


@in_a_loop
async def test_the_directory_is_private(worker, tmp_path):
    """Whatever others may enter is refused."""
    tmp_path.chmod(0o755)

    with pytest.raises(PermissionError, match="0700"):
        await Siblings(tmp_path, Metrics().snapshot).start()


@in_a_loop
async def test_a_scrape(worker, tmp_path):
    """The text of all processes; and of one, where there is one."""
    one = await worker(3)
    kind, text = await scrape(Metrics(), "application/openmetrics-text", one)
    _, alone = await scrape(Metrics())
    await one.aclose()

    assert kind.startswith("application/openmetrics-text")
    assert b"lakeway_workers_reporting 1" in text
    assert b"litellm_in_flight_requests 0" in alone
    assert [] == [name for name in os.listdir(tmp_path) if name.endswith(".sock")]
