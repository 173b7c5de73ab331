"""pytest fixtures around the emulator; pytest loads this by itself, so it imports nothing heavy.

`databricks_emulator`: a workspace, started once per session and reset before each test.
`databricks_environment`: the same, with the DATABRICKS_* variables pointing at it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from lakeway.testing.workspace import RunningWorkspace


@pytest.fixture(scope="session")
def _running_databricks_emulator() -> Iterator[RunningWorkspace]:
    from lakeway.testing import emulator

    with emulator() as workspace:
        yield workspace


@pytest.fixture
def databricks_emulator(_running_databricks_emulator: RunningWorkspace) -> RunningWorkspace:
    """A Databricks workspace on this machine, as fresh as new."""
    _running_databricks_emulator.reset()
    return _running_databricks_emulator


@pytest.fixture
def databricks_environment(
    databricks_emulator: RunningWorkspace, monkeypatch: pytest.MonkeyPatch
) -> RunningWorkspace:
    """`databricks_emulator`, with this process's environment leading to it and to no other workspace."""
    for name in ("DATABRICKS_CLIENT_ID", "DATABRICKS_CLIENT_SECRET", "DATABRICKS_CONFIG_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in databricks_emulator.environ.items():
        monkeypatch.setenv(name, value)
    return databricks_emulator
