"""The gateway as a process of its own, or as several: what `lakeway serve` runs."""

from __future__ import annotations

import gc
import socket
from collections.abc import Callable

from lakeway.gateway import server
from lakeway.gateway.access import Access
from lakeway.gateway.assembly import Assembly
from lakeway.gateway.gateway import Gateway
from lakeway.gateway.observation import Observation, meeting_place
from lakeway.gateway.renewal import refusing

# The configuration as it is now, and who may come in.
Reader = Callable[[], tuple[Assembly, Access]]


class Process:
    """`gateway` was made here and has served nobody yet, so every worker can begin with it. `grace` are the
    seconds that calls have to finish in, at the end."""

    def __init__(
        self,
        gateway: Gateway,
        listener: socket.socket,
        read: Reader,
        *,
        log_calls: bool = True,
        grace: float = server.GRACE,
    ) -> None:
        self._gateway = gateway
        self._listener = listener
        self._read = read
        self._log_calls = log_calls
        self._grace = grace

    def run(self, workers: int, ready: Callable[[], None]) -> int:
        """Serve until told to end. `ready` is told when requests are taken. The exit status: 1 when calls
        were cut off, or workers would not start."""
        if workers == 1:
            return self._work(ready)
        from lakeway.gateway.workers import Workers

        gc.freeze()  # what is shared with the workers stays shared
        with meeting_place() as directory:

            def start(began: Callable[[], None], lifeline: int) -> int:
                return self._work(began, directory, lifeline)

            return Workers(workers, start, listener=self._listener, renew=self._renew).run(ready)

    def _work(
        self, ready: Callable[[], None], directory: str | None = None, lifeline: int | None = None
    ) -> int:
        observation = Observation(self._gateway, directory, log_calls=self._log_calls)
        try:
            cut = server.run(
                lambda: server.serve(
                    self._gateway,
                    self._listener,
                    observation=observation,
                    ready=ready,
                    reload=self._reload,
                    grace=self._grace,
                    lifeline=lifeline,
                )
            )
        finally:
            observation.close()
        return 1 if cut else 0

    def _reload(self) -> Callable[[], Gateway]:
        assembly, access = self._read()
        return lambda: Gateway.renewed(assembly, access, self._gateway.state)

    def _renew(self) -> bool:
        """For workers that are started later. Whether those that run are to read it too."""
        former = self._gateway
        with refusing():
            self._gateway = self._reload()()
        return self._gateway is not former
