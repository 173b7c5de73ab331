"""Answers in pieces, answers that fail, and clients that do not wait for them."""

from __future__ import annotations

import gc
import socket
import time
import weakref

import pytest


def test_a_stream(start):
    """Chunks, each sent as it is written; the connection lives on."""
    client = start().client()
    client.get("/stream")
    raw = client.until(b"0\r\n\r\n")

    assert raw.endswith(
        b"transfer-encoding: chunked\r\n\r\n3\r\none\r\n1e\r\n" + b"two" * 10 + b"\r\n0\r\n\r\n"
    )
    assert b"app GET " == client.ask().body


def test_each_piece_at_once(start):
    """The head and each piece are on their way before the next one is there."""
    serving = start()
    client = serving.client()
    client.get("/begun")
    client.until(b"3\r\none\r\n")

    assert client.idle()
    serving.call(serving.application.release.set)
    assert b"3\r\ntwo\r\n0\r\n\r\n" == client.until(b"0\r\n\r\n")


def test_a_stream_to_http_1_0(start):
    """No chunks, but the end of the connection, whatever the client wished."""
    client = start().client()
    answer = client.ask("/stream", "Connection: keep-alive", version="1.0")

    assert ("close", b"one" + b"two" * 10) == (answer.headers["connection"], answer.body)
    assert "transfer-encoding" not in answer.headers


@pytest.mark.parametrize("path", ["/broken", "/broken accept", "/silent"])
def test_failing_before_the_answer(start, caplog, path):
    """The client gets the application's 500; the log where it was, and nothing that was sent."""
    client = start().client()
    answer = client.ask(path.replace(" ", "%20") + "?sk-secret")

    assert (500, b"500 internal error", "yes") == (answer.status, answer.body, answer.headers["x-mistake"])
    (record,) = caplog.records
    assert "lakeway.gateway" == record.name
    assert ("RuntimeError" if path == "/silent" else "ZeroDivisionError") in record.message
    assert "sk-secret" not in caplog.text


def test_failing_in_an_answer(start, caplog):
    """The client can tell that it is not whole, and has what was sent."""
    serving = start()
    answer = serving.client().ask("/broken_stream?sk-secret")

    assert (200, b"one", False) == (answer.status, answer.body, answer.whole)
    assert "sk-secret" not in caplog.text


def test_failing_in_an_answer_to_http_1_0(start, caplog):
    """There the end would look like the end of the answer, so it is a reset."""
    client = start().client()
    client.get("/broken_stream", version="1.0")

    with pytest.raises(ConnectionResetError):
        client.rest()


def test_refusing_late(start):
    """An answer can be refused as well, as long as nothing was sent."""
    client = start().client()

    assert (429, b"later") == ((answer := client.ask("/refused_later")).status, answer.body)
    assert 200 == client.ask().status


def test_failing_to_say_so(start):
    """Whatever else an application gets wrong, its client is not left waiting."""
    serving = start()
    client = serving.client()
    client.get("/refused_badly")

    assert client.ends()
    serving.wait_for(lambda: (gc.collect(), serving.errors)[1])
    assert "ValueError(" in repr(serving.errors.pop()["exception"])


def leave_by_close(client):
    client.sock.close()


def leave_by_reset(client):
    client.reset()


def leave_by_half(client):
    client.sock.shutdown(socket.SHUT_WR)


@pytest.mark.parametrize("leave", [leave_by_close, leave_by_reset, leave_by_half])
@pytest.mark.parametrize("path", ["/wait", "/begun"])
def test_a_client_that_goes(start, caplog, path, leave):
    """Its answer is cancelled at once, and knows why; who half-closes is gone, too."""
    serving = start()
    client = serving.client()
    client.get(path)
    serving.wait_for_event(f"accept {path}")
    if path == "/begun":
        client.until(b"one")
    when = time.monotonic()
    leave(client)
    serving.wait_for_event(f"cancelled {path}")

    assert time.monotonic() - when < 0.5
    assert serving.application.replies[0].gone
    serving.wait_for(lambda: serving.server.connections == 0)
    assert 0 == serving.server.in_flight
    assert [] == caplog.records


