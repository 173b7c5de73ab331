"""What becomes of a configuration here, key by key, told without a call to anybody."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from os import PathLike

import msgspec
from msgspec import Struct

from lakeway.core.steps import Credential
from lakeway.gateway.assembly import assemble
from lakeway.gateway.config import Loaded, load_file
from lakeway.gateway.differences import differences
from lakeway.gateway.problems import ConfigError, Problem
from lakeway.gateway.survey import Finding, note, survey

CLEAN, INCOMPLETE, BROKEN = 0, 1, 2
NOWHERE = "https://workspace.invalid"
UNSEEN = "Some rows find their workspace by the login of databricks-sdk, which is not looked at here."


class Diagnosis(Struct, frozen=True):
    """`findings` are the keys of the file, `mistakes` what keeps it from being served, `differences` what
    else is not as with LiteLLM, and `notes` the rest that whoever starts the gateway is told."""

    findings: tuple[Finding, ...] = ()
    mistakes: tuple[Problem, ...] = ()
    differences: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def status(self) -> int:
        """0 when nobody will miss anything, 1 when something has no effect here, 2 for mistakes."""
        if self.mistakes:
            return BROKEN
        return CLEAN if all(finding.clean for finding in self.findings) else INCOMPLETE


def diagnose(path: str | PathLike[str], environ: Mapping[str, str]) -> Diagnosis:
    """The configuration in a file, as it would be served. Raises OSError when it cannot be read."""
    try:
        loaded = load_file(path, environ)
    except ConfigError as error:
        return Diagnosis(mistakes=error.problems)
    return examine(loaded)


def examine(loaded: Loaded) -> Diagnosis:
    """A configuration that has been read."""
    asked: list[Credential] = []

    def somewhere(credential: Credential) -> str:
        asked.append(credential)
        return NOWHERE

    findings = list(survey(loaded.raw))
    notes, left_out, mistakes = loaded.notes, frozenset[int](), loaded.problems
    try:
        assembly = assemble(loaded, somewhere)
    except ConfigError as error:
        mistakes = error.problems
    else:
        notes, left_out = assembly.notes, assembly.left_out
    told = {note(finding, loaded.origins) for finding in findings}
    rows = tuple(f"{loaded.origins.shown(('model_list', index))}: left out," for index in left_out)
    notes = tuple(each for each in notes if each not in told and not each.startswith(rows))
    if asked:
        notes += (UNSEEN,)
    placed = (_placed(each, loaded) for each in _but_left_out(findings, left_out))
    return Diagnosis(tuple(placed), mistakes, tuple(differences(loaded)), notes)


def _but_left_out(findings: list[Finding], rows: frozenset[int]) -> Iterator[Finding]:
    """Of a row that is not served there is one thing to say."""
    said: set[int | str] = set()
    for finding in findings:
        place = finding.path[1] if finding.path[0] == "model_list" and len(finding.path) > 1 else ""
        if place not in rows:
            yield finding
        elif place not in said:
            said.add(place)
            remark = "Left out, it is neither a Databricks model nor at an OpenAI-compatible host"
            yield Finding(finding.path[:2], "missing", remark)


def _placed(finding: Finding, loaded: Loaded) -> Finding:
    """With the path that whoever wrote the file looks for."""
    file, path = loaded.origins.of(finding.path)
    return msgspec.structs.replace(finding, path=path, file=file)
