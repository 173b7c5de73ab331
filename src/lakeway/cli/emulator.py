"""`lakeway emulator`: a Databricks workspace on this machine, until interrupted."""

from __future__ import annotations

import contextlib
import re
from typing import Any

import click
import msgspec

from lakeway.emulator.faults import parse
from lakeway.emulator.settings import CLIENT_ID, CLIENT_SECRET, TOKEN, Endpoint, RateLimits, Settings


@click.command(context_settings={"show_default": True})
@click.option("--host", default="127.0.0.1", help="Address to listen on.")
@click.option("--port", default=4010, help="Port to listen on; 0 takes a free one.")
@click.option(
    "--token", "tokens", multiple=True, help=f"Accept this token (repeatable); {TOKEN} unless given."
)
@click.option("--any-token", is_flag=True, help="Accept every token that begins with dapi.")
@click.option("--client", "clients", multiple=True, metavar="ID:SECRET", help="Accept this OAuth client.")
@click.option("--token-lifetime", default=3600.0, help="Seconds until a token issued by OAuth expires.")
@click.option(
    "--endpoint", "endpoints", multiple=True, metavar="NAME=FAMILY", help="Serve one more endpoint."
)
@click.option("--not-ready", multiple=True, metavar="NAME", help="Let this endpoint be scaled to zero.")
@click.option("--answer-retired", is_flag=True, help="Let retired models answer instead of refusing.")
@click.option("--latency", default=0.0, help="Seconds before the first byte of a reply.")
@click.option("--token-delay", default=0.0, help="Seconds between the events of a stream.")
@click.option(
    "--fault", "faults", multiple=True, metavar="PLAN", help='Fail, e.g. "status=429,times=2; cut=3".'
)
@click.option("--rate-limit", metavar="KEY=N,...", help="Limits: itpm, otpm, qph, rpm.")
def emulator(host: str, port: int, **options: Any) -> None:
    """Run a Databricks workspace on this machine."""
    settings = _settings(**options)
    from lakeway.emulator.server import serve

    try:
        with contextlib.suppress(KeyboardInterrupt):
            serve(settings, host, port, ready=lambda address: _announce(address, settings))
    except OSError as error:
        raise click.ClickException(f"Cannot listen on {host}:{port}: {error.strerror}") from error


def _announce(address: str, settings: Settings) -> None:
    token = settings.tokens[0]
    click.echo(f"A Databricks workspace answers at {address} (token {token}). Stop it with Ctrl-C.\n")
    click.echo(f"export DATABRICKS_API_BASE={address}/serving-endpoints")
    click.echo(f"export DATABRICKS_API_KEY={token}\n")
    click.echo(f"What it received: {address}/_emulator/requests")


def _settings(
    tokens: tuple[str, ...],
    clients: tuple[str, ...],
    endpoints: tuple[str, ...],
    faults: tuple[str, ...],
    rate_limit: str | None,
    answer_retired: bool,
    latency: float,
    **same: Any,
) -> Settings:
    _check_faults(faults)
    given = dict(_pair(client, ":", "--client") for client in clients)
    pairs = [_pair(endpoint, "=", "--endpoint") for endpoint in endpoints]
    return Settings(
        tokens=tokens or (TOKEN,),
        clients=given or {CLIENT_ID: CLIENT_SECRET},
        endpoints=tuple(Endpoint(name=name, family=family) for name, family in pairs),
        faults=faults,
        limits=_limits(rate_limit) if rate_limit else None,
        retired="answer" if answer_retired else "refuse",
        first_byte_delay=latency,
        **same,
    )


def _pair(text: str, separator: str, option: str) -> tuple[str, str]:
    left, found, right = text.partition(separator)
    if not (left and found and right):
        raise click.BadParameter(f"expected two parts around '{separator}', got '{text}'", param_hint=option)
    return left, right


def _limits(text: str) -> RateLimits:
    amounts = dict(_pair(part.strip(), "=", "--rate-limit") for part in text.split(","))
    unknown = amounts.keys() - {"itpm", "otpm", "qph", "rpm"}
    if unknown or not all(re.fullmatch(r"\d+", amount) for amount in amounts.values()):
        raise click.BadParameter(
            f"expected itpm, otpm, qph or rpm with a number, got '{text}'", param_hint="--rate-limit"
        )
    return msgspec.convert(amounts, RateLimits, strict=False)


def _check_faults(faults: tuple[str, ...]) -> None:
    for fault in faults:
        try:
            parse(fault)
        except ValueError as error:
            raise click.BadParameter(str(error), param_hint="--fault") from error
