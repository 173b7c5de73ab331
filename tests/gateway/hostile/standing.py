"""The gateway under siege: a process of its own that tells, when asked, what it is holding.

`python standing.py CONFIG LIMITS`: its port is the first line of standard output. For every line of standard
input it writes its state as one of JSON. Its log goes to standard error, as does the log of calls.
"""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import os
import sys
from pathlib import Path
from typing import Any

from lakeway.gateway import memory
from lakeway.gateway.access import Access
from lakeway.gateway.app import App
from lakeway.gateway.call_log import CallLog
from lakeway.gateway.config import load_file
from lakeway.gateway.gateway import Gateway
from lakeway.gateway.line_writer import LineWriter
from lakeway.gateway.server import listen, new_loop
from lakeway.transport.server import Limits, Server

PAGE = os.sysconf("SC_PAGE_SIZE")


class Standing:
    def __init__(self, config: str, limits: dict[str, Any]) -> None:
        loaded = load_file(config, os.environ)
        key = loaded.config.general_settings.master_key
        self._gateway = Gateway.of(loaded, access=Access.by_key(key or ""))
        self._call_log = CallLog(LineWriter(2))
        self._server = Server(App(self._gateway, call_log=self._call_log), Limits(**limits))
        self._complaints: list[str] = []
        self._cycles = 0  # objects that nothing but each other held

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: self._complaints.append(repr(context)))
        with listen("127.0.0.1", 0) as listener:
            await self._server.start([listener])
            memory.settle()
            _say(listener.getsockname()[1])
            while await asyncio.to_thread(sys.stdin.readline):
                _say(json.dumps(self._state()))

    def _state(self) -> dict[str, Any]:
        self._cycles += gc.collect()
        state = self._gateway.state
        state.onlookers.flush()
        admission = state.admission
        return {
            "complaints": self._complaints,
            "connections": self._server.connections,
            "in flight": self._server.in_flight,
            "bytes expected": admission._expected,
            "running": admission.running,
            "waiting": admission.waiting,
            "reserved": state.metrics.in_flight,
            "loads": sum(each.load.in_flight for each in self._gateway.groups.deployments),
            "tasks": len(asyncio.all_tasks()) - 1,
            "resident": int(Path("/proc/self/statm").read_text().split()[1]) * PAGE,
            "objects": len(gc.get_objects()),
            "cycles": self._cycles,
        }


def _say(what: object) -> None:
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(Standing(sys.argv[1], json.loads(sys.argv[2])).run())
