"""The workspace that the demo calls: an emulated one in this process, or the user's own."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from msgspec import Struct

LEADING_ELSEWHERE = ("DATABRICKS_CLIENT_ID", "DATABRICKS_CLIENT_SECRET", "DATABRICKS_CONFIG_PROFILE")
# Seconds between the pieces of a stream, for somebody who watches.
PACE = 0.02


class Models(Struct, frozen=True):
    """The endpoints that are called, with the prefix `databricks/`."""

    chat: str
    claude: str
    embedding: str


class World(Struct, frozen=True, kw_only=True):
    """`host` is the workspace's address; `environ` leads there, and this process's environment does too."""

    models: Models
    host: str
    environ: Mapping[str, str]
    is_real: bool


@contextmanager
def emulated(models: Models, *, lively: bool) -> Iterator[World]:
    """A workspace on a free port, which the SDK finds through the environment, as it finds a real one.

    Models that Databricks has retired answer here: the LiteLLM page still names them.
    """
    from lakeway.testing import emulator

    with (
        emulator(retired="answer", token_delay=PACE if lively else 0.0) as workspace,
        _environment({**dict.fromkeys(LEADING_ELSEWHERE), **workspace.environ}),
    ):
        yield World(models=models, host=workspace.host, environ=dict(os.environ), is_real=False)


@contextmanager
def real(models: Models, *, lively: bool) -> Iterator[World]:
    """The workspace of the user's environment, under both pairs of names."""
    host = os.environ.get("DATABRICKS_API_BASE") or os.environ["DATABRICKS_HOST"]
    token = os.environ.get("DATABRICKS_API_KEY") or os.environ["DATABRICKS_TOKEN"]
    environ = {**os.environ, "DATABRICKS_API_BASE": host, "DATABRICKS_API_KEY": token}
    yield World(models=models, host=host, environ=environ, is_real=True)


@contextmanager
def _environment(changed: Mapping[str, str | None]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in changed}
    _set(changed)
    try:
        yield
    finally:
        _set(before)


def _set(values: Mapping[str, str | None]) -> None:
    for name, value in values.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
