"""The root command: help without weight, the version, and what to install when something is missing."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from click.testing import CliRunner

import lakeway
from lakeway.cli.root import COMMANDS
from lakeway.cli.root import lakeway as command

HEAVY = {"pydantic", "uvicorn", "uvloop", "yaml", "rich", "openai", "lakeway.gateway", "lakeway.emulator"}
WITHOUT = """
import sys
sys.modules[{module!r}] = None
sys.argv = ["lakeway", *{arguments!r}]
from lakeway.cli import main
main()
"""


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30)


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], []])
def test_help_lists_every_command(arguments):
    """Each with a line of its own."""
    output = CliRunner().invoke(command, arguments).output

    assert all(f"  {name}" in output and text in output for name, (_, text) in COMMANDS.items())


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(name):
    """Its own is the same sentence as in the list, or a longer one."""
    result = CliRunner().invoke(command, [name, "--help"])

    assert 0 == result.exit_code
    assert f"Usage: lakeway {name}" in result.output


def test_help_is_quick():
    """It loads neither the gateway nor what the gateway needs."""
    code = WITHOUT.format(module="nothing", arguments=["--help"]).replace("main()", "")
    code += "import contextlib, io, json\n"
    code += "with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()): main()\n"
    code += "print(json.dumps(sorted(sys.modules)))"

    assert set() == HEAVY & set(json.loads(run(code).stdout))


@pytest.mark.parametrize("arguments", [["--version"], ["version"]])
def test_the_version(arguments):
    """As an option, and as a command."""
    assert f"lakeway {lakeway.__version__}\n" == CliRunner().invoke(command, arguments).output


def test_an_unknown_command():
    """Is the user's mistake."""
    result = CliRunner().invoke(command, ["srve"])

    assert 2 == result.exit_code
    assert "No such command 'srve'" in result.output


def test_as_a_module():
    """`python -m lakeway` is the command."""
    output = subprocess.check_output([sys.executable, "-m", "lakeway", "version"], text=True, timeout=30)

    assert f"lakeway {lakeway.__version__}\n" == output


@pytest.mark.parametrize(
    ("module", "arguments", "status"),
    [("click", ["serve"], 2), ("pydantic", ["serve"], 1), ("rich", ["demo"], 1)],
)
def test_what_is_missing_is_named(module, arguments, status):
    """Whoever installed the SDK alone reads what to install, not a traceback."""
    result = run(WITHOUT.format(module=module, arguments=arguments))

    assert status == result.returncode
    assert 'pip install "lakeway[gateway]"' in result.stderr
    assert "Traceback" not in result.stderr
