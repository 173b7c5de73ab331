"""Processes as Linux shows them under /proc: a tree's CPU time and memory, and how busy a core was.

Also starts a server on a core of its own, its output in a file, and ends the whole of what it started.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_STOP_SECONDS = 15.0
_LAST_WORDS = 3_000
TICKS = os.sysconf("SC_CLK_TCK")
"""The unit of time under /proc, per second."""


@dataclass(frozen=True, slots=True)
class Stat:
    """What /proc/<pid>/stat says of a process; `ticks` is its user and system time, all threads included."""

    parent: int
    ticks: int


def parse_stat(text: str) -> Stat:
    """The name in the second field may hold spaces and brackets: fields are counted after it (proc(5))."""
    fields = text.rpartition(")")[2].split()
    return Stat(parent=int(fields[1]), ticks=int(fields[11]) + int(fields[12]))


def parse_resident(text: str) -> int:
    """Bytes, from /proc/<pid>/status; a process that is ending has none."""
    for line in text.splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    return 0


def parse_core(text: str, core: int) -> tuple[int, int]:
    """(busy, all) ticks of one core since the machine started, from /proc/stat."""
    for line in text.splitlines():
        name, *fields = line.split()
        if name == f"cpu{core}":
            ticks = [int(field) for field in fields[:8]]
            return sum(ticks) - ticks[3] - ticks[4], sum(ticks)
    raise ValueError(f"/proc/stat knows no core {core}")


def tree(root: int, stats: Mapping[int, Stat]) -> set[int]:
    """The process and all that descend from it."""
    found, wanted = set[int](), {root}
    while wanted:
        found |= wanted
        wanted = {pid for pid, stat in stats.items() if stat.parent in wanted} - found
    return found & stats.keys()


def _stats() -> dict[int, Stat]:
    return dict(_each_stat())


def _each_stat() -> Iterator[tuple[int, Stat]]:
    for folder in _PROC.iterdir():
        if folder.name.isdigit():
            try:
                yield int(folder.name), parse_stat((folder / "stat").read_text())
            except (FileNotFoundError, ProcessLookupError):  # it ended meanwhile
                continue


def cpu_seconds(root: int) -> float:
    """User and system time of the tree so far."""
    stats = _stats()
    return sum(stats[pid].ticks for pid in tree(root, stats)) / TICKS


def resident_bytes(root: int) -> int:
    """Resident memory of the tree: pages that two of its processes share count twice."""
    return sum(map(_resident, tree(root, _stats())))


def _resident(pid: int) -> int:
    try:
        return parse_resident((_PROC / str(pid) / "status").read_text())
    except (FileNotFoundError, ProcessLookupError):
        return 0


def core_ticks(core: int) -> tuple[int, int]:
    """(busy, all) ticks of a core; the difference of two readings is how busy it was between them."""
    return parse_core((_PROC / "stat").read_text(), core)


@contextmanager
def on_core(core: int) -> Iterator[None]:
    """What is started meanwhile runs on this core; afterwards we are where we were."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@dataclass(frozen=True, slots=True)
class Server:
    """A running program and where its output goes."""

    process: subprocess.Popen[bytes]
    log: Path

    @property
    def pid(self) -> int:
        return self.process.pid

    def is_running(self) -> bool:
        return self.process.poll() is None

    def last_words(self) -> str:
        """The end of its output."""
        return self.log.read_text(errors="replace").strip()[-_LAST_WORDS:] or "it wrote nothing"


@contextmanager
def server(command: Sequence[str], environ: Mapping[str, str], folder: Path, core: int) -> Iterator[Server]:
    """The program in a process group of its own, in `folder`, on `core`; at the end the group is ended."""
    log = folder / "output.log"
    with log.open("wb") as output, on_core(core):
        process = subprocess.Popen(
            command,
            env=dict(environ),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield Server(process, log)
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """SIGTERM first; whatever is left of the group after that is killed."""
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(_STOP_SECONDS)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
