"""One virtual environment per subject under bench/.envs: made once, made again when its inputs change.

Installs only what the hashed locks name, compiles every file to byte code, and counts what was installed.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.subjects import REQUIREMENTS, ROOT, Subject

ENVIRONMENTS = ROOT / "bench" / ".envs"
INSTALLERS = frozenset({"pip", "setuptools", "wheel"})
_BUILD_LOCK = REQUIREMENTS / "bench-build.txt"
_STAMP = "bench-inputs"
Say = Callable[[str], None]


class SetUpFailed(Exception):
    """A command of the set-up ended with an error; carries the end of its output."""


@dataclass(frozen=True, slots=True)
class Environment:
    """A finished environment: its interpreter and what is in it, installers and `added` left out."""

    python: Path
    packages: dict[str, str]
    installed_bytes: int


def prepare(subject: Subject, say: Say) -> Environment:
    """The subject's environment, built if it is missing or out of date. Raises SetUpFailed."""
    folder = ENVIRONMENTS / subject.name
    inputs = [subject.lock, *(_wheel_inputs() if subject.from_source else ())]
    if _is_stale(folder, inputs):
        say(f"setting up {subject.title}")
        _create(folder)
        install_locked(_python(folder), subject.lock)
        if subject.from_source:
            _pip(_python(folder), "--no-deps", "--no-index", str(_build_wheel()))
        _compile(folder)
        _seal(folder, inputs)
    return inspect(folder, subject)


def install_locked(python: Path, lock: Path) -> None:
    """Exactly the lock's files, checked against its hashes; nothing is resolved."""
    _pip(python, "--require-hashes", "--no-deps", "-r", str(lock))


def fingerprint(files: Iterable[Path]) -> str:
    """One hash over this interpreter's version and the files' contents."""
    digest = hashlib.sha256(sys.version.encode())
    for file in sorted(files):
        digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


def _is_stale(folder: Path, inputs: list[Path]) -> bool:
    stamp = folder / _STAMP
    return not stamp.exists() or stamp.read_text() != fingerprint(inputs)


def _seal(folder: Path, inputs: list[Path]) -> None:
    (folder / _STAMP).write_text(fingerprint(inputs))


def _create(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    _run([sys.executable, "-m", "venv", str(folder)])


def _python(folder: Path) -> Path:
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _site_packages(folder: Path) -> Path:
    if os.name == "nt":
        return folder / "Lib" / "site-packages"
    return folder / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"


def _pip(python: Path, *arguments: str) -> None:
    _run([str(python), "-m", "pip", "install", "--quiet", "--no-compile", *arguments])


def _compile(folder: Path) -> None:
    """Some packages ship templates that are no Python, so an error of compileall is not one of ours."""
    command = [str(_python(folder)), "-m", "compileall", "-q", str(_site_packages(folder))]
    subprocess.run(command, capture_output=True, check=False)


def _wheel_inputs() -> list[Path]:
    sources = (path for path in (ROOT / "src").rglob("*") if path.is_file() and path.suffix != ".pyc")
    return [ROOT / "pyproject.toml", _BUILD_LOCK, *sources]


def _build_wheel() -> Path:
    """The wheel of this work tree, as a user would install it."""
    folder = ENVIRONMENTS / "build"
    if _is_stale(folder, [_BUILD_LOCK]):
        _create(folder)
        install_locked(_python(folder), _BUILD_LOCK)
        _seal(folder, [_BUILD_LOCK])
    wheels = ENVIRONMENTS / "wheels"
    shutil.rmtree(wheels, ignore_errors=True)
    options = ["--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", str(wheels)]
    _run([str(_python(folder)), "-m", "pip", "wheel", *options, str(ROOT)])
    return next(wheels.glob("lakeway-*.whl"))


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SetUpFailed(f"{' '.join(command)}\n{(done.stdout + done.stderr)[-3000:]}")


def inspect(folder: Path, subject: Subject) -> Environment:
    """Count what is installed in a virtual environment, the files of installers and `added` left out."""
    site = _site_packages(folder)
    found = {
        _normal(dist.metadata["Name"]): dist for dist in importlib.metadata.distributions(path=[str(site)])
    }
    left_out = found.keys() & (INSTALLERS | subject.added)
    foreign = {path for name in left_out for path in _files(found[name])}
    return Environment(
        python=_python(folder),
        packages={name: found[name].version for name in sorted(found.keys() - left_out)},
        installed_bytes=sum(path.stat().st_size for path in _tree(site) if path not in foreign),
    )


def _normal(name: str) -> str:
    return name.lower().replace("_", "-").replace(".", "-")


def _tree(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


def _files(dist: importlib.metadata.Distribution) -> Iterator[Path]:
    """The files of a distribution with their byte code."""
    for entry in dist.files or ():
        path = Path(os.path.normpath(str(dist.locate_file(entry))))
        yield path
        if path.suffix == ".py":
            yield Path(importlib.util.cache_from_source(str(path)))
