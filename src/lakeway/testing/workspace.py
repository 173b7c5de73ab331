"""A workspace that runs in a thread of this process, and the handle tests hold it by."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from lakeway.emulator.server import HOST, server
from lakeway.emulator.settings import TOKEN, read_settings
from lakeway.emulator.workspace import Workspace

Json = dict[str, Any]

_STOP_TIMEOUT = 10.0


class RunningWorkspace:
    """The address and credentials of a running workspace, what it received, and how to make it fail."""

    def __init__(self, port: int, workspace: Workspace) -> None:
        settings = workspace.settings
        self._workspace = workspace
        self.host = f"http://{HOST}:{port}"
        self.base_url = f"{self.host}/serving-endpoints"
        self.gateway_url = f"{self.host}/ai-gateway/mlflow/v1"
        self.token = settings.tokens[0] if settings.tokens else TOKEN
        self.client_id, self.client_secret = next(iter(settings.clients.items()), ("", ""))

    @property
    def environ(self) -> dict[str, str]:
        """The variables with which Lakeway, LiteLLM and the Databricks SDK find this workspace by token."""
        return {
            "DATABRICKS_HOST": self.host,
            "DATABRICKS_TOKEN": self.token,
            "DATABRICKS_API_BASE": self.base_url,
            "DATABRICKS_API_KEY": self.token,
        }

    @property
    def oauth_environ(self) -> dict[str, str]:
        """The variables for OAuth machine-to-machine instead of a token."""
        return {
            "DATABRICKS_HOST": self.host,
            "DATABRICKS_API_BASE": self.base_url,
            "DATABRICKS_CLIENT_ID": self.client_id,
            "DATABRICKS_CLIENT_SECRET": self.client_secret,
        }

    @property
    def requests(self) -> list[Json]:
        """What was received, oldest first: method, path, query, headers, requester, body, status, aborted."""
        return self._workspace.recorder.entries()

    @property
    def usage(self) -> list[Json]:
        """The rows of the usage tables."""
        return self._workspace.usage.rows()

    def fault(self, plan: str) -> None:
        """Make requests fail from now on, in the grammar of `lakeway.emulator.faults`."""
        self._workspace.faults.plan(plan)

    def expire_tokens(self) -> None:
        """Lapse every token that was issued by OAuth."""
        self._workspace.tokens.expire()

    def reset(self) -> None:
        """Forget requests, usage, caches, limits and planned faults."""
        self._workspace.reset()


@contextmanager
def running(settings: Mapping[str, Any]) -> Iterator[RunningWorkspace]:
    """Serve a workspace on a free port until the block ends."""
    workspace = Workspace(read_settings(settings))
    with socket.create_server((HOST, 0)) as listener:
        served = server(workspace)
        thread = threading.Thread(
            target=served.run, kwargs={"sockets": [listener]}, name="lakeway-emulator", daemon=True
        )
        thread.start()
        # The socket already listens, so a first request waits in its queue until the server has started.
        try:
            yield RunningWorkspace(listener.getsockname()[1], workspace)
        finally:
            served.should_exit = True
            thread.join(_STOP_TIMEOUT)
