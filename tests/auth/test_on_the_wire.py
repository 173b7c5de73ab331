"""Tokens over real sockets: our transport, and databricks-sdk's own, against the emulator's OIDC endpoint."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from lakeway.auth import OAuthM2M, UnifiedAuth
from lakeway.auth.asyncio import AsyncTokens
from lakeway.auth.sync import SyncTokens
from lakeway.auth.unified import UnifiedChain
from lakeway.core.http import HeaderPairs, HttpRequest
from lakeway.errors import AuthenticationError
from lakeway.testing import emulator
from lakeway.testing.workspace import RunningWorkspace
from lakeway.transport.asyncio import AsyncClient
from lakeway.transport.sync import SyncClient

CROWD = 32


@pytest.fixture(scope="module")
def running() -> Iterator[RunningWorkspace]:
    with emulator() as workspace:
        yield workspace


@pytest.fixture
def workspace(running: RunningWorkspace) -> RunningWorkspace:
    running.reset()
    return running


def credential(workspace: RunningWorkspace, secret: str | None = None) -> OAuthM2M:
    return OAuthM2M(f"{workspace.host}/oidc/v1/token", workspace.client_id, secret or workspace.client_secret)


def token_requests(workspace: RunningWorkspace) -> int:
    return sum(request["path"] == "/oidc/v1/token" for request in workspace.requests)


def listing(client: SyncClient, workspace: RunningWorkspace, headers: HeaderPairs) -> int:
    """The status of a request that any valid token may make."""
    request = HttpRequest(method="GET", url=f"{workspace.host}/api/2.0/serving-endpoints", headers=headers)
    return client.send(request).status


def test_threads_share_one_request(workspace: RunningWorkspace):
    """32 threads, one token request, and a token that the workspace accepts."""
    with SyncClient() as client, ThreadPoolExecutor(CROWD) as pool:
        tokens = SyncTokens(client.send)
        answers = set(pool.map(lambda _: tokens.get(credential(workspace)), range(CROWD)))
        (headers,) = answers

        assert listing(client, workspace, headers) == 200
    assert token_requests(workspace) == 1


def test_tasks_share_one_request(workspace: RunningWorkspace):
    """32 tasks, one token request."""

    async def test() -> None:
        async with AsyncClient() as client:
            tokens = AsyncTokens(client.send)
            answers = await asyncio.gather(*(tokens.get(credential(workspace)) for _ in range(CROWD)))

            assert len(set(answers)) == 1

    asyncio.run(test())
    assert token_requests(workspace) == 1


def test_an_expired_token_is_replaced(workspace: RunningWorkspace):
    """The workspace says 403 to the old token, and 200 to the one that replaces it."""
    with SyncClient() as client:
        tokens = SyncTokens(client.send)
        old = tokens.get(credential(workspace))
        workspace.expire_tokens()
        refused = listing(client, workspace, old)
        new = tokens.get(credential(workspace), rejected=old)

        assert (403, 200) == (refused, listing(client, workspace, new))
    assert token_requests(workspace) == 2


def test_a_wrong_secret_is_told_in_the_words_of_the_workspace(workspace: RunningWorkspace):
    """And without the secret."""
    with SyncClient() as client:
        tokens = SyncTokens(client.send)
        with pytest.raises(
            AuthenticationError, match="invalid_client: Client authentication failed"
        ) as caught:
            tokens.get(credential(workspace, "wr0ng-s3cret"))

    assert "wr0ng-s3cret" not in str(caught.value)


def test_the_sdk_gets_a_token_and_after_a_refusal_another(
    workspace: RunningWorkspace, monkeypatch: pytest.MonkeyPatch
):
    """databricks-sdk believes in a token for an hour; a refusal is news to it."""
    for name in ("DATABRICKS_TOKEN", "DATABRICKS_CONFIG_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    discovery = f"{workspace.host}/oidc/.well-known/oauth-authorization-server"
    for name, value in {**workspace.oauth_environ, "DATABRICKS_DISCOVERY_URL": discovery}.items():
        monkeypatch.setenv(name, value)
    with SyncClient() as client:
        tokens = SyncTokens(client.send, unified=UnifiedChain())
        old = tokens.get(UnifiedAuth())
        workspace.expire_tokens()
        refused = listing(client, workspace, old)
        new = tokens.get(UnifiedAuth(), rejected=old)

        assert (403, 200) == (refused, listing(client, workspace, new))
        assert workspace.host == tokens.host(UnifiedAuth())
