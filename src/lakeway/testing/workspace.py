"""A workspace that runs in a thread of this process, and the handle tests hold it by."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import msgspec

from lakeway.emulator.server import HOST, server
from lakeway.emulator.settings import TOKEN, Settings

Json = dict[str, Any]

_START_TIMEOUT = 10.0


class RunningWorkspace:
    """The address and credentials of a running workspace, what it received, and how to make it fail."""

    def __init__(self, port: int, settings: Settings) -> None:
        self._port = port
        self._settings = settings
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
        """What was received, oldest first: method, path, query, headers, requester, body, status."""
        found: list[Json] = self._call("GET", "requests")["requests"]
        return found

    @property
    def usage(self) -> list[Json]:
        """The rows of the usage tables."""
        found: list[Json] = self._call("GET", "usage")["rows"]
        return found

    def fault(self, plan: str) -> None:
        """Make requests fail from now on; the grammar is that of `lakeway.emulator.faults`."""
        self._call("POST", "faults", plan.encode())

    def expire_tokens(self) -> None:
        """Lapse every token that was issued by OAuth."""
        self._call("POST", "expire-tokens")

    def reset(self) -> None:
        """Forget requests, usage, caches, limits and planned faults."""
        self._call("POST", "reset")

    def _call(self, method: str, action: str, body: bytes | None = None) -> Json:
        connection = http.client.HTTPConnection(HOST, self._port, timeout=_START_TIMEOUT)
        try:
            connection.request(method, f"/_emulator/{action}", body)
            response = connection.getresponse()
            answer: Json = msgspec.json.decode(response.read())
            if response.status != 200:
                raise ValueError(answer.get("message", str(answer)))
            return answer
        finally:
            connection.close()


@contextmanager
def running(settings: Mapping[str, Any]) -> Iterator[tuple[int, Settings]]:
    """Serve a workspace on a free port until the block ends."""
    given = Settings(**settings)
    with socket.create_server((HOST, 0)) as listener:
        running_server = server(given)
        thread = threading.Thread(
            target=running_server.run, kwargs={"sockets": [listener]}, name="lakeway-emulator", daemon=True
        )
        thread.start()
        # The socket already listens, so a first request waits in its queue until the server has started.
        try:
            yield listener.getsockname()[1], given
        finally:
            running_server.should_exit = True
            thread.join(_START_TIMEOUT)
