"""What a server makes of well-formed requests, over real sockets."""

from __future__ import annotations

import re
import socket

import pytest


def test_an_answer(start):
    """Status, date, length and the application's lines; nothing about the server; the connection lives."""
    client = start().client()
    answer = client.ask()

    assert (200, b"app GET ") == (answer.status, answer.body)
    assert {"date", "content-type", "content-length"} == set(answer.headers)
    assert re.fullmatch(r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT", answer.headers["date"])
    assert b"app GET " == client.ask().body


def test_what_the_application_sees(start):
    """Method, path, query, headers, body, peer, and the time of the head."""
    serving = start()
    client = serving.client()
    host, port = client.sock.getsockname()
    client.send(
        b"POST /%6cater?a=%20b HTTP/1.1\r\nHost: x\r\nX-A: 1\r\nx-a: 2\r\nContent-Length: 4\r\n\r\nbody"
    )
    client.read()
    (request,) = serving.application.requests

    assert ("POST", "/later", "a=%20b", b"body") == (
        request.method,
        request.path,
        request.query,
        request.body,
    )
    assert {b"host": b"x", b"x-a": b"1, 2", b"content-length": b"4"} == request.headers
    assert (f"{host}:{port}", None) == (request.peer, request.about)
    assert 0 < request.received


@pytest.mark.parametrize("size", [1, 40, 10_000])
def test_pipelining(start, size):
    """Requests sent at once are answered in order, one at a time."""
    serving = start()
    client = serving.client()
    requests = b"".join(
        b"POST /later HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n%02d" % number for number in range(20)
    )
    for at in range(0, len(requests), size):
        client.send(requests[at : at + size])

    assert [b"app POST %02d" % number for number in range(20)] == [client.read().body for _ in range(20)]
    assert 1 == serving.application.most_running


def test_what_is_behind_waits(start):
    """The application hears of a request when the one before it is answered, not sooner."""
    serving = start()
    client = serving.client()
    client.get("/wait")
    client.get("/refused")
    serving.wait_for_event("accept /wait")

    assert client.idle()
    assert ["accept /wait"] == serving.application.events
    assert 1 == serving.server.in_flight
    serving.call(serving.application.release.set)
    assert [200, 403] == [client.read().status, client.read().status]
    assert 0 == serving.server.in_flight


def test_chunks(start):
    """A body in chunks is put together, and what follows it is the next request."""
    client = start().client()
    client.get("/", "Transfer-Encoding: chunked", method="PUT")
    client.send(b"3\r\none\r\n", b"3;x=y\r\ntwo\r\n0\r\nX: y\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n")

    assert [b"app PUT onetwo", b"app GET "] == [client.read().body, client.read().body]


def test_a_large_body(start):
    """Of any number of pieces."""
    serving = start()
    client = serving.client()
    body = bytes(range(256)) * 3900
    client.post("/", body)

    assert b"app POST " + body == client.read().body


def test_head(start):
    """HEAD has the length of what GET would bring, and nothing else."""
    client = start().client()

    assert ("9", b"") == ((answer := client.ask(method="HEAD")).headers["content-length"], answer.body)
    assert "chunked" == client.ask("/stream", method="HEAD").headers["transfer-encoding"]
    assert 403 == client.ask("/refused", method="HEAD").status
    assert 500 == client.ask("/broken", method="HEAD").status
    assert b"app GET " == client.ask().body


@pytest.mark.parametrize(("status", "length"), [(204, None), (304, "0"), (200, "0"), (299, "0")])
def test_no_body(start, status, length):
    """204 has no length, either (RFC 9110 section 8.6); a status that nobody knows has no phrase."""
    client = start().client()
    answer = client.ask(f"/empty?{status}")

    assert (status, length, b"") == (answer.status, answer.headers.get("content-length"), answer.body)
    assert 200 == client.ask().status


def test_http_1_0(start):
    """One request, unless it says otherwise."""
    serving = start()
    client = serving.client()
    kept = client.ask("/", "Connection: keep-alive", version="1.0")
    last = client.ask("/", version="1.0")

    assert ["keep-alive", "close"] == [kept.headers["connection"], last.headers["connection"]]
    assert client.ends()


def test_connection_close(start):
    """A client of HTTP/1.1 may say that it is the last request; what it sends behind it is not looked at."""
    serving = start()
    client = serving.client()
    client.get("/later", "Connection: close")
    client.get("/refused")

    assert "close" == client.read().headers["connection"]
    assert client.ends()
    assert "accept /refused" not in serving.application.events


def test_expecting_100_continue(start):
    """Whoever waits to be asked for the body is asked, once the head is accepted."""
    serving = start()
    client = serving.client()
    client.get("/", "Content-Length: 2", "Expect: 100-continue", method="POST")

    assert (100, {}) == ((answer := client.read()).status, answer.headers)
    assert ["accept /"] == serving.application.events
    client.send(b"hi")
    assert b"app POST hi" == client.read().body
    assert b"app GET " == client.ask().body


def test_expecting_in_vain(start):
    """Whoever is refused is not asked; whether a body comes now, nobody can tell, so it ends."""
    client = start().client()
    answer = client.ask("/refused", "Content-Length: 2", "Expect: 100-continue", method="POST")

    assert (403, "close") == (answer.status, answer.headers["connection"])
    assert client.ends()


@pytest.mark.parametrize(
    ("target", "method", "path"),
    [("*", "OPTIONS", "*"), ("/", "OPTIONS", "/"), ("http://a.b/refused", "GET", "/refused")],
)
def test_forms_of_targets(start, target, method, path):
    """A server takes `*` and whole URLs, too."""
    serving = start()
    client = serving.client()
    client.get(target, method=method)
    client.until(b"\r\n")

    assert [f"accept {path}"] == serving.application.events[:1]


@pytest.mark.parametrize("protocol", ["websocket", "h2c"])
def test_upgrades(start, protocol):
    """They are not done: the request is answered as any other, its body with it, and so is the next."""
    client = start().client()
    client.post("/", b"hello", "Connection: Upgrade, HTTP2-Settings", f"Upgrade: {protocol}")

    assert b"app POST hello" == client.read().body
    assert b"app GET " == client.ask().body


def test_a_unix_socket(start, tmp_path):
    """Which has no address at its other end."""
    serving = start()
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(tmp_path / "lakeway"))
    serving.run(serving.server.start([listener]))
    with socket.socket(socket.AF_UNIX) as sock:
        sock.connect(str(tmp_path / "lakeway"))
        sock.sendall(b"GET / HTTP/1.0\r\n\r\n")
        assert sock.recv(1000).endswith(b"app GET ")

    assert "" == serving.application.requests[0].peer


