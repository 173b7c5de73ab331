"""Bodies taken as they come, in every colour: no delay, early ends at both sides, and reuse."""

from __future__ import annotations

import gc
import queue
import time
from contextlib import suppress

import pytest

from lakeway.core.http import (
    BadResponse,
    Disconnected,
    HttpRequest,
    HttpResponse,
    StreamedResponse,
    TimedOut,
    Timeout,
)

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
END = b"0\r\n\r\n"


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def stream(url: str, **fields: object) -> HttpRequest:
    return HttpRequest(method="POST", url=url, stream=True, **fields)


def sending(*pieces: bytes):
    """Answer with these pieces; then whether the client closes."""

    def script(peer):
        peer.read_request()
        peer.send(*pieces)
        return peer.sees_end()

    return script


class Faucet:
    """A server that sends a piece when it is told to."""

    def __init__(self) -> None:
        self._pieces: queue.Queue[bytes | None] = queue.Queue()

    def __call__(self, peer) -> bool:
        peer.read_request()
        while (piece := self._pieces.get(timeout=5)) is not None:
            peer.send(piece)
        return peer.sees_end()

    def send(self, *pieces: bytes) -> None:
        for piece in pieces:
            self._pieces.put(piece)

    def stop(self) -> None:
        self._pieces.put(None)


def test_every_piece_at_once(colour, serve):
    """What the server sends is there before it sends more; a stream waits for no buffer to fill."""
    faucet = Faucet()
    server = serve(faucet)
    faucet.send(CHUNKED, chunk(b"one"))
    response = colour.send(stream(server.url()))
    seen = [response.first]
    for piece in (b"two", b"three"):
        faucet.send(chunk(piece))
        seen.append(colour.next(response))
    faucet.send(END)
    seen.append(colour.next(response))
    faucet.stop()

    assert isinstance(response, StreamedResponse)
    assert [b"one", b"two", b"three", None] == seen


def test_half_a_chunk(colour, serve):
    """Not even the server's own chunks are waited for."""
    faucet = Faucet()
    server = serve(faucet)
    faucet.send(CHUNKED, b"a\r\n01234")
    response = colour.send(stream(server.url()))
    faucet.send(b"56789\r\n", END)

    assert (b"01234", b"56789") == (response.first, b"".join(colour.rest(response)))
    faucet.stop()


