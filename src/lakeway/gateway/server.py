"""Runs the gateway in this process: its event loop, its server, its end."""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

from lakeway.gateway import memory
from lakeway.gateway.app import App
from lakeway.gateway.ending import Ending, heed, ignore
from lakeway.gateway.gateway import Gateway
from lakeway.gateway.observation import Observation
from lakeway.gateway.renewal import Reload, Renewal
from lakeway.transport.server import Limits, Server

log = logging.getLogger("lakeway.gateway")

BACKLOG = 2048
# Kubernetes waits for 30 s before it kills, Docker for 10.
GRACE = 25.0
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
    lifeline: int | None = None,
) -> int:
    """Serve until told to end (see `ending`), then finish what is running, for at most `grace` seconds.

    `ready` is told when it begins. SIGHUP asks `reload` for another gateway, and keeps the old one if there
    is none to be had. `observation` runs beside the requests, until the end. Answers how many calls were
    cut off.
    """
    app = _app(gateway, observation)
    ending = Ending()
    heed(ending, None if reload is None else Renewal(app, reload).begin, lifeline)
    try:
        return await _until(ending, app, listener, ready, observation, grace, limits or Limits())
    finally:
        ignore()


async def _until(
    ending: Ending,
    app: App,
    listener: socket.socket,
    ready: Callable[[], None],
    observation: Observation | None,
    grace: float,
    limits: Limits,
) -> int:
    server = Server(app, limits)
    await server.start([listener])
    memory.settle()
    beside = asyncio.ensure_future(observation.run(lambda: app.gateway)) if observation is not None else None
    if beside is not None:
        beside.add_done_callback(_report)
    ready()
    await ending.begun.wait()
    state = app.gateway.state
    state.draining = True
    cut = await _finish(server, ending, grace)
    if cut:
        log.warning("Calls that were still running, and were cut off: %d.", cut)
    if beside is not None:
        beside.cancel()
        await asyncio.gather(beside, return_exceptions=True)
    await state.aclose()
    return cut


async def _finish(server: Server, ending: Ending, grace: float) -> int:
    """Answer what was accepted, unless there is a hurry; how many requests were cut."""
    draining = asyncio.ensure_future(server.drain(grace))
    hurried = asyncio.ensure_future(ending.hurried.wait())
    await asyncio.wait((draining, hurried), return_when=asyncio.FIRST_COMPLETED)
    hurried.cancel()
    if draining.done():
        return draining.result()
    draining.cancel()
    return await server.drain(0)


def _report(beside: asyncio.Task[None]) -> None:
    """Calls go on without it, but not in silence."""
    if not beside.cancelled() and (error := beside.exception()) is not None:
        log.error("What runs beside the calls has broken down.", exc_info=error)


def _app(gateway: Gateway, observation: Observation | None) -> App:
    if observation is None:
        return App(gateway)
    further = () if observation.tracing is None else (observation.tracing,)
    return App(gateway, *further, call_log=observation.call_log)


def new_loop() -> asyncio.AbstractEventLoop:
    """uvloop where there is one: half the cost of a request."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    loop: asyncio.AbstractEventLoop = uvloop.new_event_loop()
    return loop


def run(main: Callable[[], Coroutine[Any, Any, int]]) -> int:
    """What `main` comes to on a loop of its own."""
    with asyncio.Runner(loop_factory=new_loop) as runner:
        return runner.run(main())


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens, so that two gateways cannot start on one address. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=BACKLOG)


@contextmanager
def running(gateway: Gateway, *, limits: Limits | None = None) -> Iterator[str]:
    """Serve in a thread, on a free port of this machine, and yield the address."""
    endings: list[tuple[asyncio.AbstractEventLoop, Ending]] = []
    started = threading.Event()

    async def main() -> int:
        ending = Ending()
        endings.append((asyncio.get_running_loop(), ending))
        return await _until(ending, App(gateway), listener, started.set, None, 1.0, limits or Limits())

    with listen("127.0.0.1", 0) as listener:
        thread = threading.Thread(target=run, args=(main,), name="lakeway-gateway", daemon=True)
        thread.start()
        started.wait(_JOIN_TIMEOUT)
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            for loop, ending in endings:
                loop.call_soon_threadsafe(ending.begin)
            thread.join(_JOIN_TIMEOUT)
