"""Who watches the gateway of this process besides its own counters: log, traces, and the other workers."""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from lakeway.gateway.call_log import CallLog
from lakeway.gateway.gateway import Gateway
from lakeway.gateway.line_writer import LineWriter
from lakeway.gateway.rounds import make_rounds
from lakeway.gateway.siblings import Siblings

log = logging.getLogger("lakeway.gateway")


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
            self.tracing.content = self.tracing.content and not asked.hides_content
        gateway.state.captures = self.tracing is not None
        gateway.state.heed(asked.log_prompts)

    async def run(self, current: Callable[[], Gateway]) -> None:
        """Until it is cancelled. `current` is the gateway in force."""
        siblings = None if self._directory is None else await self._join(self._directory)
        try:
            await make_rounds(current)
        finally:
            if siblings is not None:
                await siblings.aclose()

    async def _join(self, directory: str) -> Siblings | None:
        state = self._gateway.state
        siblings = Siblings(directory, state.snapshot)
        try:
            await siblings.start()
        except OSError as error:
            log.warning("/metrics tells of one worker at a time: %s", error)
            return None
        state.siblings = siblings
        return siblings

    def close(self) -> None:
        for each in (self.call_log, self.tracing):
            if each is not None:
                each.close()


@contextmanager
def meeting_place() -> Iterator[str]:
    """A directory that nobody else may enter."""
    with tempfile.TemporaryDirectory(prefix="lakeway-", ignore_cleanup_errors=True) as directory:
        yield directory
