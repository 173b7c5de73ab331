"""A workspace that gives one canned answer and remembers what it was asked. Standard library only."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from parity.case import Reply

# What a client library adds on its own account says nothing about the provider.
IGNORED = frozenset(
    {"accept", "accept-encoding", "connection", "content-length", "host", "transfer-encoding"}
)


class CannedWorkspace(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.reply = Reply()
        self.requests: list[dict[str, Any]] = []

    @property
    def host(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def expect(self, reply: Reply) -> None:
        self.reply = reply
        self.requests = []


class _Handler(BaseHTTPRequestHandler):
    server: CannedWorkspace
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.requests.append(
            {
                "method": self.command,
                "path": self.path,
                "headers": {name: headers[name] for name in sorted(headers.keys() - IGNORED)},
                "body": json.loads(body) if body else None,
            }
        )
        self._answer(self.server.reply)

    do_GET = do_POST

    def _answer(self, reply: Reply) -> None:
        content = reply.encoded()
        self.send_response(reply.status)
        for name, value in {"content-type": reply.content_type, **reply.headers}.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the base class's
        return


@contextmanager
def canned_workspace() -> Iterator[CannedWorkspace]:
    """Serve on a free port until the block ends."""
    with CannedWorkspace() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
