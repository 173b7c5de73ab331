"""Whole answers in every colour: reuse, retries, timeouts, and servers that misbehave."""

from __future__ import annotations

import gzip
import socket
import time
from collections.abc import Callable
from contextlib import suppress

import pytest

from lakeway.core.http import (
    BadResponse,
    ConnectFailed,
    Disconnected,
    HttpRequest,
    HttpResponse,
    TimedOut,
    Timeout,
)

OK = b"HTTP/1.1 200 OK\r\n"
HELLO = OK + b"Content-Length: 5\r\n\r\nhello"


def get(url: str, **fields: object) -> HttpRequest:
    return HttpRequest(method="GET", url=url, **fields)


def post(url: str, body: bytes = b"{}", **fields: object) -> HttpRequest:
    return HttpRequest(method="POST", url=url, body=body, **fields)


def answering(*answers: bytes) -> Callable:
    """One request, one answer, as often as there are answers; then whether the client closes."""

    def script(peer):
        for answer in answers:
            assert peer.read_request(), "the client closed instead of asking again"
            peer.send(answer)
        return peer.sees_end()

    return script


def answering_once(answer: bytes) -> Callable:
    """One request, one answer, and then the server closes."""

    def script(peer):
        peer.read_request()
        peer.send(answer)

    return script


def test_request_and_answer(colour, serve):
    """The request arrives as written, the answer comes back as a value."""

    def script(peer):
        seen = peer.read_request()
        peer.send(b"HTTP/1.1 201 Made\r\nX-Request-Id: 7\r\nContent-Length: 5\r\n\r\nhello")
        return seen

    server = serve(script)
    response = colour.send(post(server.url("/a?b"), b"body", headers=(("X", "y"),)))

    assert isinstance(response, HttpResponse)
    assert (201, "7", b"hello") == (response.status, response.headers["x-request-id"], response.body)
    assert server.finish() == [
        b"POST /a?b HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nAccept-Encoding: identity\r\nX: y\r\n"
        b"Content-Length: 4\r\n\r\nbody" % server.port
    ]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n", (200, b"hello")),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + HELLO, (200, b"hello")),
        (b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + HELLO, (200, b"hello")),
        (b"HTTP/1.1 204 No Content\r\n\r\n", (204, b"")),
        (b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n", (302, b"")),
        (b"HTTP/1.1 500 Oh\r\nContent-Length: 2\r\n\r\nno", (500, b"no")),
        (
            OK + b"Content-Encoding: gzip\r\nContent-Length: 25\r\n\r\n" + gzip.compress(b"hello", mtime=0),
            (200, b"hello"),
        ),
    ],
    ids=["chunked", "continue", "hints", "empty", "redirect", "error", "gzip"],
)
def test_answers_keep_the_connection(colour, serve, answer, expected):
    """Every framed answer leaves the connection for the next call, and redirects are not followed."""
    server = serve(answering(answer, HELLO))
    first, second = colour.send(get(server.url())), colour.send(get(server.url()))

    assert (*expected, b"hello", 1) == (first.status, first.body, second.body, server.accepted)


@pytest.mark.parametrize("size", [1, 7])
def test_answers_in_pieces(colour, serve, size):
    """An answer may come byte by byte."""

    def script(peer):
        peer.read_request()
        for start in range(0, len(HELLO), size):
            peer.send(HELLO[start : start + size])
            time.sleep(0.0005)

    server = serve(script)

    assert colour.send(get(server.url())).body == b"hello"


def test_answer_until_the_end(colour, serve):
    """Without a length, the end of the connection is the end of the body."""
    server = serve(answering_once(OK + b"\r\nall of it"))

    assert [b"all of it"] * 2 == [colour.send(get(server.url())).body for _ in range(2)]
    assert server.accepted == 2


@pytest.mark.parametrize(
    "answer",
    [
        OK + b"Connection: close\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        HELLO + OK + b"Content-Length: 4\r\n\r\nevil",
        HELLO + b"junk",
    ],
    ids=["close", "1.0", "second answer", "junk"],
)
def test_connections_that_end(colour, serve, answer):
    """After `close`, HTTP/1.0 or unasked bytes, the client closes and takes another connection."""
    server = serve(answering(answer), answering(HELLO))
    bodies = [colour.send(get(server.url())).body for _ in range(2)]
    colour.close_client()

    assert [b"hello", b"hello"] == bodies
    assert ([True, True], 2) == (server.finish(), server.accepted)


