"""`include`: other files of this machine that a configuration goes on in.

LiteLLM 1.109.1 extends lists and lets an included section take the place of the whole one before it. Here
sections are merged key by key, so that what one file says does not vanish because of another key.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

from lakeway.gateway.config import document
from lakeway.gateway.origins import Origins
from lakeway.gateway.problems import ConfigError, Place, Problem

INCLUDE = "include"


class Joined(Struct, frozen=True):
    """A configuration with all that it includes."""

    raw: Mapping[str, Any]
    origins: Origins
    problems: tuple[Problem, ...]


class _Entry(Struct, frozen=True):
    """One line of an `include`: where it stands, in which file, and which files led there."""

    text: str
    place: Place
    name: str
    chain: tuple[Path, ...]

    def problem(self, message: str) -> Problem:
        return Problem(self.place, message, file=self.name)


def join(raw: Mapping[str, Any], base: Path | None) -> Joined:
    """`raw` and what it includes, where `base` is the file that it was read from; None for a mere text."""
    chain = () if base is None else (base,)
    joining, whole = _Joining(), raw
    pending = deque(_entries(raw, "", chain))
    while pending:
        entry = pending.popleft()
        file, inner = joining.open(entry)
        if file is not None:
            given = {key: value for key, value in inner.items() if key != INCLUDE}
            whole = joining.merge(whole, given, (), entry.text, ())
            pending.extend(_entries(inner, entry.text, (*entry.chain, file)))
    return Joined(whole, Origins(joining.origins), tuple(joining.problems))


def _entries(raw: Mapping[str, Any], name: str, chain: tuple[Path, ...]) -> Iterator[_Entry]:
    """What is no text is left to the check of the whole."""
    given = raw.get(INCLUDE)
    for index, text in enumerate(
        [given] if isinstance(given, str) else given if isinstance(given, list) else ()
    ):
        if isinstance(text, str):
            yield _Entry(text, (INCLUDE, index), name, chain)


class _Joining:
    """What has been met so far, and where it came from."""

    def __init__(self) -> None:
        self._seen: set[Path] = set()
        self.origins: dict[Place, tuple[str, Place]] = {}
        self.problems: list[Problem] = []

    def open(self, entry: _Entry) -> tuple[Path | None, Mapping[str, Any]]:
        """The file that an entry leads to and what it holds; no file when it was there, or cannot be read."""
        file = _find(entry)
        if refusal := _refusal(entry, file):
            self.problems.append(entry.problem(refusal))
            return None, {}
        if file is None or file.resolve() in self._seen:
            return None, {}
        self._seen.add(file.resolve())
        try:
            raw, doubled = document.read(read_text(file))
        except OSError as error:
            self.problems.append(entry.problem(f"cannot read {entry.text!r}: {error.strerror}"))
            return None, {}
        except ConfigError as error:
            raw, doubled = {}, error.problems
        self.problems += [Problem(each.path, each.message, each.advice, entry.text) for each in doubled]
        return file, raw

    def merge(self, base: Any, more: Any, path: Place, file: str, there: Place) -> Any:
        """What both hold: lists one after the other, mappings key by key, and of the rest the later one."""
        if isinstance(base, Mapping) and isinstance(more, Mapping):
            merged = dict(base)
            for key, value in more.items():
                merged[key] = self.merge(base.get(key), value, (*path, key), file, (*there, key))
            return merged
        if isinstance(base, list) and isinstance(more, list):
            for index in range(len(more)):
                self.origins[(*path, len(base) + index)] = (file, (*there, index))
            return [*base, *more]
        self.origins[path] = (file, there)
        return more


def _find(entry: _Entry) -> Path | None:
    """Beside the file that names it or, as with LiteLLM, beside the first one."""
    if not entry.chain:
        return None
    beside, first = entry.chain[-1].parent / entry.text, entry.chain[0].parent / entry.text
    return first if not beside.exists() and first.exists() else beside


def _refusal(entry: _Entry, file: Path | None) -> str:
    if "://" in entry.text:
        return f"{entry.text!r} is not a file of this machine"
    if file is None:
        return f"{entry.text!r} cannot be found from a text without a file"
    if not file.is_file():
        return f"there is no file {entry.text!r} beside the one that includes it"
    inside = any(file.resolve() == above.resolve() for above in entry.chain)
    return f"{entry.text!r} includes itself" if inside else ""


def read_text(path: Path) -> str:
    """Raises OSError when it cannot be read, ConfigError when it is no text."""
    try:
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError([Problem((), "is not text in UTF-8")]) from error
