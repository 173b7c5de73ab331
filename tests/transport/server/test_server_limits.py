"""Slow, large and greedy clients: each has its answer or its end, and none costs more than a bound."""

from __future__ import annotations

import time
from contextlib import suppress
from itertools import pairwise

import pytest

SLOW = {"head_seconds": 0.15, "body_seconds": 0.15, "idle_seconds": 5.0}


def dribble(client, pieces: bytes, seconds: float) -> None:
    """Send byte by byte for so long, or until the server has had enough."""
    until = time.monotonic() + seconds
    for byte in pieces:
        client.send(bytes((byte,)))
        time.sleep(0.01)
        if time.monotonic() > until:
            return


def chunk(size: int) -> bytes:
    return b"%x\r\n%b\r\n" % (size, b"x" * size)


def test_slow_head(start):
    """A head has its time as a whole, however steadily it comes."""
    client = start(**SLOW).client()
    began = time.monotonic()
    dribble(client, b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 100, 0.2)
    answer = client.read()

    assert (408, "close") == (answer.status, answer.headers["connection"])
    assert b"408 the head of the request took too long to arrive" == answer.body
    assert client.ends()
    assert 0.1 < time.monotonic() - began < 2


def test_slow_second_head(start):
    """The time of a head begins with its first byte, not with the connection."""
    client = start(**SLOW).client()
    client.ask()
    time.sleep(0.2)
    assert 200 == client.ask().status
    client.send(b"GET / HT")

    assert 408 == client.read().status


@pytest.mark.parametrize("framing", ["Content-Length: 9", "Transfer-Encoding: chunked"])
def test_stalled_body(start, framing):
    """A body that stops coming; the application is told."""
    serving = start(**SLOW)
    client = serving.client()
    client.get("/", framing, method="POST")
    client.send(b"1\r\n")
    answer = client.read()

    assert (408, "close") == (answer.status, answer.headers["connection"])
    assert b"408 the body of the request took too long to arrive" == answer.body
    assert client.ends()
    assert ["accept /", "abandoned /"] == serving.application.events


def test_trickling_body(start):
    """A body that never stops, but would take for ever."""
    serving = start(body_rate=200.0, **SLOW)
    client = serving.client()
    client.get("/", "Content-Length: 999", method="POST")
    dribble(client, b"x" * 999, 0.35)

    assert 408 == client.read().status
    assert ["accept /", "abandoned /"] == serving.application.events


def test_slow_but_fast_enough(start):
    """A body that takes longer than its first seconds, and keeps the rate."""
    client = start(body_rate=20.0, **SLOW).client()
    body = b"x" * 30
    client.get("/", "Content-Length: 30", method="POST")
    dribble(client, body, 5)

    assert b"app POST " + body == client.read().body


def test_a_body_has_its_time_as_a_whole(start):
    """However steadily it comes; what was announced comes on top, at a pace."""
    serving = start(body_rate=1.0, body_total=0.1, body_pace=10_000.0, **SLOW)
    client = serving.client()
    began = time.monotonic()
    client.get("/", "Content-Length: 1000", method="POST")
    dribble(client, b"x" * 999, 0.35)

    assert 408 == client.read().status
    assert 0.15 < time.monotonic() - began < 2
    assert ["accept /", "abandoned /"] == serving.application.events


def test_a_large_body_has_more_time(start):
    """What takes longer than the fixed time arrives, if that much was announced."""
    client = start(body_rate=1.0, body_total=0.05, body_pace=30.0, **SLOW).client()
    client.get("/", "Content-Length: 20", method="POST")
    dribble(client, b"x" * 20, 5)

    assert b"app POST " + b"x" * 20 == client.read().body


def test_chunks_have_the_time_of_what_came(start):
    """Nobody knows how many there will be."""
    serving = start(body_rate=1.0, body_total=0.1, body_pace=10_000.0, **SLOW)
    client = serving.client()
    client.get("/", "Transfer-Encoding: chunked", method="POST")
    dribble(client, b"1\r\nx\r\n" * 200, 0.3)

    assert 408 == client.read().status
    assert ["accept /", "abandoned /"] == serving.application.events


def test_chunks_that_become_large(start, application):
    """The application is asked each time that there are more than it said."""
    serving = start(application(limit=10_000_000))
    client = serving.client()
    client.get("/", "Transfer-Encoding: chunked", method="POST")
    client.send(chunk(6_000_000) + b"0\r\n\r\n")

    assert len(b"app POST ") + 6_000_000 == len(client.read().body)
    first, *rest = serving.application.asked
    assert 2**20 < first <= 2**20 + 2**18
    assert all(2 * before < after for before, after in pairwise([first, *rest]))
    assert 1 <= len(rest) <= 2


