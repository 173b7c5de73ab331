"""Records become medians, rates and marks."""

from __future__ import annotations

import pytest
from bench.figures import METRICS, Mark, is_reached, summarize


def record(subject: str, measure: str, **values: object) -> dict[str, object]:
    return {"subject": subject, "measure": measure, **values}


def test_each_subject_gets_the_median_of_its_rounds() -> None:
    """One slow round of three does not move the figure."""
    records = [record("lakeway", "calls", units=10, wall_s=1.0, cpu_s=cpu) for cpu in (0.002, 0.9, 0.001)]

    figures = summarize(records)

    assert {"lakeway": 0.2} == figures["sync_cpu"]


@pytest.mark.parametrize(
    ("key", "measured", "expected"),
    [
        ("import_ms", record("s", "import", process_s=0.350, empty_process_s=0.050, resident_bytes=0), 300.0),
        ("import_mb", record("s", "import", process_s=1, empty_process_s=0, resident_bytes=21_500_000), 21.5),
        ("sync_rate", record("s", "calls", units=500, wall_s=0.25, cpu_s=0.2), 2000.0),
        ("async_cpu", record("s", "acalls", units=2000, wall_s=1.0, cpu_s=0.5), 0.25),
        ("stream_cpu", record("s", "stream", units=10_000, wall_s=1.0, cpu_s=0.1), 10.0),
        ("paced_cpu", record("s", "paced", units=1_000, wall_s=1.0, cpu_s=0.05), 50.0),
        ("embed_ms", record("s", "embeddings", units=3, wall_s=0.3, cpu_s=0.2), 100.0),
        ("size_mb", record("s", "installed", bytes=4_200_000, packages=3), 4.2),
        ("packages", record("s", "installed", bytes=4_200_000, packages=3), 3.0),
    ],
)
def test_a_metric_reads_its_measure_in_its_unit(
    key: str, measured: dict[str, object], expected: float
) -> None:
    """Seconds and bytes become the milliseconds, microseconds and megabytes of the table."""
    assert pytest.approx(expected) == summarize([measured])[key]["s"]


def test_a_failed_measure_leaves_a_gap_and_not_a_figure() -> None:
    """A subject whose worker died is absent from that row and present in the others."""
    records = [
        record("litellm", "calls", error="Traceback"),
        record("openai", "calls", units=1, wall_s=1.0, cpu_s=1.0),
    ]

    assert {"openai": 1.0} == summarize(records)["sync_rate"]


def test_records_without_a_row_are_ignored() -> None:
    """The yardstick stays in the raw records."""
    figures = summarize([record("python", "yardstick", seconds=0.03)])

    assert not any(figures.values())


@pytest.mark.parametrize(
    ("mark", "ours", "peer", "expected"),
    [
        (Mark(peer_part=20), 50.0, 1000.0, True),
        (Mark(peer_part=20), 51.0, 1000.0, False),
        (Mark(peer_part=20), 50.0, None, None),
        (Mark(limit=12), 12.0, None, True),
        (Mark(limit=12), 12.1, 400.0, False),
    ],
)
def test_a_mark_is_a_part_of_the_peer_or_a_limit(
    mark: Mark, ours: float, peer: float | None, expected: bool | None
) -> None:
    """Exactly at the mark is reached; a part of a figure that is missing is undecided."""
    assert expected is is_reached(mark, ours, peer)


def test_every_metric_has_its_own_key() -> None:
    """Two rows under one key would hide one another."""
    keys = [metric.key for metric in METRICS]

    assert sorted(set(keys)) == sorted(keys)
