"""The command: which workspace, the scenes in their order, the sum."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

import click
from rich.console import Console

from lakeway.cli.demo import gateway_scenes, scenes
from lakeway.cli.demo.stage import Stage
from lakeway.cli.demo.world import Models, World, emulated, real

CHAT = "databricks/databricks-meta-llama-3-3-70b-instruct"
CLAUDE = "databricks/databricks-claude-sonnet-4-5"
EMBEDDING = "databricks/databricks-bge-large-en"
WIDTH, WIDEST = 80, 100


@click.command(context_settings={"show_default": True})
@click.option("--real/--emulator", "chosen", default=None, help="Your workspace, or one on this machine.")
@click.option("--model", "claude", default=CLAUDE, metavar="NAME", help="The model that reasons.")
@click.option("--chat-model", "chat", default=CHAT, metavar="NAME", help="The model for plain chat.")
@click.option("--embedding-model", "embedding", default=EMBEDDING, metavar="NAME", help="For vectors.")
def demo(chosen: bool | None, claude: str, chat: str, embedding: str) -> None:
    """Show the calls of the quick start, with nothing to configure."""
    console = Console(highlight=False, width=None if sys.stdout.isatty() else WIDTH)
    console.width = min(console.width, WIDEST)
    models = Models(chat=chat, claude=claude, embedding=embedding)
    stage = Stage(console)
    opened = real if _wants_real(chosen, os.environ, console) else emulated
    with opened(models, lively=console.is_terminal) as world:
        _play(stage, world)
    stage.sum()
    if stage.failures:
        stage.say(f"\nFailed: {', '.join(map(str, stage.failures))}.")
        sys.exit(1)
    stage.goodbye()


def _play(stage: Stage, world: World) -> None:
    stage.opening(world)
    for scene in scenes.ALL:
        stage.play(scene, world)
    with gateway_scenes.opened(world) as door:
        for gateway_scene in gateway_scenes.ALL:
            stage.play(gateway_scene, door)


def _wants_real(chosen: bool | None, environ: Mapping[str, str], console: Console) -> bool:
    """Never the real workspace unless somebody says so: its calls cost money."""
    host = environ.get("DATABRICKS_HOST") or environ.get("DATABRICKS_API_BASE")
    token = environ.get("DATABRICKS_TOKEN") or environ.get("DATABRICKS_API_KEY")
    if chosen and not (host and token):
        raise click.UsageError("--real needs DATABRICKS_HOST and DATABRICKS_TOKEN.")
    if chosen is not None or not (host and token):
        return bool(chosen)
    console.print(f"Your environment names a workspace: {host}", soft_wrap=True)
    if sys.stdin.isatty() and console.is_terminal:
        return click.confirm("Use it? The calls of the demo cost about 0.01 USD there.", default=False)
    console.print("The emulator is used instead of it; for your workspace: lakeway demo --real\n")
    return False
