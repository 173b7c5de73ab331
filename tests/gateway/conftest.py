"""A gateway on a free port before an emulated workspace, and a plain HTTP client to look at its bytes."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest

from lakeway.gateway.access import Access
from lakeway.gateway.config import load
from lakeway.gateway.gateway import Gateway
from lakeway.gateway.server import running
from lakeway.testing import emulator
from lakeway.testing.workspace import RunningWorkspace

KEY = "sk-gateway-tests"
CONFIG = """
model_list:
  - model_name: llama
    litellm_params: {model: databricks/databricks-meta-llama-3-3-70b-instruct}
  - model_name: claude
    litellm_params: {model: databricks/databricks-claude-sonnet-4-5}
  - model_name: bge
    litellm_params: {model: databricks/databricks-bge-large-en}
  - model_name: "databricks/*"
    litellm_params: {model: "databricks/*"}
litellm_settings:
  num_retries: 0
"""


@pytest.fixture(scope="session")
def _workspace() -> Iterator[RunningWorkspace]:
    with emulator() as workspace:
        yield workspace


@pytest.fixture
def workspace(_workspace: RunningWorkspace) -> RunningWorkspace:
    """The workspace behind the gateway, as fresh as new."""
    _workspace.reset()
    return _workspace


@pytest.fixture(scope="session")
def _standing(_workspace: RunningWorkspace) -> Iterator[str]:
    with running(Gateway.of(load(CONFIG, _workspace.environ), access=Access.by_key(KEY))) as address:
        yield address


@pytest.fixture
def address(_standing: str, workspace: RunningWorkspace) -> str:
    """A gateway with four models, no retries and a master key."""
    return _standing


@pytest.fixture(scope="session")
def _gateways() -> Iterator[dict[Any, tuple[ExitStack, str]]]:
    """Gateways by what they were started with; closed together, since each takes a moment to drain."""
    started: dict[Any, tuple[ExitStack, str]] = {}
    yield started
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda gateway: gateway[0].close(), started.values()))


@pytest.fixture
def serve(workspace: RunningWorkspace, _gateways: dict[Any, tuple[ExitStack, str]]) -> Callable[..., str]:
    """The address of a gateway with the test's own configuration; without `key` it is open to all here."""

    def start(config: str, key: str | None = KEY, environ: Mapping[str, str] | None = None) -> str:
        environ = workspace.environ if environ is None else environ
        how = (config, key, *environ.items())
        if how not in _gateways:
            access = Access() if key is None else Access.by_key(key)
            stack = ExitStack()
            address = stack.enter_context(running(Gateway.of(load(config, environ), access=access)))
            _gateways[how] = (stack, address)
        return _gateways[how][1]

    return start


@pytest.fixture
def ask() -> Callable[..., SimpleNamespace]:
    """One request as plain HTTP; answers status, headers (lower case), body, and json where it is JSON."""

    def send(
        address: str,
        path: str,
        body: Any = None,
        *,
        method: str | None = None,
        key: str | None = KEY,
        headers: Mapping[str, str] | None = None,
    ) -> SimpleNamespace:
        content = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        given = {"content-type": "application/json", **(headers or {})}
        if key is not None:
            given["authorization"] = f"Bearer {key}"
        connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=10)
        try:
            connection.request(method or ("GET" if body is None else "POST"), path, content, given)
            response = connection.getresponse()
            text = response.read()
        finally:
            connection.close()
        kind = response.headers.get_content_type()
        decoded = json.loads(text) if kind == "application/json" and text else None
        return SimpleNamespace(
            status=response.status,
            headers={name.lower(): value for name, value in response.getheaders()},
            body=text,
            json=decoded,
        )

    return send
