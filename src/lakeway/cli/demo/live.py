"""A text that appears piece by piece, wrapped between words, as the pieces of a stream come in."""

from __future__ import annotations

import re

from rich.console import Console
from rich.text import Text


class Live:
    """One labelled text; `margin` is the column that it keeps to."""

    def __init__(self, console: Console, label: str, margin: int, style: str = "") -> None:
        self.label = label
        self._console = console
        self._style = style
        self._margin = self._column = margin
        self._word = ""
        self._space = ""
        self._print(f"{'':2}{label:<{margin - 2}}", "cyan")

    def write(self, text: str) -> None:
        """Show what of `text` ends a word; the rest waits for more."""
        for part in re.split(r"(\s+)", text):
            if part.isspace():
                self._flush()
                self._space = " " if self._column > self._margin else ""
            else:
                self._word += part

    def end(self) -> None:
        self._flush()
        self._console.print()

    def _flush(self) -> None:
        if not self._word:
            return
        if self._column + 1 + len(self._word) > self._console.width and self._column > self._margin:
            self._print("\n" + " " * self._margin)
            self._column, self._space = self._margin, ""
        self._print(self._space + self._word, self._style)
        self._column += len(self._space) + len(self._word)
        self._word = self._space = ""

    def _print(self, text: str, style: str = "") -> None:
        self._console.print(Text(text, style=style), end="", soft_wrap=True)
