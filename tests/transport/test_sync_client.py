"""What only threads, signals and processes can do to the blocking client."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from lakeway.core.http import Disconnected, HttpRequest, Timeout
from lakeway.transport.network import Network
from lakeway.transport.sync import SyncClient

HELLO = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


# Newer Pythons warn of forks in programs with threads, such as our servers'.
forking = pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")


def get(url: str, **fields: object) -> HttpRequest:
    return HttpRequest(method="GET", url=url, **fields)


def greeting(peer):
    while peer.read_request():
        peer.send(HELLO)


def waiting(*pieces: bytes):
    """A server that answers so much and then waits to see the client go."""

    def script(peer):
        peer.read_request()
        peer.send(*pieces)
        return peer.sees_end()

    return script


@pytest.fixture
def client(serve):
    with SyncClient(Network()) as client:
        yield client


def test_threads_share_a_client(client, serve):
    """Many threads at once: each gets its own answer, and connections are used again."""

    def echo(peer):
        while request := peer.read_request():
            body = request.split(b" ", 2)[1]
            peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))

    server = serve(echo)
    paths = [f"/{number}" for number in range(200)]
    with ThreadPoolExecutor(16) as pool:
        bodies = list(pool.map(lambda path: client.send(get(server.url(path))).body.decode(), paths))

    assert paths == bodies
    assert server.accepted <= 16


def test_all_addresses_are_tried(client, serve, monkeypatch):
    """A name may have addresses that nobody listens at; the next one is tried."""
    server = serve(greeting)
    real = socket.getaddrinfo

    def two(host, port, **options):
        found = real("127.0.0.1", port, **options)
        return [(*entry[:4], ("127.0.0.2", port)) for entry in found] + found

    monkeypatch.setattr(socket, "getaddrinfo", two)

    assert client.send(get(server.url(host="twice.test"))).body == b"hello"


def test_no_address_takes_all_the_time(client, serve, monkeypatch):
    """An address that does not answer leaves time for the next one."""
    server = serve(greeting)
    real = socket.getaddrinfo
    with socket.socket() as deaf, ExitStack() as stack:
        deaf.bind(("127.0.0.2", server.port))
        deaf.listen(0)
        for _ in range(4):
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(deaf.getsockname())

        def two(host, port, **options):
            found = real("127.0.0.1", port, **options)
            return [(*entry[:4], ("127.0.0.2", port)) for entry in found] + found

        monkeypatch.setattr(socket, "getaddrinfo", two)
        request = get(server.url(host="twice.test"), timeout=Timeout(connect=0.2))

        assert client.send(request).body == b"hello"


def test_refusal_with_the_door_shut(client, serve):
    """A server that answers a long body half-way and closes: its reason is read, not only that it closed."""

    def script(peer):
        peer.sock.recv(100)
        peer.send(b"HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno")

    server = serve(script)
    request = HttpRequest(method="POST", url=server.url(), body=bytes(5_000_000))

    assert client.send(request).status == 413


@pytest.mark.parametrize("pieces", [(), (HELLO[:-1],)], ids=["before the head", "inside the body"])
def test_interrupt(client, serve, pieces):
    """Ctrl-C while waiting: it comes through, and the connection is closed, not used again."""
    server = serve(waiting(*pieces), greeting)
    with pytest.raises(KeyboardInterrupt):
        interrupted(lambda: client.send(get(server.url())))

    assert [True] == server.finish()
    assert (b"hello", 2) == (client.send(get(server.url())).body, server.accepted)


def test_interrupt_in_a_stream(client, serve):
    """Ctrl-C between two pieces of a stream ends the call at the server."""
    server = serve(waiting(CHUNKED, b"3\r\none\r\n"))
    response = client.send(get(server.url(), stream=True))
    with pytest.raises(KeyboardInterrupt):
        interrupted(lambda: list(response.rest))

    assert [True] == server.finish()


def interrupted(action):
    """Do it, and be interrupted in the middle by a signal."""
    previous = signal.signal(signal.SIGALRM, signal.default_int_handler)
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    try:
        action()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)


def test_other_signals(client, serve):
    """A signal whose handler returns does not disturb a call."""

    def slow(peer):
        peer.read_request()
        time.sleep(0.06)
        peer.send(HELLO)

    server = serve(slow)
    previous = signal.signal(signal.SIGALRM, lambda number, frame: None)
    signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)
    try:
        body = client.send(get(server.url())).body
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)

    assert body == b"hello"


def test_closing_from_another_thread(client, serve):
    """A thread that waits for a stream wakes up when another one closes it."""
    server = serve(waiting(CHUNKED, b"3\r\none\r\n"))
    response = client.send(get(server.url(), stream=True))
    timer = threading.Timer(0.05, response.rest.close)
    timer.start()
    began = time.monotonic()
    with pytest.raises(Disconnected, match="closed before its end"):
        list(response.rest)
    timer.join()

    assert ([True], True) == (server.finish(), time.monotonic() - began < 1)


def test_closing_is_not_the_end_of_a_body(client, serve):
    """Nor does a body without a length look complete because somebody closed it."""
    server = serve(waiting(b"HTTP/1.1 200 OK\r\n\r\none"))
    response = client.send(get(server.url(), stream=True))
    timer = threading.Timer(0.05, response.rest.close)
    timer.start()
    with pytest.raises(Disconnected, match="closed before its end"):
        list(response.rest)
    timer.join()


@forking
def test_fork(client, serve):
    """A child opens its own connection, and leaves its parent's alone."""
    server = serve(greeting)
    client.send(get(server.url()))
    child = os.fork()
    if child == 0:
        os._exit(0 if client.send(get(server.url())).body == b"hello" else 1)
    _, status = os.waitpid(child, 0)

    assert (0, 2) == (os.waitstatus_to_exitcode(status), server.accepted)
    assert (b"hello", 2) == (client.send(get(server.url())).body, server.accepted)


