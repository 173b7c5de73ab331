"""A connected socket from a host and a port, on an event loop.

The loop's own `create_connection` would do, but loses an open socket when it is cancelled at the wrong
moment (asyncio.staggered keeps its winner to itself), and uvloop's tries addresses one after the other.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from typing import Any, TypeAlias

_HEAD_START = 0.25  # seconds of each address over the next (RFC 8305 section 5)

Address: TypeAlias = tuple[int, int, int, str, Any]  # as getaddrinfo gives it


async def dial(host: str, port: int) -> socket.socket:
    """Connect to the first address that answers. Raises OSError; cancelled, it leaves nothing open."""
    return await race(await _look_up(host, port))


async def race(addresses: Sequence[Address]) -> socket.socket:
    """Happy Eyeballs: an address that fails or is slow does not hold the next one up."""
    loop = asyncio.get_running_loop()
    winner: asyncio.Future[socket.socket] = loop.create_future()
    waiting = list(addresses)
    running: list[asyncio.Task[OSError | None]] = []
    failures: list[OSError | None] = []
    try:
        while waiting or running:
            if waiting:
                running.append(loop.create_task(_attempt(loop, waiting.pop(0), winner)))
            some: list[asyncio.Future[Any]] = [winner, *running]
            await asyncio.wait(some, timeout=_HEAD_START if waiting else None, return_when="FIRST_COMPLETED")
            if winner.done():
                return winner.result()
            failures += [attempt.result() for attempt in running if attempt.done()]
            running = [attempt for attempt in running if not attempt.done()]
    except BaseException:
        if not winner.cancel():
            winner.result().close()
        raise
    finally:
        for attempt in running:
            attempt.cancel()
    raise failures[-1] or OSError("no address")


async def _attempt(
    loop: asyncio.AbstractEventLoop, address: Address, winner: asyncio.Future[socket.socket]
) -> OSError | None:
    """Try to become the winner; whoever does not closes its socket. Answers why it failed."""
    family, kind, protocol, _, name = address
    sock: socket.socket | None = None
    try:
        sock = socket.socket(family, kind, protocol)
        sock.setblocking(False)
        await loop.sock_connect(sock, name)
        if not winner.done():
            winner.set_result(sock)
            sock = None
    except OSError as error:
        return error
    finally:
        if sock is not None:
            sock.close()
    return None


async def _look_up(host: str, port: int) -> Sequence[Address]:
    try:  # an address is no reason to wake a thread
        return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except socket.gaierror:
        return await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
