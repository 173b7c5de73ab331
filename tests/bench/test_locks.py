"""The locks name what is compared, and nothing of where it was fetched."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from bench.subjects import LAKEWAY, LITELLM, REQUIREMENTS, ROOT, SUBJECTS

LOCKS = sorted(REQUIREMENTS.glob("bench-*.txt"))


def names_in(text: str) -> set[str]:
    return set(re.findall(r"^([a-z0-9-]+)==", text, re.MULTILINE))


def test_every_subject_has_a_lock() -> None:
    """And there is one more, for building the wheel."""
    locks = {subject.lock for subject in SUBJECTS.values()} | {REQUIREMENTS / "bench-build.txt"}

    assert locks == set(LOCKS)


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_a_lock_has_a_hash_for_each_package_and_no_address(lock: Path) -> None:
    """An address would tie the lock to one index."""
    text = lock.read_text(encoding="utf-8")
    packages = re.split(r"^(?=[a-z0-9-]+==)", text, flags=re.MULTILINE)[1:]

    assert packages
    assert all("--hash=sha256:" in package for package in packages)
    assert "://" not in text


def test_lakeway_is_measured_with_its_core_dependencies() -> None:
    """A dependency added to pyproject.toml must be added to the lock."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = {re.split(r"[^A-Za-z0-9-]", line, maxsplit=1)[0] for line in project["dependencies"]}

    assert declared <= names_in(LAKEWAY.lock.read_text(encoding="utf-8"))


def test_litellm_is_the_release_compared_with_and_has_what_it_looks_for() -> None:
    """Without these it retries failing imports."""
    text = LITELLM.lock.read_text(encoding="utf-8")

    assert "litellm==1.109.1 " in text
    assert LITELLM.added <= names_in(text)
