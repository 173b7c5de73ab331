"""One table of requests, read in pieces of every size; then limits, and what must not be believed."""

from __future__ import annotations

import gc
import tracemalloc
import weakref
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lakeway.transport.http1_line import Mistake
from lakeway.transport.http1_request import MAX_HEAD, MAX_HEADERS, Request, RequestParser

HOST = b"Host: x\r\n"
GET = b"GET / HTTP/1.1\r\n" + HOST
POST = b"POST /v1/x?a=b HTTP/1.1\r\n" + HOST
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
UPGRADE = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAAAAI\r\n"
SIZES = [1, 2, 3, 7, 0]


def pieces(data: bytes, size: int) -> Iterator[bytes]:
    for start in range(0, len(data), size or len(data)):
        yield data[start : start + size] if size else data


def read(data: bytes, size: int = 0, *, parser: RequestParser | None = None) -> tuple[list[Request], bytes]:
    """The requests in `data`, which comes in pieces of `size` bytes, and what one more would begin with."""
    parser = parser or RequestParser()
    requests: list[Request] = []
    rest = b""
    for piece in pieces(data, size):
        rest = piece
        while rest:
            rest = take(parser, rest)
            if parser.complete:
                requests.append(parser.request)
                if not parser.keep_alive:
                    return requests, rest
                parser.next()
    return requests, rest


def take(parser: RequestParser, data: bytes) -> bytes:
    """One step of a server; what was not needed for it."""
    if parser.request is None:
        data = parser.feed_head(data)
        if parser.request is None:
            return data
        parser.allow(1000)
    return parser.feed_body(data)


def refused(data: bytes, size: int = 0, *, parser: RequestParser | None = None) -> int:
    with pytest.raises(Mistake) as caught:
        read(data, size, parser=parser)
    assert caught.value.reason
    return caught.value.status


