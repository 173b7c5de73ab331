"""Several processes on one port: the parent starts them, passes on what it is told, and replaces one that
dies.

They share the listening socket, so a connection that waits in its queue belongs to none of them and is lost
with none. Each has its own event loop, connections and counters. The parent waits for signals instead of
being interrupted by them, so that it does one thing at a time, and holds a pipe open for as long as it lives:
workers end when it closes.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress

from lakeway.gateway.ending import AT_ONCE, SIGNALS

log = logging.getLogger("lakeway.gateway")

# A worker that dies sooner than this after its start is replaced after a pause, lest it be done all the time.
BRIEF = 1.0
_PAUSE = 0.5
# How a worker ends that could not begin, and one that broke down later.
NEVER_BEGAN = 3
BROKE_DOWN = 4
# Each time that the parent is told to end.
_STOPS = (signal.SIGTERM, AT_ONCE, signal.SIGKILL)

# A worker's work: it says when it has begun, watches its end of the pipe, and answers its exit status.
Start = Callable[[Callable[[], None], int], int]


class Workers:
    """`count` processes that `start` on `listener`. `renew` is called when a SIGHUP comes, for those that are
    started later; those that run are told only when it agrees."""

    def __init__(
        self, count: int, start: Start, *, listener: socket.socket, renew: Callable[[], bool]
    ) -> None:
        self._count = count
        self._start = start
        self._listener = listener
        self._renew = renew
        self._began: dict[int, float] = {}
        self._stops = 0
        self._status = 0
        self._lifeline, self._held = os.pipe()

    def run(self, ready: Callable[[], None]) -> int:
        """Until SIGTERM or SIGINT has ended all; 0 when every one ended well. `ready` is told when signals
        are heeded."""
        # Some systems do not keep a signal for later that nobody would have been told of.
        signal.signal(signal.SIGCHLD, lambda *_: None)
        watched = {*SIGNALS, signal.SIGCHLD} - {AT_ONCE}
        signal.pthread_sigmask(signal.SIG_BLOCK, watched)
        for _ in range(self._count):
            self._fork()
        ready()
        while self._began:
            self._heed(signal.sigwait(watched))
        return self._status

    def _heed(self, number: int) -> None:
        if number == signal.SIGCHLD:
            self._replace()
        elif number != signal.SIGHUP:
            self._stop()
        elif not self._stops and self._renew():
            self._tell(signal.SIGHUP)

    def _stop(self) -> None:
        """Nobody would take the connections that came from now on."""
        self._listener.close()
        self._tell(_STOPS[min(self._stops, len(_STOPS) - 1)])
        self._stops += 1

    def _tell(self, number: int) -> None:
        for pid in self._began:
            with suppress(ProcessLookupError):  # it may have ended in the meantime
                os.kill(pid, number)

    def _replace(self) -> None:
        codes, brief = self._reap()
        if self._stops:
            self._status = self._status or int(any(codes))
            return
        if brief:
            time.sleep(_PAUSE)
            codes += self._reap()[0]
        if not self._began and all(code == NEVER_BEGAN for code in codes):
            self._status = 1
            return
        for code in codes:
            log.warning("A worker ended with %d, another one takes its place.", code)
            self._fork()

    def _reap(self) -> tuple[list[int], bool]:
        """How those ended that did (-9 by SIGKILL), and whether one of them did so right after its start."""
        codes: list[int] = []
        brief = False
        with suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                began = self._began.pop(ended[0], None)
                if began is not None:
                    codes.append(os.waitstatus_to_exitcode(ended[1]))
                    brief = brief or time.monotonic() - began < BRIEF
        return codes, brief

    def _fork(self) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if pid:
            self._began[pid] = time.monotonic()
            return
        try:
            os._exit(self._live())
        finally:  # whatever happened, this is no second parent
            os._exit(BROKE_DOWN)

    def _live(self) -> int:
        """All of a worker's life. Signals wait until it can take them (see `ending`)."""
        os.close(self._held)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
        began: list[bool] = []
        try:
            return self._start(lambda: began.append(True), self._lifeline)
        except BaseException:  # noqa: BLE001 - the process ends here, whatever it was
            traceback.print_exc()
            return BROKE_DOWN if began else NEVER_BEGAN
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
