"""One run: rounds of fresh processes, all subjects in turn, and the records they print.

A round does each measure for every subject before the next measure, so that whatever disturbs the
machine disturbs all of them alike.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import machine
from bench.environments import Environment, Say
from bench.subjects import ROOT

WORKER = ROOT / "bench" / "worker.py"
_WORKER_SECONDS = 600
_KEPT = ("PATH", "SYSTEMROOT", "LANG", "LC_ALL", "TMPDIR", "TEMP", "LD_LIBRARY_PATH")

_IN_FAVOUR_OF_THE_PEER = {
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",  # else importing it downloads a price list
    "LITELLM_MODE": "PRODUCTION",  # else importing it looks for .env files
    "HF_HUB_OFFLINE": "1",  # else a stream of a Llama model asks a model hub for its tokenizer, with retries
}


@dataclass(frozen=True, slots=True)
class Size:
    """How much is done: `rounds` of everything, and per round so many processes, calls and streams."""

    rounds: int = 3
    imports: int = 3
    firsts: int = 1
    memory_calls: int = 200
    calls: int = 500
    async_calls: int = 2_000
    streams: int = 20
    paced_streams: int = 2
    embeddings: int = 3


QUICK = Size(1, imports=3, calls=100, async_calls=256, streams=4, paced_streams=1, embeddings=1)


@dataclass(frozen=True, slots=True)
class Task:
    """A measure to be recorded under `name`, done `repeat` times a round in fresh processes."""

    name: str
    worker: str
    count: int
    repeat: int = 1
    against_empty: bool = False
    paced: bool = False
    only: tuple[str, str] | None = None
    """(subject, the variant of its client): the measure makes sense for that one alone."""


def tasks(size: Size) -> tuple[Task, ...]:
    return (
        Task("import", "import", 0, repeat=size.imports, against_empty=True),
        Task("first", "first", 1, repeat=size.firsts, against_empty=True),
        Task("memory", "memory", size.memory_calls),
        Task("calls", "calls", size.calls),
        Task("acalls", "acalls", size.async_calls),
        Task("stream", "stream", size.streams),
        Task("astream", "astream", size.streams),
        Task("paced", "stream", size.paced_streams, paced=True),
        Task("apaced", "astream", size.paced_streams, paced=True),
        Task("embeddings", "embeddings", size.embeddings),
        Task("embeddings-float", "embeddings", size.embeddings, only=("openai", "openai-float")),
    )


def run(environments: Mapping[str, Environment], size: Size, say: Say) -> list[dict[str, Any]]:
    """Every record of the run, failures among them as `{"error": ...}`."""
    records = [_installed(name, environment) for name, environment in environments.items()]
    placed = machine.cores()
    with upstream(placed[1] if placed else None) as host, tempfile.TemporaryDirectory() as home:
        if placed:
            machine.pin(placed[0])
        bench = Bench(host, home)
        for number in range(size.rounds):
            records.append(_yardstick(number))
            for task in tasks(size):
                say(f"round {number + 1} of {size.rounds}: {task.name}")
                records += _task(bench, task, environments, number)
    return records


def _installed(name: str, environment: Environment) -> dict[str, Any]:
    packages, size = len(environment.packages), environment.installed_bytes
    return {"subject": name, "measure": "installed", "packages": packages, "bytes": size}


def _yardstick(number: int) -> dict[str, Any]:
    """How fast this interpreter is on this core just now: figures of two runs compare only if it agrees."""
    return {
        "subject": "python",
        "measure": "yardstick",
        "round": number,
        "seconds": machine.yardstick_seconds(),
    }


def _task(
    bench: Bench, task: Task, environments: Mapping[str, Environment], number: int
) -> Iterator[dict[str, Any]]:
    for _ in range(task.repeat):
        for name in _turn(list(environments), number):
            if task.only is None or task.only[0] == name:
                label = {"subject": name, "measure": task.name, "round": number}
                yield label | bench.measure(environments[name], task, name)


def _turn(names: list[str], number: int) -> list[str]:
    """Nobody is always first."""
    start = number % len(names)
    return names[start:] + names[:start]


class Bench:
    """Starts workers against one upstream, with an environment that holds nothing of the user's."""

    def __init__(self, host: str, home: str, path: Sequence[Path] = (ROOT,)) -> None:
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        bare = {
            "HOME": home,
            "USERPROFILE": home,
            "NO_PROXY": "*",
            "PYTHONPATH": os.pathsep.join(map(str, path)),
        }
        self._environ = kept | bare | _IN_FAVOUR_OF_THE_PEER
        self._host = host
        self._home = home

    def measure(self, environment: Environment, task: Task, subject: str) -> dict[str, Any]:
        """What the worker printed, with the wall time of its process and of an empty one if asked for."""
        client = task.only[1] if task.only else subject
        base = f"{self._host}{'/paced' if task.paced else ''}/serving-endpoints"
        try:
            record, seconds = self._worker(environment.python, client, task.worker, base, task.count)
            if task.against_empty:
                _, empty = self._worker(environment.python, client, "nothing", base, 0)
                record |= {"process_s": seconds, "empty_process_s": empty}
        except subprocess.SubprocessError as failure:
            return {"error": _last_words(failure)}
        return record

    def _worker(self, python: Path, *arguments: str | int) -> tuple[dict[str, Any], float]:
        command = [str(python), "-P", "-s", str(WORKER), *map(str, arguments)]
        started = time.perf_counter()
        done = subprocess.run(
            command,
            env=self._environ,
            cwd=self._home,
            capture_output=True,
            check=True,
            timeout=_WORKER_SECONDS,
        )
        seconds = time.perf_counter() - started
        return json.loads(done.stdout.splitlines()[-1]), seconds


def _last_words(failure: subprocess.SubprocessError) -> str:
    stderr: bytes = getattr(failure, "stderr", None) or b""
    return stderr.decode(errors="replace").strip()[-3_000:] or type(failure).__name__


@contextmanager
def upstream(core: int | None) -> Iterator[str]:
    """A running upstream, as `http://127.0.0.1:port`."""
    command = [sys.executable, "-m", "bench.upstream", *([str(core)] if core is not None else [])]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        port = process.stdout.readline().strip()
        if not port:
            raise RuntimeError("the upstream did not start: its error is above")
        yield f"http://127.0.0.1:{port}"
