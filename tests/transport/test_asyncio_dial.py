"""Several addresses of one host: who wins, what is closed, and what is said when all fail."""

from __future__ import annotations

import asyncio
import gc
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from lakeway.transport.asyncio_dial import dial, race


def address(port: int, host: str = "127.0.0.1") -> tuple:
    return (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (host, port))


@pytest.fixture
def listening() -> Iterator[int]:
    """A port that accepts."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def refusing() -> Iterator[int]:
    """A port that nobody listens at."""
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        yield reserved.getsockname()[1]


@pytest.fixture
def hanging() -> Iterator[int]:
    """A port whose queue is full: connecting to it takes for ever."""
    with ExitStack() as stack:
        deaf = stack.enter_context(socket.socket())
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        for _ in range(4):
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(deaf.getsockname())
        yield deaf.getsockname()[1]


async def port_of_winner(*ports: int) -> int:
    with await race([address(port) for port in ports]) as sock:
        return sock.getpeername()[1]


def test_a_refusal_costs_no_time(loop, refusing, listening):
    """The next address follows a failed one at once."""
    began = time.monotonic()

    assert listening == loop.run(port_of_winner(refusing, refusing, listening))
    assert time.monotonic() - began < 0.2


def test_a_slow_one_is_overtaken(loop, hanging, listening):
    """An address that does not answer has a quarter of a second before the next one is tried."""
    began = time.monotonic()

    assert listening == loop.run(port_of_winner(hanging, listening))
    assert 0.2 < time.monotonic() - began < 1


def test_losers_give_up(loop, hanging, listening):
    """Nobody goes on trying once there is a winner."""

    async def scenario() -> set[asyncio.Task]:
        await port_of_winner(hanging, listening)
        await asyncio.sleep(0.01)
        return asyncio.all_tasks() - {asyncio.current_task()}

    assert set() == loop.run(scenario())


def test_all_refuse(loop, refusing):
    """When all fail, the last failure is told."""
    with pytest.raises(ConnectionRefusedError):
        loop.run(port_of_winner(refusing, refusing))


def test_no_socket_for_the_family(loop, listening):
    """An address of a family that this machine does not have is one that fails."""
    unknown = (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_UDP, "", ("127.0.0.1", 1))

    async def scenario() -> int:
        with await race([unknown, address(listening)]) as sock:
            return sock.getpeername()[1]

    assert listening == loop.run(scenario())


@pytest.mark.parametrize("turns", range(6))
def test_cancelled_at_any_turn(loop, listening, turns):
    """However many turns of the loop it got, a cancelled race leaves no socket open.

    asyncio's own race does: cancelled between its winner's last turn and its own, it forgets the winner.
    """

    async def scenario() -> socket.socket | None:
        task = asyncio.create_task(dial("127.0.0.1", listening))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        try:
            return await task
        except asyncio.CancelledError:
            return None
        finally:
            await asyncio.sleep(0.01)

    sock = loop.run(scenario())
    if sock is not None:
        sock.close()
    del sock
    gc.collect()  # an open one would warn here, and warnings are errors


def test_names(loop, listening):
    """Names are looked up; one that does not exist says so."""

    async def scenario(host: str) -> None:
        (await dial(host, listening)).close()

    loop.run(scenario("localhost"))
    with pytest.raises(socket.gaierror):
        loop.run(scenario("nowhere.invalid"))
