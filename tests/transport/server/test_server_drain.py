"""How a server ends."""

from __future__ import annotations

import asyncio
import socket
import threading
import time

import pytest


def drain(serving, grace: float) -> asyncio.Future[int]:
    """Begin it, from another thread."""
    return asyncio.run_coroutine_threadsafe(serving.server.drain(grace), serving._loop)


def test_idle_connections(start):
    """They are closed soon, and nothing is accepted any more."""
    serving = start()
    client = serving.client()
    client.ask()
    began = time.monotonic()

    assert 0 == drain(serving, 5).result(5)
    assert time.monotonic() - began < 2
    assert client.ends()
    with pytest.raises(ConnectionError):
        socket.create_connection(("127.0.0.1", serving.port))


@pytest.mark.parametrize("path", ["/wait", "/begun"])
def test_running_answers(start, path):
    """They are finished, whole or in pieces, and their connections closed."""
    serving = start()
    client = serving.client()
    client.get(path)
    serving.wait_for_event(f"accept {path}")
    if path == "/begun":
        client.until(b"one\r\n")
    ended = drain(serving, 5)
    assert client.idle()
    serving.call(serving.application.release.set)

    if path == "/wait":
        assert (200, "close") == ((answer := client.read()).status, answer.headers["connection"])
    else:
        assert b"3\r\ntwo\r\n0\r\n\r\n" == client.until(b"0\r\n\r\n")
    assert client.ends()
    assert 0 == ended.result(5)


def test_requests_on_their_way(start):
    """What has begun to arrive, or arrives just then, is answered."""
    serving = start()
    sending, about_to = serving.client(), serving.client()
    sending.get("/", "Content-Length: 2", method="POST")
    serving.wait_for_event("accept /")
    about_to.ask()
    ended = drain(serving, 5)
    serving.wait_for(lambda: serving.server._hall.draining)
    answer = about_to.ask()
    sending.send(b"hi")

    assert (200, "close") == (answer.status, answer.headers["connection"])
    assert (b"app POST hi", "close") == ((answer := sending.read()).body, answer.headers["connection"])
    assert 0 == ended.result(5)


def test_what_is_left_to_do(start):
    """An application that goes on after its client has the answer is waited for."""
    serving = start()
    serving.client().ask("/after", "Connection: close")
    ended = drain(serving, 5)
    serving.wait_for(lambda: serving.server._hall.draining)
    assert not ended.done()
    serving.call(serving.application.release.set)

    assert 0 == ended.result(5)
    assert "answered /after" in serving.application.events


def test_requests_behind(start):
    """What waits behind the answer that ends a connection does not keep its client from reading it."""
    serving = start()
    client = serving.client()
    client.get("/wait")
    client.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 5000)
    serving.wait_for_event("accept /wait")
    ended = drain(serving, 5)
    serving.wait_for(lambda: serving.server._hall.draining)
    serving.call(serving.application.release.set)
    answer = client.read()
    assert ("close", b"app GET ") == (answer.headers["connection"], answer.body)
    assert client.ends()
    client.sock.close()

    assert 0 == ended.result(5)
    assert ["accept /wait", "answered /wait"] == serving.application.events


@pytest.mark.parametrize("path", ["/wait", "/begun"])
def test_no_patience(start, path):
    """What is not done in time is cut, counted and cancelled; connections without a request do not count."""
    serving = start()
    client, idle = serving.client(), serving.client()
    client.get(path)
    idle.ask()
    serving.wait_for_event(f"accept {path}")

    assert 1 == drain(serving, 0.05).result(5)
    assert f"cancelled {path}" in serving.application.events
    assert 0 == serving.server.connections
    if path == "/wait":
        assert client.ends()


def test_under_load(start):
    """Clients that keep asking lose nothing: each request is answered, or could not be begun."""
    serving = start()
    lost: list[object] = []
    counts: list[int] = []

    def load() -> None:
        client = serving.client()
        asked = 0
        try:
            while True:
                answer = client.ask("/later")
                asked += 1
                if (answer.status, answer.body) != (200, b"app GET "):
                    lost.append(answer)
                if answer.headers.get("connection") == "close":
                    break
        except (AssertionError, OSError) as error:
            lost.append(error)
        counts.append(asked)

    threads = [threading.Thread(target=load) for _ in range(8)]
    for thread in threads:
        thread.start()
    serving.wait_for(lambda: len(serving.application.requests) > 200)

    assert 0 == drain(serving, 5).result(5)
    for thread in threads:
        thread.join(5)
    assert [] == lost
    assert len(serving.application.requests) == sum(counts)
    assert 8 == len(counts)
