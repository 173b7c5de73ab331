"""Puts the gateways here: Python ones from hashed locks, Portkey from an npm lock, nginx as it is found."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from bench.environments import ENVIRONMENTS, Say, SetUpFailed, prepare
from bench.gateway.subjects import FOLDER, PORTKEY, Gateway

_STAMP = "bench-inputs"
_PORTKEY_FILES = ("package.json", "package-lock.json", ".npmrc")
_PORTKEY = Path("node_modules") / "@portkey-ai" / "gateway"


@dataclass(frozen=True, slots=True)
class Installed:
    """What a recipe runs, and the versions that go into the record."""

    program: Path
    packages: dict[str, str]


def install(gateway: Gateway, say: Say) -> Installed:
    """The gateway, made on the first run and when its lock changes. Raises SetUpFailed."""
    for program, package in gateway.needs.items():
        find(program, package)
    if gateway.environment is not None:
        environment = prepare(gateway.environment, say)
        return Installed(environment.python.parent, environment.packages)
    if gateway.name == PORTKEY.name:
        return _portkey(say)
    program = next(iter(gateway.needs))
    return Installed(Path(find(program, program)), {program: version(program)})


def find(program: str, package: str) -> str:
    """The program's path. Raises SetUpFailed with the Debian package that has it."""
    found = shutil.which(program) or shutil.which(program, path="/usr/sbin:/sbin")
    if found is None:
        raise SetUpFailed(f"there is no `{program}` here; Debian has it: apt-get install {package}")
    return found


def version(program: str) -> str:
    """The first number in what `program -v` says: of nginx, wrk, node and npm alike."""
    done = subprocess.run([find(program, program), "-v"], capture_output=True, text=True, check=False)
    numbers = re.search(r"\d+(\.\d+)+", done.stdout + done.stderr)
    return numbers[0] if numbers else "unknown"


def _portkey(say: Say) -> Installed:
    folder = ENVIRONMENTS / "gateway-portkey"
    wanted = _fingerprint()
    stamp = folder / _STAMP
    if not stamp.exists() or stamp.read_text() != wanted:
        say("setting up Portkey")
        _npm_ci(folder)
        stamp.write_text(wanted)
    entry = folder / _PORTKEY / "build" / "start-server.js"
    released = json.loads((folder / _PORTKEY / "package.json").read_text())["version"]
    return Installed(entry, {"@portkey-ai/gateway": released, "node": version("node")})


def _fingerprint() -> str:
    files = [(FOLDER / "portkey" / name).read_bytes() for name in _PORTKEY_FILES]
    return hashlib.sha256(b"\0".join([version("node").encode(), *files])).hexdigest()


def _npm_ci(folder: Path) -> None:
    """Exactly the lock, checked against its hashes; no script of any package is run."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in _PORTKEY_FILES:
        shutil.copy(FOLDER / "portkey" / name, folder)
    command = [find("npm", "npm"), "ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(command, cwd=folder, env=os.environ, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SetUpFailed(f"npm ci\n{(done.stdout + done.stderr)[-3000:]}")
