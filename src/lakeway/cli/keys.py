"""`lakeway keys`: keys for the `keys:` section, of which the configuration holds only hashes.

No key is ever taken from an argument, where the shell's history and every process could read it.
"""

from __future__ import annotations

import secrets
import sys
from hashlib import sha256
from typing import Any

import click
import yaml


@click.group()
def keys() -> None:
    """Make keys for the gateway, and the rows for its configuration."""


@keys.command()
@click.option("--alias", help="Its name in metrics, logs and the usage tables.")
@click.option("--models", help="What it may ask for: names and wildcards with commas between them.")
@click.option("--rpm", type=click.IntRange(min=0), help="Requests per minute.")
@click.option("--tpm", type=click.IntRange(min=0), help="Tokens per minute.")
def new(alias: str | None, models: str | None, rpm: int | None, tpm: int | None) -> None:
    """Make a key: shown once, on standard error. Its row for the configuration goes to standard output.

    \b
    lakeway keys new --alias ci --models "claude,databricks/*" --rpm 60 >> keys.yaml
    """
    key = f"sk-{secrets.token_urlsafe(24)}"
    names = [name.strip() for name in (models or "").split(",") if name.strip()]
    row = {"hash": _hash(key), "key_alias": alias, "models": names or None, "rpm": rpm, "tpm": tpm}
    click.echo(f"{key}\n\nThis is the only time that the key is shown. Under 'keys:' goes:\n", err=True)
    click.echo(_row(row), nl=False)


@keys.command(name="hash")
def hash_() -> None:
    """Print the hash of a key that is read from standard input.

    \b
    printenv TEAM_KEY | lakeway keys hash
    """
    if sys.stdin.isatty():
        given = str(click.prompt("Key", hide_input=True, err=True))
    else:
        given = sys.stdin.readline()
    key = given.strip()
    if not key:
        raise click.UsageError("There is no key on standard input.")
    click.echo(_hash(key))


def _hash(key: str) -> str:
    return sha256(key.encode()).hexdigest()


def _row(row: dict[str, Any]) -> str:
    """One item of a YAML list, indented as it stands in a configuration."""
    given = {name: value for name, value in row.items() if value is not None}
    text = yaml.safe_dump([given], sort_keys=False, width=200, default_flow_style=None, allow_unicode=True)
    return "".join(f"  {line}\n" for line in text.splitlines())
