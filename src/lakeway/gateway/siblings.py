"""What the other processes of one gateway have counted: a scrape reaches one of them, and must tell of all.

Each listens on a socket of its own in a directory that only its user may enter, and answers whoever connects
with its snapshot. What one has told is kept there: a process that has died, or is too busy to answer, still
counted what it counted, and a counter that fell would look to Prometheus like one that began anew.
"""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import stat
import struct
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec

from lakeway.gateway.metrics import families
from lakeway.gateway.metrics.snapshot import Snapshot, decode, merge

log = logging.getLogger("lakeway.gateway")

TIMEOUT: Final = 1.0  # seconds for all of them together
SOCKET: Final = ".sock"
LAST: Final = ".last"
# Before a snapshot: its length in bytes.
_LENGTH: Final = struct.Struct("!Q")


class Siblings:
    """One process among those that share `directory`; `own` takes its snapshot."""

    def __init__(
        self, directory: str | Path, own: Callable[[], Snapshot], *, timeout: float = TIMEOUT
    ) -> None:
        self._directory = Path(directory)
        self._own = own
        self._timeout = timeout
        self._name = f"{os.getpid()}-{secrets.token_hex(4)}"
        self._server: asyncio.Server | None = None
        self._writing = asyncio.Lock()

    async def start(self) -> None:
        """Answer the others from now on. Raises PermissionError if anybody else may enter the directory."""
        if stat.S_IMODE(self._directory.stat().st_mode) & 0o077:
            raise PermissionError(f"{self._directory} must be open to its owner alone (mode 0700)")
        self._server = await asyncio.start_unix_server(self._answer, self._path(self._name, SOCKET))

    async def snapshot(self) -> Snapshot:
        """Everything that was counted, with the number of processes that answered."""
        others = [name for name in self._names(SOCKET) if name != self._name]
        answers = await asyncio.gather(*(self._ask(name) for name in others))
        told = {name: answer for name, answer in zip(others, answers, strict=True) if answer is not None}
        told[self._name] = self._own()
        async with self._writing:
            missing = await asyncio.to_thread(self._remember, told)
        merged = merge([*told.values(), *missing])
        merged.gauge(families.WORKERS, "", len(told))
        return merged

    async def aclose(self) -> None:
        """Stop answering, and leave behind what was counted here."""
        if self._server is not None:
            self._server.close()
            self._path(self._name, SOCKET).unlink(missing_ok=True)
            async with self._writing:
                await asyncio.to_thread(self._remember, {self._name: self._own()})

    async def _answer(self, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            told = self._own().encode()
            writer.write(_LENGTH.pack(len(told)) + told)
            with suppress(OSError):
                await writer.drain()
        finally:
            writer.close()

    async def _ask(self, name: str) -> Snapshot | None:
        try:
            async with asyncio.timeout(self._timeout):
                reader, writer = await asyncio.open_unix_connection(self._path(name, SOCKET))
                try:
                    (length,) = _LENGTH.unpack(await reader.readexactly(_LENGTH.size))
                    return decode(await reader.readexactly(length))
                finally:
                    writer.close()
        except (OSError, TimeoutError, asyncio.IncompleteReadError, msgspec.MsgspecError) as error:
            log.debug("The process %s does not tell its metrics: %r", name, error)
            return None

    def _remember(self, told: Mapping[str, Snapshot]) -> list[Snapshot]:
        """Keep what was told; answers what those had told who did not answer now, without their gauges."""
        for name, snapshot in told.items():
            written = self._path(name, f"{LAST}.{self._name}")
            written.write_bytes(snapshot.lasting().encode())
            written.replace(self._path(name, LAST))
        return [decode(self._path(name, LAST).read_bytes()) for name in self._names(LAST) if name not in told]

    def _names(self, ending: str) -> list[str]:
        return sorted(path.stem for path in self._directory.glob(f"*{ending}"))

    def _path(self, name: str, ending: str) -> Path:
        return self._directory / f"{name}{ending}"
