"""Who watches the gateway of this process besides its own counters: log, traces, and the other workers."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from lakeway.gateway.call_log import CallLog
from lakeway.gateway.gateway import Gateway
from lakeway.gateway.line_writer import LineWriter
from lakeway.gateway.siblings import Siblings


class Observation:
    """Made in the process that serves: it has threads, and threads do not survive a fork.

    `directory` is where the workers of one gateway meet, if there are several.
    """

    def __init__(self, gateway: Gateway, directory: str | None = None, *, log_calls: bool = True) -> None:
        self._gateway = gateway
        self._directory = directory
        asked = gateway.assembly
        wanted = log_calls and asked.log_calls
        self.call_log = CallLog(LineWriter(), log_prompts=asked.log_prompts) if wanted else None
        self.tracing: Any = None
        if "otel" in asked.callbacks:
            from lakeway.gateway.tracing import Tracing

            self.tracing = Tracing.from_environ(os.environ)

    async def run(self) -> None:
        """Until it is cancelled."""
        siblings = None
        if self._directory is not None:
            state = self._gateway.state
            siblings = state.siblings = Siblings(self._directory, lambda: state.metrics.snapshot())
            await siblings.start()
        try:
            await asyncio.Event().wait()
        finally:
            if siblings is not None:
                await siblings.aclose()

    def close(self) -> None:
        for each in (self.call_log, self.tracing):
            if each is not None:
                each.close()


@contextmanager
def meeting_place() -> Iterator[str]:
    """A directory that nobody else may enter."""
    with tempfile.TemporaryDirectory(prefix="lakeway-", ignore_cleanup_errors=True) as directory:
        yield directory
