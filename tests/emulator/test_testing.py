"""`lakeway.testing`: the context manager, the fixtures, and how light their import is."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from typing import Any

import msgspec
import openai
import pytest

from lakeway.emulator import Settings, create_app
from lakeway.testing import emulator

pytest_plugins = ["pytester"]

QUESTION: Any = [{"role": "user", "content": "Hello"}]


def test_a_workspace_starts_quickly() -> None:
    """It answers within a second of being asked for, and is gone afterwards."""
    start = time.monotonic()
    with (
        emulator() as workspace,
        openai.OpenAI(base_url=workspace.base_url, api_key=workspace.token) as client,
    ):
        client.chat.completions.create(model="databricks-gpt-5", messages=QUESTION)
        ready = time.monotonic() - start

    assert ready < 1
    with (
        openai.OpenAI(base_url=workspace.base_url, api_key="x", max_retries=0) as client,
        pytest.raises(openai.APIConnectionError),
    ):
        client.models.list()


def test_two_workspaces_are_apart() -> None:
    """Each has a port, settings and a record of its own."""
    with emulator(tokens=("dapi-one",)) as one, emulator(tokens=("dapi-two",)) as two:
        with openai.OpenAI(base_url=one.base_url, api_key=one.token) as client:
            client.chat.completions.create(model="databricks-gpt-5", messages=QUESTION)

        assert (one.token, two.token) == ("dapi-one", "dapi-two")
        assert (len(one.requests), len(two.requests)) == (1, 0)
        assert one.usage[0]["endpoint_name"] == "databricks-gpt-5"


def test_unknown_settings_are_named() -> None:
    """A mistyped setting does not pass in silence."""
    with pytest.raises(ValueError, match="tokenz"), emulator(tokenz=()):
        pass


def test_environ_leads_to_the_workspace() -> None:
    """The variables name host, base and credentials, with a token or with a client."""
    with emulator() as workspace:
        assert workspace.environ["DATABRICKS_API_BASE"] == f"{workspace.host}/serving-endpoints"
        assert workspace.oauth_environ["DATABRICKS_CLIENT_ID"] == workspace.client_id
        assert "DATABRICKS_TOKEN" not in workspace.oauth_environ


def test_fixtures_for_pytest(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """The plugin gives one server per session, reset before each test, and the environment."""
    pytester.makepyfile(
        """
        import os, urllib.request

        def call(workspace):
            headers = {"Authorization": f"Bearer {workspace.token}"}
            url = f"{workspace.host}/api/2.0/serving-endpoints"
            with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as response:
                assert response.status == 200

        def test_first(databricks_emulator):
            call(databricks_emulator)
            assert len(databricks_emulator.requests) == 1

        def test_second(databricks_emulator):
            assert databricks_emulator.requests == []

        def test_environment(databricks_environment):
            assert os.environ["DATABRICKS_HOST"] == databricks_environment.host
            assert "DATABRICKS_CLIENT_ID" not in os.environ
        """
    )
    monkeypatch.setenv("DATABRICKS_CLIENT_ID", "somebody")
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    result = pytester.runpytest_subprocess("-p", "lakeway.testing.plugin", "-p", "no:cacheprovider")

    result.assert_outcomes(passed=3)


def test_the_plugin_is_light() -> None:
    """pytest loads it in every project, so it brings no server and no emulator."""
    heavy = "uvicorn asyncio lakeway.emulator lakeway.testing.workspace msgspec"
    code = (
        "import pytest, sys; before = set(sys.modules); import lakeway.testing.plugin; "
        f"print([m for m in '{heavy}'.split() if m in set(sys.modules) - before])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={**os.environ}
    )

    assert done.stdout.strip() == "[]"


async def _answer(settings: Settings) -> list[Any]:
    """What the application sends for one request, on no server at all."""
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b'{"model":"databricks-gpt-5","messages":[]}'}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/serving-endpoints/chat/completions",
        "headers": [(b"authorization", b"Bearer dapi-emulator")],
    }
    await create_app(settings)(scope, receive, send)
    return sent


def test_the_application_runs_anywhere() -> None:
    """create_app is plain ASGI: no server of ours is needed."""
    start, body = asyncio.run(_answer(Settings()))

    assert start["status"] == 400
    assert msgspec.json.decode(body["body"])["error_code"] == "BAD_REQUEST"
