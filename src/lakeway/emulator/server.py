"""Runs the emulator on uvicorn. The only file that knows the server."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from lakeway.emulator.app import application
from lakeway.emulator.delivery import TRANSPORT
from lakeway.emulator.settings import Settings
from lakeway.emulator.workspace import Workspace

HOST = "127.0.0.1"
PORT = 4010


class Protocol(HttpToolsProtocol):
    """Hands the connection to the application, which has to break it on demand."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        scope: Any = self.scope
        scope["extensions"] = {TRANSPORT: self.transport}


def server(workspace: Workspace) -> uvicorn.Server:
    """A server for `workspace`, to be run on sockets that are bound already."""
    return uvicorn.Server(
        uvicorn.Config(
            application(workspace),
            http=Protocol,
            ws="none",
            lifespan="off",
            log_level="critical",
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=1,
        )
    )


def serve(
    settings: Settings | None = None,
    host: str = HOST,
    port: int = PORT,
    ready: Callable[[str], None] | None = None,
) -> None:
    """Serve until interrupted; `ready` is told the address. Raises OSError when it cannot be bound."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, port), family=family) as listener:
        if ready is not None:
            shown = f"[{host}]" if ":" in host else host
            ready(f"http://{shown}:{listener.getsockname()[1]}")
        server(Workspace(settings or Settings())).run(sockets=[listener])
