"""The computer a run happens on: its description, its load, and which core does what."""

from __future__ import annotations

import os
import platform
import time
from typing import Any


def cores() -> tuple[int, int] | None:
    """The cores for client and upstream, or None where processes cannot be pinned or share one core."""
    if not hasattr(os, "sched_getaffinity"):
        return None
    allowed = sorted(os.sched_getaffinity(0))
    return (allowed[0], allowed[-1]) if len(allowed) > 1 else None


def pin(core: int) -> None:
    """Keep this process, and what it starts from now on, on one core."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {core})


def load_average() -> float | None:
    """Runnable processes over the last minute; above 0.5 somebody else is using the cores."""
    return round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None


def yardstick_seconds() -> float:
    """CPU seconds of a fixed piece of plain Python, the best of three."""
    return min(_fixed_work() for _ in range(3))


def _fixed_work() -> float:
    started = time.process_time()
    total = 0
    for number in range(500_000):
        total += number % 7
    return time.process_time() - started


def describe() -> dict[str, Any]:
    """What a reader needs to judge the figures. No host name, no path."""
    return {
        "cpu": _cpu_model(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.release()}",
        "architecture": platform.machine(),
        "python": f"{platform.python_implementation()} {platform.python_version()}",
    }


def slug() -> str:
    """A name for the machine in file names, such as `linux-x86_64-2cores`."""
    return f"{platform.system()}-{platform.machine()}-{os.cpu_count()}cores".lower()


def _cpu_model() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            for line in lines:
                if line.startswith("model name"):
                    return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or "unknown"