def test_unasked_bytes_later(colour, serve):
    """What a server sends between two calls is not the answer to the second one."""

    def poisoner(peer):
        peer.read_request()
        peer.send(HELLO)
        time.sleep(0.02)
        peer.send(OK + b"Content-Length: 4\r\n\r\nevil")
        return peer.sees_end()

    server = serve(poisoner, answering(HELLO))
    colour.send(get(server.url()))
    time.sleep(0.05)
    if colour.name != "sync":
        colour.run(noticing())

    assert (b"hello", 2) == (colour.send(get(server.url())).body, server.accepted)
    colour.close_client()
    assert [True, True] == server.finish()


async def noticing():
    """Let a loop see what came while no task ran on it, as it would have if it had been running."""
    import asyncio

    await asyncio.sleep(0.01)


def test_stale_connection(colour, serve):
    """A connection that the server closed while it was idle is not used."""
    server = serve(answering_once(HELLO), answering(HELLO))
    colour.send(get(server.url()))
    server.finish()

    assert (b"hello", 2) == (colour.send(post(server.url())).body, server.accepted)


@pytest.mark.parametrize("manner", ["close", "reset"])
def test_closed_under_the_request(colour, serve, manner):
    """The server closes as the second request arrives: not a byte was answered, so it goes again."""

    def closing(peer):
        peer.read_request()
        peer.send(HELLO)
        peer.read_request()
        if manner == "reset":
            peer.reset()

    server = serve(closing, answering(HELLO))
    colour.send(post(server.url()))

    assert (b"hello", 2) == (colour.send(post(server.url())).body, server.accepted)


def test_closed_on_a_new_connection(colour, serve):
    """On a new connection the same is an error, and the server may have acted."""
    server = serve(lambda peer: peer.read_request())

    with pytest.raises(Disconnected, match=r"without an answer|broke") as caught:
        colour.send(post(server.url()))
    assert (True, 1) == (caught.value.sent, server.accepted)


def test_closed_twice(colour, serve):
    """It goes again once, not for ever."""

    def closing(peer):
        peer.read_request()
        peer.send(HELLO)
        peer.read_request()

    server = serve(closing, lambda peer: peer.read_request())
    colour.send(post(server.url()))

    with pytest.raises(Disconnected):
        colour.send(post(server.url()))
    assert server.accepted == 2


def test_closed_after_a_while(colour, serve, monkeypatch):
    """A server that closes later may have been at work: the request does not go again."""
    monkeypatch.setattr("lakeway.transport.message._RACE", 0.05)

    def closing(peer):
        peer.read_request()
        peer.send(HELLO)
        peer.read_request()
        time.sleep(0.06)

    server = serve(closing)
    colour.send(post(server.url()))

    with pytest.raises(Disconnected, match="without an answer"):
        colour.send(post(server.url()))
    assert server.accepted == 1


def test_cut_on_a_reused_connection(colour, serve):
    """One byte of an answer, and the request must not go again."""

    def cutting(peer):
        peer.read_request()
        peer.send(HELLO)
        peer.read_request()
        peer.send(b"H")

    server = serve(cutting)
    colour.send(post(server.url()))

    with pytest.raises(Disconnected, match="inside the response head"):
        colour.send(post(server.url()))
    assert server.accepted == 1


@pytest.mark.parametrize(
    "answer",
    [HELLO[:-1], HELLO[:20], OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"],
    ids=["body", "head", "chunked"],
)
def test_cut(colour, serve, answer):
    """An answer that ends too early is an error."""
    server = serve(answering_once(answer))

    with pytest.raises(Disconnected) as caught:
        colour.send(get(server.url()))
    assert caught.value.sent


def test_cut_inside_its_compression(colour, serve):
    """The end of the connection ends the body, but not the text that was compressed in it."""
    server = serve(answering_once(OK + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"hello")[:-4]))

    with pytest.raises(BadResponse, match="ends too early"):
        colour.send(get(server.url()))


