"""Load: what wrk is asked to send, and what it says came of it. No two neighbouring requests are alike."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from bench.gateway import upstream
from bench.gateway.process import on_core
from bench.gateway.subjects import FOLDER, Address

SCRIPT = FOLDER / "load.lua"
MARKER = "@N@"
_ANSWER_SECONDS = 30
_MARGIN_SECONDS = 60
Bodies = Literal["pool", "unique"]


class LoadFailed(Exception):
    """wrk did not run, or what came back was not what was asked for."""


@dataclass(frozen=True, slots=True)
class Target:
    """A gateway's address on its port."""

    port: int
    address: Address

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}{self.address.path}"


def body(model: str, number: object = MARKER, *, stream: bool = False) -> str:
    """A chat of two messages; `number` makes it differ from all others."""
    request: dict[str, Any] = {
        "model": model,
        "messages": [
            {"role": "system", "content": f"You are the assistant of team {number}."},
            {"role": "user", "content": "Tell me something about the sea, in about eighty words, please."},
        ],
        "max_tokens": 200,
        "temperature": 0.7,
    }
    return json.dumps(request | ({"stream": True} if stream else {}))


@dataclass(frozen=True, slots=True)
class Load:
    """So many connections for so many seconds, each sending its next request when the last is answered."""

    connections: int
    seconds: int
    stream: bool = False
    bodies: Bodies = "pool"


def send(target: Target, load: Load, folder: Path, core: int) -> dict[str, Any]:
    """Run wrk with one thread on `core`; its counts and latencies. Raises LoadFailed."""
    template = folder / "body.json"
    template.write_text(body(target.address.model, stream=load.stream))
    arguments = [str(template), load.bodies]
    if load.stream:
        expected = folder / "expected.txt"
        expected.write_text(upstream.stream_text())
        arguments.append(str(expected))
    with on_core(core):
        done = subprocess.run(
            [*command(target, load), "--", *arguments],
            capture_output=True,
            text=True,
            check=False,
            timeout=load.seconds + _MARGIN_SECONDS,
        )
    return checked(summary(done.stdout, done.stderr))


def command(target: Target, load: Load) -> list[str]:
    """wrk's arguments as far as its `--`."""
    headers = {"Content-Type": "application/json", **target.address.headers}
    return [
        *("wrk", "--threads", "1", "--connections", str(load.connections)),
        *("--duration", f"{load.seconds}s", "--timeout", f"{_ANSWER_SECONDS}s", "--script", str(SCRIPT)),
        *(part for name, value in headers.items() for part in ("--header", f"{name}: {value}")),
        target.url,
    ]


def summary(stdout: str, stderr: str) -> dict[str, Any]:
    """The line that load.lua writes last. Raises LoadFailed when there is none."""
    last = stdout.strip().rpartition("\n")[2]
    if not last.startswith("{"):
        raise LoadFailed((stderr + stdout).strip()[-1_000:] or "wrk said nothing")
    found: dict[str, Any] = json.loads(last)
    return found


def checked(found: dict[str, Any]) -> dict[str, Any]:
    """The summary itself if every request was answered, and rightly. Raises LoadFailed."""
    faults = {name: found[name] for name in ("wrong", "refused", "broken", "late") if found[name]}
    if faults or not found["requests"]:
        told = ", ".join(f"{count:,} {name}" for name, count in faults.items()) or "none answered"
        raise LoadFailed(f"of {found['requests']:,} requests: {told}")
    return found


def with_key(address: Address, key: str) -> Address:
    """The same address asked with another key."""
    headers: Mapping[str, str] = {**address.headers, "Authorization": f"Bearer {key}"}
    return Address(address.path, address.model, headers)
