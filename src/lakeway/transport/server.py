"""An HTTP/1.1 server on sockets that listen: how it starts, how it ends, and how much it has to do.

The parts: `server_application` is what an application has to be, `server_connection` one connection,
`server_reply` one answer, `http1_request` and `http1_reply` the bytes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from lakeway.transport.http1_request import Request
from lakeway.transport.server_application import Application, Limits, Refused
from lakeway.transport.server_connection import LINGER, Connection
from lakeway.transport.server_hall import Hall
from lakeway.transport.server_reply import Reply

if TYPE_CHECKING:
    import socket
    from ssl import SSLContext

__all__ = ["Application", "Limits", "Refused", "Reply", "Request", "Server"]

BACKLOG = 2048
_UNWINDING = 1.0  # seconds for answers that were cut to clean up


class Server:
    """Serves `application` on any number of sockets, until it is drained."""

    def __init__(self, application: Application, limits: Limits | None = None) -> None:
        self._hall = Hall(application, limits or Limits())
        self._listeners: list[asyncio.AbstractServer] = []
        self._doors: list[tuple[socket.socket, SSLContext | None]] = []

    @property
    def application(self) -> Application:
        """Who gets the requests from here on; one whose head was read before stays where it is."""
        return self._hall.application

    @application.setter
    def application(self, application: Application) -> None:
        self._hall.application = application

    @property
    def connections(self) -> int:
        """How many are open, or have closed in the middle of something that the application still does."""
        return len(self._hall.connections)

    @property
    def in_flight(self) -> int:
        """How many requests are accepted, and the application is not done with them."""
        return sum(connection.request is not None for connection in self._hall.connections)

    async def start(self, sockets: Sequence[socket.socket], *, ssl: SSLContext | None = None) -> None:
        """Serve on `sockets`, which are bound; they are closed with the server."""
        loop = asyncio.get_running_loop()
        for sock in sockets:
            listener = await loop.create_server(
                partial(Connection, self._hall, loop),
                sock=sock,
                backlog=BACKLOG,
                ssl=ssl,
                ssl_handshake_timeout=self._hall.limits.head_seconds if ssl else None,
                ssl_shutdown_timeout=LINGER if ssl else None,
            )
            self._listeners.append(listener)
            self._doors.append((sock, ssl))

    async def drain(self, grace: float) -> int:
        """Stop: accept nothing more, finish what is asked within `grace` seconds, and cut the rest.

        Every answer from here on says `connection: close`. Returns how many requests were cut.
        """
        hall = self._hall
        await self._close_doors()
        hall.draining = True
        for connection in list(hall.connections):
            connection.drain()
        try:
            async with asyncio.timeout(grace):
                await hall.emptied()
        except TimeoutError:
            return await self._cut()
        return 0

    async def _close_doors(self) -> None:
        """The system resets what it has connected and nobody has accepted, so all of that is accepted in the
        very moment before."""
        loop = asyncio.get_running_loop()
        last: list[tuple[socket.socket, SSLContext | None]] = []
        for door, ssl in self._doors:
            with suppress(OSError):
                while True:
                    last.append((door.accept()[0], ssl))
        self._doors.clear()
        for listener in self._listeners:
            listener.close()
        for sock, ssl in last:
            sock.setblocking(False)
            await loop.connect_accepted_socket(partial(Connection, self._hall, loop), sock, ssl=ssl)

    async def _cut(self) -> int:
        connections = list(self._hall.connections)
        tasks = [connection.task for connection in connections if connection.task is not None]
        cut = self.in_flight
        for connection in connections:
            connection.cut()
        if tasks:
            await asyncio.wait(tasks, timeout=_UNWINDING)
        return cut