@forking
def test_fork_in_a_stream(client, serve):
    """A child that drops its parent's stream does not end it."""

    def script(peer):
        peer.read_request()
        peer.send(CHUNKED, b"3\r\none\r\n")
        time.sleep(0.1)
        peer.send(b"3\r\ntwo\r\n0\r\n\r\n")

    server = serve(script)
    response = client.send(get(server.url(), stream=True))
    child = os.fork()
    if child == 0:
        response.rest.close()
        os._exit(0)
    os.waitpid(child, 0)

    assert [b"two"] == list(response.rest)


def test_with_statements(serve):
    """Client and body close at the end of their blocks."""
    server = serve(waiting(CHUNKED, b"3\r\none\r\n"), waiting(HELLO))
    with SyncClient(Network()) as client:
        with client.send(get(server.url(), stream=True)).rest:
            pass
        client.send(get(server.url()))

    assert [True, True] == server.finish()


SCRIPT = """
import gc, sys, warnings
warnings.simplefilter("error")
from lakeway.core.http import HttpRequest
from lakeway.transport.network import Network
from lakeway.transport.sync import SyncClient
client = SyncClient(Network())
client.send(HttpRequest(method="GET", url=sys.argv[1]))
kept = client.send(HttpRequest(method="GET", url=sys.argv[1], stream=True))
{end}
print(sorted({{"asyncio", "ssl", "urllib", "zlib"}} & set(sys.modules)))
"""


@pytest.mark.parametrize(
    "end", ["", "del client, kept", "client.me = client\ndel client, kept\ngc.collect()"]
)
def test_programs_end_quietly(serve, end):
    """A program that closes nothing ends without a warning, and has loaded neither asyncio nor TLS."""
    server = serve(greeting)
    command = [sys.executable, "-X", "dev", "-c", SCRIPT.format(end=end), server.url()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)

    assert (0, "[]\n", "") == (done.returncode, done.stdout, done.stderr)
