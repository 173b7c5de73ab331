"""One measurement in one fresh process: `worker.py SUBJECT MEASURE BASE COUNT` prints one JSON line.

Runs in the subject's environment. Its head imports nothing that is not already loaded in an empty
interpreter: what it imported would be missing from the price of `import litellm`.
"""

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def main(subject: str, measure: str, base: str, count: int) -> None:
    record: dict[str, Any] = {}
    if measure == "import":
        __import__(subject)
    elif measure != "nothing":
        from bench import measures

        record = measures.MEASURES[measure](subject, base, count)
    record |= memory()
    report(record)


def memory() -> dict[str, int]:
    """Resident bytes now and at their highest, as far as the system tells."""
    try:
        with open("/proc/self/status", "rb") as lines:
            fields = dict(line.split(b":", 1) for line in lines if line.startswith((b"VmRSS", b"VmHWM")))
        return {
            "resident_bytes": int(fields[b"VmRSS"].split()[0]) * 1024,
            "peak_bytes": int(fields[b"VmHWM"].split()[0]) * 1024,
        }
    except OSError:
        return _peak_only()


def _peak_only() -> dict[str, int]:
    try:
        import resource
    except ImportError:
        return {}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    peak *= 1 if sys.platform == "darwin" else 1024
    return {"resident_bytes": peak, "peak_bytes": peak}


def report(record: "dict[str, Any]") -> None:
    """Print and leave at once: how long a library takes to shut down is not measured."""
    pairs = ", ".join(f'"{name}": {value}' for name, value in record.items())
    os.write(1, f"{{{pairs}}}\n".encode())
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
