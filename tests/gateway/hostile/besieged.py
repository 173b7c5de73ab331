"""A gateway in a process of its own, and those who besiege it."""

from __future__ import annotations

import asyncio
import json
import random
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from hostile.case import CHAT, HELLO, Case, post
from hostile.client import PATIENCE, Outcome, play
from hostile.verdict import complaints

SEED = 20_261_122
AT_ONCE = 24  # clients
AT_REST = {
    **dict.fromkeys(("connections", "in flight", "bytes expected", "running", "waiting"), 0),
    **dict.fromkeys(("reserved", "loads", "tasks"), 0),
    "complaints": [],
}
STANDING = Path(__file__).parent / "standing.py"


class Besieged:
    """`secrets` are what it must not tell anybody, nor its log."""

    def __init__(
        self,
        folder: Path,
        config: str,
        environ: Mapping[str, str],
        secrets: Sequence[str],
        limits: Mapping[str, float],
    ) -> None:
        self.secrets = tuple(secret.encode() for secret in secrets)
        self._log = folder / "log"
        (folder / "config.yaml").write_text(config)
        command = [sys.executable, str(STANDING), str(folder / "config.yaml"), json.dumps(dict(limits))]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                command, env=dict(environ), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log
            )
        self.port = int(self._line())

    def _line(self) -> bytes:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, self.log.decode(errors="replace")[-4000:]
        return line

    @property
    def log(self) -> bytes:
        return self._log.read_bytes()

    def state(self) -> dict[str, Any]:
        """What it holds now."""
        assert self._process.stdin is not None
        self._process.stdin.write(b"\n")
        self._process.stdin.flush()
        return dict(json.loads(self._line()))

    def at_rest(self) -> dict[str, Any]:
        """What it holds when everybody has gone, or after some seconds."""
        end = time.monotonic() + PATIENCE
        while True:
            state = self.state()
            held = {name: state[name] for name in AT_REST}
            if held == AT_REST or time.monotonic() > end:
                return held
            time.sleep(0.02)

    def settled(self) -> dict[str, Any]:
        """What it holds at rest, memory and all."""
        self.at_rest()
        return self.state()

    def attack(self, cases: Iterable[Case], *, at_once: int = AT_ONCE) -> dict[str, list[str]]:
        """Play them many at a time, in an order of no meaning; what is wrong, by name."""
        shuffled = list(cases)
        random.Random(SEED).shuffle(shuffled)
        outcomes = asyncio.run(_play(self.port, shuffled, at_once))
        found = {
            case.name: complaints(case, outcome, self.secrets)
            for case, outcome in zip(shuffled, outcomes, strict=True)
        }
        assert len(found) == len(shuffled), "two cases have one name"
        return {name: wrong for name, wrong in found.items() if wrong}

    def mishaps(self) -> list[str]:
        """The lines of its log that tell of a mistake of its own, or a secret."""
        lines = self.log.splitlines()
        bad = [line for line in lines if line.startswith((b"ERROR", b"CRITICAL", b"Traceback", b"  File"))]
        bad += [line for line in lines if any(secret in line for secret in self.secrets)]
        return [line.decode(errors="replace")[:1000] for line in bad]

    def works(self) -> Outcome:
        """A question like any other."""
        return asyncio.run(play(self.port, Case("hello", (post(CHAT, HELLO),), (200,))))

    def close(self) -> None:
        self._process.kill()
        self._process.wait(PATIENCE)
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()


async def _play(port: int, cases: Sequence[Case], at_once: int) -> list[Outcome]:
    turn = asyncio.Semaphore(at_once)

    async def one(case: Case) -> Outcome:
        async with turn:
            try:
                return await play(port, case)
            except TimeoutError:
                raise TimeoutError(f"{case.name}: no end") from None

    return await asyncio.gather(*(one(case) for case in cases))


class Canary:
    """A host that nobody has any reason to call."""

    def __init__(self) -> None:
        self.visits: list[bytes] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            try:
                visitor, _ = self._listener.accept()
            except OSError:
                return
            with visitor:
                visitor.settimeout(0.2)
                try:
                    self.visits.append(visitor.recv(1000))
                except OSError:
                    self.visits.append(b"")

    def close(self) -> None:
        self._listener.close()
