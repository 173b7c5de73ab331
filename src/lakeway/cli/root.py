"""The root command: a table of commands, each loaded when it is called."""

from __future__ import annotations

from importlib import import_module
from typing import Final

import click

from lakeway.version import __version__

# Name: where it is, and what `lakeway --help` says of it.
COMMANDS: Final = {
    "serve": ("lakeway.cli.serve", "Run the gateway."),
    "doctor": ("lakeway.cli.doctor", "Tell what every key of a LiteLLM configuration does here."),
    "keys": ("lakeway.cli.keys", "Make keys for the gateway."),
    "emulator": ("lakeway.cli.emulator", "Run a Databricks workspace on this machine."),
    "demo": ("lakeway.cli.demo", "Show the calls of the quick start, with nothing to configure."),
    "version": ("lakeway.cli.version", "Print the version."),
}


class _Table(click.Group):
    """Help is written from the table, so that it loads no command."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        try:
            module = import_module(COMMANDS[cmd_name][0])
        except ModuleNotFoundError as missing:
            if (missing.name or "").startswith("lakeway"):
                raise
            raise click.ClickException(
                f'`lakeway {cmd_name}` needs {missing.name}: pip install "lakeway[gateway]"'
            ) from missing
        command: click.Command = getattr(module, cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(cls=_Table, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="lakeway", message="%(prog)s %(version)s")
def lakeway() -> None:
    """One way to every model on Databricks: a gateway that reads LiteLLM's config.yaml, and an emulator."""
