"""What only tasks and loops can do to the asynchronous client."""

from __future__ import annotations

import asyncio
import gc
import socket
import subprocess
import sys
import time
import weakref

import pytest

from lakeway.core.http import Disconnected, HttpRequest
from lakeway.transport.asyncio import AsyncClient
from lakeway.transport.asyncio_connection import open_connection
from lakeway.transport.deadline import Deadline
from lakeway.transport.network import Network, Route, parse_proxy
from lakeway.transport.origin import parse_url

HELLO = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def get(url: str, **fields: object) -> HttpRequest:
    return HttpRequest(method="GET", url=url, **fields)


def greeting(peer):
    while peer.read_request():
        peer.send(HELLO)


def waiting(*pieces: bytes):
    """A server that answers so much; then the time at which the client goes."""

    def script(peer):
        peer.read_request()
        peer.send(*pieces)
        assert peer.sees_end()
        return time.monotonic()

    return script


async def cancelled_soon(client: AsyncClient, request: HttpRequest) -> float:
    """Send it, cancel it while it waits, and answer when that was."""
    task = asyncio.create_task(client.send(request))
    await asyncio.sleep(0.05)
    when = time.monotonic()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.sleep(0.02)
    return when


@pytest.mark.parametrize(
    ("stream", "pieces"),
    [
        (False, ()),
        (False, (HELLO[:20],)),
        (False, (HELLO[:-1],)),
        (True, ()),
        (True, (CHUNKED[:20],)),
        (True, (CHUNKED,)),
    ],
)
def test_cancelling_ends_the_call(loop, serve, stream, pieces):
    """A task that is cancelled closes its connection at once: the server need not go on.

    Not a matter of course: pyreqwest 0.15.1 leaves the call running before the headers have arrived.
    """
    server = serve(waiting(*pieces), greeting)
    loop.make()
    when = loop.run(cancelled_soon(loop.client, get(server.url(), stream=stream)))
    (seen,) = server.finish()

    assert seen - when < 0.5
    assert (b"hello", 2) == (loop.send(get(server.url())).body, server.accepted)


def test_cancelling_a_stream(loop, serve):
    """So does one that is cancelled between two pieces."""
    server = serve(waiting(CHUNKED, b"3\r\none\r\n"))
    loop.make()

    async def scenario() -> float:
        response = await loop.client.send(get(server.url(), stream=True))
        task = asyncio.create_task(anext(response.rest))
        await asyncio.sleep(0.02)
        when = time.monotonic()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.sleep(0.02)
        return when

    when = loop.run(scenario())

    assert server.finish()[0] - when < 0.5


@pytest.mark.parametrize("reused", [False, True])
def test_timeout_of_the_caller(loop, serve, reused):
    """asyncio.timeout works by cancellation, and so works here, also on a connection used before."""

    def script(peer):
        if reused:
            peer.read_request()
            peer.send(HELLO)
        peer.read_request()
        return peer.sees_end()

    server = serve(script)
    loop.make()

    async def scenario() -> None:
        if reused:
            await loop.client.send(get(server.url()))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.03):
                await loop.client.send(get(server.url()))
        await asyncio.sleep(0.02)

    loop.run(scenario())

    assert [True] == server.finish()


def test_cancelling_a_connect(loop):
    """Nothing is left of a connection that was never made."""
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        crowd = [socket.socket() for _ in range(4)]
        for each in crowd:
            each.setblocking(False)
            each.connect_ex(deaf.getsockname())
        loop.make()
        loop.run(cancelled_soon(loop.client, get(f"http://127.0.0.1:{deaf.getsockname()[1]}/")))
        for each in crowd:
            each.close()
    gc.collect()


@pytest.mark.parametrize("through_a_proxy", [False, True])
def test_cancelling_a_handshake(loop, serve, ca, through_a_proxy):
    """A server that does not shake hands sees the connection close."""

    def silent(peer):
        if through_a_proxy:
            peer.read_request()
            peer.send(b"HTTP/1.1 200 OK\r\n\r\n")
        while peer.sock.recv(1000):
            pass
        return time.monotonic()

    server = serve(silent)
    proxy = parse_proxy(f"127.0.0.1:{server.port}") if through_a_proxy else None
    loop.make(Network(ca_file=ca, https_proxy=proxy))
    when = loop.run(cancelled_soon(loop.client, get(f"https://localhost:{server.port}/")))

    assert server.finish()[0] - when < 0.5


