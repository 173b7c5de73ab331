"""What the connections of one server have in common."""

from __future__ import annotations

import asyncio
import logging
import traceback
from typing import TYPE_CHECKING

from lakeway.transport.http1_reply import Openings
from lakeway.transport.server_application import Application, Limits

if TYPE_CHECKING:
    from lakeway.transport.server_connection import Connection

log = logging.getLogger("lakeway.gateway")


class Hall:
    """Where they are, whom they are for, and what they may do."""

    __slots__ = ("_left", "application", "connections", "draining", "limits", "openings")

    def __init__(self, application: Application, limits: Limits) -> None:
        self.application = application
        self.limits = limits
        self.openings = Openings()
        self.connections: set[Connection] = set()  # that are open, or for which answer() runs still
        self.draining = False
        self._left = asyncio.Event()  # some connection did

    def leave(self, connection: Connection) -> None:
        self.connections.discard(connection)
        self._left.set()

    async def emptied(self) -> None:
        """Wait until there is none."""
        while self.connections:
            self._left.clear()
            await self._left.wait()


def report(what: str, error: BaseException) -> None:
    """Log where the application failed, but not the error's text: that may hold what the client sent."""
    places = "".join(traceback.format_tb(error.__traceback__))
    log.error("%s() failed: %s\n%s", what, type(error).__name__, places)
