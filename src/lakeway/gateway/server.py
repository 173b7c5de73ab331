"""Runs the gateway on uvicorn. The only file of the gateway that knows the server."""

from __future__ import annotations

import gc
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn

from lakeway.gateway.app import application
from lakeway.gateway.gateway import Gateway

BACKLOG = 2048
# Kubernetes and systemd wait for 30 s and more before they kill.
GRACE = 25
KEEP_ALIVE = 75

_JOIN_TIMEOUT = 10.0


class _Server(uvicorn.Server):
    """Lets the collector forget whatever exists when the work begins: it would search it for ever (a fourfold
    p99 was measured)."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        gc.collect()
        gc.freeze()


def serve(gateway: Gateway, listener: socket.socket, ready: Callable[[], None]) -> None:
    """Serve until SIGTERM or SIGINT, then finish what is running; `ready` is told when it begins."""
    # uvicorn repeats the signal to us once it has drained: that is how a process is meant to end.
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(0))
    ready()
    _Server(_config(gateway, GRACE)).run(sockets=[listener])


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens, so that two gateways cannot start on one address. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=BACKLOG)


@contextmanager
def running(gateway: Gateway) -> Iterator[str]:
    """Serve in a thread, on a free port of this machine, and yield the address."""
    server = uvicorn.Server(_config(gateway, grace=1))
    with listen("127.0.0.1", 0) as listener:
        thread = threading.Thread(
            target=server.run, kwargs={"sockets": [listener]}, name="lakeway-gateway", daemon=True
        )
        thread.start()
        # The socket listens already: a first request waits in its queue until the server has started.
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(_JOIN_TIMEOUT)


def _config(gateway: Gateway, grace: int) -> uvicorn.Config:
    options: dict[str, Any] = {
        "http": "httptools",
        "ws": "none",
        "log_level": "warning",
        "access_log": False,
        "proxy_headers": False,
        "server_header": False,
        "timeout_keep_alive": KEEP_ALIVE,
        "timeout_graceful_shutdown": grace,
    }
    return uvicorn.Config(application(gateway), **options)
