"""Whatever arrives: an answer that says what is wrong, or an end; and the server goes on."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

GET = b"GET / HTTP/1.1\r\nHost: x\r\n"
POST = b"POST / HTTP/1.1\r\nHost: x\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
FRAGMENTS = (
    *(
        b"GET ",
        b"POST ",
        b"/",
        b"/refused",
        b"*",
        b" HTTP/1.1\r\n",
        b" HTTP/1.0\r\n",
        b"Host: x\r\n",
        b"\x00",
    ),
    *(b"Content-Length: ", b"3", b"0", b"\r\n", b"\r\n\r\n", b"\n", b"\r", b": ", b";x=y", b"abc", b"\xff"),
    *(
        b"Transfer-Encoding: chunked\r\n",
        b"Connection: close\r\n",
        b"Connection: upgrade\r\nUpgrade: h2c\r\n",
    ),
    *(b"3\r\nabc\r\n", b"0\r\n\r\n", b"Expect: 100-continue\r\n", CHUNKED, GET + b"\r\n"),
    POST + b"Content-Length: 3\r\n\r\nabc",
)

MALFORMED = [
    (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
    (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
    (b"GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\n\r\n", 400),
    (GET + b"X: a\r\n b\r\n\r\n", 400),
    (b"GET / HTTP/1.1\nHost: x\n\n", 400),
    (POST + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\nhi", 400),
    (POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    (POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n", 400),
    (b"CONNECT x:443 HTTP/1.1\r\nHost: x:443\r\n\r\n", 400),
    (CHUNKED + b"zz\r\n", 400),
    (CHUNKED + b"1\r\nxy\r\n", 400),
]


@pytest.mark.parametrize(("data", "status"), MALFORMED)
def test_malformed(start, data, status):
    """The application's answer to the mistake, and the end; also behind a good request."""
    serving = start()
    first, second = serving.client(), serving.client()
    first.send(data)
    second.send(GET + b"\r\n" + data)
    assert 200 == second.read().status

    for client in (first, second):
        answer = client.read()
        assert (status, "close") == (answer.status, answer.headers["connection"])
        assert "yes" == answer.headers["x-mistake"]
        assert answer.body.startswith(b"%d " % status)
        assert client.ends()
    assert 0 == unsettled(serving.application.events)


def unsettled(events: list[str]) -> int:
    """How many requests were accepted, and neither answered nor abandoned."""
    settled = sum(event in ("answered /", "abandoned /") for event in events)
    return events.count("accept /") - settled


def test_nothing_of_the_request_in_the_head_of_its_answer(start):
    """No line of an answer can be made by who asks."""
    client = start().client()
    client.send(b"GET /%0d%0aX-Evil:%20yes HTTP/1.1\r\nHost: x\r\n\r\n")

    assert {"date", "connection", "content-length", "x-mistake"} == set(client.read().headers)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(FRAGMENTS) | st.binary(max_size=8), max_size=16).map(b"".join))
def test_any_bytes(hostile, data):
    """Answers that a client can read, and the end; no failure, and whatever was accepted was settled."""
    client = hostile.client()
    client.send(data)
    try:
        while True:
            assert client.read().status in (100, 200, 400, 403, 408)
    except (AssertionError, ConnectionError) as error:
        assert not client.buffer or isinstance(error, ConnectionError)  # noqa: PT017
    finally:
        client.sock.close()
    assert 200 == hostile.client().ask().status


@pytest.fixture
def hostile(start, caplog):
    """A server with little patience, which must have nothing to say of itself."""
    serving = start(head_seconds=0.01, body_seconds=0.01, idle_seconds=0.2)
    yield serving
    serving.wait_for(lambda: serving.server.in_flight == 0)
    assert 0 == unsettled(serving.application.events)
    assert [] == caplog.records
