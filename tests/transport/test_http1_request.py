"""What a request looks like on the wire, and what is never let onto it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lakeway.core.http import HttpRequest
from lakeway.transport.http1 import write_head
from lakeway.transport.message import write_request, write_tunnel_request
from lakeway.transport.network import Proxy, Route
from lakeway.transport.origin import parse_url

PROXY = Proxy("http", "proxy.test", 3128, "Basic dTpw")


def written(url: str, proxy: Proxy | None = None, **fields: object) -> tuple[bytes, ...]:
    parsed = parse_url(url)
    request = HttpRequest(**{"method": "POST", "url": url, **fields})
    return write_request(request, parsed, Route(parsed.origin, proxy))


def test_post():
    """Host, Accept-Encoding and Content-Length are ours, the rest is the caller's, in his order."""
    (message,) = written("http://h:81/a?b=c", headers=(("Authorization", "Bearer x"), ("X", "1")), body=b"hi")

    assert message == (
        b"POST /a?b=c HTTP/1.1\r\nHost: h:81\r\nAccept-Encoding: identity\r\n"
        b"Authorization: Bearer x\r\nX: 1\r\nContent-Length: 2\r\n\r\nhi"
    )


@pytest.mark.parametrize(
    ("method", "expected"),
    [("GET", False), ("HEAD", False), ("DELETE", False), ("POST", True), ("PUT", True), ("PATCH", True)],
)
def test_length_of_nothing(method: str, expected: bool):
    """An empty body is announced where the method makes a server expect one (RFC 9110 section 8.6)."""
    (message,) = written("http://h/", method=method)

    assert expected == (b"Content-Length: 0\r\n" in message)


@pytest.mark.parametrize(
    "name",
    ["Host", "CONTENT-LENGTH", "Transfer-Encoding", "Connection", "Accept-Encoding", "Proxy-Authorization"],
)
def test_framing_is_not_the_callers(name: str):
    """A caller's header that would frame the message is left out."""
    (message,) = written("http://h/", headers=((name, "zzz"),))

    assert b"zzz" not in message


def test_large_bodies_are_not_copied():
    """A large body goes out as the object that it is."""
    body = b"x" * 300_000
    head, rest = written("http://h/", body=body)

    assert rest is body
    assert head.endswith(b"Content-Length: 300000\r\n\r\n")


@pytest.mark.parametrize("bad", ["a\r\nb: c", "a\nb", "a\rb", "a\0b", "a\x0bb", "a\x7fb", "snow\u2603"])
def test_values_cannot_end_their_line(bad: str):
    """Neither a line end nor a control character gets into a value; the error does not repeat it."""
    with pytest.raises(ValueError, match="header X holds") as caught:
        written("http://h/", headers=(("X", bad),))
    assert bad not in str(caught.value)


@pytest.mark.parametrize("bad", ["\r\n", "\n", "\x7f"])
def test_the_bad_header_is_named(bad: str):
    """Among many, and at the end of a long token."""
    headers = (("Good", "x\ty"), ("Host", bad), ("Authorization", "Bearer " + "e" * 2000 + bad), ("X", "z"))

    with pytest.raises(ValueError, match="header Authorization holds"):
        written("http://h/", headers=headers)


@pytest.mark.parametrize("value", ["", "a\tb", "caf\xe9", "\x80", " ~ "])
def test_values_that_http_carries(value: str):
    """What RFC 9110 allows in a value goes out as latin-1."""
    (message,) = written("http://h/", headers=(("X", value),))

    assert b"X: " + value.encode("latin-1") + b"\r\n" in message


@pytest.mark.parametrize("bad", ["", "a b", "a:", "a\r\nb", "a\n", "a\0", "(a)", "\xe9"])
def test_names_are_tokens(bad: str):
    """A header's name is a token of RFC 9110 section 5.6.2."""
    with pytest.raises(ValueError, match="not a header name"):
        written("http://h/", headers=((bad, "x"),))


@pytest.mark.parametrize("bad", ["", "GET /x HTTP/1.1\r\nX:", "G T"])
def test_methods_are_tokens(bad: str):
    """A method cannot smuggle a second request."""
    with pytest.raises(ValueError, match="method"):
        written("http://h/", method=bad)


@pytest.mark.parametrize("bad", ["/a b", "/a\r\nX: y", "/\xe9", ""])
def test_targets_are_visible(bad: str):
    """Even unparsed, a target cannot leave its line."""
    with pytest.raises(ValueError, match="URL"):
        write_head("GET", bad, "h")


def test_absolute_form_for_a_proxy():
    """An http proxy is told the whole URL, and who asks."""
    (message,) = written("http://h:81/a", PROXY, method="GET")

    assert message == (
        b"GET http://h:81/a HTTP/1.1\r\nHost: h:81\r\nAccept-Encoding: identity\r\n"
        b"Proxy-Authorization: Basic dTpw\r\n\r\n"
    )


def test_proxy_credentials_stay_at_the_proxy():
    """Inside a tunnel, the origin hears nothing of the proxy."""
    (message,) = written("https://h/a", PROXY, method="GET")

    assert message == b"GET /a HTTP/1.1\r\nHost: h\r\nAccept-Encoding: identity\r\n\r\n"


@pytest.mark.parametrize(
    ("url", "address"),
    [("https://h/a", b"h:443"), ("https://h:444", b"h:444"), ("https://[::1]/", b"[::1]:443")],
)
def test_tunnel_request(url: str, address: bytes):
    """CONNECT names host and port, always both."""
    message = write_tunnel_request(Route(parse_url(url).origin, PROXY))

    assert message == (
        b"CONNECT " + address + b" HTTP/1.1\r\nHost: " + address + b"\r\nAccept-Encoding: identity\r\n"
        b"Proxy-Authorization: Basic dTpw\r\n\r\n"
    )


@given(st.lists(st.tuples(st.text(max_size=8), st.text(max_size=8)), max_size=4))
def test_no_header_makes_another(headers: list[tuple[str, str]]):
    """Whatever is asked for, the head has at most the lines that were asked for, or is refused."""
    try:
        (message,) = written("http://h/", headers=tuple(headers), method="GET")
    except ValueError:
        return
    lines = message.split(b"\r\n")

    assert message.endswith(b"\r\n\r\n")
    assert message.count(b"\n") == message.count(b"\r") == len(lines) - 1
    assert len(lines) <= 3 + len(headers) + 2
