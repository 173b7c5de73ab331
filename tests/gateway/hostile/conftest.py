"""A gateway of its own process under siege, the workspace behind it, and a host that nobody should call."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lakeway.testing import emulator
from lakeway.testing.workspace import RunningWorkspace

# `hostile` is a folder of tests/gateway, and its gateway runs in another process.
GATEWAY = str(Path(__file__).resolve().parents[1])
if GATEWAY not in sys.path:
    sys.path.append(GATEWAY)

if TYPE_CHECKING:
    from hostile.besieged import Besieged, Canary

OURS = ("LAKEWAY_", "LITELLM_", "DATABRICKS_", "PORT", "NUM_WORKERS")
# No pattern of ours knows these, so nothing would take them out of a text.
TOKEN = "workspace-token-of-the-siege"
ROW_KEY = "row-key-of-the-siege"
CONFIG = """
model_list:
  - model_name: llama
    litellm_params: {{model: databricks/databricks-meta-llama-3-3-70b-instruct}}
  - model_name: claude
    litellm_params: {{model: databricks/databricks-claude-sonnet-4-5}}
  - model_name: bge
    litellm_params: {{model: databricks/databricks-bge-large-en}}
  - model_name: unity
    litellm_params: {{model: databricks/databricks-claude-sonnet-4-5, api_base: "{host}/ai-gateway"}}
  - model_name: other
    litellm_params: {{model: openai/x, api_base: "{host}/elsewhere", api_key: {row_key}}}
  - model_name: "databricks/*"
    litellm_params: {{model: "databricks/*"}}
general_settings: {{master_key: {key}}}
litellm_settings: {{num_retries: 0}}
"""


@pytest.fixture(scope="session")
def _besieged_workspace() -> Iterator[RunningWorkspace]:
    with emulator(tokens=(TOKEN,), recorded=20_000) as workspace:
        yield workspace


@pytest.fixture
def workspace(_besieged_workspace: RunningWorkspace) -> RunningWorkspace:
    """The workspace behind the gateway, as fresh as new."""
    _besieged_workspace.reset()
    return _besieged_workspace


def _start(folder: Path, workspace: RunningWorkspace, **limits: float) -> Besieged:
    from hostile.besieged import Besieged
    from hostile.case import KEY
    from hostile.tables.keys import GUESS

    environ = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    config = CONFIG.format(host=workspace.host, key=KEY, row_key=ROW_KEY)
    return Besieged(folder, config, environ | workspace.environ, (KEY, TOKEN, ROW_KEY, GUESS), limits)


@pytest.fixture(scope="session")
def _besieged(
    _besieged_workspace: RunningWorkspace, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Besieged]:
    gateway = _start(tmp_path_factory.mktemp("besieged"), _besieged_workspace)
    yield gateway
    gateway.close()


@pytest.fixture
def besieged(_besieged: Besieged, workspace: RunningWorkspace) -> Besieged:
    """The gateway, with the limits that it has in use."""
    return _besieged


@pytest.fixture(scope="session")
def _impatient(
    _besieged_workspace: RunningWorkspace, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Besieged]:
    short = dict.fromkeys(("head_seconds", "body_seconds", "write_seconds"), 0.8)
    folder = tmp_path_factory.mktemp("impatient")
    gateway = _start(folder, _besieged_workspace, **short, idle_seconds=1.6, max_connections=60)
    yield gateway
    gateway.close()


@pytest.fixture
def impatient(_impatient: Besieged, workspace: RunningWorkspace) -> Besieged:
    """The same with little time for slow clients, and little room for many."""
    return _impatient


@pytest.fixture
def canary() -> Iterator[Canary]:
    """A host on this machine that notes who comes."""
    from hostile.besieged import Canary

    listening = Canary()
    yield listening
    listening.close()
