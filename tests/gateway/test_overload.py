"""More than can be done at one time: what runs, what waits, and what is told to come back."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

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


def _await(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)