def test_ipv6(start):
    """Whose addresses are written in brackets."""
    serving = start()
    listener = socket.create_server(("::1", 0), family=socket.AF_INET6)
    port = listener.getsockname()[1]
    serving.run(serving.server.start([listener]))
    with socket.create_connection(("::1", port)) as sock:
        sock.sendall(b"GET / HTTP/1.0\r\n\r\n")
        assert sock.recv(1000)
        assert f"[::1]:{sock.getsockname()[1]}" == serving.application.requests[0].peer


def test_tls(start, localhost_tls):
    """Everything goes through TLS as well, in both directions, at any size."""
    client = start(tls=localhost_tls).client()
    body = b"x" * 700_000
    client.post("/", body)

    assert b"app POST " + body == client.read().body
    assert b"onetwotwotwotwotwotwotwotwotwotwo" == client.ask("/stream").body
    answer = client.ask("/refused", "Content-Length: 99999999", method="POST")
    assert (403, "close") == (answer.status, answer.headers["connection"])


def test_another_application(start, application):
    """A server can be given another one while it runs: requests that have begun stay with the old one."""
    serving = start()
    old, waiting, uploading = serving.application, serving.client(), serving.client()
    waiting.get("/wait")
    uploading.get("/", "Content-Length: 2", method="POST")
    serving.wait_for(lambda: len(old.events) == 2)
    serving.call(setattr, serving.server, "application", application("new"))
    uploading.send(b"hi")

    assert b"app POST hi" == uploading.read().body
    assert b"new GET " == uploading.ask().body
    serving.call(old.release.set)
    assert b"app GET " == waiting.read().body
    assert b"new GET " == waiting.ask().body
    assert "new" == serving.server.application.name
