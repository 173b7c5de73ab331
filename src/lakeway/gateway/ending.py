"""What the gateway is told from outside: to end, to end at once, or to read its configuration again.

A process of its own is told by SIGTERM or SIGINT, and a second one of these means at once. A worker is told
by its parent: a terminal or a service manager may send each signal to all processes, so that a worker
cannot tell a second wish from an echo of the first.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress

# To a worker, from its parent.
AT_ONCE = getattr(signal, "SIGUSR1", signal.SIGTERM)
SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGTERM", "SIGINT", "SIGHUP", "SIGUSR1") if hasattr(signal, name)
)


class Ending:
    """`begun` when what is running is to be finished, `hurried` when it is not."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.hurried = asyncio.Event()

    def begin(self) -> None:
        self.begun.set()

    def hurry(self) -> None:
        self.begun.set()
        self.hurried.set()

    def ask(self) -> None:
        """The first time to begin, and then to hurry."""
        if self.begun.is_set():
            self.hurry()
        else:
            self.begin()


def heed(ending: Ending, renew: Callable[[], None] | None, lifeline: int | None) -> None:
    """Take signals from now on, on the running loop. `lifeline` is a worker's end of a pipe to its parent."""
    loop = asyncio.get_running_loop()
    if lifeline is None:
        _on(loop, signal.SIGTERM, ending.ask)
        _on(loop, signal.SIGINT, ending.ask)
    else:
        _on(loop, signal.SIGTERM, ending.begin)
        _on(loop, AT_ONCE, ending.hurry)
        loop.add_reader(lifeline, _orphaned, loop, lifeline, ending)
    if renew is not None and hasattr(signal, "SIGHUP"):
        _on(loop, signal.SIGHUP, renew)
    if sys.platform != "win32":
        # What came since a worker was forked has waited until now.
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)


def ignore() -> None:
    """Leave signals to the system again: whoever is impatient with the last clean-up can end it."""
    loop = asyncio.get_running_loop()
    for number in SIGNALS:
        with suppress(NotImplementedError):
            loop.remove_signal_handler(number)


def _on(loop: asyncio.AbstractEventLoop, number: int, do: Callable[[], None]) -> None:
    try:
        loop.add_signal_handler(number, do)
    except NotImplementedError:  # Windows
        signal.signal(number, lambda *_: loop.call_soon_threadsafe(do))


def _orphaned(loop: asyncio.AbstractEventLoop, lifeline: int, ending: Ending) -> None:
    """The pipe closed with the parent, however that ended; nobody else would ever stop this worker."""
    loop.remove_reader(lifeline)
    os.close(lifeline)
    ending.begin()
