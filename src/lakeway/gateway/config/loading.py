"""From a text, or a file, to values: read, joined, resolved and checked, each step once and in this order.

A mistake stops nothing that can still be read, so that all of them are reported together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from os import PathLike
from pathlib import Path
from typing import Any

import msgspec

from lakeway.gateway.config import document, includes, schema
from lakeway.gateway.config.identities import identities
from lakeway.gateway.config.references import Unset, resolve
from lakeway.gateway.config.values import Loaded
from lakeway.gateway.origins import Origins
from lakeway.gateway.problems import Problem
from lakeway.gateway.survey import Finding, note, survey


def load(text: str, environ: Mapping[str, str], *, base: Path | None = None) -> Loaded:
    """The configuration that `text` holds, read from the file `base` if it has one.

    What is wrong with it is in `problems`. Raises ConfigError with every mistake when nothing can be read.
    """
    raw, doubled = document.read(text)
    joined = includes.join(raw, base)
    raw, origins = joined.raw, joined.origins
    environ = {**environ, **_own_variables(raw, environ)}
    resolved, unset = resolve(raw, environ)
    needed = [reference for reference in unset if _needed(reference)]
    checked = schema.check({key: value for key, value in resolved.items() if value is not None})
    problems = [*doubled, *joined.problems, *(_not_set(each) for each in needed)]
    problems += _others(checked.problems, needed)
    config = checked.config
    if config.general_settings.master_key == "":
        problems.append(Problem(("general_settings", "master_key"), "is empty"))
    rows = [raw["model_list"][index] for index in checked.indices]
    return Loaded(
        config=config,
        environ=environ,
        identities=tuple(identities(rows, config.model_list)),
        indices=checked.indices,
        unreadable=_names_without(raw.get("model_list"), checked.indices),
        unset=tuple(unset),
        notes=(*_unset_notes(unset, needed, origins), *_notes(survey(raw), origins)),
        problems=tuple(origins.locate(problem) for problem in problems),
        raw=raw,
        origins=origins,
    )


def load_file(path: str | PathLike[str], environ: Mapping[str, str]) -> Loaded:
    """The configuration in a file. Raises OSError when it cannot be read."""
    return load(includes.read_text(Path(path)), environ, base=Path(path))


def of_models(models: tuple[str, ...], environ: Mapping[str, str]) -> Loaded:
    """What `--model databricks/x` stands for: a row per model, under the name that it was given by."""
    rows = [{"model_name": model, "litellm_params": {"model": model}} for model in models]
    return load(msgspec.json.encode({"model_list": rows}).decode(), environ)


def _own_variables(raw: Mapping[str, Any], environ: Mapping[str, str]) -> dict[str, str]:
    """`environment_variables`, which the rest of the file may refer to."""
    own = raw.get("environment_variables")
    if not isinstance(own, Mapping):
        return {}
    values, _ = resolve(own, environ)
    return {str(name): str(value) for name, value in values.items() if value is not None}


def _needed(reference: Unset) -> bool:
    """Whether its absence would open the door to others than was meant."""
    path = reference.path
    return path[:2] == ("general_settings", "master_key") or (
        path[:1] == ("keys",) and path[2:] in (("key",), ("hash",))
    )


def _not_set(reference: Unset) -> Problem:
    if reference.path[0] == "keys":
        advice = "Set it, or remove the row."
    else:
        advice = "Set it, or remove the line: without it the gateway would let everybody in."
    return Problem(reference.path, f"the environment variable {reference.name} is not set", advice)


def _others(problems: Iterable[Problem], needed: Iterable[Unset]) -> list[Problem]:
    """Without what only follows from a key that is not set."""
    rows = {reference.path[:2] for reference in needed if reference.path[0] == "keys"}
    return [problem for problem in problems if problem.path not in rows]


def _names_without(rows: Any, indices: Iterable[int]) -> frozenset[str]:
    """The names of the rows that could not be read, as far as those can."""
    if not isinstance(rows, list):
        return frozenset()
    read = set(indices)
    others = (row for index, row in enumerate(rows) if index not in read and isinstance(row, Mapping))
    names = (row.get("model_name") for row in others)
    return frozenset(name for name in names if isinstance(name, str))


def _unset_notes(unset: Iterable[Unset], needed: Iterable[Unset], origins: Origins) -> list[str]:
    return [
        f"{origins.shown(reference.path)}: {reference.name} is not set, so it counts as absent"
        for reference in unset
        if reference not in needed
    ]


def _notes(findings: Iterable[Finding], origins: Origins) -> list[str]:
    """What a user would miss, or has spelled wrong."""
    return [note(finding, origins) for finding in findings if not finding.clean]
