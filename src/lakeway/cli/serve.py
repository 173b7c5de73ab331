"""`lakeway serve`: the gateway, from a LiteLLM `config.yaml` or from the names of models alone."""

from __future__ import annotations

import logging
import os
import secrets
import socket
import sys

import click
from msgspec import Struct

from lakeway.auth.unified import SHARED
from lakeway.gateway.access import LOOPBACK, PLACEHOLDER, Access
from lakeway.gateway.assembly import Assembly, assemble
from lakeway.gateway.config import Loaded, load_file, of_models
from lakeway.gateway.gateway import Gateway
from lakeway.gateway.problems import ConfigError, Problem
from lakeway.version import __version__

KEY_VARIABLES = ("LAKEWAY_MASTER_KEY", "LITELLM_MASTER_KEY")
KEY_PLACE = ("general_settings", "master_key")
BAD_CONFIG = 2
MOST_NAMES = 8


class Door(Struct, frozen=True):
    """Who may come in, and the sentence that says so; it holds a key only when the key was made just now."""

    access: Access
    said: str
    made: bool = False


@click.command(context_settings={"show_default": True})
@click.option("--config", "-c", type=click.Path(exists=True, dir_okay=False), help="LiteLLM's config.yaml.")
@click.option("--model", "-m", "models", multiple=True, metavar="NAME", help="A model to serve (repeatable).")
@click.option("--host", default="127.0.0.1", envvar="LAKEWAY_HOST", help="Address to listen on.")
@click.option("--port", default=4000, envvar=["LAKEWAY_PORT", "PORT"], help="Port; 0 takes a free one.")
@click.option(
    "--workers",
    "--num_workers",
    default=1,
    type=click.IntRange(1, 256),
    envvar=["LAKEWAY_WORKERS", "NUM_WORKERS"],
    help="Processes that share the port; one per core is plenty.",
)
@click.option(
    "--grace",
    default=25.0,
    type=click.FloatRange(0),
    metavar="SECONDS",
    envvar="LAKEWAY_GRACE",
    help="How long running calls may go on after SIGTERM.",
)
@click.option(
    "--log/--no-log", "log_calls", default=True, help="One line of JSON per call, on standard output."
)
def serve(
    config: str | None,
    models: tuple[str, ...],
    host: str,
    port: int,
    workers: int,
    grace: float,
    log_calls: bool,
) -> None:
    """Run the gateway: OpenAI's endpoints for the models of your Databricks workspace.

    SIGHUP reads the configuration again. SIGTERM finishes what is running, and ends; a second one ends at
    once.

    \b
    lakeway serve --config config.yaml
    lakeway serve --model databricks/databricks-claude-sonnet-4-5
    """
    if bool(config) == bool(models):
        raise click.UsageError("Pass either --config FILE, or --model NAME, one or more.")
    if workers > 1 and not hasattr(os, "fork"):
        raise click.UsageError("This system cannot share a port among --workers: leave it at 1.")

    def load() -> Loaded:
        return load_file(config, os.environ) if config else of_models(models, os.environ)

    try:
        loaded = load()
        door = open_door(loaded, host)
        gateway = Gateway.of(loaded, access=door.access)
    except ConfigError as error:
        _complain(config or "--model", error)
        sys.exit(BAD_CONFIG)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    # What follows needs the server, which a mistake in the configuration does not wait for.
    from lakeway.gateway.process import Process

    def read_again() -> tuple[Assembly, Access]:
        again = load()
        return assemble(again, SHARED.host), open_door(again, host, door).access

    with _listener(host, port) as listener:
        process = Process(gateway, listener, read_again, log_calls=log_calls, grace=grace)
        sys.exit(process.run(workers, lambda: _announce(gateway, door, listener, workers)))


def _listener(host: str, port: int) -> socket.socket:
    from lakeway.gateway.server import listen

    try:
        return listen(host, port)
    except OSError as error:
        raise click.ClickException(
            f"Cannot listen on {host}:{port}: {os.strerror(error.errno or 0)}."
        ) from error


def open_door(loaded: Loaded, host: str, former: Door | None = None) -> Door:
    """The configured key, or that of the environment. Without one a gateway that only this machine reaches
    stays open; on any other address it makes a key, since an open one would spend your money for anybody.

    A key that was made for a `former` door fits this one too. Raises ConfigError when the key of a former
    door is gone, and others than this machine would come through."""
    key = loaded.config.general_settings.master_key
    key = key or next((value for name in KEY_VARIABLES if (value := loaded.environ.get(name))), None)
    if key == PLACEHOLDER:
        return Door(Access.by_key(key), f"{PLACEHOLDER}, which everybody knows: choose another one")
    if key:
        return Door(Access.by_key(key), "the master key")
    if former is not None and former.made:
        return former
    if host.lower() in LOOPBACK:
        return Door(
            Access(), "none, programs on this machine need none (set LAKEWAY_MASTER_KEY to change that)"
        )
    if former is not None:
        raise ConfigError((Problem(KEY_PLACE, "is gone", "An address that others reach keeps its key."),))
    key = f"sk-{secrets.token_urlsafe(16)}"
    said = f"{key} (made for this run; set LAKEWAY_MASTER_KEY to choose your own)"
    return Door(Access.by_key(key), said, made=True)


def _complain(source: str, error: ConfigError) -> None:
    count = len(error.problems)
    click.echo(f"{source}: {count} {'mistake' if count == 1 else 'mistakes'}", err=True)
    for problem in error.problems:
        click.echo(f"  {problem}", err=True)


def worker_notes(assembly: Assembly, workers: int) -> list[str]:
    """What several workers make of the limits of keys."""
    if workers == 1 or not any(caller.limited for caller in assembly.callers.values()):
        return []
    return [
        f"keys: each of the {workers} workers counts rpm, tpm and max_parallel_requests for itself, so a key "
        f"may get up to {workers} times as much. One worker keeps to them."
    ]


def _announce(gateway: Gateway, door: Door, listener: socket.socket, workers: int) -> None:
    host, port = listener.getsockname()[:2]
    names = gateway.groups.names
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    click.echo(
        err=True,
        message=f"Lakeway {__version__} answers at http://{f'[{host}]' if ':' in host else host}:{port}",
    )
    click.echo(err=True, message=f"  models  {', '.join(names[:MOST_NAMES])}{more}")
    click.echo(err=True, message=f"  key     {door.said}")
    for note in (*gateway.notes, *worker_notes(gateway.assembly, workers)):
        click.echo(err=True, message=f"  note    {note}")