@pytest.mark.parametrize(
    ("pieces", "body"),
    [
        ([CHUNKED, chunk(b"a"), chunk(b"b"), END], b"ab"),
        ([CHUNKED + chunk(b"a") + chunk(b"b") + END], b"ab"),
        ([CHUNKED, END], b""),
        ([CHUNKED, chunk(b"a"), b"0\r\nX-Sum: 1\r\n\r\n"], b"a"),
        ([b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n", b"ab", b"cd"], b"abcd"),
        ([b"HTTP/1.1 204 No Content\r\n\r\n"], b""),
        ([b"HTTP/1.1 100 Continue\r\n\r\n", CHUNKED, chunk(b"a"), END], b"a"),
    ],
    ids=["chunked", "at once", "nothing", "trailer", "length", "204", "continue"],
)
def test_read_to_the_end(colour, serve, pieces, body):
    """A stream that was read to its end leaves its connection for the next one."""

    def script(peer):
        for _ in range(2):
            peer.read_request()
            for piece in pieces:
                peer.send(piece)
                time.sleep(0.002)

    server = serve(script)
    bodies = []
    for _ in range(2):
        response = colour.send(stream(server.url()))
        bodies.append(response.first + b"".join(colour.rest(response)))

    assert ([body, body], 1) == (bodies, server.accepted)


def test_until_the_end(colour, serve):
    """A stream without a length ends with its connection."""

    def script(peer):
        peer.read_request()
        peer.send(b"HTTP/1.0 200 OK\r\n\r\nall ")
        time.sleep(0.02)
        peer.send(b"of it")

    server = serve(script)
    response = colour.send(stream(server.url()))

    assert (b"all ", [b"of it"]) == (response.first, colour.rest(response))


@pytest.mark.parametrize("status", [400, 429, 503])
def test_errors_are_read_whole(colour, serve, status):
    """An error is an answer like any other, stream or not."""
    server = serve(
        sending(b"HTTP/1.1 %d Oh\r\nTransfer-Encoding: chunked\r\n\r\n" % status, chunk(b"no"), END)
    )
    response = colour.send(stream(server.url()))

    assert isinstance(response, HttpResponse)
    assert (status, b"no") == (response.status, response.body)


def test_closing_early(colour, serve):
    """Closing a stream ends the call at the server, soon."""
    faucet = Faucet()
    server = serve(faucet)
    faucet.send(CHUNKED, chunk(b"one"))
    faucet.stop()
    response = colour.send(stream(server.url()))
    began = time.monotonic()
    colour.close_body(response)

    assert [True] == server.finish()
    assert (True, None) == (time.monotonic() - began < 1, colour.next(response))


def test_dropping(colour, serve):
    """So does losing it: nobody has to remember, and nobody is warned."""
    server = serve(sending(CHUNKED, chunk(b"one")))
    response = colour.send(stream(server.url()))
    del response
    if colour.name != "sync":
        colour.run(noticing())

    assert [True] == server.finish()


def test_dropping_in_a_cycle(colour, serve):
    """Even where only the collector finds it."""
    server = serve(sending(CHUNKED, chunk(b"one")))
    cycle = [colour.send(stream(server.url()))]
    cycle.append(cycle)
    del cycle
    gc.collect()
    if colour.name != "sync":
        colour.run(noticing())

    assert [True] == server.finish()


async def noticing():
    """Let a loop do what it was told to do soon."""
    import asyncio

    await asyncio.sleep(0.01)


def test_dropping_a_finished_one(colour, serve):
    """A stream that came to its end has no connection to close any more."""

    def script(peer):
        for _ in range(2):
            peer.read_request()
            peer.send(CHUNKED, chunk(b"one"), END)

    server = serve(script)
    for _ in range(2):
        response = colour.send(stream(server.url()))
        colour.rest(response)
        colour.close_body(response)
        del response

    assert server.accepted == 1


@pytest.mark.parametrize(
    ("cut", "arrived"),
    [(b"", b"one"), (b"5\r\nhal", b"onehal"), (b"0\r\n", b"one")],
    ids=["between", "inside", "at the end"],
)
def test_cut(colour, serve, cut, arrived):
    """A stream that ends too early is an error, after all that did arrive; and then it is over."""

    def script(peer):
        peer.read_request()
        peer.send(CHUNKED, chunk(b"one"))
        time.sleep(0.02)
        peer.send(cut)

    server = serve(script)
    response = colour.send(stream(server.url()))
    seen = [response.first]
    with pytest.raises(Disconnected, match="before the end of the body") as caught:
        collect(colour, response, seen)

    assert (arrived, True, None) == (b"".join(seen), caught.value.sent, colour.next(response))


def collect(colour, response: StreamedResponse, seen: list[bytes]) -> None:
    while (piece := colour.next(response)) is not None:
        seen.append(piece)


def test_cut_before_its_first_byte(colour, serve):
    """A head alone is no stream yet: the caller learns of the end where it may still retry."""

    def script(peer):
        peer.read_request()
        peer.send(CHUNKED)

    server = serve(script)

    with pytest.raises(Disconnected, match="before the end of the body"):
        colour.send(stream(server.url()))


def test_damaged(colour, serve):
    """Bytes that are no chunk end the stream with an error."""

    def script(peer):
        peer.read_request()
        peer.send(CHUNKED, chunk(b"one"))
        time.sleep(0.02)
        peer.send(b"what?\r\n")
        return peer.sees_end()

    server = serve(script)
    response = colour.send(stream(server.url()))

    with pytest.raises(BadResponse):
        colour.rest(response)


@pytest.mark.parametrize("timeout", [Timeout(read=0.05), Timeout(read=0.05, total=60)])
def test_silence(colour, serve, timeout):
    """A stream that falls silent is given up after `read`, and the server sees it."""
    server = serve(sending(CHUNKED, chunk(b"one")))
    response = colour.send(stream(server.url(), timeout=timeout))
    with pytest.raises(TimedOut) as caught:
        colour.rest(response)
    if colour.name != "sync":
        colour.run(noticing())

    assert ("read", True, [True]) == (caught.value.phase, caught.value.sent, server.finish())


def test_total_ends_with_the_first_byte(colour, serve):
    """`total` is for the first byte; a stream may then last."""

    def script(peer):
        peer.read_request()
        peer.send(CHUNKED)
        for _ in range(6):
            peer.send(chunk(b"x"))
            time.sleep(0.03)
        peer.send(END)

    server = serve(script)
    response = colour.send(stream(server.url(), timeout=Timeout(read=1, total=0.1)))

    assert response.first + b"".join(colour.rest(response)) == b"xxxxxx"


def test_total_covers_the_first_byte(colour, serve):
    """A head without a body does not stop the clock."""
    server = serve(sending(CHUNKED))

    with pytest.raises(TimedOut) as caught:
        colour.send(stream(server.url(), timeout=Timeout(read=5, total=0.05)))
    assert caught.value.phase == "total"


def test_a_reader_that_pauses(colour, serve):
    """The time between two reads is the caller's, not the server's: it does not count as silence."""

    def script(peer):
        peer.read_request()
        peer.send(CHUNKED, chunk(b"one"))
        time.sleep(0.15)
        peer.send(chunk(b"two"), END)

    server = serve(script)
    response = colour.send(stream(server.url(), timeout=Timeout(read=0.12)))
    if colour.name == "sync":
        time.sleep(0.1)
    else:
        colour.run(pausing(0.1))

    assert b"".join(colour.rest(response)) == b"two"


async def pausing(seconds: float):
    import asyncio

    await asyncio.sleep(seconds)


def test_large_streams(colour, serve):
    """Megabytes in odd pieces come out whole."""
    data = b"0123456789abcdef" * 4096

    def script(peer):
        peer.read_request()
        peer.send(CHUNKED)
        for _ in range(64):
            peer.send(chunk(data))
        peer.send(END)

    server = serve(script)
    response = colour.send(stream(server.url()))

    assert response.first + b"".join(colour.rest(response)) == data * 64


def test_a_slow_reader_holds_the_server_back(colour, serve):
    """What nobody takes is not collected: the server has to wait, and goes on when it is taken."""
    sent = []

    def script(peer):
        peer.read_request()
        peer.send(CHUNKED)
        for _ in range(400):
            peer.send(chunk(bytes(65536)))
            sent.append(65536)
        peer.send(END)

    server = serve(script)
    response = colour.send(stream(server.url()))
    if colour.name == "sync":
        time.sleep(0.2)
    else:
        colour.run(pausing(0.2))
    held = sum(sent)
    rest = b"".join(colour.rest(response))

    assert held < 16_000_000
    assert len(response.first) + len(rest) == 400 * 65536


def test_reading_the_rest_at_once(colour, serve):
    """A stream that turns out to be none is read whole, and leaves its connection for the next call."""

    def script(peer):
        for _ in range(2):
            peer.read_request()
            for piece in (CHUNKED, chunk(b"one"), chunk(b"two"), chunk(b"three"), END):
                peer.send(piece)
                time.sleep(0.002)

    server = serve(script)
    responses = [colour.send(stream(server.url()))]
    bodies = [responses[0].first + colour.read(responses[0])]
    responses.append(colour.send(stream(server.url())))
    bodies.append(responses[1].first + colour.read(responses[1]))

    assert ([b"onetwothree"] * 2, 1) == (bodies, server.accepted)


def test_a_finished_stream_leaves_the_next_alone(colour, serve):
    """Reading on in a stream that is over does nothing to the exchange that has its connection now."""
    faucet = Faucet()

    def script(peer):
        peer.read_request()
        peer.send(CHUNKED, chunk(b"one"), END)
        return faucet(peer)

    server = serve(script)
    first = colour.send(stream(server.url()))
    colour.rest(first)
    faucet.send(CHUNKED, chunk(b"two"))
    second = colour.send(stream(server.url()))
    over = (colour.read(first), colour.next(first))
    colour.close_body(first)
    faucet.send(chunk(b"three"))
    piece = colour.next(second)
    faucet.send(END)
    faucet.stop()

    assert (b"", None, b"two", b"three", None) == (*over, second.first, piece, colour.next(second))
    assert server.accepted == 1


def test_the_rest_is_bounded(colour, serve):
    """What is read whole has the client's limit, even if it began as a stream."""

    def script(peer):
        peer.read_request()
        peer.send(CHUNKED, chunk(b"0123456789"))
        time.sleep(0.02)
        peer.send(chunk(b"0123456789"))
        return peer.sees_end()

    colour.make(max_body=9)
    server = serve(script)
    response = colour.send(stream(server.url()))

    with pytest.raises(BadResponse, match="larger than 9 bytes"):
        colour.read(response)


def test_streams_side_by_side(colour, serve):
    """Two streams at once have two connections, which are both used again."""

    def script(peer):
        with suppress(AssertionError):
            while peer.read_request():
                peer.send(CHUNKED, chunk(b"one"))
                time.sleep(0.01)
                peer.send(chunk(b"two"), END)

    server = serve(script)
    for _ in range(2):
        both = [colour.send(stream(server.url())) for _ in range(2)]
        assert [b"onetwo"] * 2 == [each.first + b"".join(colour.rest(each)) for each in both]

    assert server.accepted == 2
