"""Runs the gateway in this process: its event loop, its signals, its end. No other file knows of them."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from lakeway.gateway.app import App
from lakeway.gateway.gateway import Gateway
from lakeway.gateway.observation import Observation
from lakeway.gateway.problems import ConfigError
from lakeway.transport.server import Limits, Server

log = logging.getLogger("lakeway.gateway")

BACKLOG = 2048
# Kubernetes and systemd wait for 30 s and more before they kill.
GRACE = 25.0

# Reads the configuration again; what it answers makes the new gateway, on the event loop.
Reload = Callable[[], Callable[[], Gateway]]
_JOIN_TIMEOUT = 10.0


async def serve(
    gateway: Gateway,
    listener: socket.socket,
    *,
    observation: Observation | None = None,
    ready: Callable[[], None] = lambda: None,
    reload: Reload | None = None,
    grace: float = GRACE,
    limits: Limits | None = None,
) -> None:
    """Serve until SIGTERM or SIGINT, then finish what is running, for at most `grace` seconds.

    `ready` is told when it begins. SIGHUP asks `reload` for another gateway, and keeps the old one if there
    is none to be had. `observation` runs beside the requests, until the end.
    """
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    app = _app(gateway, observation)
    server = Server(app, limits or Limits())
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if reload is not None:
        renewal = Renewal(app, reload)
        loop.add_signal_handler(signal.SIGHUP, renewal.begin)
    await _until(server, app, listener, stop, ready, observation, grace)


async def _until(
    server: Server,
    app: App,
    listener: socket.socket,
    stop: asyncio.Event,
    ready: Callable[[], None],
    observation: Observation | None,
    grace: float,
) -> None:
    await server.start([listener])
    _settle_memory()
    beside = asyncio.ensure_future(observation.run()) if observation is not None else None
    ready()
    try:
        await stop.wait()
    finally:
        state = app.gateway.state
        state.draining = True
        cut = await server.drain(grace)
        if cut:
            log.warning("%d calls were still running after %g s, and were cut off.", cut, grace)
        if beside is not None:
            beside.cancel()
            await asyncio.gather(beside, return_exceptions=True)
        await state.aclose()


def _app(gateway: Gateway, observation: Observation | None) -> App:
    if observation is None:
        return App(gateway)
    further = () if observation.tracing is None else (observation.tracing,)
    return App(gateway, *further, call_log=observation.call_log)


class Renewal:
    """A configuration read again while the old one goes on; a second wish is served after the first."""

    def __init__(self, app: App, reload: Reload) -> None:
        self._app = app
        self._reload = reload
        self._task: asyncio.Task[None] | None = None
        self._again = False

    def begin(self) -> None:
        if self._task is not None and not self._task.done():
            self._again = True
            return
        self._task = asyncio.get_running_loop().create_task(self._carry_out())

    async def _carry_out(self) -> None:
        while True:
            self._again = False
            await self._once()
            if not self._again:
                return

    async def _once(self) -> None:
        try:
            make = await asyncio.to_thread(self._reload)
            gateway = make()
        except (ConfigError, OSError) as error:
            log.error("The configuration was not changed, the one in force stays:\n%s", error)  # noqa: TRY400
            return
        self._app.gateway = gateway
        log.warning("The configuration was read again; %d models.", len(gateway.groups.names))


def _settle_memory() -> None:
    """Let the collector forget whatever exists when the work begins: it would search it for ever (a fourfold
    p99 was measured)."""
    gc.collect()
    gc.freeze()


def new_loop() -> asyncio.AbstractEventLoop:
    """uvloop where there is one: half the cost of a request."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    loop: asyncio.AbstractEventLoop = uvloop.new_event_loop()
    return loop


def run(main: Callable[[], Any]) -> None:
    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(main())


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens, so that two gateways cannot start on one address. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=BACKLOG)


@contextmanager
def running(gateway: Gateway, *, limits: Limits | None = None) -> Iterator[str]:
    """Serve in a thread, on a free port of this machine, and yield the address."""
    stop: asyncio.Event = asyncio.Event()
    loops: list[asyncio.AbstractEventLoop] = []
    started = threading.Event()

    async def main() -> None:
        loops.append(asyncio.get_running_loop())
        app = App(gateway)
        server = Server(app, limits or Limits())
        await _until(server, app, listener, stop, started.set, None, 1.0)

    with listen("127.0.0.1", 0) as listener:
        thread = threading.Thread(target=run, args=(main,), name="lakeway-gateway", daemon=True)
        thread.start()
        started.wait(_JOIN_TIMEOUT)
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            if loops:
                loops[0].call_soon_threadsafe(stop.set)
            thread.join(_JOIN_TIMEOUT)
