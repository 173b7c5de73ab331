"""The emulator for tests: a workspace on a free port of this machine for the length of a `with` block.

    with emulator(any_token=True) as workspace:
        client = openai.OpenAI(base_url=workspace.base_url, api_key=workspace.token)

The keywords are the fields of `lakeway.emulator.Settings`. With pytest, take the fixtures of
`lakeway.testing.plugin` instead: `databricks_emulator` and `databricks_environment`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lakeway.testing.workspace import RunningWorkspace

__all__ = ["emulator"]


@contextmanager
def emulator(**settings: Any) -> Iterator[RunningWorkspace]:
    """Run a workspace with `settings` (see `lakeway.emulator.Settings`) and yield it, ready to be called."""
    from lakeway.testing.workspace import running

    with running(settings) as workspace:
        yield workspace