# request: (method, path, query, body, may another follow)
REQUESTS = {
    "get": (GET + b"\r\n", ("GET", "/", "", b"", True)),
    "length": (POST + b"Content-Length: 5\r\n\r\nhello", ("POST", "/v1/x", "a=b", b"hello", True)),
    "length 0": (POST + b"Content-Length: 0\r\n\r\n", ("POST", "/v1/x", "a=b", b"", True)),
    "spaces": (POST + b"Content-Length: \t 5 \t\r\n\r\nhello", ("POST", "/v1/x", "a=b", b"hello", True)),
    "no length": (POST + b"\r\n", ("POST", "/v1/x", "a=b", b"", True)),
    "a body that looks like ends": (
        POST + b"Content-Length: 12\r\n\r\n\r\n\r\n\r\n\r\nGET ",
        ("POST", "/v1/x", "a=b", b"\r\n\r\n\r\n\r\nGET ", True),
    ),
    "chunked": (
        CHUNKED + b"5\r\nhello\r\n1;x=y\r\n!\r\n0\r\n\r\n",
        ("POST", "/v1/x", "a=b", b"hello!", True),
    ),
    "chunked, no name in lower case": (
        POST + b"TRANSFER-ENCODING: Chunked\r\n\r\nA\r\n0123456789\r\n000\r\n\r\n",
        ("POST", "/v1/x", "a=b", b"0123456789", True),
    ),
    "chunks that look like ends": (
        CHUNKED + b"6\r\n\r\n\r\n\r\n\r\n4\r\n\r\n\r\n\r\n0\r\n\r\n",
        ("POST", "/v1/x", "a=b", b"\r\n" * 5, True),
    ),
    "chunked nothing": (CHUNKED + b"0\r\n\r\n", ("POST", "/v1/x", "a=b", b"", True)),
    "trailer": (
        CHUNKED + b"2\r\nhi\r\n0\r\nAuthorization: evil\r\nX:\r\n\r\n",
        ("POST", "/v1/x", "a=b", b"hi", True),
    ),
    "close": (GET + b"Connection: x, Close\r\n\r\n", ("GET", "/", "", b"", False)),
    "1.0": (b"GET /a HTTP/1.0\r\n\r\n", ("GET", "/a", "", b"", False)),
    "1.0 kept": (b"GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", ("GET", "/a", "", b"", True)),
    "1.0 with a body": (
        b"POST /a HTTP/1.0\r\nContent-Length: 2\r\n\r\nhi",
        ("POST", "/a", "", b"hi", False),
    ),
    "head": (b"HEAD / HTTP/1.1\r\n" + HOST + b"\r\n", ("HEAD", "/", "", b"", True)),
    "empty lines first": (b"\r\n\r\n\r\n" + GET + b"\r\n", ("GET", "/", "", b"", True)),
    "LF first": (b"\n\r\n\r\n" + GET + b"\r\n", ("GET", "/", "", b"", True)),
    "asterisk": (b"OPTIONS * HTTP/1.1\r\n" + HOST + b"\r\n", ("OPTIONS", "*", "", b"", True)),
    "a URL": (b"GET http://a.b:80/x?y HTTP/1.1\r\n" + HOST + b"\r\n", ("GET", "/x", "y", b"", True)),
    "a bare URL": (b"GET HTTPS://a.b?y HTTP/1.1\r\n" + HOST + b"\r\n", ("GET", "/", "y", b"", True)),
    "escapes": (
        b"GET /a%2fb%C3%A9%20?c=%zz&d=? HTTP/1.1\r\n" + HOST + b"\r\n",
        ("GET", "/a/bé ", "c=%zz&d=?", b"", True),
    ),
    "two slashes": (b"GET //x/y HTTP/1.1\r\n" + HOST + b"\r\n", ("GET", "//x/y", "", b"", True)),
    "a host with a port": (b"GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", ("GET", "/", "", b"", True)),
    "a host without a name": (b"GET / HTTP/1.1\r\nHost:\r\n\r\n", ("GET", "/", "", b"", True)),
    "upgrade": (GET + UPGRADE + b"\r\n", ("GET", "/", "", b"", True)),
    "upgrade with a length": (
        POST + UPGRADE + b"Content-Length: 5\r\n\r\nhello",
        ("POST", "/v1/x", "a=b", b"hello", True),
    ),
    "upgrade with chunks": (
        POST + UPGRADE + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX: y\r\n\r\n",
        ("POST", "/v1/x", "a=b", b"hello", True),
    ),
}


def seen(request: Request) -> tuple[object, ...]:
    return (request.method, request.path, request.query, request.body)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", REQUESTS)
def test_requests(name: str, size: int):
    """Each request reads the same, however it is cut into pieces, and nothing is left over."""
    data, (*expected, keep_alive) = REQUESTS[name]
    parser = RequestParser()
    (request,), rest = read(data, size, parser=parser)

    assert (tuple(expected), keep_alive, b"") == (seen(request), parser.keep_alive, rest)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", REQUESTS)
def test_the_request_after_it(name: str, size: int):
    """What follows a request is the next one, whole, with no header or trailer of the one before."""
    data, (*expected, keep_alive) = REQUESTS[name]
    follower = b"PUT /next HTTP/1.1\r\nHost: y\r\nContent-Length: 2\r\n\r\nok"
    requests, rest = read(data + follower, size)

    assert tuple(expected) == seen(requests[0])
    if keep_alive:
        assert (("PUT", "/next", "", b"ok"), b"") == (seen(requests[1]), rest)
        assert {b"host": b"y", b"content-length": b"2"} == requests[1].headers
    else:
        assert 1 == len(requests)


@pytest.mark.parametrize("name", REQUESTS)
def test_nothing_is_read_ahead(name: str):
    """A request is given out before a byte of the next one is looked at: that one may be anything."""
    data, (*expected, _) = REQUESTS[name]
    parser = RequestParser()
    rest = data + b"\x00\r\n\r\n rubbish"
    while not parser.complete:
        rest = take(parser, rest)

    assert (tuple(expected), b"\x00\r\n\r\n rubbish") == (seen(parser.request), rest)