def test_reset(colour, serve):
    """A reset in the middle of a body is one too."""

    def script(peer):
        peer.read_request()
        peer.send(HELLO[:-1])
        time.sleep(0.02)
        peer.reset()

    server = serve(script)

    with pytest.raises(Disconnected, match="broke"):
        colour.send(get(server.url()))


def test_reset_is_not_the_end_of_a_body(colour, serve):
    """A body without a length ends with the connection's proper end, not with a reset."""

    def script(peer):
        peer.read_request()
        peer.send(OK + b"\r\nhalf")
        time.sleep(0.02)
        peer.reset()

    server = serve(script)

    with pytest.raises(Disconnected):
        colour.send(get(server.url()))


@pytest.mark.parametrize(
    "answer",
    [b"SSH-2.0-OpenSSH_9\r\n", OK + b"X: y\r\n" * 20_000, OK + b"Content-Encoding: br\r\n\r\nx"],
    ids=["garbage", "huge head", "brotli"],
)
def test_bad_answers(colour, serve, answer):
    """What is not HTTP, or too much of it, is an error; the connection is closed at once."""

    def script(peer):
        peer.read_request()
        with suppress(ConnectionError):
            peer.send(answer)
            return peer.sees_end()
        return True

    server = serve(script)

    with pytest.raises(BadResponse):
        colour.send(get(server.url()))
    if colour.name != "sync":
        colour.run(noticing())
    assert server.finish() == [True]


def test_whole_bodies_are_bounded(colour, serve):
    """A client has a limit for what it reads whole."""
    colour.make(max_body=4)
    server = serve(answering_once(HELLO))

    with pytest.raises(BadResponse, match="larger than 4 bytes"):
        colour.send(get(server.url()))


@pytest.mark.parametrize(
    ("timeout", "phase"),
    [(Timeout(read=0.05), "read"), (Timeout(total=0.05), "total"), (Timeout(read=0.2, total=0.05), "total")],
)
@pytest.mark.parametrize(
    "sent", [b"", b"HTTP/1.1 200", HELLO[:-1]], ids=["nothing", "half a head", "half a body"]
)
def test_slow_answers(colour, serve, sent, timeout, phase):
    """A server that stops is given up in time, and sees the connection close."""

    def script(peer):
        peer.read_request()
        peer.send(sent)
        return peer.sees_end()

    server = serve(script)
    began = time.monotonic()
    with pytest.raises(TimedOut) as caught:
        colour.send(get(server.url(), timeout=timeout))
    took = time.monotonic() - began
    if colour.name != "sync":
        colour.run(noticing())

    assert (phase, True) == (caught.value.phase, caught.value.sent)
    assert 0.04 < took < 1
    assert server.finish() == [True]


def trickle(peer):
    """An answer that never stops, and never ends."""
    peer.read_request()
    peer.send(OK + b"Content-Length: 1000\r\n\r\n")
    with suppress(ConnectionError):
        for _ in range(1000):
            peer.send(b"x")
            time.sleep(0.01)


def test_each_piece_renews_the_wait(colour, serve):
    """`read` bounds each wait: a slow answer that keeps coming is not cut."""

    def script(peer):
        peer.read_request()
        for piece in (OK, b"Content-Length: 4\r\n\r\n", b"a", b"b", b"c", b"d"):
            peer.send(piece)
            time.sleep(0.03)

    server = serve(script)

    assert colour.send(get(server.url(), timeout=Timeout(read=0.12))).body == b"abcd"


def test_total_bounds_a_trickle(colour, serve):
    """`total` bounds the whole, however busy the server."""
    server = serve(trickle)
    began = time.monotonic()

    with pytest.raises(TimedOut) as caught:
        colour.send(get(server.url(), timeout=Timeout(read=5, total=0.1)))
    assert "total" == caught.value.phase
    assert time.monotonic() - began < 1


def test_limits_differ_on_one_connection(colour, serve):
    """Each exchange has its own limits: a later, shorter one is kept on a connection used before."""

    def script(peer):
        for _ in range(2):
            peer.read_request()
            peer.send(HELLO)
        peer.read_request()
        peer.sees_end()

    server = serve(script)
    colour.send(get(server.url(), timeout=Timeout(read=60)))
    colour.send(get(server.url(), timeout=Timeout(read=None)))
    began = time.monotonic()

    with pytest.raises(TimedOut):
        colour.send(get(server.url(), timeout=Timeout(read=0.05)))
    assert (True, 1) == (time.monotonic() - began < 1, server.accepted)


