"""`lakeway keys`: a key is shown once, its row can be pasted, and no argument ever holds one."""

from __future__ import annotations

import re
from hashlib import sha256

import pytest
from click.testing import CliRunner

from lakeway.cli.root import lakeway
from lakeway.gateway.config import load


def test_a_new_key():
    """The key goes to standard error, its row to standard output, and they belong together."""
    arguments = ["keys", "new", "--alias", "ci: nightly", "--models", "claude, databricks/*,*", "--rpm", "60"]
    result = CliRunner().invoke(lakeway, arguments)
    key = result.stderr.splitlines()[0]
    (row,) = load(f"keys:\n{result.stdout}", {}).config.keys

    assert 0 == result.exit_code
    assert re.fullmatch(r"sk-[\w-]{32}", key)
    assert key not in result.stdout
    assert (sha256(key.encode()).hexdigest(), "ci: nightly", ["claude", "databricks/*", "*"], 60, None) == (
        row.hash,
        row.key_alias,
        row.models,
        row.rpm,
        row.tpm,
    )


def test_rows_can_be_put_together():
    """One after the other under `keys:`."""
    rows = [CliRunner().invoke(lakeway, ["keys", "new"]).stdout for _ in range(3)]

    assert 3 == len({row.hash for row in load("keys:\n" + "".join(rows), {}).config.keys})


@pytest.mark.parametrize("given", ["sk-1\n", "sk-1", "  sk-1 \r\n"])
def test_the_hash_of_a_key(given: str):
    """It is read from standard input."""
    result = CliRunner().invoke(lakeway, ["keys", "hash"], input=given)

    assert (0, sha256(b"sk-1").hexdigest() + "\n") == (result.exit_code, result.stdout)


@pytest.mark.parametrize(
    ("arguments", "given"), [(["hash"], ""), (["hash", "sk-1"], "sk-1"), (["new", "sk-1"], "")]
)
def test_wrong_arguments(arguments: list[str], given: str):
    """A key as an argument is refused: others could read it."""
    result = CliRunner().invoke(lakeway, ["keys", *arguments], input=given)

    assert 2 == result.exit_code
