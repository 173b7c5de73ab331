"""A client that goes away: its call ends upstream, and the gateway goes on."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import urlsplit

import pytest

from lakeway.gateway.access import Access
from lakeway.gateway.config import load
from lakeway.gateway.gateway import Gateway
from lakeway.gateway.server import running

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


@pytest.mark.parametrize("sent", ["head", "half", "all but the last byte", "all"])
def test_room_for_a_body_is_given_back(workspace, sent):
    """Whether it came or not: clients that hang up leave as much room as there was."""
    row = "databricks/databricks-meta-llama-3-3-70b-instruct"
    config = f"model_list: [{{model_name: a, litellm_params: {{model: {row}}}}}]"
    gateway = Gateway.of(load(config, workspace.environ), access=Access.by_key("sk-a"))
    body = json.dumps({"model": "a", "messages": [{"role": "user", "content": "x" * 5000}]}).encode()
    size = {"head": 0, "half": len(body) // 2, "all but the last byte": len(body) - 1, "all": len(body)}[sent]
    head = b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer sk-a\r\n"
    head += b"content-length: %d\r\n\r\n" % len(body)

    with running(gateway) as address:
        host, port = urlsplit(address).netloc.split(":")
        for _ in range(20):
            with socket.create_connection((host, int(port)), timeout=PATIENCE) as client:
                client.sendall(head + body[:size])
        admission = gateway.state.admission
        until = time.monotonic() + PATIENCE
        while (admission._expected or admission.running) and time.monotonic() < until:
            time.sleep(0.005)

    assert (0, 0, 0) == (admission._expected, admission.running, admission.waiting)
    assert [0] == [deployment.load.in_flight for deployment in gateway.groups.deployments]


MODEL = "databricks/databricks-meta-llama-3-3-70b-instruct"
LLAMA = f"model_list: [{{model_name: a, litellm_params: {{model: {MODEL}}}}}]"
BEARER = {"authorization": "Bearer sk-gateway-tests"}


def test_a_stream_that_is_left_is_not_free(serve, ask, workspace):
    """Its server has told of no usage yet: prompt and answer so far are charged by their length."""
    address = serve(LLAMA)
    workspace.fault("pause=5,after=4")
    body = {"model": "a", "messages": [{"role": "user", "content": "x" * 4000}], "stream": True}
    netloc = urlsplit(address).netloc
    with closing(http.client.HTTPConnection(netloc, timeout=PATIENCE)) as client:
        client.request(
            "POST", "/v1/chat/completions", json.dumps(body), {"authorization": "Bearer sk-gateway-tests"}
        )
        reply = client.getresponse()
        reply.read1(200)
        reply.close()
    deadline = time.monotonic() + PATIENCE
    counted: list[str] = []
    while not counted and time.monotonic() < deadline:
        lines = ask(address, "/metrics").body.decode().splitlines()
        counted = [line for line in lines if line.startswith("litellm_input_tokens_metric_total{")]

    assert 1000 < float(counted[0].rpartition(" ")[2]) < 1100
