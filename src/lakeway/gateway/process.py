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
from lakeway.gateway.problems import ConfigError
from lakeway.gateway.workers import Workers

# The configuration as it is now, and who may come in.
Reader = Callable[[], tuple[Assembly, Access]]


class Process:
    """`gateway` was made here and has served nobody yet, so every worker can begin with it."""

    def __init__(
        self, gateway: Gateway, listener: socket.socket, read: Reader, *, log_calls: bool = True
    ) -> None:
        self._gateway = gateway
        self._listener = listener
        self._read = read
        self._log_calls = log_calls

    def run(self, workers: int, ready: Callable[[], None]) -> int:
        """Serve until told to stop; the exit status. `ready` is told when requests are taken."""
        if workers == 1:
            self._work(None, ready)
            return 0
        ready()
        gc.freeze()  # what is shared with the workers stays shared
        with meeting_place() as directory:
            return Workers(workers, lambda: self._work(directory), renew=self._renew).run()

    def _work(self, directory: str | None, ready: Callable[[], None] = lambda: None) -> None:
        observation = Observation(self._gateway, directory, log_calls=self._log_calls)
        try:
            server.run(
                lambda: server.serve(
                    self._gateway,
                    self._listener,
                    observation=observation,
                    ready=ready,
                    reload=self._reload,
                )
            )
        finally:
            observation.close()

    def _reload(self) -> Callable[[], Gateway]:
        assembly, access = self._read()
        return lambda: Gateway.renewed(assembly, access, self._gateway.state)

    def _renew(self) -> None:
        """For workers that are started later; what is wrong with it is told by those that run."""
        try:
            self._gateway = self._reload()()
        except (ConfigError, OSError):
            return
