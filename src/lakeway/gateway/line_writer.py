"""Writes lines somewhere in batches, from a thread of its own: whoever hands them over never waits.

What the reader does not take in time is held, up to a limit; beyond it lines are dropped, counted, and the
count is logged.
"""

from __future__ import annotations

import logging
import os
import select
import stat
import threading
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Final

log = logging.getLogger("lakeway.gateway")

STDOUT: Final = 1
BATCH: Final = 64 * 1024  # bytes
DELAY: Final = 0.2  # seconds that a line may wait for others
LIMIT: Final = 4 * 1024 * 1024  # bytes that may wait for the reader
PATIENCE: Final = 2.0  # seconds, at the end


class LineWriter:
    """`target` is a file, which is appended to, or a descriptor that is open already. Raises OSError for a
    file that cannot be written."""

    def __init__(
        self,
        target: str | Path | int = STDOUT,
        *,
        limit: int = LIMIT,
        delay: float = DELAY,
        batch: int = BATCH,
    ) -> None:
        self._owned = not isinstance(target, int)
        self._fd = target if isinstance(target, int) else _open(target)
        self._limit, self._delay, self._batch = limit, delay, batch
        # Several processes may write to one pipe: it keeps writes apart up to this size.
        self._most = select.PIPE_BUF if stat.S_ISFIFO(os.fstat(self._fd).st_mode) else batch
        self._lines: deque[bytes] = deque()
        # Bytes, each counted by one thread alone; what waits is the difference.
        self._came = self._went = 0
        # Lines, likewise.
        self._refused = self._failed = self._reported = 0
        self._some, self._enough = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None
        self._closed = False

    @property
    def dropped(self) -> int:
        """Lines that were never written."""
        return self._refused + self._failed

    def write(self, line: bytes) -> None:
        """Take one line, without its end. To be called by one thread."""
        waiting = self._came - self._went
        if waiting > self._limit or self._closed:
            self._refused += 1
            return
        self._lines.append(line)
        self._came += len(line) + 1
        if not self._some.is_set():
            self._some.set()
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="lakeway-lines", daemon=True)
                self._thread.start()
        if waiting >= self._batch and not self._enough.is_set():
            self._enough.set()

    def close(self) -> None:
        """Write what is left, if the reader takes it within two seconds."""
        self._closed = True
        if self._thread is not None:
            self._some.set()
            self._enough.set()
            self._thread.join(PATIENCE)
            if self._thread.is_alive():
                log.warning("%d bytes of lines were left: nobody reads them.", self._came - self._went)
                return
        if self._owned:
            os.close(self._fd)

    def _work(self) -> None:
        while not self._closed or self._lines:
            self._some.wait()
            # Cleared before the lines are taken: whatever is added from now on wakes this thread again.
            self._some.clear()
            self._enough.wait(self._delay)
            self._enough.clear()
            self._write_all()
            self._report()

    def _write_all(self) -> None:
        for lines in self._batches():
            data = b"\n".join(lines) + b"\n"
            try:
                _write(self._fd, data)
            except OSError as error:
                if not self._failed:
                    log.warning("Lines cannot be written: %s", error)
                self._failed += len(lines)
            self._went += len(data)

    def _batches(self) -> Iterator[list[bytes]]:
        """All that is there, in writes that are not split up; a longer line goes alone."""
        lines: list[bytes] = []
        size = 0
        for _ in range(len(self._lines)):
            line = self._lines.popleft()
            if lines and size + len(line) + 1 > self._most:
                yield lines
                lines, size = [], 0
            lines.append(line)
            size += len(line) + 1
        if lines:
            yield lines

    def _report(self) -> None:
        dropped = self.dropped
        if dropped != self._reported:
            log.warning("%d lines were dropped: their reader is slow, or gone.", dropped - self._reported)
            self._reported = dropped


def _open(path: str | Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o640)


def _write(fd: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        try:
            rest = rest[os.write(fd, rest) :]
        except BlockingIOError:  # whoever opened it does not want to wait; this thread may
            select.select([], [fd], [])