@pytest.mark.parametrize(("path", "status"), [("/no more", 429), ("/broken more", 500)])
def test_chunks_that_become_too_many(start, application, path, status):
    """They are refused half way, and the client sees why."""
    serving = start(application(limit=10_000_000))
    client = serving.client()
    client.get(path.replace(" ", "%20"), "Transfer-Encoding: chunked", method="POST")
    client.send(chunk(1_500_000))
    answer = client.read()

    assert (status, "close") == (answer.status, answer.headers["connection"])
    assert [f"accept {path}", f"abandoned {path}"] == serving.application.events
    assert 1 == len(serving.application.asked)
    assert client.ends()


@pytest.mark.parametrize("size", [1_500_000, 2**20])
def test_nobody_asks_about_what_is_known(start, application, size):
    """A length that was announced, and one that is small."""
    serving = start(application(limit=10_000_000))
    client = serving.client()
    if size > 2**20:
        client.post("/", b"x" * size)
    else:
        client.get("/", "Transfer-Encoding: chunked", method="POST")
        client.send(chunk(size) + b"0\r\n\r\n")

    assert len(b"app POST ") + size == len(client.read().body)
    assert [] == serving.application.asked


@pytest.mark.parametrize("asked", [0, 1])
def test_idle(start, asked):
    """A connection on which nothing is asked is closed without a word, before and after a request."""
    serving = start(idle_seconds=0.1)
    client = serving.client()
    for _ in range(asked):
        client.ask()
    began = time.monotonic()

    assert client.ends()
    assert 0.05 < time.monotonic() - began < 2
    assert 0 == serving.server.connections


def test_an_answer_takes_its_time(start):
    """No limit of a sender's holds while the application works."""
    serving = start(head_seconds=0.05, body_seconds=0.05, idle_seconds=0.05, write_seconds=0.05)
    client = serving.client()
    client.post("/wait", b"hi")
    time.sleep(0.15)
    serving.call(serving.application.release.set)

    assert b"app POST hi" == client.read().body


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"GET /" + b"a" * 70_000, 414),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 70_000, 431),
        (b"GET / HTTP/1.1\r\nHost: x\r\n" + b"".join(b"X%d: y\r\n" % n for n in range(200)) + b"\r\n", 431),
        (b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 1_000_000, 431),
    ],
)
def test_huge_heads(start, head, status):
    """The client sees why, even if it had much more to send."""
    serving = start()
    client = serving.client()
    client.send(head)
    answer = client.read()

    assert (status, "close", "yes") == (
        answer.status,
        answer.headers["connection"],
        answer.headers["x-mistake"],
    )
    assert client.ends()
    assert [] == serving.application.events


def test_limits_of_heads_are_settings(start):
    """Both of them."""
    serving = start(max_head=100, max_headers=3)

    assert 431 == serving.client().ask("/", "X: " + "a" * 100).status
    assert 431 == serving.client().ask("/", "A: 1", "B: 2", "C: 3").status
    assert 200 == serving.client().ask("/", "A: 1", "B: 2").status


@pytest.mark.parametrize("sent", [0, 50_000_000])
def test_announced_huge_body(start, application, sent):
    """A length above the limit is refused with the head; the client sees it even if it sends first."""
    serving = start(application(limit=1000))
    client = serving.client()
    client.get("/", f"Content-Length: {sent or 1001}", method="POST")
    client.send(b"x" * sent)
    answer = client.read()

    assert (413, b"413 the body is larger than 1000 bytes") == (answer.status, answer.body)
    assert ["accept /", "abandoned /"] == serving.application.events
    assert client.ends()


def test_huge_chunks(start, application):
    """Chunks are refused as soon as they pass the limit."""
    serving = start(application(limit=1000))
    client = serving.client()
    client.get("/", "Transfer-Encoding: chunked", method="POST")
    client.send(b"3e8\r\n" + b"x" * 1000 + b"\r\n")
    assert client.idle()
    client.send(b"1\r\nx")

    assert 413 == client.read().status
    assert ["accept /", "abandoned /"] == serving.application.events


def test_refused_with_a_small_body(start):
    """It is read over, so that the connection lives."""
    serving = start()
    client = serving.client()
    client.get("/refused", "Content-Length: 20000", method="POST")

    assert (403, b"no") == ((answer := client.read()).status, answer.body)
    client.send(b"x" * 20000)
    assert b"app GET " == client.ask().body
    assert ["accept /refused", "accept /"] == serving.application.events[:2]


def test_refused_with_chunks(start):
    """Chunks are read over, too, as long as they are few."""
    client = start().client()
    client.get("/refused", "Transfer-Encoding: chunked", method="POST")
    client.send(b"4e20\r\n" + b"x" * 20000 + b"\r\n0\r\n\r\n")
    assert 403 == client.read().status
    assert b"app GET " == client.ask().body

    client.get("/refused", "Transfer-Encoding: chunked", method="POST")
    assert 403 == client.read().status
    client.send(b"4e20\r\n" + b"x" * 20000 + b"\r\n", b"4e20\r\n" + b"x" * 20000 + b"\r\n" * 9)
    assert client.ends()


