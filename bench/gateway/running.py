"""What runs during a measurement: the two upstreams on one core, one gateway on the other."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.environments import Say, SetUpFailed
from bench.gateway import probe, process, upstream
from bench.gateway.installed import Installed, find
from bench.gateway.load import Load, Target, send
from bench.gateway.subjects import Address, Gateway, Launch, Place
from bench.subjects import ROOT

_KEPT = ("PATH", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH")
_PORT_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Cores:
    gateway: int
    load: int


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the upstreams listen: one for whole answers, one for streams; without nginx they are one."""

    whole: int
    stream: int


@dataclass(frozen=True, slots=True)
class Running:
    """A gateway that has answered once, and what is needed to load it."""

    server: process.Server
    whole: Target
    stream: Target
    folder: Path
    cores: Cores
    first_seconds: float

    def load(self, load: Load) -> dict[str, Any]:
        """wrk's summary with the CPU time that the gateway spent, how busy both cores were, and how much of
        the gateway's core others took.
        """
        before, cpu = _ticks(self.cores), process.cpu_seconds(self.server.pid)
        found = send(self.stream if load.stream else self.whole, load, self.folder, self.cores.load)
        used = process.cpu_seconds(self.server.pid) - cpu
        after = _ticks(self.cores)
        own = Busy(before[0], after[0])
        return found | {
            "connections": load.connections,
            "cpu_s": used,
            "gateway_core_busy": own.part,
            "gateway_core_others": own.part_beside(used),
            "load_core_busy": Busy(before[1], after[1]).part,
        }

    def resident_bytes(self) -> int:
        return process.resident_bytes(self.server.pid)


def _ticks(cores: Cores) -> tuple[tuple[int, int], tuple[int, int]]:
    return process.core_ticks(cores.gateway), process.core_ticks(cores.load)


@dataclass(frozen=True, slots=True)
class Busy:
    """A core between two readings of its (busy, all) ticks."""

    before: tuple[int, int]
    after: tuple[int, int]

    @property
    def part(self) -> float:
        """The part of the time in which it was not idle."""
        return round((self.after[0] - self.before[0]) / self._all, 3)

    def part_beside(self, seconds: float) -> float:
        """The part of the time beside `seconds` of CPU: other processes, other guests of the host."""
        return round(max(0.0, self.part - seconds * process.TICKS / self._all), 3)

    @property
    def _all(self) -> int:
        return max(1, self.after[1] - self.before[1])


@contextmanager
def upstreams(core: int, say: Say) -> Iterator[Ports]:
    """Both upstreams, running on `core`."""
    with ExitStack() as stack:
        stream = stack.enter_context(_own_upstream(core))
        try:
            nginx = find("nginx", "nginx")
        except SetUpFailed as missing:
            say(f"whole answers come from the slower upstream in Python: {missing}")
            yield Ports(stream, stream)
        else:
            yield Ports(stack.enter_context(_nginx_upstream(nginx, core)), stream)


@contextmanager
def _own_upstream(core: int) -> Iterator[int]:
    command = [sys.executable, "-m", "bench.gateway.upstream", str(core)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as own:
        assert own.stdout is not None
        port = own.stdout.readline().strip()
        if not port:
            raise RuntimeError("the upstream did not start: its error is above")
        yield int(port)


@contextmanager
def _nginx_upstream(nginx: str, core: int) -> Iterator[int]:
    port = free_port()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "nginx.conf").write_text(upstream.nginx_config(port))
        command = [nginx, "-p", name, "-c", "nginx.conf", "-e", "stderr"]
        with process.server(command, _environ(folder, {}), folder, core) as server:
            _wait_for(port, server)
            yield port


def _wait_for(port: int, server: process.Server) -> None:
    deadline = time.perf_counter() + _PORT_SECONDS
    while time.perf_counter() < deadline and server.is_running():
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except ConnectionRefusedError:
            time.sleep(0.01)
        else:
            return
    raise RuntimeError(f"the upstream did not start: {server.last_words()}")


@contextmanager
def started(gateway: Gateway, program: Installed, ports: Ports, cores: Cores) -> Iterator[Running]:
    """The gateway from its start to its end, in a folder and an environment that hold nothing of the user's.

    Raises probe.GatewayFailed when it does not come to answer, or answers wrongly.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        place = Place(free_port(), folder, ports.whole, ports.stream, program.program)
        launch = gateway.recipe(place)
        for file, text in launch.files.items():
            (folder / file).write_text(text)
        begun = time.perf_counter()
        with process.server(
            launch.command, _environ(folder, launch.environ), folder, cores.gateway
        ) as server:
            yield _running(server, launch, place, cores, begun)


def _running(server: process.Server, launch: Launch, place: Place, cores: Cores, begun: float) -> Running:
    whole, stream = Target(place.port, launch.whole), Target(place.port, launch.stream)
    seconds = probe.first_answer_seconds(server, whole, begun)
    return Running(server, whole, stream, place.folder, cores, seconds)


def _environ(folder: Path, added: Mapping[str, str]) -> dict[str, str]:
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return kept | {"HOME": str(folder)} | dict(added)


def free_port() -> int:
    """A port that nobody listened on a moment ago."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port


def direct(port: int, *, stream: bool) -> Target:
    """The upstream itself, asked as a gateway asks it."""
    name = "stream" if stream else "whole"
    return Target(port, Address(upstream.PATH, name, {"Authorization": f"Bearer {upstream.KEY}"}))
