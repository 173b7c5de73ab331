"""The figures as rows of a table, ours beside the peers, the marks with their outcome. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bench.gateway.figures import METRICS, Figures, Metric, is_reached, ours, scaled
from bench.gateway.subjects import DIRECT, GATEWAYS, LAKEWAY_KEYS, LITELLM
from bench.table import Row, number, ratio

_FULL = 0.97
_OTHERS = 0.05


def rows(figures: Figures, names: Sequence[str]) -> list[Row]:
    """Header and one row per metric that anybody was measured for."""
    header = ["", *(GATEWAYS[name].title for name in names), "ratio to LiteLLM", "mark"]
    measured = (metric for metric in METRICS if any(name in figures[metric.key] for name in names))
    return [header, *(_row(metric, figures, names) for metric in measured)]


def _row(metric: Metric, figures: Figures, names: Sequence[str]) -> Row:
    found = figures[metric.key]
    cells = [number(found.get(name), metric.digits) for name in names]
    compared = "" if metric.is_condition else ratio(ours(metric, figures), found.get(LITELLM.name))
    return [f"{metric.label}, {metric.unit}", *cells, compared, verdict(metric, figures)]


def verdict(metric: Metric, figures: Figures) -> str:
    """The mark as it was set and as nginx scales it to this machine: `<= 60 MISSED; here <= 98 ok`."""
    if metric.mark is None:
        return ""
    figure, here = ours(metric, figures), scaled(metric, figures)
    told = [_outcome(metric, metric.mark.limit, figure)]
    if here is not None:
        told.append(f"here {_outcome(metric, here, figure)}")
    return "; ".join(told)


def _outcome(metric: Metric, limit: float, figure: float | None) -> str:
    digits = 0 if limit >= 100 or limit == int(limit) else 1
    text = f"{'>=' if metric.higher_is_better else '<='} {limit:,.{digits}f}"
    if figure is None:
        return text
    return f"{text} {'ok' if is_reached(metric, limit, figure) else 'MISSED'}"


def failures(records: Iterable[Mapping[str, Any]]) -> list[str]:
    """A line for each measure that failed, in the words of whatever failed."""
    return [
        f"{_title(record['subject'])} failed at {record['measure']}: {record['error']}"
        for record in records
        if "error" in record
    ]


def doubts(records: Iterable[Mapping[str, Any]]) -> list[str]:
    """A line for each rate that is too low: others on the gateway's core, or the load's was full first."""
    found: dict[tuple[str, str], list[str]] = {}
    for record in records:
        if record["measure"] in {"requests", "streams"} and (why := _doubt(record)):
            found.setdefault((record["subject"], record["measure"]), []).append(why)
    return [
        f"{_title(subject)}'s {measure} are too few: {'; '.join(reasons)}"
        for (subject, measure), reasons in found.items()
    ]


def _doubt(record: Mapping[str, Any]) -> str:
    if record.get("gateway_core_others", 0) > _OTHERS:
        return f"others took {record['gateway_core_others']:.0%} of its core in round {record['round'] + 1}"
    if record.get("load_core_busy", 0) > _FULL > record["gateway_core_busy"]:
        return f"the load's core was full in round {record['round'] + 1}, its own was not"
    return ""


def _title(subject: str) -> str:
    return GATEWAYS[subject].title if subject in GATEWAYS else subject


def caption(report: Mapping[str, Any]) -> str:
    """Versions, machine and conditions in one line; a quick run says that it proves nothing."""
    machine, load = report["machine"], report["load_average"]
    parts = [
        *_versions(report["packages"]),
        machine["python"],
        f"{machine['cpu']}, {machine['cores']} cores",
        f"load {load['before']} to {load['after']}",
        f"upstream alone {number(report['medians']['direct_rate'].get(DIRECT), 0)} requests/s",
        "quick run: not for comparison" if report["quick"] else f"medians of {report['rounds']} rounds",
    ]
    return " · ".join(parts)


_DISTRIBUTION = {"portkey": "@portkey-ai/gateway", LAKEWAY_KEYS.name: "lakeway"}


def _versions(packages: Mapping[str, Mapping[str, str]]) -> list[str]:
    return [
        f"{GATEWAYS[name].title} {found[_DISTRIBUTION.get(name, name)]}"
        for name, found in packages.items()
        if name != LAKEWAY_KEYS.name
    ]
