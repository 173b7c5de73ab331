"""The locks name what is compared, and nothing of where it was fetched."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from bench.gateway.subjects import GATEWAYS
from bench.gateway.subjects import LAKEWAY as LAKEWAY_GATEWAY
from bench.subjects import LAKEWAY, LITELLM, REQUIREMENTS, ROOT, SUBJECTS

LOCKS = sorted(REQUIREMENTS.glob("bench-*.txt"))


def names_in(text: str) -> set[str]:
    return set(re.findall(r"^([a-z0-9-]+)==", text, re.MULTILINE))


def test_every_subject_has_a_lock() -> None:
    """And there is one more, for building the wheel."""
    libraries = {subject.lock for subject in SUBJECTS.values()}
    gateways = {gateway.environment.lock for gateway in GATEWAYS.values() if gateway.environment}

    assert libraries | gateways | {REQUIREMENTS / "bench-build.txt"} == set(LOCKS)


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


def test_lakeways_gateway_is_measured_with_what_its_extra_declares() -> None:
    """`make lock` after every change of that extra."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    declared = {
        re.split(r"[^A-Za-z0-9-]", line, maxsplit=1)[0]
        for line in (*project["dependencies"], *extras["gateway"], *extras["emulator"])
    } - {"lakeway"}
    assert LAKEWAY_GATEWAY.environment is not None

    assert declared <= names_in(LAKEWAY_GATEWAY.environment.lock.read_text(encoding="utf-8"))


def test_litellm_is_the_release_compared_with_and_has_what_it_looks_for() -> None:
    """Without these it retries failing imports."""
    text = LITELLM.lock.read_text(encoding="utf-8")

    assert "litellm==1.109.1 " in text
    assert LITELLM.added <= names_in(text)
