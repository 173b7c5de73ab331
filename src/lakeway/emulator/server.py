"""Runs the emulator on uvicorn. The only file that knows the server."""

from __future__ import annotations

from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from lakeway.emulator.app import create_app
from lakeway.emulator.delivery import TRANSPORT
from lakeway.emulator.settings import Settings

HOST = "127.0.0.1"
PORT = 4010


class Protocol(HttpToolsProtocol):
    """Hands the connection to the application, which has to break it on demand."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        scope: Any = self.scope
        scope["extensions"] = {TRANSPORT: self.transport}


def server(settings: Settings, host: str = HOST, port: int = PORT) -> uvicorn.Server:
    """A server that is ready to be run."""
    return uvicorn.Server(
        uvicorn.Config(
            create_app(settings),
            host=host,
            port=port,
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


def serve(settings: Settings | None = None, host: str = HOST, port: int = PORT) -> None:
    """Serve until interrupted."""
    server(settings or Settings(), host, port).run()
