"""Figures become a table that can be read in a terminal and in the README."""

from __future__ import annotations

import pytest
from bench.figures import METRICS, Metric

from bench import table

BY_KEY = {metric.key: metric for metric in METRICS}


@pytest.mark.parametrize(
    ("ours", "peer", "expected"),
    [
        (100.0, 3800.0, "1/38"),
        (2.0, 5.0, "1/2.5"),
        (5.0, 5.0, "x1.0"),
        (12_000.0, 300.0, "x40"),
        (1.0, 10.0, "1/10"),
        (None, 5.0, "-"),
        (5.0, None, "-"),
        (0.0, 5.0, "-"),
    ],
)
def test_a_ratio_says_how_many_times_less_or_more(
    ours: float | None, peer: float | None, expected: str
) -> None:
    """A fraction below one, a factor from one up, nothing where a figure is missing."""
    assert expected == table.ratio(ours, peer)


@pytest.mark.parametrize(
    ("metric", "ours", "peer", "expected"),
    [
        (BY_KEY["import_ms"], 40.0, 4000.0, "<= 1/20 ok"),
        (BY_KEY["import_ms"], 400.0, 4000.0, "<= 1/20 MISSED"),
        (BY_KEY["import_ms"], 40.0, None, "<= 1/20"),
        (BY_KEY["sync_cpu"], 0.21, 2.6, "<= 1/10 ok, aim 0.2 ms MISSED"),
        (BY_KEY["stream_cpu"], 8.0, None, "<= 12 us ok"),
        (BY_KEY["packages"], None, 60.0, "<= 12"),
        (BY_KEY["sync_rate"], 4000.0, 300.0, ""),
    ],
)
def test_a_verdict_names_the_mark_and_its_outcome(
    metric: Metric, ours: float | None, peer: float | None, expected: str
) -> None:
    """The outcome is left out while a figure for it is missing."""
    assert expected == table.verdict(metric, ours, peer)


FIGURES = {
    "import_ms": {"lakeway": 40.04, "litellm": 4000.0},
    "packages": {"lakeway": 3.0, "litellm": 56.0, "openai": 14.0},
    "size_mb": {},
}


def test_rows_are_the_metrics_that_somebody_was_measured_for() -> None:
    """An unmeasured metric has no row, an unmeasured subject has a dash."""
    expected = [
        ["", "Lakeway", "LiteLLM", "openai", "ratio to LiteLLM", "mark"],
        ["import, ms", "40.0", "4,000.0", "-", "1/100", "<= 1/20 ok"],
        ["packages", "3", "56", "14", "1/19", "<= 12 ok"],
    ]

    assert expected == table.rows(FIGURES, ["lakeway", "litellm", "openai"])


def test_text_lines_figures_up_to_the_right() -> None:
    """Labels and marks begin where their column begins; no line ends in spaces."""
    expected = (
        "         Lakeway  ratio  mark\n"
        "-------------------------------\n"
        "import      40.0  1/100  ok\n"
        "rate    12,000.0    x40  MISSED"
    )

    actual = table.as_text(
        [
            ["", "Lakeway", "ratio", "mark"],
            ["import", "40.0", "1/100", "ok"],
            ["rate", "12,000.0", "x40", "MISSED"],
        ]
    )

    assert expected == actual


def test_markdown_is_a_table_with_figures_to_the_right() -> None:
    """The first and last column stay on the left."""
    expected = "| | a | mark |\n| --- | ---: | --- |\n| import | 1 | ok |".replace("| |", "|  |")

    assert expected == table.as_markdown([["", "a", "mark"], ["import", "1", "ok"]])


def test_the_caption_tells_versions_machine_and_conditions() -> None:
    """Whoever copies the table copies what it depends on."""
    report = {
        "packages": {"lakeway": {"lakeway": "0.1.0", "msgspec": "0.20"}, "litellm": {"litellm": "1.109.1"}},
        "machine": {"python": "CPython 3.11.7", "cpu": "A CPU", "cores": 2},
        "load_average": {"before": 0.1, "after": 1.0},
        "quick": False,
        "rounds": 3,
    }
    expected = (
        "Lakeway 0.1.0 · LiteLLM 1.109.1 · CPython 3.11.7 · A CPU, 2 cores · "
        "load 0.1 to 1.0 · medians of 3 rounds"
    )

    assert expected == table.caption(report)
    assert table.caption(report | {"quick": True}).endswith("quick run: not for comparison")
