"""How the demo looks: readable in 80 columns, and without colour where there is no terminal."""

from __future__ import annotations

import inspect
import re
import textwrap
import time
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from rich.console import Console
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from lakeway.cli.demo.live import Live
from lakeway.cli.demo.tally import NOTHING, Spent, spent
from lakeway.cli.demo.world import World
from lakeway.version import __version__

T = TypeVar("T")
INDENT = 2
MARGIN = 12

NEXT = (
    ("lakeway doctor config.yaml", "what LiteLLM's file would do here"),
    ("lakeway serve --config config.yaml", "the gateway, from that file"),
    ("lakeway emulator", "a workspace for your own programs"),
    ("lakeway demo --real", "this demo, on your workspace"),
)


class Scene(Protocol):
    """A scene shows itself on the stage; its docstring is its title."""

    __doc__: str | None

    def __call__(self, stage: Stage, setting: Any, /) -> None: ...


class Stage:
    """Prints scenes as they are played, and keeps the tally."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.failures: list[int] = []
        self._rows: list[tuple[str, Spent]] = []
        self._spent = NOTHING

    def opening(self, world: World) -> None:
        self.console.print(Text(f"Lakeway {__version__}", style="bold"))
        calls = "The calls of LiteLLM's page on Databricks, made now,"
        if world.is_real:
            self.say(f"{calls} on your workspace: {world.host}")
            return
        self.say(
            f"{calls} on an emulated workspace: {world.host}. It checks requests as strictly as Databricks "
            "does. Its answers are canned, its token counts estimates; prices are as published."
        )

    def play(self, scene: Scene, setting: Any) -> None:
        """Play one scene. One that fails is told, and the next one comes on."""
        self._spent = NOTHING
        title = (scene.__doc__ or "").partition("\n")[0]
        self._headline(f"{len(self._rows) + 1}  {title}")
        try:
            scene(self, setting)
        except Exception as error:  # noqa: BLE001 - told on the screen, and by the exit code
            self.failures.append(len(self._rows) + 1)
            self.error("failed", error, "red")
        self._rows.append((title, self._spent))

    def say(self, text: str) -> None:
        for part in Text(text).wrap(self.console, self.console.width):
            part.rstrip()
            self.console.print(part)

    def code(self, function: Callable[..., Any], **arguments: str) -> None:
        """The body of `function`, the texts that it was called with in the place of its parameters."""
        lines = inspect.getsource(function).splitlines()
        start = next(number for number, line in enumerate(lines) if line.endswith(":")) + 1
        text = textwrap.dedent("\n".join(lines[start:]))
        for name, value in arguments.items():
            text = re.sub(rf"(?<=[=( ]){name}(?=[,)])", f'"{value}"', text)
        text = re.sub(r"^return (?=\w+\b[(.])", "response = ", text, flags=re.MULTILINE)
        self.show(re.sub(r"^return .*\n?", "", text, flags=re.MULTILINE), "python")

    def show(self, text: str, language: str) -> None:
        """Code as it would be pasted, indented."""
        syntax = Syntax("", language, theme="ansi_dark", background_color="default")
        self.console.print()
        for line in syntax.highlight(text.rstrip()).split("\n"):
            self.console.print(Text(" " * INDENT).append_text(line) if line else line, soft_wrap=True)

    def line(self, label: str, text: str, style: str = "") -> None:
        """A labelled text, wrapped under itself."""
        wrapped = Text(text, style=style).wrap(self.console, self.console.width - MARGIN)
        for number, part in enumerate(wrapped):
            part.rstrip()
            head = label if number == 0 else ""
            labelled = Text(" " * INDENT).append(f"{head:<{MARGIN - INDENT}}", "cyan")
            self.console.print(labelled.append_text(part))

    def error(self, label: str, error: Exception, style: str = "yellow") -> None:
        text = str(error)
        name = f"{type(error).__name__}: "
        self.line(label, text if text.startswith(name) else name + text, style)

    def live(self, label: str, style: str = "") -> Live:
        return Live(self.console, label, MARGIN, style)

    def timed(self, call: Callable[[], T]) -> tuple[T, float]:
        began = time.perf_counter()
        result = call()
        return result, time.perf_counter() - began

    def cost(self, model: str, usage: Any, seconds: float) -> None:
        """Tell what a call came to, and add it to the tally."""
        this = spent(model, usage, seconds)
        self._spent += this
        self.line("cost", described(this), "dim")

    def sum(self) -> None:
        """Every scene with what it came to, and all of them together."""
        table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
        table.add_column("scene")
        for name in ("calls", "in", "out", "DBU", "USD", "ms"):
            table.add_column(name, justify="right", no_wrap=True)
        total = NOTHING
        for number, (title, row) in enumerate(self._rows, start=1):
            table.add_row(f"{number:>2}  {title}", *_cells(row))
            total += row
        table.add_row("    sum", *_cells(total), style="bold")
        self._headline("What it came to")
        self.console.print(table)

    def goodbye(self) -> None:
        self._headline("Next")
        for command, purpose in NEXT:
            line = Text(" " * INDENT).append(f"{command:<37}", "bold").append(purpose)
            self.console.print(line)

    def _headline(self, text: str) -> None:
        self.console.print()
        self.console.rule(Text(text, style="bold"), align="left", style="dim")


def described(this: Spent) -> str:
    tokens = f"{this.tokens_in} + {this.tokens_out} tokens"
    if this.dbu is None or this.usd is None:
        return f"{tokens}, no price is published, {this.seconds * 1000:.0f} ms"
    return f"{tokens}, {this.dbu:.7f} DBU = {this.usd:.7f} USD, {this.seconds * 1000:.0f} ms"


def _cells(row: Spent) -> list[str]:
    if not row.calls:
        return ["-"] * 6
    prices = ["-" if value is None else f"{value:.6f}" for value in (row.dbu, row.usd)]
    return [str(row.calls), str(row.tokens_in), str(row.tokens_out), *prices, f"{row.seconds * 1000:.0f}"]