def test_cancelling_the_wait_for_a_tunnel(loop, serve, ca):
    """A proxy that does not answer sees the connection close."""
    server = serve(waiting())
    loop.make(Network(ca_file=ca, https_proxy=parse_proxy(f"127.0.0.1:{server.port}")))
    when = loop.run(cancelled_soon(loop.client, get("https://site.test/")))

    assert server.finish()[0] - when < 0.5


@pytest.mark.parametrize("turns", range(1, 12))
def test_cancelling_at_any_turn(loop, serve, ca, turns):
    """Whatever a cancelled call had got to, from the dialling to the handshake, no connection stays open."""

    def silent(peer):
        while peer.sock.recv(1000):
            pass
        return time.monotonic()

    server = serve(silent)
    loop.make(Network(ca_file=ca))

    async def scenario() -> float:
        task = asyncio.create_task(loop.client.send(get(f"https://127.0.0.1:{server.port}/")))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.sleep(0.02)
        return time.monotonic()

    when = loop.run(scenario())

    assert all(seen < when + 0.5 for seen in server.finish())


def test_answer_before_the_request_ended(loop, serve):
    """A connection that still has a request to carry is not used for the next one."""

    def early(peer):
        peer.sock.recv(100)
        peer.send(b"HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno")
        time.sleep(0.05)
        try:
            return peer.read_to_its_end(20_000_000)
        except ConnectionError:
            return False

    server = serve(early, greeting)
    loop.make()
    request = HttpRequest(method="POST", url=server.url(), body=bytes(20_000_000))

    assert (413, b"hello") == (loop.send(request).status, loop.send(get(server.url())).body)
    loop.close_client()
    assert {False, None} == set(server.finish())


def test_many_at_once(loop, serve):
    """64 calls in flight: each gets its own answer, on 64 connections that are used again."""

    def echo(peer):
        while request := peer.read_request():
            body = request.split(b" ", 2)[1]
            peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))

    server = serve(echo)
    loop.make()

    async def call(number: int) -> list[bytes]:
        urls = [server.url(f"/{number}/{turn}") for turn in range(5)]
        return [(await loop.client.send(get(url))).body for url in urls]

    async def scenario() -> list[list[bytes]]:
        return await asyncio.gather(*(call(number) for number in range(64)))

    expected = [[f"/{number}/{turn}".encode() for turn in range(5)] for number in range(64)]

    assert expected == loop.run(scenario())
    assert server.accepted <= 64


def test_cancelling_some_of_many(loop, serve):
    """Cancelled calls take nobody else's answer, and leave nothing behind that does."""

    def echo(peer):
        while request := peer.read_request():
            time.sleep(0.002)
            body = request.split(b" ", 2)[1]
            peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))

    server = serve(echo)
    loop.make()

    async def call(number: int) -> None:
        for turn in range(4):
            path = f"/{number}/{turn}"
            assert path.encode() == (await loop.client.send(get(server.url(path)))).body

    async def scenario() -> list[object]:
        tasks = [asyncio.create_task(call(number)) for number in range(30)]
        for number, task in enumerate(tasks[::3]):
            asyncio.get_running_loop().call_later(0.001 * number, task.cancel)
        return await asyncio.gather(*tasks, return_exceptions=True)

    outcomes = loop.run(scenario())

    assert {asyncio.CancelledError, type(None)} == {type(outcome) for outcome in outcomes}
    assert [None] * 20 == [outcome for number, outcome in enumerate(outcomes) if number % 3]


def test_closing_while_another_task_waits(loop, serve):
    """Whoever waits for a stream is told when it is closed; a body without a length does not end well."""
    server = serve(waiting(b"HTTP/1.1 200 OK\r\n\r\none"))
    loop.make()

    async def scenario() -> None:
        response = await loop.client.send(get(server.url(), stream=True))
        task = asyncio.create_task(anext(response.rest))
        await asyncio.sleep(0.01)
        await response.rest.aclose()
        with pytest.raises(Disconnected, match="closed before its end"):
            await task

    loop.run(scenario())


def test_two_tasks_on_one_stream(loop, serve):
    """A stream has one reader; a second one is told so, and the first goes on."""

    def script(peer):
        peer.read_request()
        peer.send(CHUNKED, b"3\r\none\r\n")
        time.sleep(0.05)
        peer.send(b"3\r\ntwo\r\n", b"0\r\n\r\n")

    server = serve(script)
    loop.make()

    async def scenario() -> list[bytes]:
        response = await loop.client.send(get(server.url(), stream=True))
        first = asyncio.create_task(anext(response.rest))
        await asyncio.sleep(0.01)
        with pytest.raises(RuntimeError, match="another task"):
            await anext(response.rest)
        return [await first, *[piece async for piece in response.rest]]

    assert loop.run(scenario()) == [b"two"]


