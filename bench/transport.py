"""What one HTTP call costs the caller's CPU: this client beside its peers, in one run.

Each client runs in a process of its own and is measured there with `time.process_time`; the upstream is
another process, on another core. A call posts 1 kB and reads 600 bytes of JSON, keep-alive, one at a time
for blocking clients and 64 at once for the others. A stream is 500 chunks, one a millisecond, one at a time
or 64 at once; the figure is per chunk.

Rounds of all clients alternate; the median is printed, and the least, which a busy machine disturbs less.
Peers that are not installed are left out. The "floor" is a bare socket or protocol that understands no
HTTP: what the kernel and the loop take anyway.

    python bench/transport.py [--rounds 5] [--calls 4000] [--only lakeway aiohttp] [--json results.json]
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import importlib.util
import json
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

MEASURES = ("call_us", "chunk_us")
CHUNKS = 500
IN_FLIGHT = 64
STREAMS_IN_FLIGHT = 64
BODY = json.dumps({"messages": [{"role": "user", "content": "x" * 950}]}).encode()
REPLY = json.dumps({"choices": [{"message": {"content": "y" * 560}}]}).encode()
HEADERS = {"Authorization": "Bearer dapi-0123456789abcdef", "Content-Type": "application/json"}
CHUNK = b'data: {"choices":[{"delta":{"content":"token "}}]}\n\n'
LAST_CHUNK = b"0\r\n\r\n"
COMMON = (
    b"HTTP/1.1 200 OK\r\nserver: bench\r\ndate: Thu, 01 Jan 2026 00:00:00 GMT\r\nx-request-id: 0123456789\r\n"
)


# The upstream.


class Upstream(asyncio.Protocol):
    """Answers /stream with CHUNKS chunks, one a millisecond, and everything else with REPLY."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.buffer = b""

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, end, body = self.buffer.partition(b"\r\n\r\n")
        if not end or len(body) < len(BODY):
            return
        self.buffer = b""
        if head.startswith(b"POST /stream"):
            self.transport.write(
                COMMON + b"content-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
            )
            self.send_chunk(CHUNKS)
        else:
            length = b"content-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(REPLY)
            self.transport.write(COMMON + length + REPLY)

    def send_chunk(self, left: int) -> None:
        if left == 0:
            self.transport.write(LAST_CHUNK)
            return
        self.transport.write(b"%x\r\n%s\r\n" % (len(CHUNK), CHUNK))
        asyncio.get_running_loop().call_later(0.001, self.send_chunk, left - 1)


def pin(core: int) -> None:
    """Stay on one core, the client's or the upstream's, where the system has such a thing."""
    if hasattr(os, "sched_setaffinity"):
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {cores[core % len(cores)]})


