"""`lakeway version`."""

from __future__ import annotations

import click

from lakeway.version import __version__


@click.command()
def version() -> None:
    """Print the version."""
    click.echo(f"lakeway {__version__}")