def test_lost_before_it_was_used(loop, serve):
    """A connection that the server closed at once fails the call that was to use it, with nothing sent."""
    server = serve(lambda peer: None)
    loop.make()

    async def scenario() -> None:
        route = Route(parse_url(server.url()).origin)
        connection = await open_connection(route, None, Deadline(None))
        await asyncio.sleep(0.02)
        with pytest.raises(Disconnected, match="before it was used") as caught:
            await connection.ask((b"GET / HTTP/1.1\r\n\r\n",), Deadline(5))
        assert caught.value.sent is False

    loop.run(scenario())


def test_credentials_do_not_mix(loop, serve):
    """What a client remembers of its requests never goes out with another one's headers or target."""

    def script(peer):
        seen = []
        while request := peer.read_request():
            seen.append(request)
            peer.send(HELLO)
        return seen

    server = serve(script)
    loop.make()
    asked = [(path, token) for _ in range(2) for path in ("/a", "/b") for token in ("one", "two")]
    for path, token in asked:
        loop.send(get(server.url(path), headers=(("Authorization", token),)))
    loop.close_client()
    (seen,) = server.finish()

    assert asked == [
        (each.split(b" ")[1].decode(), each.split(b"Authorization: ")[1].split(b"\r\n")[0].decode())
        for each in seen
    ]


def test_a_closed_connection_leaves_no_cycle(loop, serve):
    """A connection is freed when it ends, without the collector, whose pauses are a gateway's tail."""
    server = serve(greeting)
    loop.make()
    kept = []

    async def scenario() -> None:
        route = Route(parse_url(server.url()).origin)
        connection = await open_connection(route, None, Deadline(None))
        kept.append(weakref.ref(connection.parser))
        await connection.ask((b"GET / HTTP/1.1\r\n\r\n",), Deadline(5))
        connection.finish()
        connection.close()
        await asyncio.sleep(0.02)

    gc.collect()
    gc.disable()
    try:
        loop.run(scenario())
        assert [None] == [parser() for parser in kept]
    finally:
        gc.enable()


def test_one_loop(loop, serve):
    """A client used on a second loop says so instead of waiting for ever."""
    server = serve(greeting)
    loop.make()
    loop.send(get(server.url()))
    other = asyncio.new_event_loop()

    with pytest.raises(RuntimeError, match="another event loop"):
        other.run_until_complete(loop.client.send(get(server.url())))
    other.close()


def test_with_statements(loop, serve):
    """Client and body close at the end of their blocks."""
    server = serve(waiting(CHUNKED, b"3\r\none\r\n"), waiting(HELLO))

    async def scenario() -> None:
        async with AsyncClient(Network()) as client:
            async with (await client.send(get(server.url(), stream=True))).rest:
                pass
            await client.send(get(server.url()))
        await asyncio.sleep(0.01)

    loop.run(scenario())

    assert len(server.finish()) == 2


def test_loop_and_client_let_each_other_go(serve):
    """Neither is kept alive by the other, however many loops a program has in its life."""
    server = serve(greeting)
    client = AsyncClient(Network())
    loops = []

    async def scenario() -> None:
        loops.append(weakref.ref(asyncio.get_running_loop()))
        await client.send(get(server.url()))

    asyncio.run(scenario())
    gc.collect()

    assert [None] == [loop() for loop in loops]


SCRIPT = """
import asyncio, sys, warnings
warnings.simplefilter("error")
from lakeway.core.http import HttpRequest
from lakeway.transport.asyncio import AsyncClient
from lakeway.transport.network import Network
client = AsyncClient(Network())
kept = []
async def main():
    await client.send(HttpRequest(method="GET", url=sys.argv[1]))
    kept.append(await client.send(HttpRequest(method="GET", url=sys.argv[1], stream=True)))
    {end}
if sys.argv[2] == "uvloop":
    import uvloop
    asyncio.Runner(loop_factory=uvloop.new_event_loop).run(main())
else:
    asyncio.run(main())
"""


@pytest.mark.parametrize("end", ["pass", "kept.clear()", "del globals()['client']"])
@pytest.mark.parametrize("name", ["asyncio", "uvloop"])
def test_programs_end_quietly(serve, name, end):
    """A program that closes nothing ends without a warning: idle connections close with the loop."""
    server = serve(greeting)
    command = [sys.executable, "-X", "dev", "-c", SCRIPT.format(end=end), server.url(), name]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)

    assert (0, "", "") == (done.returncode, done.stdout, done.stderr)
