"""A worker in a process of its own against the real upstream: what a run is made of."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from bench.environments import Environment
from bench.run import WORKER, Bench, Task, upstream
from bench.subjects import ROOT

THIS = Environment(Path(sys.executable), {}, 0)


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with upstream(None) as host:
        yield Bench(host, str(tmp_path_factory.mktemp("home")), [ROOT, ROOT / "src"])


@pytest.mark.parametrize(
    ("subject", "measure", "count", "units"),
    [
        ("lakeway", "calls", 2, 2),
        ("lakeway", "acalls", 65, 65),
        ("lakeway", "stream", 1, 500),
        ("lakeway", "astream", 1, 500),
        ("openai", "calls", 2, 2),
        ("openai", "astream", 1, 500),
    ],
)
def test_a_measure_counts_calls_or_chunks_with_their_wall_and_cpu_time(
    bench: Bench, subject: str, measure: str, count: int, units: int
) -> None:
    """Every answer arrives as it was sent, else the record is an error; the clocks ran."""
    record = bench.measure(THIS, Task(measure, measure, count), subject)

    assert units == record.get("units"), record
    assert record["wall_s"] > 0
    assert record["cpu_s"] > 0
    assert record["peak_bytes"] >= record["resident_bytes"] > 1_000_000


def test_an_import_is_timed_beside_an_empty_process(bench: Bench) -> None:
    """The difference of the two is the price of the import."""
    record = bench.measure(THIS, Task("import", "import", 0, against_empty=True), "lakeway")

    assert record["process_s"] > record["empty_process_s"] > 0


def test_a_worker_that_fails_leaves_its_last_words(bench: Bench) -> None:
    """A library that cannot be imported is a record with an error, not the end of the run."""
    record = bench.measure(THIS, Task("import", "import", 0), "no_such_library")

    assert ["error"] == list(record)
    assert "No module named 'no_such_library'" in record["error"]


def modules_loaded_by(*arguments: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-P", "-s", *arguments], capture_output=True, check=True
    )
    return {line.rsplit(b"|", 1)[1].strip().decode() for line in done.stderr.splitlines() if b"|" in line}


def test_a_worker_imports_nothing_before_the_library() -> None:
    """What the worker had loaded already would be missing from the price of an import."""
    empty = modules_loaded_by("-c", "pass")

    assert empty == modules_loaded_by(str(WORKER), "openai", "nothing", "", "0")
