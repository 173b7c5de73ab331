"""What is wrong with a configuration: every mistake with its place and, where there is one, the way out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import TypeAlias

from msgspec import Struct

Place: TypeAlias = tuple[str | int, ...]


class Problem(Struct, frozen=True):
    """One mistake at `path`; `advice` is a whole sentence, or empty. `file` names an included file."""

    path: Place
    message: str
    advice: str = ""
    file: str = ""

    def __str__(self) -> str:
        place = located(self.path, self.file)
        text = f"{place}: {self.message}" if place else self.message
        return f"{text}. {self.advice}" if self.advice else f"{text}."


class ConfigError(Exception):
    """A configuration that cannot be served; `problems` holds all that was found."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


def shown(path: Place) -> str:
    """`model_list[0].litellm_params.model`."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else str(step)
    return text


def located(path: Place, file: str = "") -> str:
    """Likewise, after the name of the file if it has one."""
    return ": ".join(part for part in (file, shown(path)) if part)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A suggestion, or nothing when no known word is near."""
    near = get_close_matches(word, known, n=1, cutoff=0.75)
    return f"Did you mean {near[0]!r}?" if near else ""
