"""From raw records to one figure per metric and subject. Pure: dicts in, numbers out."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

Record: TypeAlias = Mapping[str, Any]
Figures: TypeAlias = dict[str, dict[str, float]]
"""metric key -> subject -> median; a subject that failed or was not measured is absent."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What Lakeway must reach: a part of LiteLLM's figure (`peer_part` 20 means 1/20), or a limit in the
    metric's unit. `aim` is where it wants to be.
    """

    peer_part: float | None = None
    limit: float | None = None
    aim: float | None = None


@dataclass(frozen=True, slots=True)
class Metric:
    """One row of the table: `read` takes its figure out of a record made by the measure `measure`."""

    key: str
    label: str
    unit: str
    measure: str
    read: Callable[[Record], float]
    digits: int = 1
    higher_is_better: bool = False
    mark: Mark | None = None


def _added_wall_ms(record: Record) -> float:
    return float(record["process_s"] - record["empty_process_s"]) * 1e3


def _rate(record: Record) -> float:
    return float(record["units"] / record["wall_s"])


def _cpu(scale: float) -> Callable[[Record], float]:
    return lambda record: float(record["cpu_s"] / record["units"] * scale)


def _wall_ms(record: Record) -> float:
    return float(record["wall_s"] / record["units"] * 1e3)


def _megabytes(name: str) -> Callable[[Record], float]:
    return lambda record: float(record[name] / 1e6)


_TENTH, _FIFTH = Mark(peer_part=10), Mark(peer_part=5)
_CHUNK = Mark(limit=12)

METRICS: tuple[Metric, ...] = (
    Metric("import_ms", "import", "ms", "import", _added_wall_ms, mark=Mark(peer_part=20)),
    Metric("first_ms", "import and first answer", "ms", "first", _added_wall_ms),
    Metric("import_mb", "memory after import", "MB", "import", _megabytes("resident_bytes"), mark=_FIFTH),
    Metric("calls_mb", "memory after 200 calls", "MB", "memory", _megabytes("resident_bytes"), mark=_FIFTH),
    Metric("sync_rate", "sync calls", "/s", "calls", _rate, digits=0, higher_is_better=True),
    Metric("sync_cpu", "CPU per sync call", "ms", "calls", _cpu(1e3), 3, mark=Mark(peer_part=10, aim=0.2)),
    Metric("async_rate", "async calls, 64 in flight", "/s", "acalls", _rate, digits=0, higher_is_better=True),
    Metric(
        "async_cpu", "CPU per async call", "ms", "acalls", _cpu(1e3), 3, mark=Mark(peer_part=10, aim=0.12)
    ),
    Metric(
        "stream_rate", "sync chunks, 500-chunk stream", "/s", "stream", _rate, digits=0, higher_is_better=True
    ),
    Metric("stream_cpu", "CPU per chunk, sync", "us", "stream", _cpu(1e6), mark=_CHUNK),
    Metric(
        "astream_rate",
        "async chunks, 500-chunk stream",
        "/s",
        "astream",
        _rate,
        digits=0,
        higher_is_better=True,
    ),
    Metric("astream_cpu", "CPU per chunk, async", "us", "astream", _cpu(1e6), mark=_CHUNK),
    Metric("paced_cpu", "CPU per chunk, sync, one chunk per ms", "us", "paced", _cpu(1e6)),
    Metric("apaced_cpu", "CPU per chunk, async, one chunk per ms", "us", "apaced", _cpu(1e6)),
    Metric("embed_ms", "1,000 embeddings of 1,024", "ms", "embeddings", _wall_ms, mark=Mark(peer_part=7)),
    Metric("embed_cpu", "CPU of these", "ms", "embeddings", _cpu(1e3)),
    Metric("embed_float_ms", "these asked for as floats", "ms", "embeddings-float", _wall_ms),
    Metric(
        "size_mb", "installed, with byte code", "MB", "installed", _megabytes("bytes"), mark=Mark(limit=25)
    ),
    Metric("packages", "packages", "", "installed", lambda r: float(r["packages"]), 0, mark=Mark(limit=12)),
)


def summarize(records: Iterable[Record]) -> Figures:
    """The median of each metric for each subject, over all records that did not fail."""
    samples: dict[str, dict[str, list[float]]] = {metric.key: {} for metric in METRICS}
    for record in records:
        if "error" in record:
            continue
        for metric in METRICS:
            if metric.measure == record["measure"]:
                samples[metric.key].setdefault(record["subject"], []).append(metric.read(record))
    return {
        key: {subject: statistics.median(values) for subject, values in subjects.items()}
        for key, subjects in samples.items()
    }


def is_reached(mark: Mark, ours: float, peer: float | None) -> bool | None:
    """Whether our figure meets the mark; None when it needs LiteLLM's figure and there is none."""
    if mark.limit is not None:
        return ours <= mark.limit
    if mark.peer_part is None or peer is None:
        return None
    return ours * mark.peer_part <= peer
