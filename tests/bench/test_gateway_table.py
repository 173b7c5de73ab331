"""The table of the gateways says what holds, what was missed and what to doubt."""

from __future__ import annotations

import pytest
from bench.gateway import table
from bench.gateway.figures import METRICS

BY_KEY = {metric.key: metric for metric in METRICS}
NOTHING: dict[str, dict[str, float]] = {metric.key: {} for metric in METRICS}


@pytest.mark.parametrize(
    ("key", "found", "expected"),
    [
        ("cpu", {"nginx": 23.1, "lakeway": 70.0}, "<= 60 MISSED; here <= 90 ok"),
        ("rate", {"nginx": 32_500.0, "lakeway": 7_000.0}, ">= 15,000 MISSED; here >= 7,500 MISSED"),
        ("chunk_cpu", {"lakeway": 9.0}, "<= 10 ok"),
        ("chunk_cpu", {"nginx": 7.0}, "<= 10; here <= 10.6"),
        ("idle_mb", {"nginx": 3.0, "lakeway": 50.0}, "<= 60 ok"),
        ("loaded_mb", {"lakeway": 50.0}, ""),
    ],
)
def test_a_verdict_has_the_mark_as_it_was_set_and_as_it_is_here(
    key: str, found: dict[str, float], expected: str
) -> None:
    """Each with its outcome, once there is a figure for it."""
    assert expected == table.verdict(BY_KEY[key], {key: found})


def test_rows_are_the_metrics_that_somebody_was_measured_for() -> None:
    """The upstream alone is in the caption, not in a row; a condition of the run has no ratio."""
    figures = NOTHING | {
        "cpu": {"nginx": 15.4, "litellm": 8_000.0, "lakeway": 50.0},
        "busy": {"nginx": 99.0, "lakeway": 50.0, "litellm": 100.0},
        "direct_rate": {"upstream": 70_000.0},
    }
    expected = [
        ["", "nginx", "LiteLLM", "Lakeway", "ratio to LiteLLM", "mark"],
        ["CPU per request, us", "15.4", "8,000.0", "50.0", "1/160", "<= 60 ok; here <= 60 ok"],
        ["its core busy meanwhile, %", "99", "100", "50", "", ""],
    ]

    assert expected == table.rows(figures, ["nginx", "litellm", "lakeway"])


def test_failures_are_told_with_their_reason() -> None:
    """So that a gap in the table is explained below it."""
    records = [
        {"subject": "portkey", "measure": "streams", "round": 0, "error": "LoadFailed: 3 wrong"},
        {
            "subject": "upstream",
            "measure": "direct-latency",
            "round": 0,
            "error": "LoadFailed: none answered",
        },
        {"subject": "nginx", "measure": "first", "round": 0, "seconds": 0.1},
    ]
    expected = [
        "Portkey failed at streams: LoadFailed: 3 wrong",
        "upstream failed at direct-latency: LoadFailed: none answered",
    ]

    assert expected == table.failures(records)


@pytest.mark.parametrize(
    ("gateway", "others", "load", "expected"),
    [
        (1.0, 0.0, 1.0, []),
        (0.6, 0.0, 0.5, []),
        (1.0, 0.3, 0.5, ["nginx's requests are too few: others took 30% of its core in round 2"]),
        (
            0.8,
            0.0,
            0.99,
            ["nginx's requests are too few: the load's core was full in round 2, its own was not"],
        ),
    ],
)
def test_a_rate_that_is_not_the_gateways_own_is_doubted(
    gateway: float, others: float, load: float, expected: list[str]
) -> None:
    """A gateway is at its limit when its core is full of it alone."""
    busy = {"gateway_core_busy": gateway, "gateway_core_others": others, "load_core_busy": load}

    assert expected == table.doubts([{"subject": "nginx", "measure": "requests", "round": 1, **busy}])


def test_the_caption_tells_versions_machine_and_conditions() -> None:
    """Whoever copies the table copies what it depends on; one program is named once."""
    report = {
        "packages": {
            "nginx": {"nginx": "1.22.1"},
            "portkey": {"@portkey-ai/gateway": "1.15.2", "node": "20.20.2"},
            "lakeway": {"lakeway": "0.1.0", "msgspec": "0.22.0"},
            "lakeway-keys": {"lakeway": "0.1.0"},
        },
        "machine": {"python": "CPython 3.11.7", "cpu": "A CPU", "cores": 2},
        "load_average": {"before": 0.1, "after": 1.0},
        "medians": NOTHING | {"direct_rate": {"upstream": 71_234.0}},
        "quick": False,
        "rounds": 3,
    }
    expected = (
        "nginx 1.22.1 · Portkey 1.15.2 · Lakeway 0.1.0 · CPython 3.11.7 · A CPU, 2 cores · load 0.1 to 1.0 · "
        "upstream alone 71,234 requests/s · medians of 3 rounds"
    )

    assert expected == table.caption(report)
    assert table.caption(report | {"quick": True}).endswith("quick run: not for comparison")
