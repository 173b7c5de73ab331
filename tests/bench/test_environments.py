"""What is counted as installed, and when an environment is made again."""

from __future__ import annotations

import sys
from pathlib import Path

from bench.environments import Environment, fingerprint, inspect
from bench.subjects import Subject

SUBJECT = Subject("thing", "Thing", Path("lock.txt"), added=frozenset({"some-addition"}))


def install(site: Path, name: str, code_bytes: int) -> None:
    """A distribution of one module and its byte code, which its RECORD does not list."""
    info = site / f"{name}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (site / f"{name}.py").write_bytes(b"#" * code_bytes)
    (site / "__pycache__").mkdir(exist_ok=True)
    (site / "__pycache__" / f"{name}.{sys.implementation.cache_tag}.pyc").write_bytes(b"0" * code_bytes)
    (info / "RECORD").write_text(f"{name}.py,,\n{info.name}/METADATA,,\n{info.name}/RECORD,,\n")


def site_packages(folder: Path) -> Path:
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    return folder / ("Lib/site-packages" if sys.platform == "win32" else f"lib/{version}/site-packages")


def measured(folder: Path, *others: str) -> Environment:
    install(site_packages(folder), "thing", 1000)
    for other in others:
        install(site_packages(folder), other, 50_000)
    return inspect(folder, SUBJECT)


def test_size_is_source_byte_code_and_metadata(tmp_path: Path) -> None:
    """The byte code counts although no RECORD lists it."""
    environment = measured(tmp_path)

    assert {"thing": "1.0"} == environment.packages
    assert 2000 < environment.installed_bytes < 2300


def test_installers_and_additions_do_not_count(tmp_path: Path) -> None:
    """Neither pip nor what was added for fairness, whichever way its name is spelled."""
    alone = measured(tmp_path / "alone")

    with_others = measured(tmp_path / "with", "pip", "Some_Addition")

    assert alone.packages == with_others.packages
    assert alone.installed_bytes == with_others.installed_bytes


def test_a_fingerprint_follows_contents_and_not_times(tmp_path: Path) -> None:
    """Touching a file keeps an environment, changing it does not."""
    lock = tmp_path / "lock.txt"
    lock.write_text("a==1")
    before = fingerprint([lock])
    lock.write_text("a==1")
    touched = fingerprint([lock])
    lock.write_text("a==2")

    assert before == touched
    assert before != fingerprint([lock])
