"""From raw records to one figure per metric and gateway, and whether the marks are reached. Pure."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from bench.gateway.subjects import DIRECT_PREFIX, MARKED, NGINX
from bench.gateway.upstream import CHUNKS

Record: TypeAlias = Mapping[str, Any]
Figures: TypeAlias = dict[str, dict[str, float]]
"""metric key -> gateway -> median; a gateway that failed there is absent."""

_SETTLED = 0.1
"""The part of the requests of a look for growth after which pools and caches have their size."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What Lakeway must reach. `nginx` is what nginx's figure for the same metric was on the machine that the
    mark was set on: the mark is scaled by what nginx makes of it here.
    """

    limit: float
    nginx: float | None = None


@dataclass(frozen=True, slots=True)
class Metric:
    """One row of the table: `read` takes its figure out of a record of the measure `measure`."""

    key: str
    label: str
    unit: str
    measure: str
    read: Callable[[Record], float]
    digits: int = 1
    higher_is_better: bool = False
    is_condition: bool = False
    """Not a figure of the gateway's own: no ratio."""
    over_direct: bool = False
    """The upstream's own figure is taken off, round by round."""
    mark: Mark | None = None


def _cpu_us(record: Record) -> float:
    """Per request. At the end each connection is cut off in one: half done as a rule, it counts as half."""
    return float(record["cpu_s"] / (record["requests"] + record["connections"] / 2) * 1e6)


def _chunk_us(record: Record) -> float:
    return _cpu_us(record) / CHUNKS


def _rate(record: Record) -> float:
    return float(record["requests"] / record["seconds"])


def _ms(name: str) -> Callable[[Record], float]:
    return lambda record: float(record[name] / 1e3)


def _percent(name: str) -> Callable[[Record], float]:
    return lambda record: float(record[name] * 100)


def _resident_mb(record: Record) -> float:
    return float(record["resident_bytes"] / 1e6)


def growth_mb(samples: Sequence[Record]) -> float:
    """Memory at the end minus that after the first tenth of the requests: medians of three samples each."""
    settled = [s for s in samples if s["requests"] >= _SETTLED * samples[-1]["requests"]]
    sizes = [s["resident_bytes"] / 1e6 for s in settled]
    return float(statistics.median(sizes[-3:]) - statistics.median(sizes[:3]))


METRICS: tuple[Metric, ...] = (
    Metric(
        "rate",
        "requests, 64 connections",
        "/s",
        "requests",
        _rate,
        digits=0,
        higher_is_better=True,
        mark=Mark(15_000, nginx=65_000),
    ),
    Metric("cpu", "CPU per request", "us", "requests", _cpu_us, mark=Mark(60, nginx=15.4)),
    Metric("p50_ms", "time per request, median", "ms", "requests", _ms("p50_us"), 2),
    Metric("p99_ms", "time per request, p99", "ms", "requests", _ms("p99_us"), 2),
    Metric(
        "busy",
        "its core busy meanwhile",
        "%",
        "requests",
        _percent("gateway_core_busy"),
        0,
        is_condition=True,
    ),
    Metric(
        "load_busy",
        "the load's core busy meanwhile",
        "%",
        "requests",
        _percent("load_core_busy"),
        0,
        is_condition=True,
    ),
    Metric(
        "stream_rate",
        "streams of 50 chunks, 32 connections",
        "/s",
        "streams",
        _rate,
        digits=0,
        higher_is_better=True,
    ),
    Metric("chunk_cpu", "CPU per chunk", "us", "streams", _chunk_us, mark=Mark(10, nginx=6.6)),
    Metric("stream_p50_ms", "time per stream, median", "ms", "streams", _ms("p50_us")),
    Metric("stream_p99_ms", "time per stream, p99", "ms", "streams", _ms("p99_us")),
    Metric(
        "stream_busy",
        "its core busy meanwhile",
        "%",
        "streams",
        _percent("gateway_core_busy"),
        0,
        is_condition=True,
    ),
    Metric(
        "added_p50_ms", "added at one connection, median", "ms", "latency", _ms("p50_us"), 3, over_direct=True
    ),
    Metric(
        "added_p99_ms", "added at one connection, p99", "ms", "latency", _ms("p99_us"), 3, over_direct=True
    ),
    Metric(
        "first_s", "first answer after start", "s", "first", lambda r: float(r["seconds"]), 2, mark=Mark(1)
    ),
    Metric("idle_mb", "memory, idle", "MB", "idle", _resident_mb, mark=Mark(60)),
    Metric("loaded_mb", "memory after load", "MB", "loaded", _resident_mb),
    Metric("direct_rate", "the upstream alone", "/s", DIRECT_PREFIX + "requests", _rate),
    Metric("direct_stream_rate", "streams of the upstream alone", "/s", DIRECT_PREFIX + "streams", _rate),
    Metric(
        "growth_mb",
        "growth over a million requests",
        "MB",
        "growth",
        lambda r: growth_mb(r["samples"]),
        mark=Mark(1),
    ),
)


def summarize(records: Iterable[Record]) -> Figures:
    """The median of each metric for each gateway, over all records that did not fail."""
    good = [record for record in records if "error" not in record]
    return {metric.key: _medians(metric, good) for metric in METRICS}


def _medians(metric: Metric, records: Sequence[Record]) -> dict[str, float]:
    samples: dict[str, list[float]] = {}
    for record, base in _with_base(metric, records):
        samples.setdefault(record["subject"], []).append(metric.read(record) - base)
    return {subject: statistics.median(values) for subject, values in samples.items()}


def _with_base(metric: Metric, records: Sequence[Record]) -> Iterator[tuple[Record, float]]:
    """Each record of the metric with what is to be taken off; one whose round has no base is left out."""
    found = [record for record in records if record["measure"] == metric.measure]
    if not metric.over_direct:
        yield from ((record, 0.0) for record in found)
        return
    direct = (record for record in records if record["measure"] == DIRECT_PREFIX + metric.measure)
    bases = {record["round"]: metric.read(record) for record in direct}
    yield from ((record, bases[record["round"]]) for record in found if record["round"] in bases)


def scaled(metric: Metric, figures: Figures) -> float | None:
    """The mark as nginx's figure scales it; None when it does not scale or nginx was not measured."""
    nginx = figures[metric.key].get(NGINX.name)
    if metric.mark is None or metric.mark.nginx is None or nginx is None:
        return None
    return metric.mark.limit * nginx / metric.mark.nginx


def is_reached(metric: Metric, limit: float, figure: float) -> bool:
    return figure >= limit if metric.higher_is_better else figure <= limit


def ours(metric: Metric, figures: Figures) -> float | None:
    """Lakeway's figure, with keys if it was measured with them."""
    found = figures[metric.key]
    return next((found[name] for name in MARKED if name in found), None)


def is_missed(metric: Metric, figures: Figures) -> bool:
    """Whether the mark is missed, the scaled one where there is one; nothing measured is nothing missed."""
    found = ours(metric, figures)
    if metric.mark is None or found is None:
        return False
    limit = scaled(metric, figures)
    return not is_reached(metric, metric.mark.limit if limit is None else limit, found)
