"""A server on a loop of its own thread, an application that does what its paths say, and a bare client."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field

import pytest
import uvloop

from lakeway.transport.server import Limits, Refused, Reply, Request, Server

PATIENCE = 5.0  # seconds after which a test gives up
HEAD = b"content-type: text/plain\r\n"


class Application:
    """Answers `/` by what was asked, and any other path as it says."""

    def __init__(self, name: str = "app", *, limit: int = 1_000_000) -> None:
        self.name = name
        self.limit = limit
        self.events: list[str] = []
        self.asked: list[int] = []
        self.requests: list[Request] = []
        self.replies: list[Reply] = []
        self.release = asyncio.Event()
        self.written = 0
        self.running = 0
        self.most_running = 0

    def accept(self, request: Request) -> int:
        self.events.append(f"accept {request.path}")
        if request.path == "/refused":
            raise Refused(403, HEAD, b"no")
        if request.path == "/broken accept":
            raise ZeroDivisionError(request.query)
        return self.limit

    def more(self, request: Request, received: int) -> int:
        self.asked.append(received)
        if request.path == "/no more":
            raise Refused(429, HEAD, b"no more")
        if request.path == "/broken more":
            raise ZeroDivisionError(request.query)
        return 2 * received

    def abandoned(self, request: Request) -> None:
        self.events.append(f"abandoned {request.path}")

    def mistake(self, status: int, reason: str) -> tuple[bytes, bytes]:
        return b"x-mistake: yes\r\n", f"{status} {reason}".encode()

    async def answer(self, request: Request, reply: Reply) -> None:
        self.requests.append(request)
        self.replies.append(reply)
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        try:
            await self._answer(request, reply)
            self.events.append(f"answered {request.path}")
        except asyncio.CancelledError:
            self.events.append(f"cancelled {request.path}")
            raise
        finally:
            self.running -= 1

    async def _answer(self, request: Request, reply: Reply) -> None:
        name = request.path.strip("/").replace(" ", "_")
        await getattr(self, f"answer_{name or 'echo'}")(request, reply)

    async def answer_echo(self, request: Request, reply: Reply) -> None:
        reply.whole(200, HEAD, b"%s %s %s" % (self.name.encode(), request.method.encode(), request.body))

    async def answer_later(self, request: Request, reply: Reply) -> None:
        await asyncio.sleep(0)
        await self.answer_echo(request, reply)

    async def answer_wait(self, request: Request, reply: Reply) -> None:
        await self.release.wait()
        await self.answer_echo(request, reply)

    async def answer_stream(self, request: Request, reply: Reply) -> None:
        reply.begin(200, HEAD)
        for piece in (b"one", b"", b"two" * 10, request.body):
            await reply.write(piece)
        reply.end()

    async def answer_endless(self, request: Request, reply: Reply) -> None:
        reply.begin(200, HEAD)
        while True:
            await reply.write(b"x" * 16384)
            self.written += 16384

    async def answer_begun(self, request: Request, reply: Reply) -> None:
        reply.begin(200, HEAD)
        await reply.write(b"one")
        await self.release.wait()
        await reply.write(b"two")
        reply.end()

    async def answer_large(self, request: Request, reply: Reply) -> None:
        self.written += 1
        reply.whole(200, HEAD, b"x" * 3_000_000)

    async def answer_empty(self, request: Request, reply: Reply) -> None:
        reply.whole(int(request.query), b"", b"")

    async def answer_refused_later(self, request: Request, reply: Reply) -> None:
        raise Refused(429, HEAD, b"later")

    async def answer_refused_badly(self, request: Request, reply: Reply) -> None:
        raise Refused(99)

    async def answer_broken(self, request: Request, reply: Reply) -> None:
        raise ZeroDivisionError(request.query)

    async def answer_broken_stream(self, request: Request, reply: Reply) -> None:
        reply.begin(200, HEAD)
        await reply.write(b"one")
        raise ZeroDivisionError(request.query)

    async def answer_silent(self, request: Request, reply: Reply) -> None:
        pass

    async def answer_after(self, request: Request, reply: Reply) -> None:
        await self.answer_echo(request, reply)
        await self.release.wait()


@dataclass
class Answer:
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    whole: bool = True  # it ended as its head said


class Client:
    """A bare socket, and just enough HTTP to tell answers apart."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.sock.settimeout(PATIENCE)
        self.buffer = b""

    def send(self, *pieces: bytes) -> None:
        for piece in pieces:
            self.sock.sendall(piece)

    def get(self, path: str = "/", *lines: str, method: str = "GET", version: str = "1.1") -> None:
        self.send("\r\n".join((f"{method} {path} HTTP/{version}", "Host: x", *lines, "", "")).encode())

    def post(self, path: str, body: bytes, *lines: str) -> None:
        self.get(path, f"Content-Length: {len(body)}", *lines, method="POST")
        self.send(body)

    def ask(self, path: str = "/", *lines: str, **options: str) -> Answer:
        self.get(path, *lines, **options)
        return self.read(bodiless=options.get("method") == "HEAD")

    def read(self, *, bodiless: bool = False) -> Answer:
        """The next answer."""
        head = self.until(b"\r\n\r\n").decode()
        first, *lines = head.removesuffix("\r\n\r\n").split("\r\n")
        version, status, _ = first.split(" ", 2)
        assert version == "HTTP/1.1"
        headers = dict(line.split(": ", 1) for line in lines)
        assert len(headers) == len(lines)
        answer = Answer(int(status), headers)
        if "transfer-encoding" in headers and not bodiless:
            self._read_chunks(answer)
        elif not bodiless and "content-length" in headers:
            answer.body = self.exactly(int(headers["content-length"]))
        elif not bodiless and answer.status not in (204, 304, 100):
            answer.body = self.rest()
        return answer

    def until(self, end: bytes) -> bytes:
        while end not in self.buffer:
            data = self.sock.recv(65536)
            assert data, f"the server closed after {self.buffer!r}"
            self.buffer += data
        at = self.buffer.index(end) + len(end)
        data, self.buffer = self.buffer[:at], self.buffer[at:]
        return data

    def exactly(self, length: int) -> bytes:
        pieces, missing = [self.buffer], length - len(self.buffer)
        while missing > 0:
            pieces.append(self.sock.recv(65536))
            assert pieces[-1], "the server closed inside a body"
            missing -= len(pieces[-1])
        data = b"".join(pieces)
        self.buffer = data[length:]
        return data[:length]

    def rest(self) -> bytes:
        """Everything up to the end of the connection."""
        data, self.buffer = self.buffer, b""
        while piece := self.sock.recv(65536):
            data += piece
        return data

    def ends(self) -> bool:
        """Whether the server closes, in whatever manner, without sending more."""
        try:
            return self.buffer == b"" and self.sock.recv(1) == b""
        except ConnectionError:
            return True

    def idle(self) -> bool:
        """Whether the connection is open, and nothing comes."""
        self.sock.settimeout(0.03)
        try:
            return self.sock.recv(1, socket.MSG_PEEK) is None
        except TimeoutError:
            return True
        finally:
            self.sock.settimeout(PATIENCE)

    def reset(self) -> None:
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        self.sock.close()

    def _read_chunks(self, answer: Answer) -> None:
        try:
            while size := int(self.until(b"\r\n"), 16):
                answer.body += self.exactly(size)
                assert self.exactly(2) == b"\r\n"
            assert self.exactly(2) == b"\r\n"
        except AssertionError:
            answer.whole = False