def test_refused_with_a_huge_body(start):
    """The client that sends all of it before it reads finds the answer, and the end."""
    serving = start()
    client = serving.client()
    client.get("/refused", "Content-Length: 50000000", method="POST")
    client.send(b"x" * 50_000_000)
    answer = client.read()

    assert (403, "close", b"no") == (answer.status, answer.headers["connection"], answer.body)
    assert client.ends()


def test_refused_slowly(start):
    """A body that is read over has no more time than another one; its client has its answer already."""
    client = start(**SLOW).client()
    client.get("/refused", "Content-Length: 9", method="POST")

    assert 403 == client.read().status
    assert client.ends()


def test_too_many_connections(start):
    """One too many is told so; one that ends makes room."""
    serving = start(max_connections=2)
    first, second = serving.client(), serving.client()
    first.ask()
    second.ask()
    third = serving.client()
    answer = third.read()

    assert (503, "close", b"503 too many connections") == (
        answer.status,
        answer.headers["connection"],
        answer.body,
    )
    assert third.ends()
    third.sock.close()
    first.sock.close()
    serving.wait_for(lambda: serving.server.connections == 1)
    assert 200 == serving.client().ask().status


def test_far_too_many_connections(start):
    """Those who do not take the hint are not even told."""
    serving = start(max_connections=1)
    crowd = [serving.client() for _ in range(40)]
    serving.wait_for(lambda: serving.server.connections == 17)
    endings = [client.sock.recv(12) for client in crowd[17:] if not client.ends()]

    assert [] == endings


def stuck(serving) -> int:
    """What a streaming answer has written when it does so no more."""
    written = -1
    while written != (written := serving.application.written):
        time.sleep(0.05)
    return written


def test_a_client_that_does_not_read(start):
    """An answer waits for its client: what is written is bounded, and goes on when it reads."""
    serving = start()
    client = serving.client(receive=4096)
    client.get("/endless")
    serving.wait_for(lambda: serving.application.written)
    written = stuck(serving)

    assert written < 8_000_000
    client.until(b"\r\n\r\n")
    client.exactly(2 * written)
    assert serving.application.written > written


def test_a_client_that_never_reads(start):
    """It is closed in the end, and its answer cancelled."""
    serving = start(write_seconds=0.1)
    serving.client(receive=4096).get("/endless")
    serving.wait_for_event("cancelled /endless")

    assert 0 == serving.server.connections
    assert serving.application.replies[0].gone


def test_a_client_that_reads_slowly(start):
    """It is not, as long as it takes anything within the limit."""
    serving = start(write_seconds=0.25)
    client = serving.client(receive=4096)
    client.get("/large", "Connection: close")
    client.until(b"\r\n\r\n")
    length = 3_000_000
    for _ in range(6):
        length -= len(client.exactly(400_000))
        time.sleep(0.1)

    assert length == len(client.exactly(length))


def test_pipelining_without_reading(start):
    """Requests upon requests, and no answer taken: neither is kept beyond a bound."""
    serving = start(write_seconds=0.3)
    client = serving.client(receive=4096)
    client.sock.settimeout(0.1)
    request = b"GET /large HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 1000 + b"\r\n\r\n"
    with pytest.raises((TimeoutError, ConnectionError)):
        client.send(request * 100_000)

    assert serving.application.written <= 3
    serving.wait_for(lambda: serving.server.connections == 0)


def test_refusals_without_reading(start):
    """The same for answers that cost the application nothing."""
    serving = start(write_seconds=0.3)
    client = serving.client(receive=4096)
    client.sock.settimeout(0.1)
    with pytest.raises((TimeoutError, ConnectionError)):
        client.send(b"GET /refused HTTP/1.1\r\nHost: x\r\n\r\n" * 2_000_000)

    assert len(serving.application.events) < 100_000
    serving.wait_for(lambda: serving.server.connections == 0)


def push(client, data: bytes) -> int:
    """Send until the server takes no more; how much it was."""
    client.sock.settimeout(0.2)
    sent = 0
    with suppress(TimeoutError):
        while sent < len(data):
            sent += client.sock.send(data[sent : sent + 65536])
    client.sock.settimeout(5)
    return sent


def test_pipelining_behind_an_answer(start):
    """What arrives while an answer is on its way is not taken in beyond a bound, and is not lost."""
    serving = start()
    client = serving.client()
    client.get("/wait")
    request = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n" + b"y" * 100_000
    sent = push(client, request * 200)
    assert sent < 200 * len(request)
    (connection,) = serving.server._hall.connections
    assert len(connection._ahead) < 400_000

    serving.call(serving.application.release.set)
    client.read()
    for _ in range(sent // len(request)):
        assert 100_009 == len(client.read().body)
