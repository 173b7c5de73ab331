"""What /proc says is read right: times, memory, family."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import pytest
from bench.gateway.process import (
    Stat,
    cpu_seconds,
    parse_core,
    parse_resident,
    parse_stat,
    resident_bytes,
    server,
    tree,
)

linux = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")


@pytest.mark.parametrize("name", ["nginx", "a b", "odd) S 9 (name"])
def test_a_stat_line_is_read_whatever_the_process_is_called(name: str) -> None:
    """The name may hold what separates the other fields."""
    line = f"42 ({name}) S 7 42 42 0 -1 4194560 900 0 0 0 31 11 5 6 20 0 1 0 100 0 0\n"

    assert Stat(parent=7, ticks=42) == parse_stat(line)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("Name:\tnginx\nVmPeak:\t 9 kB\nVmRSS:\t  2048 kB\n", 2_097_152), ("Name:\tgone\nState:\tZ\n", 0)],
)
def test_resident_memory_is_in_bytes(text: str, expected: int) -> None:
    """A process that is ending has none left."""
    assert expected == parse_resident(text)


def test_a_core_is_busy_when_it_neither_idles_nor_waits() -> None:
    """Fields: user, nice, system, idle, iowait, irq, softirq, steal, and guests that user counts already."""
    text = "cpu  9 9 9 9 9 9 9 9 9 9\ncpu0 1 1 1 1 1 1 1 1 1 1\ncpu1 10 1 20 500 40 2 3 4 7 7\nintr 1\n"

    assert (40, 580) == parse_core(text, 1)


def test_an_unknown_core_is_an_error() -> None:
    """Rather than a core that is never busy."""
    with pytest.raises(ValueError, match="core 7"):
        parse_core("cpu0 1 1 1 1 1 1 1 1\n", 7)


def test_a_tree_is_the_process_with_all_that_descend_from_it() -> None:
    """Not its siblings, and nothing for a process that is gone."""
    stats = {pid: Stat(parent, 0) for pid, parent in {1: 0, 10: 1, 11: 10, 12: 11, 20: 1, 21: 20}.items()}

    assert {10, 11, 12} == tree(10, stats)
    assert set() == tree(99, stats)


@linux
def test_a_server_runs_on_its_core_and_is_gone_afterwards(tmp_path: Path) -> None:
    """Its children too, even one that takes no notice of SIGTERM."""
    child = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True)"
    child += "; time.sleep(60)"
    parent = (
        "import os, subprocess, sys, time\n"
        f"child = subprocess.Popen([sys.executable, '-c', {child!r}], stdout=subprocess.PIPE)\n"
        "child.stdout.readline()\n"
        "open('pids', 'w').write(f'{child.pid} {sorted(os.sched_getaffinity(0))}')\n"
        "time.sleep(60)\n"
    )
    core = max(os.sched_getaffinity(0))
    with server([sys.executable, "-c", parent], os.environ, tmp_path, core) as started:
        while not (tmp_path / "pids").exists() or not (tmp_path / "pids").read_text():
            assert started.is_running(), started.last_words()
        pid, _, cores = (tmp_path / "pids").read_text().partition(" ")
        resident = resident_bytes(started.pid)
        used = cpu_seconds(started.pid)

    assert f"[{core}]" == cores
    assert resident > 5_000_000
    assert used > 0
    assert started.process.returncode == -signal.SIGTERM
    assert is_gone_within_seconds(5, int(pid))


def is_gone_within_seconds(seconds: float, pid: int) -> bool:
    """A killed process takes a moment to end, and whose parent is gone may stay a zombie for long."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state == "Z":
            return True
        time.sleep(0.01)
    return False
