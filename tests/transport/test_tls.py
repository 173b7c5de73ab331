"""TLS in every colour: whom it trusts, and that every doubt closes the connection."""

from __future__ import annotations

import os
import ssl
import time
from pathlib import Path

import pytest

from lakeway.core.http import ConnectFailed, HttpRequest, TimedOut, Timeout
from lakeway.transport.network import Network
from lakeway.transport.tls import make_context

HELLO = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def greeting(peer):
    while peer.read_request():
        peer.send(HELLO)


def get(url: str, **fields: object) -> HttpRequest:
    return HttpRequest(method="GET", url=url, **fields)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_trusted(colour, serve, localhost_tls, ca, host):
    """A server whose CA is trusted and whose name is right answers, twice on one connection."""
    colour.make(Network(ca_file=ca))
    server = serve(greeting, tls=localhost_tls)
    bodies = [colour.send(get(server.url(host=host))).body for _ in range(2)]

    assert ([b"hello"] * 2, 1) == (bodies, server.accepted)


def test_protocol(colour, serve, localhost_tls, ca):
    """At least TLS 1.2, and HTTP/1.1 by ALPN although the server would like HTTP/2."""

    def script(peer):
        peer.read_request()
        peer.send(HELLO)
        return peer.sock.version(), peer.sock.selected_alpn_protocol()

    colour.make(Network(ca_file=ca))
    server = serve(script, tls=localhost_tls)
    colour.send(get(server.url(host="localhost")))
    ((version, protocol),) = server.finish()

    assert ("http/1.1", True) == (protocol, version in ("TLSv1.2", "TLSv1.3"))


def test_old_tls(colour, serve, localhost_tls, ca):
    """A server of yesterday is not spoken to."""
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    old.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    colour.make(Network(ca_file=ca))
    server = serve(greeting, tls=old)

    with pytest.raises(ConnectFailed, match="handshake"):
        colour.send(get(server.url(host="localhost")))


def test_unknown_ca(colour, serve, localhost_tls):
    """A certificate of nobody we trust: no request is sent, and the message says what to do."""
    server = serve(greeting, tls=localhost_tls)

    with pytest.raises(
        ConnectFailed, match=r"certificate of localhost.* is not trusted.*SSL_CERT_FILE"
    ) as caught:
        colour.send(get(server.url(host="localhost")))
    assert (False, ["TLS refused"]) == (caught.value.sent, server.finish())


def test_wrong_name(colour, serve, elsewhere_tls, ca):
    """A certificate of another host is none, whoever signed it."""
    colour.make(Network(ca_file=ca))
    server = serve(greeting, tls=elsewhere_tls)

    with pytest.raises(ConnectFailed, match="not trusted: Hostname mismatch") as caught:
        colour.send(get(server.url(host="localhost")))
    assert (False, ["TLS refused"]) == (caught.value.sent, server.finish())


@pytest.mark.parametrize("kind", ["str", "path", "context", "off"])
def test_ssl_verify(colour, serve, localhost_tls, elsewhere_tls, ca, kind):
    """`ssl_verify` takes a bundle, a context, or False for no verification at all."""
    verify: object = {"str": ca, "path": Path(ca), "off": False}.get(kind)
    colour.make(Network(ssl_verify=ssl.create_default_context(cafile=ca) if kind == "context" else verify))
    server = serve(greeting, tls=elsewhere_tls if kind == "off" else localhost_tls)

    assert colour.send(get(server.url(host="localhost"))).body == b"hello"


@pytest.mark.parametrize("path", ["/nonexistent/ca.pem", os.devnull, __file__])
@pytest.mark.parametrize("field", ["ssl_verify", "ca_file"])
def test_unreadable_ca(colour, field, path):
    """A bundle that cannot be read fails the call; nothing else is trusted in its place."""
    colour.make(Network(**{field: path}))

    with pytest.raises(ConnectFailed, match="cannot read the CA bundle"):
        colour.send(get("https://localhost:1/"))


def test_folder_of_cas(ca, tmp_path):
    """A folder in OpenSSL's form is looked up by hash when a certificate is checked."""
    context = make_context(Network(ssl_verify=str(tmp_path)))

    assert (ssl.CERT_REQUIRED, True) == (context.verify_mode, context.check_hostname)


def test_system_trust():
    """Without any word on CAs, the system's are trusted, and verification is on."""
    context = make_context(Network())

    assert (ssl.CERT_REQUIRED, True) == (context.verify_mode, context.check_hostname)
    assert ssl.TLSVersion.TLSv1_2 == context.minimum_version


def test_plain_server(colour, serve, ca):
    """A server that does not speak TLS is refused."""

    def script(peer):
        peer.sock.recv(1000)
        peer.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    colour.make(Network(ca_file=ca))
    server = serve(script)

    with pytest.raises(ConnectFailed, match="handshake"):
        colour.send(get(f"https://localhost:{server.port}/"))


def test_silent_server(colour, serve, ca):
    """The handshake belongs to connecting, and so does its limit."""

    def script(peer):
        while peer.sock.recv(1000):
            pass
        return "closed"

    colour.make(Network(ca_file=ca))
    server = serve(script)
    began = time.monotonic()
    with pytest.raises(TimedOut) as caught:
        colour.send(get(f"https://localhost:{server.port}/", timeout=Timeout(connect=0.05)))
    took = time.monotonic() - began
    if colour.name != "sync":
        colour.run(noticing())

    assert ("connect", False, ["closed"]) == (caught.value.phase, caught.value.sent, server.finish())
    assert took < 1


async def noticing():
    """Let a loop carry out its closing."""
    import asyncio

    await asyncio.sleep(0.01)


def test_streams(colour, serve, localhost_tls, ca):
    """Pieces come one by one through TLS too, and closing early ends the call."""

    def script(peer):
        peer.read_request()
        peer.send(CHUNKED, b"3\r\none\r\n")
        time.sleep(0.02)
        peer.send(b"3\r\ntwo\r\n")
        return peer.sees_end()

    colour.make(Network(ca_file=ca))
    server = serve(script, tls=localhost_tls)
    response = colour.send(get(server.url(host="localhost"), stream=True))
    second = colour.next(response)
    colour.close_body(response)
    if colour.name != "sync":
        colour.run(noticing())

    assert (b"one", b"two", [True]) == (response.first, second, server.finish())


def test_stale(colour, serve, localhost_tls, ca):
    """A connection that the server closed is noticed through TLS too."""

    def once(peer):
        peer.read_request()
        peer.send(HELLO)

    colour.make(Network(ca_file=ca))
    server = serve(once, greeting, tls=localhost_tls)
    colour.send(get(server.url(host="localhost")))
    server.finish()

    assert (b"hello", 2) == (colour.send(get(server.url(host="localhost"))).body, server.accepted)


def test_large_bodies(colour, serve, localhost_tls, ca):
    """More than TLS's records hold goes both ways."""
    body = b"0123456789abcdef" * 100_000

    def script(peer):
        echo = peer.read_request().partition(b"\r\n\r\n")[2]
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(echo), echo)

    colour.make(Network(ca_file=ca))
    server = serve(script, tls=localhost_tls)
    request = HttpRequest(method="POST", url=server.url(host="localhost"), body=body)

    assert colour.send(request).body == body