class Serving:
    """A server that runs."""

    def __init__(
        self, kind: str, application: Application, limits: Limits, tls: ssl.SSLContext | None
    ) -> None:
        self.application = application
        self._tls = tls
        factory = uvloop.new_event_loop if kind == "uvloop" else asyncio.new_event_loop
        self._runner = asyncio.Runner(loop_factory=factory)
        self._loop = self._runner.get_loop()
        self.errors: list[dict[str, object]] = []
        self._loop.set_exception_handler(lambda _loop, context: self.errors.append(context))
        self._clients: list[Client] = []
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.server = Server(application, limits)
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port: int = self.listener.getsockname()[1]
        self.run(self.server.start([self.listener], ssl=tls))

    def run(self, work: Coroutine[object, object, object]) -> object:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE)

    def call(self, function: Callable[..., object], *args: object) -> object:
        """Call a function on the server's loop."""

        async def work() -> object:
            return function(*args)

        return self.run(work())

    def wait_for(self, condition: Callable[[], object]) -> None:
        """Wait until it holds on the server's side."""

        async def work() -> None:
            while not condition():
                await asyncio.sleep(0.002)

        self.run(work())

    def wait_for_event(self, event: str) -> None:
        self.wait_for(lambda: event in self.application.events)

    def client(self, *, receive: int = 0) -> Client:
        """A connection; `receive` makes its buffer small."""
        sock = socket.socket()
        if receive:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive)
        sock.settimeout(PATIENCE)
        sock.connect(("127.0.0.1", self.port))
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            sock = context.wrap_socket(sock)
        self._clients.append(Client(sock))
        return self._clients[-1]

    def close(self) -> None:
        for client in self._clients:
            client.sock.close()
        self.run(self.server.drain(0))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE)
        self._runner.close()
        assert [] == self.errors


@pytest.fixture(params=["asyncio", "uvloop"])
def start(request: pytest.FixtureRequest) -> Iterator[Callable[..., Serving]]:
    """Start a server; what its loop has to complain about fails the test."""
    started: list[Serving] = []

    def run(
        application: Application | None = None, *, tls: ssl.SSLContext | None = None, **limits: float
    ) -> Serving:
        started.append(Serving(request.param, application or Application(), Limits(**limits), tls))
        return started[-1]

    yield run
    for serving in started:
        serving.close()


@pytest.fixture
def application() -> Callable[..., Application]:
    """Make an application."""
    return Application