def test_a_client_that_goes_with_requests_to_come(start):
    """What it had sent ahead is forgotten."""
    serving = start()
    client = serving.client()
    client.get("/wait")
    client.get("/later")
    serving.wait_for_event("accept /wait")
    client.sock.close()
    serving.wait_for(lambda: serving.server.connections == 0)

    assert ["accept /wait", "cancelled /wait"] == serving.application.events


@pytest.mark.parametrize("leave", [leave_by_close, leave_by_reset, leave_by_half])
def test_a_client_that_goes_while_it_sends(start, leave):
    """What was taken for its request is given back, once."""
    serving = start()
    client = serving.client()
    client.get("/", "Content-Length: 9", method="POST")
    client.send(b"hi")
    serving.wait_for_event("accept /")
    leave(client)
    serving.wait_for(lambda: serving.server.connections == 0)

    assert ["accept /", "abandoned /"] == serving.application.events


def test_a_client_that_goes_with_its_answer(start):
    """It needs nothing more, but the application may have to write its books: that is not cancelled."""
    serving = start()
    client = serving.client()
    client.ask("/after")
    client.sock.close()
    (connection,) = serving.server._hall.connections
    serving.wait_for(lambda: connection._lost)

    assert (1, 1) == (serving.server.in_flight, serving.server.connections)
    serving.call(serving.application.release.set)
    serving.wait_for_event("answered /after")
    assert (0, 0) == (serving.server.in_flight, serving.server.connections)
    assert not serving.application.replies[0].gone


def test_a_client_that_goes_just_before_its_answer(start):
    """A request that is complete, and will not be answered, is given back as well."""
    serving = start()
    serving.client()
    serving.wait_for(lambda: serving.server.connections)
    (connection,) = serving.server._hall.connections

    def both() -> None:
        connection.data_received(b"GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
        connection.eof_received()

    serving.call(both)
    assert ["accept /wait", "abandoned /wait"] == serving.application.events
    assert 0 == serving.server.in_flight


def test_writing_to_nobody(start):
    """Who writes on after the client has gone is told; the rest is quiet."""
    serving = start()
    client = serving.client()
    client.get("/begun")
    client.until(b"one")
    client.sock.close()
    serving.wait_for_event("cancelled /begun")
    (reply,) = serving.application.replies

    with pytest.raises(ConnectionResetError):
        serving.run(reply.write(b"two"))
    serving.call(reply.end)


def test_answering_twice(start):
    """An answer is given once, in one way, also when the next one is under way."""
    serving = start()
    client = serving.client()
    client.ask()
    client.get("/begun")
    client.until(b"one")
    first, second = serving.application.replies

    for reply in (first, second):
        with pytest.raises(RuntimeError, match="already"):
            serving.call(reply.whole, 200, b"", b"evil")
        with pytest.raises(RuntimeError, match="already"):
            serving.call(reply.begin, 200, b"")
    with pytest.raises(RuntimeError, match="not open"):
        serving.run(first.write(b"evil"))
    serving.call(first.end)
    serving.call(serving.application.release.set)
    assert b"\r\n3\r\ntwo\r\n0\r\n\r\n" == client.until(b"0\r\n\r\n")


@pytest.mark.parametrize("status", [0, 99, 100, 101, 199, 600])
def test_no_status(start, caplog, status):
    """What is no status of an answer is the application's mistake."""
    client = start().client()

    assert 500 == client.ask(f"/empty?{status}").status
    assert "ValueError" in caplog.text


@pytest.mark.parametrize("path", ["/", "/begun"])
def test_no_cycle_is_left(start, path):
    """A connection that ended is freed at once, without the collector."""
    serving = start()
    client = serving.client()
    client.get(path)
    client.until(b"\r\n\r\n")
    reference = weakref.ref(next(iter(serving.server._hall.connections)))
    gc.disable()
    try:
        client.sock.close()
        serving.wait_for(lambda: serving.server.connections == 0)
        serving.application.replies.clear()
        serving.wait_for(lambda: reference() is None)
    finally:
        gc.enable()