async def serve_upstream() -> None:
    pin(-1)
    server = await asyncio.get_running_loop().create_server(Upstream, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


# The clients: each gives a way to call and a way to read a stream, counting what it got.

SyncPair = tuple[Callable[[str], int], Callable[[str], int]]
AsyncPair = tuple[Callable[[str], Awaitable[int]], Callable[[str], Awaitable[int]]]


@contextmanager
def lakeway_sync() -> Iterator[SyncPair]:
    from lakeway.core.http import HttpRequest
    from lakeway.transport.sync import SyncClient

    def request(url: str, *, stream: bool) -> HttpRequest:
        return HttpRequest(method="POST", url=url, headers=tuple(HEADERS.items()), body=BODY, stream=stream)

    with SyncClient() as client:

        def call(url: str) -> int:
            return len(client.send(request(url, stream=False)).body)

        def stream(url: str) -> int:
            response = client.send(request(url, stream=True))
            return len(response.first) + sum(len(piece) for piece in response.rest)

        yield call, stream


@asynccontextmanager
async def lakeway_async() -> AsyncIterator[AsyncPair]:
    from lakeway.core.http import HttpRequest
    from lakeway.transport.asyncio import AsyncClient

    def request(url: str, *, stream: bool) -> HttpRequest:
        return HttpRequest(method="POST", url=url, headers=tuple(HEADERS.items()), body=BODY, stream=stream)

    async with AsyncClient() as client:

        async def call(url: str) -> int:
            return len((await client.send(request(url, stream=False))).body)

        async def stream(url: str) -> int:
            response = await client.send(request(url, stream=True))
            size = len(response.first)
            async for piece in response.rest:
                size += len(piece)
            return size

        yield call, stream


def raw_request(path: bytes) -> bytes:
    head = "".join(f"{name}: {value}\r\n" for name, value in HEADERS.items()).encode()
    return (
        b"POST "
        + path
        + b" HTTP/1.1\r\nhost: bench\r\n"
        + head
        + b"content-length: %d\r\n\r\n" % len(BODY)
        + BODY
    )


@contextmanager
def floor_sync() -> Iterator[SyncPair]:
    """What the kernel and the interpreter take for themselves: one socket, no HTTP understood."""
    connections: dict[str, socket.socket] = {}

    def sock(url: str) -> socket.socket:
        host, _, port = url.split("/")[2].partition(":")
        if host not in connections:
            connections[host] = socket.create_connection((host, int(port)))
        return connections[host]

    def call(url: str) -> int:
        connection = sock(url)
        connection.sendall(raw_request(b"/json"))
        return len(connection.recv(65536).partition(b"\r\n\r\n")[2])

    def stream(url: str) -> int:
        connection = sock(url)
        connection.sendall(raw_request(b"/stream"))
        while not connection.recv(65536).endswith(LAST_CHUNK):
            pass
        return CHUNKS * len(CHUNK)

    yield call, stream
    for connection in connections.values():
        connection.close()


class Floor(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.latest = data
        if not self.waiter.done():
            self.waiter.set_result(None)


@asynccontextmanager
async def floor_async() -> AsyncIterator[AsyncPair]:
    """What the kernel and the loop take for themselves: one protocol, one future, no HTTP understood."""
    loop = asyncio.get_running_loop()
    idle: list[Floor] = []

    async def begin(url: str, path: bytes) -> Floor:
        host, _, port = url.split("/")[2].partition(":")
        connection = idle.pop() if idle else (await loop.create_connection(Floor, host, int(port)))[1]
        connection.waiter = loop.create_future()
        connection.transport.write(raw_request(path))
        return connection

    async def call(url: str) -> int:
        connection = await begin(url, b"/json")
        await connection.waiter
        idle.append(connection)
        return len(connection.latest.partition(b"\r\n\r\n")[2])

    async def stream(url: str) -> int:
        connection = await begin(url, b"/stream")
        await connection.waiter
        while not connection.latest.endswith(LAST_CHUNK):
            connection.waiter = loop.create_future()
            await connection.waiter
        idle.append(connection)
        return CHUNKS * len(CHUNK)

    yield call, stream
    for connection in idle:
        connection.transport.abort()


@contextmanager
def urllib3_sync() -> Iterator[SyncPair]:
    import urllib3

    with urllib3.PoolManager() as client:

        def call(url: str) -> int:
            return len(client.request("POST", url, body=BODY, headers=HEADERS).data)

        def stream(url: str) -> int:
            response = client.request("POST", url, body=BODY, headers=HEADERS, preload_content=False)
            return sum(len(piece) for piece in response.stream())

        yield call, stream


@contextmanager
def httpx_sync() -> Iterator[SyncPair]:
    import httpx

    with httpx.Client() as client:

        def call(url: str) -> int:
            return len(client.post(url, content=BODY, headers=HEADERS).content)

        def stream(url: str) -> int:
            with client.stream("POST", url, content=BODY, headers=HEADERS) as response:
                return sum(len(piece) for piece in response.iter_raw())

        yield call, stream


@asynccontextmanager
async def httpx_async() -> AsyncIterator[AsyncPair]:
    import httpx

    limits = httpx.Limits(max_connections=IN_FLIGHT, max_keepalive_connections=IN_FLIGHT)
    async with httpx.AsyncClient(limits=limits) as client:

        async def call(url: str) -> int:
            return len((await client.post(url, content=BODY, headers=HEADERS)).content)

        async def stream(url: str) -> int:
            async with client.stream("POST", url, content=BODY, headers=HEADERS) as response:
                return sum([len(piece) async for piece in response.aiter_raw()])

        yield call, stream


@asynccontextmanager
async def aiohttp_async() -> AsyncIterator[AsyncPair]:
    import aiohttp

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as client:

        async def call(url: str) -> int:
            async with client.post(url, data=BODY, headers=HEADERS) as response:
                return len(await response.read())

        async def stream(url: str) -> int:
            async with client.post(url, data=BODY, headers=HEADERS) as response:
                return sum([len(piece) async for piece in response.content.iter_any()])

        yield call, stream


@contextmanager
def pyreqwest_sync() -> Iterator[SyncPair]:
    from pyreqwest.client import SyncClientBuilder

    with SyncClientBuilder().build() as client:

        def call(url: str) -> int:
            return len(client.post(url).headers(HEADERS).body_bytes(BODY).build().send().bytes())

        def stream(url: str) -> int:
            request = client.post(url).headers(HEADERS).body_bytes(BODY).streamed_read_buffer_limit(0)
            size = 0
            with request.build_streamed() as response:
                while piece := response.body_reader.read_chunk():
                    size += len(piece)
            return size

        yield call, stream


@asynccontextmanager
async def pyreqwest_async() -> AsyncIterator[AsyncPair]:
    from pyreqwest.client import ClientBuilder

    async with ClientBuilder().build() as client:

        async def call(url: str) -> int:
            response = await client.post(url).headers(HEADERS).body_bytes(BODY).build().send()
            return len(await response.bytes())

        async def stream(url: str) -> int:
            request = client.post(url).headers(HEADERS).body_bytes(BODY).streamed_read_buffer_limit(0)
            size = 0
            async with request.build_streamed() as response:
                while piece := await response.body_reader.read_chunk():
                    size += len(piece)
            return size

        yield call, stream


SYNC = {
    "floor": floor_sync,
    "lakeway": lakeway_sync,
    "urllib3": urllib3_sync,
    "httpx": httpx_sync,
    "pyreqwest": pyreqwest_sync,
}
ASYNC = {
    "floor": floor_async,
    "lakeway": lakeway_async,
    "aiohttp": aiohttp_async,
    "httpx": httpx_async,
    "pyreqwest": pyreqwest_async,
}


# Measuring, inside a client's own process.


def measure_sync(name: str, base: str, calls: int) -> dict[str, float]:
    with SYNC[name]() as (call, stream):
        for _ in range(50):
            check(call(base + "/json"), len(REPLY))
        gc.collect()
        began = time.process_time()
        for _ in range(calls):
            call(base + "/json")
        per_call = (time.process_time() - began) / calls
        stream(base + "/stream")
        began = time.process_time()
        check(stream(base + "/stream"), CHUNKS * len(CHUNK))
        return figures(per_call, (time.process_time() - began) / CHUNKS)


async def measure_async(name: str, base: str, calls: int) -> dict[str, float]:
    async with ASYNC[name]() as (call, stream):

        async def work(count: int) -> None:
            for _ in range(count):
                check(await call(base + "/json"), len(REPLY))

        async def streams() -> None:
            sizes = await asyncio.gather(*(stream(base + "/stream") for _ in range(STREAMS_IN_FLIGHT)))
            check(sum(sizes), STREAMS_IN_FLIGHT * CHUNKS * len(CHUNK))

        await asyncio.gather(*(work(5) for _ in range(IN_FLIGHT)))
        gc.collect()
        each = max(1, calls // IN_FLIGHT)
        began = time.process_time()
        await asyncio.gather(*(work(each) for _ in range(IN_FLIGHT)))
        per_call = (time.process_time() - began) / (each * IN_FLIGHT)
        await asyncio.gather(*(stream(base + "/stream") for _ in range(2)))
        began = time.process_time()
        await streams()
        return figures(per_call, (time.process_time() - began) / (STREAMS_IN_FLIGHT * CHUNKS))


def check(got: int, expected: int) -> None:
    if got != expected:
        raise SystemExit(f"read {got} bytes instead of {expected}")


def figures(per_call: float, per_chunk: float) -> dict[str, float]:
    return {"call_us": round(per_call * 1e6, 1), "chunk_us": round(per_chunk * 1e6, 2)}


def run_client(colour: str, name: str, base: str, calls: int) -> dict[str, float]:
    pin(0)
    if colour == "sync":
        return measure_sync(name, base, calls)
    if colour == "uvloop":
        import uvloop

        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(measure_async(name, base, calls))
    return asyncio.run(measure_async(name, base, calls))


# The whole run, from outside.


def contestants() -> list[tuple[str, str]]:
    colours = ["sync", "asyncio", *(["uvloop"] if importlib.util.find_spec("uvloop") else [])]
    return [
        (colour, name)
        for colour in colours
        for name in (SYNC if colour == "sync" else ASYNC)
        if name == "floor" or importlib.util.find_spec(name)
    ]


def child(*arguments: str) -> list[str]:
    return [sys.executable, str(Path(__file__)), *arguments]


def run(rounds: int, calls: int, only: list[str] | None) -> list[dict[str, object]]:
    results: dict[tuple[str, str], list[dict[str, float]]] = {
        who: [] for who in contestants() if only is None or who[1] in only
    }
    with subprocess.Popen(child("--upstream"), stdout=subprocess.PIPE, text=True) as upstream:
        try:
            base = f"http://127.0.0.1:{upstream.stdout.readline().strip()}"
            for _ in range(rounds):
                for (colour, name), figures_so_far in results.items():
                    command = child("--client", colour, name, base, "--calls", str(calls))
                    # Not by its exit status: pyreqwest 0.15.1 may abort when the interpreter ends.
                    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
                    figures_so_far.append(json.loads(done.stdout))
        finally:
            upstream.kill()
    return [
        {"client": name, "loop": colour}
        | {key: round(statistics.median(each[key] for each in rows), 1) for key in MEASURES}
        | {f"least_{key}": min(each[key] for each in rows) for key in MEASURES}
        for (colour, name), rows in results.items()
    ]


def table(rows: list[dict[str, object]]) -> str:
    lines = [f"{'µs of CPU':<22}{'per call':>10}{'(least)':>10}{'per chunk':>12}{'(least)':>10}"]
    for row in rows:
        figures = (row[key] for measure in MEASURES for key in (measure, f"least_{measure}"))
        call, least_call, chunk, least_chunk = figures
        name = f"{row['client']} {row['loop']}"
        lines.append(f"{name:<22}{call:>10}{least_call:>10}{chunk:>12}{least_chunk:>10}")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--calls", type=int, default=4000, help="in each round")
    parser.add_argument("--only", nargs="*", help="clients to run")
    parser.add_argument("--json", type=Path, help="write the results there too")
    parser.add_argument("--upstream", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--client", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.upstream:
        asyncio.run(serve_upstream())
    elif options.client:
        print(json.dumps(run_client(*options.client, options.calls)), flush=True)
    else:
        rows = run(options.rounds, options.calls, options.only)
        print(table(rows))
        print(json.dumps(rows))
        if options.json:
            options.json.write_text(json.dumps(rows, indent=2) + "\n")


if __name__ == "__main__":
    main()
