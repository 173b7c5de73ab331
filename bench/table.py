"""The figures as a table: aligned text for a terminal, Markdown for the README. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bench.figures import METRICS, Figures, Mark, Metric, is_reached
from bench.subjects import OURS, PEER, SUBJECTS

Row = list[str]
_NONE = "-"


def rows(figures: Figures, subjects: Sequence[str]) -> list[Row]:
    """Header and one row per metric that anybody was measured for."""
    header = ["", *(SUBJECTS[name].title for name in subjects), "ratio to LiteLLM", "mark"]
    return [header, *(_row(metric, figures, subjects) for metric in METRICS if figures.get(metric.key))]


def _row(metric: Metric, figures: Figures, subjects: Sequence[str]) -> Row:
    found = figures[metric.key]
    ours, peer = found.get(OURS), found.get(PEER)
    label = f"{metric.label}, {metric.unit}" if metric.unit else metric.label
    cells = [number(found.get(name), metric.digits) for name in subjects]
    return [label, *cells, ratio(ours, peer), verdict(metric, ours, peer)]


def number(value: float | None, digits: int) -> str:
    return _NONE if value is None else f"{value:,.{digits}f}"


def ratio(ours: float | None, peer: float | None) -> str:
    """`1/38` when ours is smaller, `x12` when it is larger; two digits below ten."""
    if ours is None or peer is None or ours <= 0 or peer <= 0:
        return _NONE
    if ours < peer:
        return f"1/{_two_digits(peer / ours)}"
    return f"x{_two_digits(ours / peer)}"


def _two_digits(factor: float) -> str:
    return f"{factor:.1f}" if factor < 9.95 else f"{factor:,.0f}"


def verdict(metric: Metric, ours: float | None, peer: float | None) -> str:
    """The mark and whether it is reached, such as `<= 1/10 ok, aim 0.2 missed`."""
    if metric.mark is None:
        return ""
    parts = [_mark_text(metric.mark, metric.unit)]
    if ours is not None and (reached := is_reached(metric.mark, ours, peer)) is not None:
        parts[0] += _word(reached)
    if metric.mark.aim is not None:
        parts.append(
            f"aim {metric.mark.aim:g} {metric.unit}"
            + ("" if ours is None else _word(ours <= metric.mark.aim))
        )
    return ", ".join(parts)


def _mark_text(mark: Mark, unit: str) -> str:
    return f"<= {mark.limit:g} {unit}".rstrip() if mark.limit is not None else f"<= 1/{mark.peer_part:g}"


def _word(reached: bool) -> str:
    return " ok" if reached else " MISSED"


def as_text(table: Sequence[Row]) -> str:
    """Columns padded with spaces; the first and the last to the left, figures to the right."""
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    lines = [_padded(row, widths) for row in table]
    return "\n".join([lines[0], "-" * max(map(len, lines)), *lines[1:]])


def _padded(row: Row, widths: Sequence[int]) -> str:
    last = len(row) - 1
    cells = (
        cell.ljust(width) if index in (0, last) else cell.rjust(width)
        for index, (cell, width) in enumerate(zip(row, widths, strict=True))
    )
    return "  ".join(cells).rstrip()


def as_markdown(table: Sequence[Row]) -> str:
    """A GitHub table with the figures to the right."""
    header, *body = table
    align = ["---", *("---:" for _ in header[1:-1]), "---"]
    return "\n".join(f"| {' | '.join(row)} |" for row in (header, align, *body))


def caption(report: Mapping[str, Any]) -> str:
    """Versions, machine and conditions in one line; a quick run says that it proves nothing."""
    machine, load = report["machine"], report["load_average"]
    versions = (f"{SUBJECTS[name].title} {found[name]}" for name, found in report["packages"].items())
    parts = [
        *versions,
        machine["python"],
        f"{machine['cpu']}, {machine['cores']} cores",
        f"load {load['before']} to {load['after']}",
        "quick run: not for comparison" if report["quick"] else f"medians of {report['rounds']} rounds",
    ]
    return " · ".join(parts)