def test_all_in_one_row():
    """A connection that carries every kind of request, one after another."""
    table = [row for row in REQUESTS.values() if row[1][-1]]
    for size in SIZES:
        requests, _ = read(b"".join(data for data, _ in table), size)
        assert [tuple(expected[:-1]) for _, expected in table] == [seen(request) for request in requests]


def test_headers():
    """Names lose their case, repeated ones are joined in order, trailers are dropped, values are bytes."""
    head = b"X-A: 1\r\nx-a:  2 \r\nEmpty:\r\nCaf: \xe9\t\r\nTransfer-Encoding: chunked\r\n\r\n"
    (request,), _ = read(POST + head + b"0\r\nX-A: 3\r\nX-B: 4\r\n\r\n")

    assert {
        b"host": b"x",
        b"x-a": b"1, 2",
        b"empty": b"",
        b"caf": b"\xe9",
        b"transfer-encoding": b"chunked",
    } == request.headers


def test_the_host_of_a_url():
    """The host that a target names counts, not the header's (RFC 9112 section 3.2.2)."""
    (request,), _ = read(b"GET http://a.b:80/ HTTP/1.1\r\nHost: x\r\n\r\n")

    assert b"a.b:80" == request.headers[b"host"]


@pytest.mark.parametrize(
    ("head", "expects"),
    [
        (POST + b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n", True),
        (POST + b"expect: 100-Continue\r\nContent-Length: 2\r\n\r\n", True),
        (POST + b"Expect: miracles\r\nContent-Length: 2\r\n\r\n", False),
        (POST + b"Content-Length: 2\r\n\r\n", False),
        (b"POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n", False),
    ],
)
def test_expectations(head: bytes, expects: bool):
    """A sender of HTTP/1.1 may want to be asked for its body."""
    parser = RequestParser()

    assert b"" == parser.feed_head(head)
    assert expects is parser.expects


MALFORMED = {
    "another protocol": (b"SSH-2.0-OpenSSH_9\r\n", 400),
    "TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
    "HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
    "HTTP/2.0": (b"GET / HTTP/2.0\r\n" + HOST + b"\r\n", 400),
    "HTTP/1.2": (b"GET / HTTP/1.2\r\n" + HOST + b"\r\n", 400),
    "HTTP/0.9": (b"GET /\r\n\r\n", 400),
    "HTTP/0.9, and more": (b"GET /\r\nGET / HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "a method of nobody's": (b"BREW / HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "a method in lower case": (b"get / HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "a tab": (b"GET\t/ HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "a space in the target": (b"GET /a b HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "a byte in the target": (b"GET /\xe9 HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "a byte in the query": (b"GET /?\xe9 HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "a control in the target": (b"GET /\x01 HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "a fragment": (b"GET /a#b HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "a fragment in the query": (b"GET /a?b#c HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "a bad escape": (b"GET /a%zz HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "half an escape": (b"GET /a%4 HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "not UTF-8": (b"GET /%ff HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "a NUL": (b"GET /%00 HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "a line end": (b"GET /%0d%0aX:%20y HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "no slash": (b"GET foo HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "another scheme": (b"GET ftp://x/ HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "a user": (b"GET http://me@x/ HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "asterisk": (b"GET * HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "a tunnel": (b"CONNECT x:443 HTTP/1.1\r\nHost: x:443\r\n\r\n", 400),
    "no host": (b"GET / HTTP/1.1\r\n\r\n", 400),
    "two hosts": (GET + b"host: y\r\n\r\n", 400),
    "a host with a path": (b"GET / HTTP/1.1\r\nHost: x/y\r\n\r\n", 400),
    "a long host": (b"GET / HTTP/1.1\r\nHost: " + b"x" * 300 + b"?\r\n\r\n", 400),
    "two keys": (GET + b"Authorization: Bearer a\r\nAUTHORIZATION: Bearer b\r\n\r\n", 400),
    "folded": (GET + b"X: a\r\n b\r\n\r\n", 400),
    "folded at once": (GET + b"X:\r\n\tb\r\n\r\n", 400),
    "folded first": (b"GET / HTTP/1.1\r\n Host: x\r\n\r\n", 400),
    "bare LF": (b"GET / HTTP/1.1\nHost: x\n\n", 400),
    "bare LF after a header": (GET + b"X: y\n\r\n", 400),
    "bare LF at the end": (GET + b"\n", 400),
    "bare CR": (GET + b"X: a\rY: b\r\n\r\n", 400),
    "NUL in a header": (GET + b"X: a\0b\r\n\r\n", 400),
    "a space before the colon": (GET + b"X : a\r\n\r\n", 400),
    "no colon": (GET + b"X\r\n\r\n", 400),
    "no name": (GET + b": x\r\n\r\n", 400),
    "two lengths": (POST + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\nhi", 400),
    "a list of lengths": (POST + b"Content-Length: 2, 2\r\n\r\nhi", 400),
    "a signed length": (POST + b"Content-Length: +2\r\n\r\nhi", 400),
    "a negative length": (POST + b"Content-Length: -2\r\n\r\nhi", 400),
    "a length in hex": (POST + b"Content-Length: 0x2\r\n\r\nhi", 400),
    "a length with a separator": (POST + b"Content-Length: 1_0\r\n\r\n0123456789", 400),
    "no length in it": (POST + b"Content-Length:\r\n\r\n", 400),
    "a length of 24 digits": (POST + b"Content-Length: 999999999999999999999999\r\n\r\n", 400),
    "length and chunks": (POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    "chunks and length": (POST + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", 400),
    "no coding and length": (POST + b"Transfer-Encoding:\r\nContent-Length: 5\r\n\r\nhello", 400),
    "gzip": (POST + b"Transfer-Encoding: gzip\r\n\r\n", 400),
    "identity": (POST + b"Transfer-Encoding: identity\r\n\r\n", 400),
    "nearly chunked": (POST + b"Transfer-Encoding: xchunked\r\n\r\n", 400),
    "chunked twice": (
        POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        400,
    ),
    "gzip, chunked": (POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 400),
    "chunks in 1.0": (b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    "a chunk with LF": (CHUNKED + b"1\nx\r\n0\r\n\r\n", 400),
    "a chunk that ends in LF": (CHUNKED + b"1\r\nx\n0\r\n\r\n", 400),
    "a last chunk with LF": (CHUNKED + b"0\n\n", 400),
    "a last chunk that ends in LF": (CHUNKED + b"0\r\n\n", 400),
    "a chunk size with a space": (CHUNKED + b"1 \r\nx\r\n0\r\n\r\n", 400),
    "a chunk size with 0x": (CHUNKED + b"0x1\r\nx\r\n0\r\n\r\n", 400),
    "a negative chunk size": (CHUNKED + b"-1\r\nx\r\n0\r\n\r\n", 400),
    "no chunk size": (CHUNKED + b"\r\n0\r\n\r\n", 400),
    "a chunk size beyond 64 bits": (CHUNKED + b"fffffffffffffffff\r\n", 400),
    "a chunk longer than its size": (CHUNKED + b"1\r\nxy\r\n0\r\n\r\n", 400),
    "a bare LF in an extension": (CHUNKED + b"1;a=\nb\r\nx\r\n0\r\n\r\n", 400),
    "a length in the trailer": (CHUNKED + b"0\r\nContent-Length: 5\r\n\r\n", 400),
    "a trailer with LF": (CHUNKED + b"0\r\nX: y\n\r\n", 400),
    "an upgrade with both": (
        POST + UPGRADE + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        400,
    ),
    "an upgrade in gzip": (POST + UPGRADE + b"Transfer-Encoding: gzip\r\n\r\n", 400),
    "two spaces": (b"GET  / HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "RTSP": (b"OPTIONS / RTSP/1.0\r\n" + HOST + b"\r\n", 400),
    "ICE": (b"SOURCE / ICE/1.0\r\n" + HOST + b"\r\n", 400),
    "a bad chunk of an upgrade": (POST + UPGRADE + b"Transfer-Encoding: chunked\r\n\r\n1\nx\r\n", 400),
}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", MALFORMED)
def test_malformed(name: str, size: int):
    """What could mean two things, or nothing, is refused, with a reason."""
    data, status = MALFORMED[name]

    assert status == refused(data, size)


@pytest.mark.parametrize("size", [1, 0])
@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_after_a_good_one(name: str, size: int):
    """It is refused as the second request of a connection, too; the first one stands."""
    data, status = MALFORMED[name]
    good = REQUESTS["chunked"][0]
    parser = RequestParser()
    requests, _ = read(good, size, parser=parser)

    assert (1, status) == (len(requests), refused(data, size, parser=parser))


LARGE = {
    "target": (b"GET /" + b"a" * MAX_HEAD, 414),
    "target, then the rest": (b"GET /" + b"a" * (MAX_HEAD - 20) + b" HTTP/1.1\r\n" + HOST + b"\r\n", 414),
    "one header": (GET + b"X: " + b"a" * MAX_HEAD, 431),
    "a name": (GET + b"a" * MAX_HEAD, 431),
    "many bytes of headers": (GET + b"".join(b"X%d: %s\r\n" % (n, b"a" * 1000) for n in range(66)), 431),
    "many headers": (GET + b"".join(b"X%d: y\r\n" % n for n in range(MAX_HEADERS)) + b"\r\n", 431),
    "one header many times": (GET + b"X: y\r\n" * (MAX_HEADERS + 1), 431),
    "empty lines": (b"\r\n" * (MAX_HEAD // 2 + 1), 431),
    "the extension of a chunk": (CHUNKED + b"1;" + b"a" * MAX_HEAD, 400),
    "a trailer": (CHUNKED + b"0\r\n" + b"X: y\r\n" * (MAX_HEAD // 6 + 1), 400),
}


@pytest.mark.parametrize("size", [700, 0])
@pytest.mark.parametrize("name", LARGE)
def test_too_large(name: str, size: int):
    """Nothing that a head or a frame may hold is without an end."""
    data, status = LARGE[name]

    assert status == refused(data, size)


def test_as_large_as_allowed():
    """A head of just the size allowed, and of as many headers, is read."""
    many = b"".join(b"X%d: y\r\n" % n for n in range(MAX_HEADERS - 2))
    padding = MAX_HEAD - len(GET + many + b"P: \r\n\r\n")
    (request,), _ = read(GET + many + b"P: " + b"a" * padding + b"\r\n\r\n")

    assert MAX_HEADERS == len(request.headers)


@pytest.mark.parametrize("size", [1, 7, 0])
def test_a_body_over_its_limit(size: int):
    """A length above the limit is refused with the head, chunks as soon as they pass it."""
    announced = POST + b"Content-Length: 1001\r\n\r\n"
    chunks = CHUNKED + b"3e8\r\n" + b"x" * 1000 + b"\r\n1\r\n"

    assert 413 == refused(announced, size)
    assert 413 == refused(chunks + b"x", size)
    read(chunks, size)


def test_dropping_a_body():
    """A body that nobody wants is read over, up to a limit of its own."""
    parser = RequestParser()
    rest = parser.feed_head(CHUNKED + b"5\r\nhello\r\n0\r\n\r\nrest")
    parser.drop(5)

    assert (b"rest", True, b"") == (parser.feed_body(rest), parser.complete, parser.request.body)

    parser.next()
    rest = parser.feed_head(CHUNKED + b"6\r\nhello!\r\n0\r\n\r\nrest")
    parser.drop(5)
    with pytest.raises(Mistake):
        parser.feed_body(rest)


def test_no_body_is_allowed_by_itself():
    """Until somebody says how large a body in chunks may be, it may not be."""
    parser = RequestParser()
    rest = parser.feed_head(CHUNKED + b"1\r\nx\r\n")

    with pytest.raises(Mistake):
        parser.feed_body(rest)


@pytest.mark.parametrize(
    ("head", "piece"), [(CHUNKED, b"2\r\nhi\r\n"), (POST + b"Content-Length: 99999\r\n\r\n", b"hi")]
)
def test_small_pieces_weigh_what_they_hold(head: bytes, piece: bytes):
    """A body that comes two bytes at a time takes hardly more room than one that comes at once."""
    parser = RequestParser()
    parser.feed_head(head)
    parser.allow(100_000)
    tracemalloc.start()
    try:
        for _ in range(20_000):
            parser.feed_body(piece)
        assert 40_000 < tracemalloc.get_traced_memory()[0] < 60_000
    finally:
        tracemalloc.stop()


def test_begun():
    """From the first byte of a head until the request is forgotten."""
    parser = RequestParser()
    states = [parser.begun]
    for piece in (b"G", b"ET / HTTP/1.1\r\nHost: x\r\n\r\n"):
        parser.feed_head(piece)
        states.append(parser.begun)
    parser.next()

    assert [False, True, True, False] == [*states, parser.begun]


def test_no_cycle_is_left():
    """A parser that is closed is freed at once, without the collector."""
    parser = RequestParser()
    read(REQUESTS["chunked"][0], parser=parser)
    reference = weakref.ref(parser)
    gc.disable()
    try:
        parser.close()
        del parser
        assert reference() is None
    finally:
        gc.enable()


FRAGMENTS = (
    *(b"GET ", b"POST ", b"/", b"/%41", b"*", b"http://x/", b" HTTP/1.1\r\n", b" HTTP/1.0\r\n", HOST),
    *(b"Content-Length: ", b"3", b"0", b"\r\n", b"\r\n\r\n", b"\n", b"\r", b": ", b";x=y", b"\x00", b"\xff"),
    *(b"Transfer-Encoding: chunked\r\n", b"Transfer-Encoding: gzip, chunked\r\n", b"Connection: close\r\n"),
    *(b"abc", b"3\r\nabc\r\n", b"0\r\n\r\n", b"Expect: 100-continue\r\n", UPGRADE),
    *(GET, POST, CHUNKED, GET + b"\r\n", POST + b"Content-Length: 3\r\n\r\nabc"),
)
BYTES = st.lists(st.sampled_from(FRAGMENTS) | st.binary(max_size=8), max_size=24).map(b"".join)


def outcome(data: bytes, sizes: list[int]) -> tuple[object, ...]:
    """What a connection makes of `data`: its requests, and how it was refused if it was."""
    parser = RequestParser()
    requests: list[tuple[object, ...]] = []
    start = 0
    try:
        while start < len(data):
            size = sizes[start % len(sizes)]
            rest = data[start : start + size]
            start += size
            while rest:
                rest = take(parser, rest)
                if parser.complete:
                    requests.append((*seen(parser.request), tuple(parser.request.headers.items())))
                    if not parser.keep_alive:
                        return (*requests, "closed")
                    parser.next()
    except Mistake as mistake:
        return (*requests, mistake.status)
    return (*requests, parser.begun)


@given(BYTES, st.lists(st.integers(1, 40), min_size=1))
def test_any_bytes_in_any_pieces(data: bytes, sizes: list[int]):
    """Anything is either requests or refused, and the same whichever way it is cut."""
    assert outcome(data, [max(len(data), 1)]) == outcome(data, sizes)
