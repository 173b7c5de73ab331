"""Through proxies in every colour: the whole URL for http, a tunnel for https."""

from __future__ import annotations

import socket
import threading

import pytest

from lakeway.core.http import ConnectFailed, HttpRequest, TimedOut, Timeout
from lakeway.transport.network import Network, parse_proxy

HELLO = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


def get(url: str, **fields: object) -> HttpRequest:
    return HttpRequest(method="GET", url=url, **fields)


def network(server, user: str = "", **fields: object) -> Network:
    proxy = parse_proxy(f"http://{user}127.0.0.1:{server.port}")
    return Network(http_proxy=proxy, https_proxy=proxy, **fields)


def tunnel_to(port: int, seen: list[bytes]):
    """A proxy that opens a tunnel to this port of the loopback, whatever host it is asked for."""

    def script(peer):
        seen.append(peer.read_request())
        with socket.create_connection(("127.0.0.1", port), timeout=5) as upstream:
            peer.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=pipe, args=(upstream, peer.sock), daemon=True)
            back.start()
            pipe(peer.sock, upstream)
            back.join(5)

    return script


def pipe(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass  # either end may go first


def greeting(peer):
    while peer.read_request():
        peer.send(HELLO)


def test_http(colour, serve):
    """An http proxy is asked for the whole URL, with its own credentials, on one connection."""

    def script(peer):
        first = peer.read_request()
        peer.send(HELLO)
        peer.read_request()
        peer.send(HELLO)
        return first

    proxy = serve(script)
    colour.make(network(proxy, "user:pass@"))
    bodies = [colour.send(get("http://site.test/a?b")).body for _ in range(2)]

    assert ([b"hello"] * 2, 1) == (bodies, proxy.accepted)
    assert proxy.finish() == [
        b"GET http://site.test/a?b HTTP/1.1\r\nHost: site.test\r\nAccept-Encoding: identity\r\n"
        b"Proxy-Authorization: Basic dXNlcjpwYXNz\r\n\r\n"
    ]


def test_tunnel(colour, serve, elsewhere_tls, ca):
    """https goes through a tunnel: the proxy learns host and port, the origin's certificate is checked."""
    seen: list[bytes] = []
    origin = serve(greeting, tls=elsewhere_tls)
    proxy = serve(tunnel_to(origin.port, seen))
    colour.make(network(proxy, "user:pass@", ca_file=ca))
    bodies = [colour.send(get(f"https://elsewhere.test:{origin.port}/a")).body for _ in range(2)]

    assert ([b"hello"] * 2, 1, 1) == (bodies, proxy.accepted, origin.accepted)
    assert seen == [
        b"CONNECT elsewhere.test:%d HTTP/1.1\r\nHost: elsewhere.test:%d\r\nAccept-Encoding: identity\r\n"
        b"Proxy-Authorization: Basic dXNlcjpwYXNz\r\n\r\n" % (origin.port, origin.port)
    ]


def test_tunnel_to_an_impostor(colour, serve, localhost_tls, ca):
    """A proxy that connects to somebody else is found out: the certificate is for the origin's name."""
    origin = serve(greeting, tls=localhost_tls)
    proxy = serve(tunnel_to(origin.port, []))
    colour.make(network(proxy, ca_file=ca))

    with pytest.raises(ConnectFailed, match="Hostname mismatch") as caught:
        colour.send(get("https://elsewhere.test/"))
    assert caught.value.sent is False


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n", "status 407"),
        (b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 100\r\n\r\npartly", "status 502"),
        (b"HTTP/1.1 302 Found\r\nLocation: http://evil.test/\r\n\r\n", "status 302"),
        (b"HTTP/1.1 200 OK\r\n\r\nfirst words", "it went on talking"),
        (b"HTTP/1.1 200", "closed the connection"),
        (b"", "closed the connection"),
        (b"SSH-2.0-OpenSSH_9\r\n", "not HTTP"),
    ],
)
def test_no_tunnel(colour, serve, ca, answer, message):
    """Whatever is not a tunnel is a failure to connect, before any byte of the request."""

    def script(peer):
        peer.read_request()
        peer.send(answer)

    proxy = serve(script)
    colour.make(network(proxy, "user:secret@", ca_file=ca))

    with pytest.raises(ConnectFailed, match=message) as caught:
        colour.send(get("https://elsewhere.test/"))
    assert (False, False) == (caught.value.sent, "secret" in str(caught.value))


def test_proxy_that_hangs(colour, serve, ca):
    """Waiting for the tunnel is part of connecting."""

    def script(peer):
        peer.read_request()
        return peer.sees_end()

    proxy = serve(script)
    colour.make(network(proxy, ca_file=ca))

    with pytest.raises(TimedOut) as caught:
        colour.send(get("https://elsewhere.test/", timeout=Timeout(connect=0.05)))
    assert ("connect", False) == (caught.value.phase, caught.value.sent)


def test_proxy_is_down(colour):
    """The message names the proxy, which is what could not be reached."""
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        port = reserved.getsockname()[1]
        colour.make(Network(http_proxy=parse_proxy(f"http://user:secret@127.0.0.1:{port}")))

        with pytest.raises(ConnectFailed, match=f"cannot connect to 127.0.0.1:{port}"):
            colour.send(get("http://site.test/"))


def test_exceptions(colour, serve):
    """A host that needs no proxy is reached straight away."""
    proxy, origin = serve(greeting), serve(greeting)
    colour.make(network(proxy, no_proxy=("127.0.0.1",)))

    assert (b"hello", 0) == (colour.send(get(origin.url())).body, proxy.accepted)
