"""`os.environ/NAME`: a value that stands in the environment instead of in the file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from lakeway.gateway.problems import Place

PREFIX = "os.environ/"


class Unset(Struct, frozen=True):
    """A reference at `path` to a variable that the environment does not have."""

    path: Place
    name: str


def resolve(value: Any, environ: Mapping[str, str], path: Place = ()) -> tuple[Any, list[Unset]]:
    """A copy of `value` with every reference replaced by what it names, and the names that are not set.

    As with LiteLLM a reference is the whole of a string, and one that leads nowhere becomes None.
    """
    match value:
        case str() if value.startswith(PREFIX):
            name = value.removeprefix(PREFIX).strip()
            found = environ.get(name)
            return found, [] if found is not None else [Unset(path, name)]
        case Mapping():
            items = {key: resolve(inner, environ, (*path, key)) for key, inner in value.items()}
            return {key: inner for key, (inner, _) in items.items()}, _missing(items.values())
        case list():
            rows = [resolve(inner, environ, (*path, index)) for index, inner in enumerate(value)]
            return [inner for inner, _ in rows], _missing(rows)
    return value, []


def _missing(parts: Any) -> list[Unset]:
    return [unset for _, missing in parts for unset in missing]
