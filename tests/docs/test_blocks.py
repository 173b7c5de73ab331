"""What the pages print works: Python runs against the emulator, configurations load, commands exist.

`yaml` blocks are configurations without a flaw; `yml` ones are anything else that is written in YAML.
"""

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

import click
import pytest
from click.testing import CliRunner

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


def test_what_a_command_prints_is_what_it_prints(page: Any, environ: dict[str, str], tmp_path: Path) -> None:
    """In a `console` block, for a file that is the nearest block of YAML above. Lines may be broken there."""
    files = page.blocks("yaml", "yml")
    for block in page.blocks("console"):
        config = [each.code for each in files if each.line < block.line][-1]
        (tmp_path / "config.yaml").write_text(config)
        called, _, expected = block.code.removeprefix("$ lakeway ").partition("\n")
        with contextlib.chdir(tmp_path):
            printed = CliRunner(env=environ).invoke(command, shlex.split(called)).output

        assert expected.split() == printed.split(), f"{block.page.name}:{block.line}"


def commands(page: Any, name: str) -> Iterator[list[str]]:
    """The words that follow `name` where a shell block calls it, to the end of that command."""
    for block in page.blocks("sh"):
        for line in block.code.replace("\\\n", " ").splitlines():
            for piped in line.partition(" #")[0].split("|"):
                words = shlex.split(piped.partition(">")[0], comments=True)
                while words and "=" in words[0]:  # variables in front of a command
                    words = words[1:]
                if words[:1] == [name]:
                    yield words[1:]


def test_commands_exist(page: Any) -> None:
    """Each `lakeway` command and its options are there."""
    for called in commands(page, "lakeway"):
        found, words = meant(called)
        options = {
            option for parameter in found.params for option in (*parameter.opts, *parameter.secondary_opts)
        }
        assert {word.partition("=")[0] for word in words if word.startswith("-")} <= options


def meant(words: list[str]) -> tuple[click.Command, list[str]]:
    """The command that `words` call, and the rest of them."""
    found: click.Command = command
    while isinstance(found, click.Group):
        name, *words = words
        inner = found.get_command(click.Context(found), name)
        assert inner is not None, name
        found = inner
    return found, words


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
