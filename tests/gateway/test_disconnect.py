"""A client that goes away: its call ends upstream, and the gateway goes on."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
EVENT = b'data: {"id":"1","choices":[{"index":0,"delta":{"content":"a"}}]}\n\n'
CONFIG = "model_list: [{model_name: a, litellm_params: {model: databricks/a, api_base: '%s', api_key: k}}]"
PATIENCE = 5.0


class Upstream:
    """A server that says little, and notes when its client closes the connection."""

    def __init__(self, says: bytes) -> None:
        self.asked, self.closed = threading.Event(), threading.Event()
        self._says = says
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        connection, _ = self._listener.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(self._says)
            self.asked.set()
            while connection.recv(65536):
                pass
            self.closed.set()

    def close(self) -> None:
        self._listener.close()


@pytest.fixture(params=["whole", "before the stream", "in the stream"])
def upstream(request: pytest.FixtureRequest) -> Iterator[Upstream]:
    chunk = b"%x\r\n%s\r\n" % (len(EVENT), EVENT)
    says = {"whole": b"", "before the stream": HEAD, "in the stream": HEAD + chunk}[request.param]
    upstream = Upstream(says)
    yield upstream
    upstream.close()


def test_the_call_upstream_ends_at_once(serve, ask, upstream, request, caplog):
    """Nobody pays for tokens that nobody reads."""
    stream = "stream" in request.node.callspec.params["upstream"]
    address = serve(CONFIG % upstream.address)
    body = json.dumps({"model": "a", "messages": [], "stream": stream}).encode()
    head = "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer sk-gateway-tests\r\n"
    head += f"content-length: {len(body)}\r\n\r\n"
    host, port = urlsplit(address).netloc.split(":")

    with socket.create_connection((host, int(port)), timeout=PATIENCE) as client:
        client.sendall(head.encode() + body)
        assert upstream.asked.wait(PATIENCE)
        if request.node.callspec.params["upstream"] == "in the stream":
            assert client.recv(65536).startswith(b"HTTP/1.1 200")
    gone = time.monotonic()

    assert upstream.closed.wait(PATIENCE)
    assert time.monotonic() - gone < 1.0
    assert 200 == ask(address, "/health/liveliness").status
    assert [] == [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
