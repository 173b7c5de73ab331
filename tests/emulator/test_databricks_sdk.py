"""Databricks' own SDK finds a workspace, by token and by OAuth."""

from __future__ import annotations

from typing import Any

import pytest

sdk = pytest.importorskip("databricks.sdk")
serving = pytest.importorskip("databricks.sdk.service.serving")


@pytest.mark.parametrize("oauth", [False, True])
def test_sdk(running: Any, oauth: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """It authenticates, lists endpoints, and asks one of them."""
    for name in running.environ:
        monkeypatch.delenv(name, raising=False)
    running.reset()
    secret = {"client_id": running.client_id, "client_secret": running.client_secret}
    client = sdk.WorkspaceClient(host=running.host, **(secret if oauth else {"token": running.token}))
    names = {endpoint.name for endpoint in client.serving_endpoints.list()}
    question = serving.ChatMessage(role=serving.ChatMessageRole.USER, content="Capital of France?")
    reply = client.serving_endpoints.query("databricks-claude-sonnet-4-5", messages=[question], max_tokens=20)

    assert "databricks-claude-sonnet-4-5" in names
    assert reply.choices[0].message.content == "The capital of France is Paris."
    assert running.requests[-1]["requester"] == (running.client_id if oauth else "token")
