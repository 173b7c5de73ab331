"""Records of gateways become medians, and marks are scaled to the machine by nginx."""

from __future__ import annotations

import pytest
from bench.gateway.figures import METRICS, Metric, growth_mb, is_missed, ours, scaled, summarize

BY_KEY = {metric.key: metric for metric in METRICS}


def record(subject: str, measure: str, number: int = 0, **values: object) -> dict[str, object]:
    return {"subject": subject, "measure": measure, "round": number, **values}


def load(**values: object) -> dict[str, object]:
    """A load's record: 1,000 requests in 2 s for 0.1 s of CPU."""
    given = {
        "requests": 1_000,
        "connections": 0,
        "seconds": 2.0,
        "cpu_s": 0.1,
        "p50_us": 1_500,
        "p99_us": 9_000,
    }
    return given | {"gateway_core_busy": 0.99, "load_core_busy": 0.5} | values


@pytest.mark.parametrize(
    ("key", "measured", "expected"),
    [
        ("rate", record("s", "requests", **load()), 500.0),
        ("cpu", record("s", "requests", **load()), 100.0),
        ("cpu", record("s", "requests", **load(requests=960, connections=80)), 100.0),
        ("p99_ms", record("s", "requests", **load()), 9.0),
        ("busy", record("s", "requests", **load()), 99.0),
        ("stream_rate", record("s", "streams", **load()), 500.0),
        ("chunk_cpu", record("s", "streams", **load()), 2.0),
        ("first_s", record("s", "first", seconds=0.25), 0.25),
        ("idle_mb", record("s", "idle", resident_bytes=46_500_000), 46.5),
        ("loaded_mb", record("s", "loaded", resident_bytes=52_000_000), 52.0),
    ],
)
def test_a_metric_reads_its_measure_in_its_unit(
    key: str, measured: dict[str, object], expected: float
) -> None:
    """Seconds, microseconds and bytes become the units of the table."""
    assert pytest.approx(expected) == summarize([measured])[key]["s"]


def test_each_gateway_gets_the_median_of_its_rounds() -> None:
    """One disturbed round of three does not move the figure."""
    records = [record("lakeway", "requests", i, **load(cpu_s=cpu)) for i, cpu in enumerate((0.2, 9.0, 0.1))]

    assert {"lakeway": pytest.approx(200.0)} == summarize(records)["cpu"]


def test_latency_is_what_a_gateway_adds_to_the_upstream_of_the_same_round() -> None:
    """A round that was slow for both adds no more; one without the upstream's figure does not count."""
    records = [
        record("upstream", "direct-latency", 0, **load(p50_us=100)),
        record("lakeway", "latency", 0, **load(p50_us=300)),
        record("upstream", "direct-latency", 1, **load(p50_us=1_100)),
        record("lakeway", "latency", 1, **load(p50_us=1_350)),
        record("upstream", "direct-latency", 2, error="LoadFailed"),
        record("lakeway", "latency", 2, **load(p50_us=9_000)),
    ]

    assert {"lakeway": pytest.approx(0.225)} == summarize(records)["added_p50_ms"]


def test_a_failed_measure_leaves_a_gap_and_not_a_figure() -> None:
    """A gateway whose streams came out wrong keeps its other figures."""
    records = [record("portkey", "streams", error="50 wrong"), record("portkey", "requests", **load())]

    figures = summarize(records)

    assert {} == figures["chunk_cpu"]
    assert {"portkey": pytest.approx(100.0)} == figures["cpu"]


def test_our_figure_is_the_one_with_keys_where_there_is_one() -> None:
    """The marks are for a gateway that has keys to look up."""
    metric = BY_KEY["cpu"]

    assert ours(metric, {"cpu": {"lakeway": 50.0, "lakeway-keys": 55.0}}) == 55.0
    assert ours(metric, {"cpu": {"lakeway": 50.0, "nginx": 15.0}}) == 50.0
    assert ours(metric, {"cpu": {"nginx": 15.0}}) is None


@pytest.mark.parametrize(
    ("megabytes", "expected"),
    [
        ([40, 50, 50, 50, 50, 50, 50, 50, 50, 50, 50], 0.0),
        ([40, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59], 7.0),
        ([40, 50, 50, 50, 50, 50, 50, 50, 50, 50, 80], 0.0),
    ],
)
def test_growth_leaves_out_the_start_and_one_odd_sample(megabytes: list[int], expected: float) -> None:
    """Filling the pools is no growth; a step at every sample is."""
    samples = [
        {"requests": 100 * (number + 1), "resident_bytes": size * 1_000_000}
        for number, size in enumerate(megabytes)
    ]

    assert expected == growth_mb(samples)


@pytest.mark.parametrize(
    ("key", "nginx", "expected"),
    [
        ("cpu", 15.4, 60.0),
        ("cpu", 23.1, 90.0),
        ("rate", 32_500.0, 7_500.0),
        ("chunk_cpu", 13.2, 20.0),
        ("cpu", None, None),
        ("idle_mb", 12.0, None),
        ("p50_ms", 1.0, None),
    ],
)
def test_a_mark_is_scaled_by_what_nginx_makes_of_this_machine(
    key: str, nginx: float | None, expected: float | None
) -> None:
    """Time is, memory is not; without nginx nothing is."""
    figures = {key: {} if nginx is None else {"nginx": nginx}}

    assert (None if expected is None else pytest.approx(expected)) == scaled(BY_KEY[key], figures)


@pytest.mark.parametrize(
    ("metric", "found", "expected"),
    [
        (BY_KEY["cpu"], {"nginx": 23.1, "lakeway": 89.0}, False),
        (BY_KEY["cpu"], {"nginx": 23.1, "lakeway": 91.0}, True),
        (BY_KEY["cpu"], {"lakeway": 61.0}, True),
        (BY_KEY["rate"], {"nginx": 32_500.0, "lakeway": 7_499.0}, True),
        (BY_KEY["rate"], {"nginx": 32_500.0, "lakeway": 7_501.0}, False),
        (BY_KEY["first_s"], {"nginx": 0.01, "lakeway": 1.1}, True),
        (BY_KEY["cpu"], {"nginx": 23.1}, False),
        (BY_KEY["p50_ms"], {"lakeway": 1e9}, False),
    ],
)
def test_a_mark_is_missed_on_the_wrong_side_of_the_scaled_limit(
    metric: Metric, found: dict[str, float], expected: bool
) -> None:
    """Of the plain one where nothing scales; never where nothing was measured."""
    assert expected is is_missed(metric, {metric.key: found})


def test_every_metric_has_its_own_key() -> None:
    """Two rows under one key would hide one another."""
    keys = [metric.key for metric in METRICS]

    assert sorted(set(keys)) == sorted(keys)
