"""More than can be done at one time: what runs, what waits, and what is told to come back."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from hashlib import sha256
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest

from lakeway.gateway.access import Access
from lakeway.gateway.caller import Caller
from lakeway.gateway.config import load
from lakeway.gateway.gateway import Gateway
from lakeway.gateway.server import running

CHAT = "/v1/chat/completions"
KEY = "sk-gateway-tests"
LLAMA = "databricks-meta-llama-3-3-70b-instruct"
PATIENCE = 5.0


def hello(**more: Any) -> dict[str, Any]:
    return {"model": "a", "messages": [{"role": "user", "content": "Hello"}], **more}


LIMITED = f"""
model_list: [{{model_name: a, litellm_params: {{model: databricks/{LLAMA}}}}}]
general_settings: {{max_in_flight_requests_per_worker: 2, max_queued_requests: 3}}
"""


def test_a_slow_workspace(ask, serve, workspace):
    """Some run, some wait, and the rest are told at once to come back, with when."""
    address = serve(LIMITED)
    workspace.fault("delay=0.3")

    def once(_: int) -> tuple[SimpleNamespace, float]:
        began = time.monotonic()
        return ask(address, CHAT, hello()), time.monotonic() - began

    with ThreadPoolExecutor(12) as pool:
        replies = list(pool.map(once, range(12)))
    refused = [(reply, seconds) for reply, seconds in replies if reply.status != 200]

    assert 5 == len(replies) - len(refused) == len(workspace.requests)
    assert {(429, "1", "overloaded_error")} == {
        (reply.status, reply.headers["retry-after"], reply.json["error"]["type"]) for reply, _ in refused
    }
    assert all(seconds < 0.25 for _, seconds in refused)
    assert 200 == ask(address, CHAT, hello()).status


def test_a_client_that_leaves_the_queue(ask, serve, workspace):
    """Nobody is asked for it, and its place is free."""
    address = serve(LIMITED.replace("worker: 2", "worker: 1"))
    workspace.fault("delay=0.4")
    host, port = urlsplit(address).netloc.split(":")
    body = json.dumps(hello(user="left")).encode()
    head = f"POST {CHAT} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {KEY}\r\n"
    head += f"content-length: {len(body)}\r\n\r\n"

    def load() -> tuple[int, int]:
        told = ask(address, "/health/readiness/details").json
        return told["running"], told["waiting"]

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(ask, address, CHAT, hello())
        _await(lambda: (1, 0) == load())
        with socket.create_connection((host, int(port)), timeout=PATIENCE) as client:
            client.sendall(head.encode() + body)
            _await(lambda: (1, 1) == load())
        _await(lambda: (1, 0) == load())
        assert 200 == first.result().status
    assert 200 == ask(address, CHAT, hello()).status
    assert (0, 0) == load()
    assert [None, None] == [each["body"].get("user") for each in workspace.requests]


OPEN = f"model_list: [{{model_name: a, litellm_params: {{model: databricks/{LLAMA}}}}}]"
KEYS = [sha256(key).digest() for key in (b"sk-weak-one", b"sk-other-one")]
KEYED = Access({key: Caller(key=key.hex()) for key in KEYS})
MIB = 2**20


class Crowd:
    """A gateway with two keys, and those who send it bodies by hand."""

    def __init__(self, stack: ExitStack, gateway: Gateway, address: str) -> None:
        self.admission, self.address, self._stack = gateway.state.admission, address, stack

    def send(self, key: str, *lines: str, body: bytes = b"") -> socket.socket:
        """A client that has sent a head and some of a body."""
        host, port = urlsplit(self.address).netloc.split(":")
        client = self._stack.enter_context(socket.create_connection((host, int(port)), timeout=PATIENCE))
        head = (f"POST {CHAT} HTTP/1.1", "host: x", f"authorization: Bearer {key}", *lines, "", "")
        client.sendall("\r\n".join(head).encode() + body)
        return client

    def holds(self, size: int) -> None:
        _await(lambda: size == self.admission._expected)


@pytest.fixture
def crowd(workspace: Any) -> Iterator[Crowd]:
    gateway = Gateway.of(load(OPEN, workspace.environ), access=KEYED)
    with running(gateway) as address, ExitStack() as stack:
        yield Crowd(stack, gateway, address)


def test_slow_large_bodies_of_one_key(ask, crowd):
    """They fill the part of their key, and lock nobody out: not another key, and no small request."""
    senders = [crowd.send("sk-weak-one", f"content-length: {32 * MIB}", body=b"{") for _ in range(6)]
    refused = [sender.recv(4096) for sender in senders[4:]]
    large = hello(user="x" * 2 * MIB)

    assert [True] * 2 == [text.startswith(b"HTTP/1.1 429 ") for text in refused]
    assert all(b"this key's large request bodies may be 128.0 MiB" in text for text in refused)
    crowd.holds(128 * MIB)
    assert 200 == ask(crowd.address, CHAT, hello(), key="sk-weak-one").status
    for body in (hello(), large):
        assert 200 == ask(crowd.address, CHAT, body, key="sk-other-one").status
    for sender in senders:
        sender.close()
    crowd.holds(0)


@pytest.mark.parametrize("ends", ["answered", "gone"])
def test_a_body_counts_until_its_call_has_ended(crowd, workspace, ends):
    """It is in memory for so long, whether its length was announced or not."""
    workspace.fault("delay=0.3")
    body = json.dumps(hello(user="x" * 2 * MIB)).encode()
    chunked = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
    clients = [
        crowd.send("sk-weak-one", f"content-length: {len(body)}", body=body),
        crowd.send("sk-weak-one", "transfer-encoding: chunked", body=chunked),
    ]
    _await(lambda: 2 == len(workspace.requests))
    assert (2, 2 * len(body)) == (crowd.admission.running, crowd.admission._expected)

    for client in clients:
        if ends == "gone":
            client.close()
        else:
            assert client.recv(4096).startswith(b"HTTP/1.1 200 ")
    crowd.holds(0)
    assert (0, {}) == (crowd.admission._large, crowd.admission._parts)


def test_chunks_without_end(crowd):
    """A body of unknown length counts as small at first, and then as twice of what came; others are told."""
    begun = b"%x\r\n" % (32 * MIB)
    senders = [crowd.send("sk-weak-one", "transfer-encoding: chunked", body=begun) for _ in range(5)]
    crowd.holds(5 * MIB)
    for sender in senders[:4]:
        sender.sendall(b" " * 24 * MIB)
    crowd.holds(129 * MIB)

    last = senders.pop()
    last.sendall(b" " * (MIB + MIB // 2))
    assert last.recv(4096).startswith(b"HTTP/1.1 429 ")
    crowd.holds(128 * MIB)
    for sender in senders:
        sender.close()
    crowd.holds(0)


def _await(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)
