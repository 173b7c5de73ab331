"""`lakeway doctor`: what a LiteLLM configuration does here, key by key, before anything is served."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

import click
import msgspec

from lakeway.gateway.doctor import BROKEN, Diagnosis, diagnose
from lakeway.gateway.problems import located, shown
from lakeway.gateway.survey import Finding

if TYPE_CHECKING:
    from rich.console import Console

# How each status reads, and in which colour.
WORDS: Final = {
    "used": ("used", "green"),
    "differs": ("differs", "cyan"),
    "harmless": ("no effect", "dim"),
    "missing": ("missing", "yellow"),
    "unknown": ("unknown", "red"),
}
MEANING: Final = (
    "differs: used, not quite as LiteLLM does. no effect: nothing to miss. "
    "missing: LiteLLM has it, Lakeway not."
)
INDEX: Final = re.compile(r"\[\d+\]")


@click.command()
@click.argument("config", type=click.Path(exists=True, dir_okay=False))
@click.option("--json", "as_json", is_flag=True, help="For programs: every key by itself.")
def doctor(config: str, as_json: bool) -> None:
    """Tell what every key of a LiteLLM configuration does here. Nobody is called.

    Ends with 0 when nobody will miss anything, 1 when something has no effect here, 2 for mistakes.
    """
    try:
        diagnosis = diagnose(config, os.environ)
    except OSError as error:
        click.echo(f"{config}: {error.strerror}", err=True)
        sys.exit(BROKEN)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(as_data(config, diagnosis)), indent=2).decode())
    elif sys.stdout.isatty():
        from rich.console import Console

        show(Console(highlight=False), config, diagnosis)
    else:
        click.echo("\n".join(lines(config, diagnosis)))
    sys.exit(diagnosis.status)


def as_data(config: str, diagnosis: Diagnosis) -> dict[str, Any]:
    """What `--json` prints."""
    keys = [
        {
            "path": located(finding.path, finding.file),
            "status": finding.status,
            "remark": finding.remark,
            "advice": finding.advice,
        }
        for finding in diagnosis.findings
    ]
    mistakes = [
        {"path": located(each.path, each.file), "message": each.message, "advice": each.advice}
        for each in diagnosis.mistakes
    ]
    return {
        "config": config,
        "status": diagnosis.status,
        "mistakes": mistakes,
        "keys": keys,
        "differences": diagnosis.differences,
        "notes": diagnosis.notes,
    }


def lines(config: str, diagnosis: Diagnosis) -> Iterator[str]:
    """The plain form, a line for each thing there is to say."""
    yield f"{config}: {_verdict(diagnosis)}"
    yield from (f"{'MISTAKE':<9}  {problem}" for problem in diagnosis.mistakes)
    for path, finding in _gathered(diagnosis.findings):
        said = _said(finding)
        yield f"{WORDS[finding.status][0]:<9}  {path}{': ' + said if said else ''}"
    yield from (f"{'LiteLLM':<9}  {difference}" for difference in diagnosis.differences)
    yield from (f"{'note':<9}  {note}" for note in diagnosis.notes)


def show(console: Console, config: str, diagnosis: Diagnosis) -> None:
    """The form for people, on a terminal."""
    from rich.markup import escape
    from rich.table import Table

    console.print(f"[bold]{escape(config)}[/]: {_verdict(diagnosis)}\n")
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold", ratio=2)
    table.add_column(overflow="fold", ratio=3)
    for path, finding in _gathered(diagnosis.findings):
        word, colour = WORDS[finding.status]
        table.add_row(f"[{colour}]{word}[/]", escape(path), escape(_said(finding)))
    for problem in diagnosis.mistakes:
        console.print(f"[bold red]mistake[/]  {escape(str(problem))}")
    console.print(table)
    console.print(f"[dim]{MEANING}[/]")
    for title, texts in (("Other than LiteLLM", diagnosis.differences), ("Notes", diagnosis.notes)):
        if texts:
            console.print(f"\n[bold]{title}[/]")
        for text in texts:
            console.print(f"- {escape(text)}")


def _verdict(diagnosis: Diagnosis) -> str:
    counts = [
        (len(diagnosis.mistakes), "mistake", "mistakes"),
        (_count(diagnosis, "unknown"), "key is unknown", "keys are unknown"),
        (_count(diagnosis, "missing"), "key has no effect here", "keys have no effect here"),
    ]
    said = [f"{count} {one if count == 1 else many}" for count, one, many in counts if count]
    return ", ".join(said) if said else "clean"


def _count(diagnosis: Diagnosis, status: str) -> int:
    return sum(finding.status == status for finding in diagnosis.findings)


def _said(finding: Finding) -> str:
    parts = (finding.remark, finding.advice)
    return " ".join(part if part.endswith((".", "?")) else f"{part}." for part in parts if part)


def _gathered(findings: tuple[Finding, ...]) -> Iterator[tuple[str, Finding]]:
    """The findings with their paths; what holds for the same key of several rows is told once."""
    rows: dict[tuple[str, str, str, str, str], list[Finding]] = {}
    for each in findings:
        path = INDEX.sub("[*]", shown(each.path))
        rows.setdefault((each.file, path, each.status, each.remark, each.advice), []).append(each)
    for (file, path, *_), same in rows.items():
        text = path if len(same) > 1 else shown(same[0].path)
        times = f" ({len(same)} times)" if len(same) > 1 else ""
        yield (f"{file}: {text}{times}" if file else f"{text}{times}"), same[0]