def test_server_that_does_not_read(colour, serve):
    """A request that cannot be sent in time is given up."""

    def script(peer):
        time.sleep(0.3)

    server = serve(script)

    with pytest.raises(TimedOut) as caught:
        colour.send(post(server.url(), bytes(30_000_000), timeout=Timeout(read=0.1)))
    assert ("write", True) == (caught.value.phase, caught.value.sent)


def test_large_bodies(colour, serve):
    """Megabytes go both ways."""
    body = b"0123456789" * 500_000

    def script(peer):
        request = peer.read_request()
        echo = request.partition(b"\r\n\r\n")[2]
        peer.send(OK + b"Content-Length: %d\r\n\r\n" % len(echo), echo)

    server = serve(script)

    assert colour.send(post(server.url(), body)).body == body


def test_answer_before_the_request_ended(colour, serve):
    """A server may answer a body that it has not read; the connection is then not used again."""

    def early(peer):
        peer.sock.recv(100)
        peer.send(b"HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno")
        time.sleep(0.02)
        if peer.read_to_its_end(20_000_000):
            answering(HELLO)(peer)

    server = serve(early, answering(HELLO))
    first = colour.send(post(server.url(), bytes(20_000_000)))
    second = colour.send(get(server.url()))

    assert (413, b"no", b"hello") == (first.status, first.body, second.body)


def test_refused(colour):
    """Nobody listens: nothing was sent."""
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        port = reserved.getsockname()[1]

        with pytest.raises(ConnectFailed, match=f"cannot connect to 127.0.0.1:{port}") as caught:
            colour.send(get(f"http://127.0.0.1:{port}/"))
    assert caught.value.sent is False


def test_unknown_host(colour):
    """A name that does not exist (RFC 6761 sees to that)."""
    with pytest.raises(ConnectFailed, match="cannot find nowhere") as caught:
        colour.send(get("http://nowhere.invalid/"))
    assert caught.value.sent is False


@pytest.mark.parametrize(
    ("timeout", "phase"),
    [(Timeout(connect=0.05), "connect"), (Timeout(connect=5, total=0.05), "total")],
)
def test_connect_that_hangs(colour, timeout, phase):
    """A server that is too busy to accept is given up in time."""
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        crowd = [socket.socket() for _ in range(4)]
        for each in crowd:
            each.setblocking(False)
            with suppress(BlockingIOError):
                each.connect(deaf.getsockname())
        began = time.monotonic()
        with pytest.raises(TimedOut) as caught:
            colour.send(get(f"http://127.0.0.1:{deaf.getsockname()[1]}/", timeout=timeout))
        took = time.monotonic() - began
        for each in crowd:
            each.close()

    assert (phase, False) == (caught.value.phase, caught.value.sent)
    assert took < 1


@pytest.mark.parametrize("fields", [{"url": "ftp://h/"}, {"headers": (("X", "a\r\nb"),)}, {"method": "G T"}])
def test_impossible_requests(colour, serve, fields):
    """What HTTP cannot carry is the caller's mistake, found before anything is sent."""
    server = serve(answering(HELLO))

    with pytest.raises(ValueError, match=r"URL|header|method"):
        colour.send(HttpRequest(**{"method": "GET", "url": server.url(), **fields}))
    assert server.accepted == 0


def test_idle_connections_age(colour, serve):
    """A connection that waited too long is closed, not used."""
    colour.make(idle_seconds=0.02)
    server = serve(answering(HELLO), answering(HELLO))
    colour.send(get(server.url()))
    time.sleep(0.04)
    colour.send(get(server.url()))

    assert server.accepted == 2


def test_closing_a_client(colour, serve):
    """Idle connections close with the client, which then refuses to go on."""
    server = serve(answering(HELLO))
    colour.send(get(server.url()))
    colour.close_client()

    assert server.finish() == [True]
    with pytest.raises(RuntimeError, match="the client is closed"):
        colour.send(get(server.url()))
