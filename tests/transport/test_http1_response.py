"""One table of answers, read in pieces of every size; then limits, and what must not be believed."""

from __future__ import annotations

import gc
import gzip
from collections.abc import Iterator
from contextlib import suppress

import pytest
from httptools import HttpParserError, HttpResponseParser
from hypothesis import given
from hypothesis import strategies as st

from lakeway.core.http import BadResponse, Disconnected, Headers
from lakeway.transport.http1 import MAX_HEAD, MAX_HEADERS, ResponseParser

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"


def pieces(data: bytes, size: int) -> Iterator[bytes]:
    for start in range(0, len(data), size or len(data)):
        yield data[start : start + size] if size else data


def read(data: bytes, size: int = 0, *, eof: bool = False, **options: object) -> ResponseParser:
    parser = ResponseParser(**options)
    for piece in pieces(data, size):
        parser.feed(piece)
    if eof:
        parser.feed_eof()
    return parser


# answer, (status, body, may the connection be used again)
ANSWERS = {
    "length": (OK + b"Content-Length: 5\r\n\r\nhello", (200, b"hello", True)),
    "empty": (OK + b"Content-Length: 0\r\n\r\n", (200, b"", True)),
    "no reason": (b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nhi", (200, b"hi", True)),
    "chunked": (CHUNKED + b"5\r\nhello\r\n1;x=y\r\n!\r\n0\r\n\r\n", (200, b"hello!", True)),
    "chunked nothing": (CHUNKED + b"0\r\n\r\n", (200, b"", True)),
    "trailer": (CHUNKED + b"2\r\nhi\r\n0\r\nX-Sum: 1\r\nY: 2\r\n\r\n", (200, b"hi", True)),
    "close": (OK + b"Connection: close\r\nContent-Length: 2\r\n\r\nhi", (200, b"hi", False)),
    "close among others": (OK + b"Connection: x, Close\r\nContent-Length: 0\r\n\r\n", (200, b"", False)),
    "1.0": (b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi", (200, b"hi", False)),
    "1.0 kept": (
        b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nhi",
        (200, b"hi", True),
    ),
    "204": (b"HTTP/1.1 204 No Content\r\n\r\n", (204, b"", True)),
    "204 with a length": (b"HTTP/1.1 204 No Content\r\nContent-Length: 9\r\n\r\n", (204, b"", True)),
    "304": (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", (304, b"", True)),
    "100": (b"HTTP/1.1 100 Continue\r\n\r\n" + OK + b"Content-Length: 2\r\n\r\nhi", (200, b"hi", True)),
    "103 twice": (
        b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 2 + OK + b"Content-Length: 2\r\n\r\nhi",
        (200, b"hi", True),
    ),
    "error": (b"HTTP/1.1 500 Oh\r\nContent-Length: 2\r\n\r\nno", (500, b"no", True)),
    "identity": (OK + b"Content-Encoding: identity\r\nContent-Length: 2\r\n\r\nhi", (200, b"hi", True)),
}


@pytest.mark.parametrize("size", [1, 2, 7, 0])
@pytest.mark.parametrize("name", ANSWERS)
def test_answers(name: str, size: int):
    """Each answer reads the same, however it is cut into pieces."""
    data, expected = ANSWERS[name]
    parser = read(data, size)

    assert parser.complete
    assert expected == (parser.status, parser.take(), parser.reusable)


@pytest.mark.parametrize("size", [1, 2, 7, 0])
@pytest.mark.parametrize("name", ANSWERS)
def test_bytes_after_the_end(name: str, size: int):
    """More than the answer: what was asked for stands, but the connection is not used again."""
    data, (status, body, _) = ANSWERS[name]
    parser = read(data + b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil", size)

    assert (status, body, False) == (parser.status, parser.take(), parser.reusable)


@pytest.mark.parametrize("size", [1, 2, 7, 0])
@pytest.mark.parametrize("cut", [1, 20, 30, -1, -2, -3])
@pytest.mark.parametrize("name", ["length", "chunked", "trailer", "103 twice"])
def test_cut(name: str, cut: int, size: int):
    """An answer that ends too early is no answer."""
    with pytest.raises(Disconnected) as caught:
        read(ANSWERS[name][0][:cut], size, eof=True)
    assert caught.value.sent


@pytest.mark.parametrize("size", [1, 2, 7, 0])
def test_until_the_end_of_the_connection(size: int):
    """A body without a length ends with the connection, which then cannot be used again."""
    parser = read(OK + b"X: y\r\n\r\nall of it", size)

    assert not parser.complete
    parser.feed_eof()
    assert (True, b"all of it", False) == (parser.complete, parser.take(), parser.reusable)


def test_no_answer_at_all():
    """Not a byte: the caller may tell this from an answer that was cut."""
    parser = ResponseParser()

    with pytest.raises(Disconnected, match="without an answer"):
        parser.feed_eof()
    assert not parser.received


def test_headers():
    """Names lose their case, repeated ones keep their order, values are latin-1, trailers are dropped."""
    head = b"X-A: 1\r\nx-a: 2\r\nEmpty:\r\nCaf: \xe9\r\nTransfer-Encoding: chunked\r\n\r\n"
    parser = read(OK + head + b"0\r\nX-A: 3\r\n\r\n")

    assert parser.headers.items() == (
        ("x-a", "1"),
        ("x-a", "2"),
        ("empty", ""),
        ("caf", "\xe9"),
        ("transfer-encoding", "chunked"),
    )


@pytest.mark.parametrize("size", [1, 2, 7, 0])
@pytest.mark.parametrize(
    "before", [b"", b"\r\n", b"\r\n\r\n", b"HTTP/1.1 103 E\r\nX: HTTP/1.1\r\n\r\n\r\n\r\n"]
)
def test_where_a_head_begins(before: bytes, size: int):
    """Empty lines and interim responses are none of it, and space around a value is none of the value."""
    parser = read(before + OK + b"A: \t b c \t\r\nContent-Length:  2 \r\n\r\nhi\r\n\r\n", size)

    assert (("a", "b c"), ("content-length", "2")) == parser.headers.items()
    assert b"hi" == parser.take()


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_received_headers_are_headers(method: str):
    """Read late or early, headers are the same value."""
    received = read(OK + b"X-A: 1\r\nContent-Length: 0\r\n\r\n", method=method).headers
    made = Headers([("x-a", "1"), ("Content-Length", "0")])

    assert (made, hash(made), repr(made)) == (received, hash(received), repr(received))
    assert (["x-a", "content-length"], 2, "1") == (list(received), len(received), received["X-A"])


def test_interim_headers_are_dropped():
    """What came with 103 does not belong to the answer."""
    parser = read(ANSWERS["103 twice"][0])

    assert parser.headers.items() == (("content-length", "2"),)


REFUSED = {
    "another protocol": b"SSH-2.0-OpenSSH_9\r\n",
    "no status line": b"hello\r\n\r\n",
    "HTTP/2": b"HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n",
    "HTTP/0.9": b"HTTP/0.9 200 OK\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.2": b"HTTP/1.2 200 OK\r\nContent-Length: 0\r\n\r\n",
    "status 2000": b"HTTP/1.1 2000 OK\r\n\r\n",
    "status 99": b"HTTP/1.1 099 OK\r\nContent-Length: 0\r\n\r\n",
    "upgrade": b"HTTP/1.1 101 Switching\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\n",
    "bare upgrade": b"HTTP/1.1 101 Switching\r\n\r\nwhatever",
    "interim with a body": b"HTTP/1.1 104 Hm\r\nContent-Length: 2\r\n\r\nhi",
    "length and chunked": OK + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunked and length": OK + b"Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n0\r\n\r\n",
    "two lengths": OK + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\nhi",
    "list of lengths": OK + b"Content-Length: 2, 2\r\n\r\nhi",
    "negative length": OK + b"Content-Length: -2\r\n\r\nhi",
    "signed length": OK + b"Content-Length: +2\r\n\r\nhi",
    "empty length": OK + b"Content-Length:\r\n\r\nhi",
    "huge length": OK + b"Content-Length: 99999999999999999999\r\n\r\nhi",
    "chunked twice": OK + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunked, chunked": OK + b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
    "gzip, chunked": OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "chunked, gzip": OK + b"Transfer-Encoding: chunked, gzip\r\n\r\nx",
    "xchunked": OK + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "identity coding": OK + b"Transfer-Encoding: identity\r\n\r\nx",
    "space before colon": OK + b"Content-Length : 2\r\n\r\nhi",
    "folded": OK + b"X: a\r\n b\r\nContent-Length: 2\r\n\r\nhi",
    "folded with a tab": OK + b"X: a\r\n\tb\r\nContent-Length: 2\r\n\r\nhi",
    "folded at once": OK + b" X: a\r\nContent-Length: 2\r\n\r\nhi",
    "bare LF": b"HTTP/1.1 200 OK\nContent-Length: 2\n\nhi",
    "bare LF in the head": OK + b"X: y\nContent-Length: 2\r\n\r\nhi",
    "bare CR": OK + b"X: a\rb\r\nContent-Length: 2\r\n\r\nhi",
    "NUL": OK + b"X: a\0b\r\nContent-Length: 2\r\n\r\nhi",
    "no name": OK + b": a\r\nContent-Length: 2\r\n\r\nhi",
    "no colon": OK + b"Xa\r\nContent-Length: 2\r\n\r\nhi",
    "chunk too short": CHUNKED + b"2\r\nhixx\r\n0\r\n\r\n",
    "chunk of no size": CHUNKED + b"\r\nhi\r\n0\r\n\r\n",
    "chunk of negative size": CHUNKED + b"-2\r\nhi\r\n0\r\n\r\n",
    "chunk of huge size": CHUNKED + b"fffffffffffffffff\r\nhi\r\n0\r\n\r\n",
    "chunk with bare LF": CHUNKED + b"2\nhi\n0\n\n",
    "length in the trailer": CHUNKED + b"2\r\nhi\r\n0\r\nContent-Length: 5\r\n\r\n",
    "brotli": OK + b"Content-Encoding: br\r\nContent-Length: 2\r\n\r\nhi",
    "gzip twice": OK + b"Content-Encoding: gzip, gzip\r\nContent-Length: 2\r\n\r\nhi",
    "gzip and deflate": OK
    + b"Content-Encoding: gzip\r\nContent-Encoding: deflate\r\nContent-Length: 2\r\n\r\nhi",
}


@pytest.mark.parametrize("size", [1, 2, 7, 0])
@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str, size: int):
    """What two readers could frame in two ways is not read at all."""
    with pytest.raises(BadResponse) as caught:
        read(REFUSED[name], size, eof=True)
    assert caught.value.sent


ENDS_OF_HEADS = [b"Content-Length: 5\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n", b"\r\n"]


@pytest.mark.parametrize("method", ["HEAD", "CONNECT"])
@pytest.mark.parametrize(
    "length", [b"Content-Length: 5\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n", b"\r\n"]
)
@pytest.mark.parametrize("size", [1, 2, 7, 0])
def test_answers_without_body(method: str, length: bytes, size: int):
    """To HEAD and CONNECT no body follows, whatever the head says; the connection is not used again."""
    parser = read(OK + length, size, method=method)

    assert (True, b"", False, False) == (parser.complete, parser.take(), parser.reusable, parser.excess)


@pytest.mark.parametrize("size", [1, 2, 7, 0])
@pytest.mark.parametrize(
    "length", [b"Content-Length: 5\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n", b"\r\n"]
)
def test_body_where_none_belongs(length: bytes, size: int):
    """Bytes behind such a head are noticed, and are no body."""
    parser = read(OK + length + b"5\r\nhello", size, method="CONNECT")

    assert (True, b"", True) == (parser.complete, parser.take(), parser.excess)


@pytest.mark.parametrize(
    "flood",
    [
        pytest.param(OK + b"X: " + b"y" * MAX_HEAD, id="one long header"),
        pytest.param(OK + b"X: 0123456789\r\n" * 6000, id="many headers"),
        pytest.param(OK + b"X:\r\n" * (MAX_HEADERS + 1) + b"\r\n", id="many short headers"),
        pytest.param(b"HTTP/1.1 100 Continue\r\n\r\n" * 4000, id="interim answers"),
        pytest.param(b"HTTP/1.1 103 E\r\nX: 0123456789\r\n\r\n" * 3000, id="interim headers"),
        pytest.param(b"HTTP/1.1 200 " + b"y" * (MAX_HEAD + 7), id="long reason"),
        pytest.param(CHUNKED + b"1\r\nx\r\n0\r\n" + b"X: 0123456789\r\n" * 6000, id="trailers"),
        pytest.param(CHUNKED + b"1;" + b"y" * (MAX_HEAD + 7), id="chunk extension"),
    ],
)
@pytest.mark.parametrize("size", [7, 4096])
def test_head_limits(flood: bytes, size: int):
    """No flood of what is not body is taken in for ever."""
    with pytest.raises(BadResponse, match="too large"):
        read(flood, size)


@pytest.mark.parametrize("lines", [b"X: 0123456789\r\n" * 5000, b"X: " + b"y" * MAX_HEAD + b"\r\n"])
def test_a_large_head_with_its_body(lines: bytes):
    """The limit holds too where head and body arrive in one piece."""
    with pytest.raises(BadResponse, match="too large"):
        read(OK + lines + b"Content-Length: 5\r\n\r\nhello", 256 * 1024)


def test_heads_do_not_add_up():
    """Each answer on a connection may have as large a head as the first."""
    parser = ResponseParser(lasting=True)
    head = b"HTTP/1.1 204 No Content\r\nX: " + b"y" * (MAX_HEAD - 100) + b"\r\n\r\n"
    for _ in range(3):
        parser.expect("GET", False, 0)
        for piece in pieces(head, 40_000):
            parser.feed(piece)

        assert (204, True) == (parser.status, parser.reusable)


def test_heads_below_the_limit():
    """A large head is fine, and so is a body that is larger than any head."""
    head = OK + b"X: 0123456789\r\n" * 200 + b"Content-Length: 200000\r\n\r\n"
    parser = read(head + b"x" * 200_000, 50_000)

    assert (200, 200_000) == (parser.status, len(parser.take()))


def test_whole_bodies_are_bounded():
    """A body that is read whole has a limit."""
    with pytest.raises(BadResponse, match="larger than 10 bytes"):
        read(OK + b"Content-Length: 11\r\n\r\nhello world", max_body=10)


@pytest.mark.parametrize(("status", "streamed"), [(200, True), (399, True), (400, False), (503, False)])
def test_only_success_is_streamed(status: int, streamed: bool):
    """An error is read whole, and within the limit, even if a stream was asked for."""
    head = b"HTTP/1.1 %d X\r\nContent-Length: 20\r\n\r\n" % status
    parser = read(head + b"hello", stream=True, max_body=10)

    assert (streamed, streamed) == (parser.streamed, parser.ready)


def test_stream_has_no_limit():
    """What is taken as it comes may go on for ever."""
    parser = read(CHUNKED, stream=True, max_body=10)
    taken = 0
    for _ in range(100):
        parser.feed(b"5\r\nhello\r\n")
        taken += len(parser.take())

    assert taken == 500


def test_stream_is_ready_with_each_piece():
    """The head alone is nothing to act on; every piece is, and then the end."""
    parser = ResponseParser(stream=True)
    seen = []
    for piece in (CHUNKED, b"3\r\n", b"ab", b"c\r\n", b"0\r\n", b"\r\n"):
        parser.feed(piece)
        seen.append((parser.ready, parser.take(), parser.complete))

    assert seen == [
        (False, b"", False),
        (False, b"", False),
        (True, b"ab", False),
        (True, b"c", False),
        (False, b"", False),
        (True, b"", True),
    ]


def test_no_cycle_remains():
    """A finished parser is freed without the cyclic collector, whose pauses are a gateway's tail."""
    gc.collect()
    gc.disable()
    try:
        for name in ("length", "chunked", "204", "error"):
            read(ANSWERS[name][0])
        assert gc.collect() == 0
    finally:
        gc.enable()


REUSABLE = [name for name, (_, (_, _, reusable)) in ANSWERS.items() if reusable]


@pytest.mark.parametrize("size", [1, 7, 0])
@pytest.mark.parametrize("second", ANSWERS)
@pytest.mark.parametrize("first", REUSABLE)
def test_one_parser_for_a_connection(first: str, second: str, size: int):
    """A lasting parser reads the next answer as a new one would, whatever it read before."""
    parser = ResponseParser(lasting=True)
    seen = []
    for name in (first, second):
        parser.expect("GET", False, 1000)
        for piece in pieces(ANSWERS[name][0], size):
            parser.feed(piece)
        seen.append((parser.status, parser.take(), parser.reusable))
        fresh = read(ANSWERS[name][0], size)
        assert (True, fresh.headers) == (parser.complete, parser.headers)

    assert [ANSWERS[first][1], ANSWERS[second][1]] == seen


def test_each_exchange_has_its_own_terms():
    """Method, streaming and the limit of a body are those of the request, not of the one before."""
    parser = ResponseParser(lasting=True)
    parser.expect("GET", True, 1)
    parser.feed(ANSWERS["length"][0])
    first = (parser.streamed, parser.take(), parser.received)
    parser.expect("GET", False, 4)

    assert (True, b"hello", True) == first
    assert (False, False, False, False) == (
        parser.received,
        parser.ready,
        parser.reusable,
        parser.streamed,
    )
    with pytest.raises(BadResponse, match="larger than 4 bytes"):
        parser.feed(ANSWERS["length"][0])


def test_an_encoding_is_not_kept():
    """What one answer was compressed with does not concern the next."""
    parser = ResponseParser(lasting=True)
    body = gzip.compress(b"hello")
    head = OK + b"CONTENT-ENCODING: gzip\r\nContent-Length: %d\r\n\r\n" % len(body)
    seen = []
    for answer in (head + body, ANSWERS["length"][0]):
        parser.expect("GET", False, 1000)
        parser.feed(answer)
        seen.append((parser.take(), parser.headers.get("content-length")))

    assert [(b"hello", None), (b"hello", "5")] == seen


@pytest.mark.parametrize("between", [b"x", b"HTTP/1.1 200 OK\r\n", ANSWERS["length"][0]])
def test_bytes_between_answers(between: bytes):
    """What comes unasked, after the end, leaves a lasting parser's connection unusable too."""
    parser = ResponseParser(lasting=True)
    parser.feed(ANSWERS["length"][0])
    parser.feed(between)

    assert (True, False, b"hello") == (parser.excess, parser.reusable, parser.take())


def test_a_lasting_parser_lets_go():
    """One that is told of its end is freed without the collector as well."""
    gc.collect()
    gc.disable()
    try:
        parser = ResponseParser(lasting=True)
        parser.feed(ANSWERS["length"][0])
        parser.let_go()
        del parser
        assert gc.collect() == 0
    finally:
        gc.enable()


class Witness:
    """Takes down the headers of the final response as llhttp itself sees them."""

    def __init__(self) -> None:
        self.parser = HttpResponseParser(self)
        self.pairs: list[tuple[str, str]] = []
        self.seen: tuple[tuple[str, str], ...] | None = None

    def on_header(self, name: bytes, value: bytes) -> None:
        self.pairs.append((name.decode("latin-1").lower(), value.decode("latin-1").strip(" \t")))

    def on_headers_complete(self) -> None:
        if self.seen is None and self.parser.get_status_code() >= 200:
            self.seen = tuple(self.pairs)
        self.pairs.clear()


BITS = [b"\r\n", b"\n", b"\r", b" ", b"\t", b":", b"\0", b"\xff", b"HTTP/1.1 ", b"X: y", b"\r\n\r\n", b"a"]


@given(
    base=st.sampled_from(
        [ANSWERS[name][0] for name in ("length", "trailer", "103 twice", "1.0 kept", "204")]
    ),
    edits=st.lists(st.tuples(st.integers(0, 80), st.sampled_from(BITS), st.integers(0, 4)), max_size=3),
    size=st.sampled_from([0, 1, 3]),
)
def test_heads_are_read_as_llhttp_does(base: bytes, edits: list[tuple[int, bytes, int]], size: int):
    """We take a head apart ourselves: wherever one is accepted, its headers are those that llhttp saw."""
    data = base
    for start, bit, removed in edits:
        data = data[:start] + bit + data[start + removed :]
    witness = Witness()
    with suppress(HttpParserError):
        witness.parser.feed_data(data)
    parser = ResponseParser()
    with suppress(BadResponse):
        for piece in pieces(data, size):
            parser.feed(piece)

    if parser.headers is not None:
        assert parser.headers.items() == witness.seen


@given(
    body=st.lists(st.binary(min_size=1, max_size=40), max_size=8),
    cuts=st.lists(st.integers(min_value=1, max_value=9), min_size=1, max_size=30),
)
def test_any_chunking(body: list[bytes], cuts: list[int]):
    """The server's chunks and the network's pieces change nothing about the body."""
    data = CHUNKED + b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in body) + b"0\r\nT: x\r\n\r\n"
    parser, start, turn = ResponseParser(), 0, 0
    while start < len(data):
        size = cuts[turn % len(cuts)]
        parser.feed(data[start : start + size])
        start, turn = start + size, turn + 1

    assert (True, True, b"".join(body)) == (parser.complete, parser.reusable, parser.take())


@given(st.binary(max_size=200), st.sampled_from([b"", OK, CHUNKED, OK + b"Content-Length: 3\r\n\r\n"]))
def test_garbage_has_two_ends(garbage: bytes, prefix: bytes):
    """Whatever arrives is an answer, or one of two errors; nothing else comes out."""
    try:
        parser = read(prefix + garbage + b"x", eof=True)
    except (BadResponse, Disconnected):
        return
    assert parser.complete
    assert parser.headers is not None
