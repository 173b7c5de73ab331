"""What the pages print works: Python runs against the emulator, configurations load, commands exist."""

from __future__ import annotations

import contextlib
import inspect
import io
import re
import shlex
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lakeway.cli.root import lakeway as command

EXPECTED = re.compile(r"^# > (.*)$", re.MULTILINE)


def test_python_runs(
    page: Any, readdressed: Callable[[str], str], request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """The blocks of a page run in order in one namespace, and print what the page says after `# >`."""
    namespace: dict[str, Any] = {"__name__": "page"}
    with contextlib.chdir(tmp_path):
        for block in page.blocks("python"):
            printed = run(block, readdressed(block.code), namespace, request)
            expected = EXPECTED.findall(block.code)

            assert not expected or expected == printed.splitlines(), f"{block.page.name}:{block.line}"


def run(block: Any, code: str, namespace: dict[str, Any], request: pytest.FixtureRequest) -> str:
    """What the block prints. Tests that it defines are called with the fixtures that they ask for."""
    known = set(namespace)
    # Blank lines in front, so that a traceback shows the line of the page.
    compiled = compile("\n" * (block.line - 1) + code, str(block.page), "exec")
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(compiled, namespace)
    for name in [name for name in namespace if name.startswith("test_") and name not in known]:
        test = namespace[name]
        request.getfixturevalue("databricks_emulator").reset()  # as before every test
        test(**{each: request.getfixturevalue(each) for each in inspect.signature(test).parameters})
    return printed.getvalue()


def test_configurations_load(page: Any, gateway_of: Callable[[str], Any]) -> None:
    """Every configuration makes a gateway, and none has a key without effect."""
    for block in page.blocks("yaml"):
        assert () == gateway_of(block.code).notes, f"{block.page.name}:{block.line}"


def commands(page: Any, name: str) -> Iterator[list[str]]:
    """The words that follow `name` where a shell block calls it, to the end of that command."""
    for block in page.blocks("sh"):
        for line in block.code.replace("\\\n", " ").splitlines():
            words = shlex.split(line, comments=True)
            while words and "=" in words[0]:  # variables in front of a command
                words = words[1:]
            if words[:1] == [name]:
                yield words[1:]


def test_commands_exist(page: Any) -> None:
    """Each `lakeway` command and its options are there."""
    context = command.make_context("lakeway", [], resilient_parsing=True)
    for name, *words in commands(page, "lakeway"):
        found = command.get_command(context, name)
        assert found is not None, name
        options = {option for parameter in found.params for option in parameter.opts}
        assert {word.partition("=")[0] for word in words if word.startswith("-")} <= options


def test_make_targets_exist(page: Any, root: Path) -> None:
    """Each `make` target is there."""
    targets = set(re.findall(r"^([a-z-]+):", (root / "Makefile").read_text(), re.MULTILINE))
    named = {word for words in commands(page, "make") for word in words if "=" not in word}

    assert named <= targets


def test_extras_exist(page: Any, root: Path) -> None:
    """What follows `lakeway` or a dot in brackets can be installed."""
    extras = tomllib.loads((root / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    named = {
        extra
        for words in commands(page, "pip")
        for word in words
        for found in re.findall(r"\[([\w,]+)\]", word)
        for extra in found.split(",")
    }

    assert named <= extras.keys()
