"""Several processes on one port: the parent starts them, passes signals on, and replaces one that dies.

They share the listening socket, so a connection that waits in its queue belongs to none of them and is lost
with none. Each has its own event loop, connections and counters.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress

from msgspec import Struct

# A worker that dies sooner than this after its start is not started again at once.
BRIEF = 1.0
_PAUSE = 0.5
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Worker(Struct):
    pid: int
    began: float


class Workers:
    """`start` is what each of them does; it returns when the worker is to end. `renew` is called before they
    are told of a SIGHUP: what it changes is there in those that are started later."""

    def __init__(self, count: int, start: Callable[[], None], renew: Callable[[], None]) -> None:
        self._count = count
        self._start = start
        self._renew = renew
        self._workers: dict[int, Worker] = {}
        self._ending = False

    def run(self) -> int:
        """Until SIGTERM or SIGINT has ended all. The exit status: 1 when they would not even start."""
        for number in SIGNALS:
            signal.signal(number, self._pass_on)
        for _ in range(self._count):
            self._fork()
        while self._workers:
            pid, status = os.wait()
            worker = self._workers.pop(pid, None)
            if worker is None or self._ending:
                continue
            if os.waitstatus_to_exitcode(status) != 0 and self._is_hopeless(worker):
                self._pass_on(signal.SIGTERM, None)
                return self._end(1)
            self._fork()
        return 0

    def _is_hopeless(self, worker: Worker) -> bool:
        """All others are young too: what is wrong is wrong with every one."""
        now = time.monotonic()
        if now - worker.began >= BRIEF:
            return False
        time.sleep(_PAUSE)
        return all(now - other.began < BRIEF for other in self._workers.values())

    def _end(self, status: int) -> int:
        while self._workers:
            pid, _ = os.wait()
            self._workers.pop(pid, None)
        return status

    def _fork(self) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        # No signal may reach the child while it still has its parent's handlers.
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        pid = os.fork()
        if pid:
            self._workers[pid] = Worker(pid, time.monotonic())
            signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
            return
        for each in SIGNALS:
            signal.signal(each, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        status = 1
        try:
            self._start()
            status = 0
        except KeyboardInterrupt:
            status = 0
        except BaseException:  # noqa: BLE001 - the process ends here, whatever it was
            import traceback

            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)

    def _pass_on(self, number: int, _frame: object) -> None:
        if number == signal.SIGHUP:
            self._renew()
        else:
            self._ending = True
        for pid in list(self._workers):
            with suppress(ProcessLookupError):  # it may have ended in the meantime
                os.kill(pid, number)
