"""Lakeway beside what LiteLLM 1.109.1 was recorded doing for the same calls."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Mapping
from fnmatch import filter as matching
from typing import Any

import openai
import pytest

import lakeway
from parity.compare import Gap, gaps
from parity.difference import Difference, Habit
from parity.differences import DIFFERENCES, HABITS
from parity.matrix import AREAS
from parity.observe import observe
from parity.record import RECORDS, given
from parity.server import canned_workspace

CASES = [f"{area}/{name}" for area, cases in AREAS.items() for name in cases]
RECORDED: Mapping[str, Any] = {
    f"{area}/{name}": outcome
    for area in AREAS
    for name, outcome in json.loads((RECORDS / f"{area}.json").read_text()).items()
}


@pytest.fixture(scope="session")
def found() -> Mapping[str, list[Gap]]:
    """Every case run once, against one server: where it differs from its record."""
    with pytest.MonkeyPatch.context() as patch, canned_workspace() as workspace:
        for name in [name for name in os.environ if name.startswith("DATABRICKS_")]:
            patch.delenv(name)
        patch.setattr(lakeway, "num_retries", 0)
        outcomes = {
            f"{area}/{name}": observe(lakeway, openai, case, workspace)
            for area, cases in AREAS.items()
            for name, case in cases.items()
        }
        lakeway.close()
    return {case: list(gaps(RECORDED[case], outcome)) for case, outcome in outcomes.items()}


def test_records_are_of_these_cases() -> None:
    """What was recorded is what is asked; if not, `record.py` has to be run."""
    asked = {f"{area}/{name}": given(case) for area, cases in AREAS.items() for name, case in cases.items()}

    assert asked == {case: outcome["given"] for case, outcome in RECORDED.items()}


@pytest.mark.parametrize("case", CASES)
def test_same_as_litellm(case: str, found: Mapping[str, list[Gap]]) -> None:
    """The same request, answer and error, but for the differences that the table gives reasons for."""
    rows = [row for row in DIFFERENCES if row.covers(case)]
    unlisted = [
        gap
        for gap in found[case]
        if not any(row.explains(gap) for row in rows) and not any(habit.explains(gap) for habit in HABITS)
    ]

    assert [] == unlisted


@pytest.mark.parametrize("row", DIFFERENCES, ids=lambda row: row.cases)
def test_every_difference_is_one(row: Difference, found: Mapping[str, list[Gap]]) -> None:
    """A row of the table holds for each of its cases, at each path; one that no longer does has to go."""
    listed = [(case, path) for case in CASES if row.covers(case) for path in row.lakeway]
    there = [
        (case, gap.path) for case in CASES if row.covers(case) for gap in found[case] if row.explains(gap)
    ]

    assert Counter(listed) == Counter(there)


def test_every_difference_has_its_cases() -> None:
    """No row names a case that is not there."""
    named = [pattern for row in DIFFERENCES for pattern in row.patterns]

    assert [] == [pattern for pattern in named if not matching(CASES, pattern)]


@pytest.mark.parametrize("habit", HABITS, ids=lambda habit: habit.reason[:40])
def test_every_habit_is_one(habit: Habit, found: Mapping[str, list[Gap]]) -> None:
    """A difference that is said to run through the cases is found in some."""
    assert any(habit.explains(gap) for differing in found.values() for gap in differing)


def test_reasons() -> None:
    """Each row says why in a sentence."""
    reasons = [row.reason for row in (*HABITS, *DIFFERENCES)]

    assert [] == [reason for reason in reasons if not reason.endswith((".", ".)"))]
