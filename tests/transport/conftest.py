"""Scripted servers that answer byte for byte, and one face for the client's two colours."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import uvloop

from lakeway.core.http import HttpRequest, HttpResponse, StreamedResponse
from lakeway.transport.asyncio import AsyncClient
from lakeway.transport.network import Network
from lakeway.transport.sync import SyncClient

CERTIFICATES = Path(__file__).parent / "certificates"
PATIENCE = 5.0  # seconds after which a test server gives its client up


class Peer:
    """One accepted connection, as a script sees it."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.buffer = b""

    def read_request(self) -> bytes:
        """The next request, head and body; nothing if the client closed instead."""
        while b"\r\n\r\n" not in self.buffer:
            if not self._more():
                return b""
        head, _, rest = self.buffer.partition(b"\r\n\r\n")
        fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
        length = int(fields.get(b"content-length", 0))
        while len(rest) < length:
            assert self._more(), "the client closed inside its request"
            rest = self.buffer.partition(b"\r\n\r\n")[2]
        self.buffer = rest[length:]
        return head + b"\r\n\r\n" + rest[:length]

    def read_to_its_end(self, length: int) -> bool:
        """Take in so many bytes, more or less; whether the client let it come to that."""
        while length > 65536:
            if not (data := self.sock.recv(65536)):
                return False
            length -= len(data)
        return True

    def send(self, *pieces: bytes) -> None:
        for piece in pieces:
            self.sock.sendall(piece)

    def sees_end(self) -> bool:
        """Whether the client closes, in whatever manner, without sending more."""
        try:
            return self.sock.recv(1) == b""
        except ConnectionError:
            return True

    def start_tls(self, context: ssl.SSLContext) -> None:
        self.sock = context.wrap_socket(self.sock, server_side=True)

    def reset(self) -> None:
        """Close so that the client gets a RST instead of an end."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        self.sock.close()

    def _more(self) -> bool:
        try:
            data = self.sock.recv(65536)
        except ConnectionError:
            data = b""
        self.buffer += data
        return data != b""


Script = Callable[[Peer], object]


class ScriptedServer:
    """Runs the first script on the first connection, and so on; the last one on all that follow."""

    def __init__(self, *scripts: Script, tls: ssl.SSLContext | None = None) -> None:
        self._scripts = scripts
        self._tls = tls
        self._threads: list[threading.Thread] = []
        self.results: list[object] = []  # what the scripts returned, in the order of their ends
        self.errors: list[BaseException] = []
        self.accepted = 0
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port: int = self._listener.getsockname()[1]
        self._acceptor = threading.Thread(target=self._accept, daemon=True)
        self._acceptor.start()

    def url(self, path: str = "/v1", host: str = "127.0.0.1") -> str:
        return f"http{'s' if self._tls else ''}://{host}:{self.port}{path}"

    def finish(self) -> list[object]:
        """Wait for the scripts to end, and hand out what they returned."""
        for thread in self._threads:
            thread.join(PATIENCE)
        for error in self.errors:
            raise error
        return self.results

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            script = self._scripts[min(self.accepted, len(self._scripts) - 1)]
            self.accepted += 1
            thread = threading.Thread(target=self._run, args=(sock, script), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _run(self, sock: socket.socket, script: Script) -> None:
        sock.settimeout(PATIENCE)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        peer = Peer(sock)
        try:
            if self._tls:
                peer.start_tls(self._tls)
            self.results.append(script(peer))
        except ssl.SSLError:
            self.results.append("TLS refused")
        except (OSError, ValueError, AssertionError) as error:
            self.errors.append(error)
        finally:
            peer.sock.close()


@pytest.fixture
def serve() -> Iterator[Callable[..., ScriptedServer]]:
    """Start a server from scripts; its failures fail the test."""
    servers: list[ScriptedServer] = []

    def start(*scripts: Script, tls: ssl.SSLContext | None = None) -> ScriptedServer:
        servers.append(ScriptedServer(*scripts, tls=tls))
        return servers[-1]

    yield start
    for server in servers:
        server.close()
        server.finish()


class SyncColour:
    name = "sync"

    def __init__(self) -> None:
        self._clients: list[SyncClient] = []
        self.client: SyncClient | None = None

    def make(self, network: Network | None = None, **options: object) -> None:
        """Use another client from here on."""
        self.client = SyncClient(network or Network(), **options)
        self._clients.append(self.client)

    def send(self, request: HttpRequest) -> HttpResponse | StreamedResponse:
        if self.client is None:
            self.make()
        return self.client.send(request)

    def next(self, response: StreamedResponse) -> bytes | None:
        return next(response.rest, None)

    def rest(self, response: StreamedResponse) -> list[bytes]:
        return list(response.rest)

    def read(self, response: StreamedResponse) -> bytes:
        return response.rest.read()

    def close_body(self, response: StreamedResponse) -> None:
        response.rest.close()

    def close_client(self) -> None:
        self.client.close()

    def close(self) -> None:
        for client in self._clients:
            client.close()


class AsyncColour:
    def __init__(self, name: str) -> None:
        self.name = name
        self._clients: list[AsyncClient] = []
        self.client: AsyncClient | None = None
        factory = uvloop.new_event_loop if name == "uvloop" else asyncio.new_event_loop
        self.runner = asyncio.Runner(loop_factory=factory)
        self.run = self.runner.run

    def make(self, network: Network | None = None, **options: object) -> None:
        self.client = AsyncClient(network or Network(), **options)
        self._clients.append(self.client)

    def send(self, request: HttpRequest) -> HttpResponse | StreamedResponse:
        if self.client is None:
            self.make()
        return self.run(self.client.send(request))

    def next(self, response: StreamedResponse) -> bytes | None:
        return self.run(self._next(response))

    def rest(self, response: StreamedResponse) -> list[bytes]:
        return self.run(self._rest(response))

    def read(self, response: StreamedResponse) -> bytes:
        return self.run(response.rest.read())

    def close_body(self, response: StreamedResponse) -> None:
        self.run(response.rest.aclose())

    def close_client(self) -> None:
        self.run(self.client.aclose())

    def close(self) -> None:
        for client in self._clients:
            self.run(client.aclose())
        self.runner.close()

    async def _next(self, response: StreamedResponse) -> bytes | None:
        return await anext(response.rest, None)

    async def _rest(self, response: StreamedResponse) -> list[bytes]:
        return [piece async for piece in response.rest]


@pytest.fixture(params=["sync", "asyncio", "uvloop"])
def colour(request: pytest.FixtureRequest, serve: object) -> Iterator[SyncColour | AsyncColour]:
    """The client in one of its colours, driven the same way by every test. It ends before its servers."""
    colour = SyncColour() if request.param == "sync" else AsyncColour(request.param)
    yield colour
    colour.close()


@pytest.fixture(params=["asyncio", "uvloop"])
def loop(request: pytest.FixtureRequest, serve: object) -> Iterator[AsyncColour]:
    """The asynchronous colour alone."""
    colour = AsyncColour(request.param)
    yield colour
    colour.close()


@pytest.fixture(scope="session")
def ca() -> str:
    """The CA that signed the servers' certificates."""
    return str(CERTIFICATES / "ca.pem")


def server_context(name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATES / f"{name}.pem")
    context.set_alpn_protocols(["h2", "http/1.1"])
    return context


@pytest.fixture(scope="session")
def localhost_tls() -> ssl.SSLContext:
    """A server that can prove to be localhost."""
    return server_context("localhost")


@pytest.fixture(scope="session")
def elsewhere_tls() -> ssl.SSLContext:
    """A server that can only prove to be elsewhere.test."""
    return server_context("elsewhere")
