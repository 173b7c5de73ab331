"""Clients that send slowly, do not read, leave at the wrong moment, or come in crowds."""

from __future__ import annotations

import asyncio
import random
import socket
import time
from contextlib import suppress

import pytest
from hostile.besieged import AT_REST, SEED
from hostile.case import BEARER, CHAT, EMBEDDINGS, HELLO, HOST, Act, Case, Drip, get, head, post
from hostile.client import PATIENCE, Answer, play, read_answer

MIB = 1024 * 1024
LONG = post(CHAT, {**HELLO, "user": "u" * 2000}, {"x": "a" * 2000})
BODY = LONG.index(b"\r\n\r\n") + 4
QUESTION = post(CHAT, HELLO)
STREAMED = post(CHAT, {**HELLO, "stream": True})
ALIVE = get("/health/liveliness")
CHUNKED = head("POST", CHAT, {**HOST, **BEARER, "transfer-encoding": "chunked"})
LARGE = post(EMBEDDINGS, {"model": "bge", "input": ["Hello"] * 150})  # its answer has megabytes
PHASES = {
    "head": (QUESTION[:40],),
    "whole head": (LONG[:BODY],),
    "body": (LONG[: BODY + 10],),
    "chunks": (CHUNKED, b"5\r\nhello\r\n"),
    "answer": (QUESTION,),
    "stream": (STREAMED,),
    "second request": (ALIVE + QUESTION[:-5],),
    "queue": (QUESTION * 20,),
}


def slow():
    """Who takes longer than the limit for a head, or for a body, however he spreads it."""
    for gap in (0.003, 0.02, 0.1, 0.3):
        for name, steps, part in (
            ("head", (Drip(LONG[:BODY], gap),), "head"),
            ("rest of a head", (LONG[:100], Drip(LONG[100:BODY], gap)), "head"),
            ("empty lines", (Drip(b"\r\n" * 500, gap),), "head"),
            ("body", (LONG[:BODY], Drip(LONG[BODY:], gap)), "body"),
            ("chunks", (CHUNKED, Drip(b"1\r\nx\r\n" * 300, gap)), "body"),
            ("chunk's extension", (CHUNKED, Drip(b"1;" + b"a" * 1000, gap)), "body"),
            ("trailer", (CHUNKED, b"1\r\nx\r\n0\r\n", Drip(b"X: " + b"a" * 1000, gap)), "body"),
        ):
            yield Case(f"{name} at {gap}", steps, (408,), f"the {part} of the request took too long")
        second = (ALIVE, Drip(LONG, gap))
        yield Case(f"second request at {gap}", second, (200, 408), "took too long", answers=2)
    for length in (1, 20, 60, BODY - 1):
        yield Case(f"silent after {length}", (LONG[:length],), (408,), "the head of the request")
    for length in (BODY, BODY + 1, len(LONG) - 1):
        yield Case(f"silent after {length}", (LONG[:length],), (408,), "the body of the request")
    yield Case("silent", (), answers=0)


def test_slow_senders(impatient):
    """They are told so and leave; nobody is held up by them."""
    assert {} == impatient.attack(slow(), at_once=50)
    assert AT_REST == impatient.at_rest()
    assert [] == impatient.mishaps()
    assert [200] == [answer.status for answer in impatient.works().answers]


@pytest.mark.parametrize("end", [Act.HALF_CLOSE, Act.RESET])
def test_leaving(besieged, workspace, end):
    """At whatever moment a client leaves, nothing is left of it, and nobody goes on asking for it."""
    workspace.fault("delay=0.3")
    cases = [
        Case(f"{phase} {number}", (*steps, *pause, end), answers=0)
        for phase, steps in PHASES.items()
        if phase != "second request"
        for number, pause in enumerate([(), (Act.PAUSE,)] * 3)
    ]

    assert {} == besieged.attack(cases, at_once=50)
    assert AT_REST == besieged.at_rest()
    assert [] == besieged.mishaps()
    assert {True} == {request["aborted"] for request in workspace.requests}
    assert len(workspace.requests) >= 9
    workspace.reset()
    assert [200] == [answer.status for answer in besieged.works().answers]


@pytest.mark.parametrize("end", [Act.HALF_CLOSE, Act.RESET])
def test_leaving_a_stream(besieged, workspace, end):
    """The same in the middle of an answer, of which the client has read the beginning."""
    workspace.fault("pause=20,after=2")

    async def leave():
        reader, writer = await asyncio.open_connection("127.0.0.1", besieged.port)
        writer.write(STREAMED)
        assert b"data: " in await reader.readuntil(b"data: ")
        if end is Act.RESET:
            writer.get_extra_info("socket").setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0"
            )
            writer.transport.abort()
        else:
            writer.write_eof()
            await reader.read()
        writer.close()

    async def crowd():
        await asyncio.gather(*(leave() for _ in range(10)))

    began = time.monotonic()
    asyncio.run(crowd())

    assert AT_REST == besieged.at_rest()
    assert time.monotonic() - began < 10
    assert [] == besieged.mishaps()
    assert [True] * 10 == [request["aborted"] for request in workspace.requests]


@pytest.mark.parametrize("questions", [[get("/openapi.json")] * 300, [LARGE] * 2, [STREAMED] * 200])
def test_who_does_not_read(impatient, questions):
    """Whoever takes nothing of his answers is cut off, and nothing piles up for him."""
    before = impatient.settled()["resident"]
    unread = []
    for _ in range(2):
        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.connect(("127.0.0.1", impatient.port))
        sock.settimeout(0.2)
        unread.append(sock)
        with suppress(TimeoutError, ConnectionError):
            sock.sendall(b"".join(questions))

    assert AT_REST == impatient.at_rest()
    assert impatient.state()["resident"] - before < 48 * MIB
    for sock in unread:
        sock.close()
    assert [] == impatient.mishaps()


@pytest.mark.parametrize(
    ("count", "target", "body"),
    [
        (1000, "/health/liveliness", None),
        (1000, "/v1/models/nobody", None),
        (200, CHAT, HELLO),
        (1000, CHAT, b"{"),
    ],
)
def test_a_flood_in_one_write(besieged, count, target, body):
    """A thousand requests at once get a thousand answers, in their order."""

    def ask(number):
        named = {"x-litellm-call-id": f"call-{number}"}
        return get(target, named) if body is None else post(target, body, named)

    case = Case(
        "flood", (b"".join(map(ask, range(count))),), (200, 400, 404), "not exist|JSON", answers=count
    )
    outcome = asyncio.run(play(besieged.port, case))

    assert [f"call-{number}" for number in range(count)] == [
        answer.get("x-litellm-call-id") for answer in outcome.answers
    ]
    assert {} == besieged.attack([case])
    assert AT_REST == besieged.at_rest()


def test_a_flood_that_ends_badly(besieged):
    """What was right is answered, then what was wrong, and nothing after it."""
    data = ALIVE * 500 + b"GET / HTTP/1.1\r\n\r\n" + ALIVE * 500
    outcome = asyncio.run(play(besieged.port, Case("bad end", (data,), answers=501)))

    assert [200] * 500 + [400] == [answer.status for answer in outcome.answers]
    assert b"" == outcome.excess
    assert AT_REST == besieged.at_rest()


def test_a_crowd(impatient):
    """Who comes when there is no room is told to come back, or cut off; who was there before is served."""
    early = [socket.create_connection(("127.0.0.1", impatient.port), PATIENCE) for _ in range(60)]
    late = [socket.create_connection(("127.0.0.1", impatient.port), PATIENCE) for _ in range(40)]
    told = [_all_of(sock) for sock in late]
    early[0].sendall(get("/health/liveliness", {"connection": "close"}))

    refused = [each for each in told if each]
    assert 16 <= len(refused) <= 40
    assert all(each.startswith(b"HTTP/1.1 503 ") and b"\r\nretry-after: 1\r\n" in each for each in refused)
    assert all(b"too many connections" in each for each in refused)
    assert _all_of(early[0]).startswith(b"HTTP/1.1 200 ")
    for sock in (*early, *late):
        sock.close()
    assert AT_REST == impatient.at_rest()
    assert [200] == [answer.status for answer in impatient.works().answers]


def test_a_crowd_that_comes_and_goes(besieged):
    """A thousand connections that say nothing, or a word, and are reset."""
    for number in range(1000):
        sock = socket.create_connection(("127.0.0.1", besieged.port), PATIENCE)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        sock.send(QUESTION[: number % 50])
        sock.close()

    assert AT_REST == besieged.at_rest()
    assert [] == besieged.mishaps()


def test_bodies_that_never_come(besieged):
    """Room for them is not given without end; a question like any other is answered meanwhile."""

    async def announce():
        reader, writer = await asyncio.open_connection("127.0.0.1", besieged.port)
        writer.write(head("POST", CHAT, {**HOST, **BEARER, "content-length": str(32 * MIB)}))
        return reader, writer

    async def crowd():
        comers = [await announce() for _ in range(24)]
        answers = await asyncio.gather(*(_soon(reader) for reader, _ in comers))
        meanwhile = await play(besieged.port, Case("hello", (QUESTION,), (200,)))
        for _, writer in comers:
            writer.close()
        return [answer for answer in answers if answer], meanwhile

    refused, meanwhile = asyncio.run(crowd())

    assert len(refused) >= 8
    assert {(429, "1")} == {(answer.status, answer.get("retry-after")) for answer in refused}
    assert all("request bodies" in answer.error["message"] for answer in refused)
    assert [200] == [answer.status for answer in meanwhile.answers]
    assert AT_REST == besieged.at_rest()


def test_bytes_at_random(impatient):
    """Requests with bytes changed, lost, doubled and moved: an answer, or an end, and never a failure."""
    chance = random.Random(SEED)
    sources = (
        QUESTION,
        STREAMED,
        ALIVE,
        CHUNKED + b"5\r\nhello\r\n0\r\n\r\n",
        post(EMBEDDINGS, {"model": "bge"}),
    )
    damaged = [_damaged(chance.choice(sources), chance) for _ in range(600)]

    statuses = asyncio.run(_statuses(impatient.port, damaged))

    assert {None, 200, 400, 401, 404, 405, 408} >= set(statuses)
    assert sum(status is not None for status in statuses) > 500
    assert AT_REST == impatient.at_rest()
    assert [] == impatient.mishaps()


def _damaged(data: bytes, chance: random.Random) -> bytes:
    for _ in range(chance.choice((1, 1, 2, 5))):
        at, length = chance.randrange(len(data)), chance.randrange(1, 20)
        match chance.randrange(4):
            case 0:
                data = data[:at] + chance.randbytes(1) + data[at + 1 :]
            case 1:
                data = data[:at] + data[at + length :]
            case 2:
                data = data[: at + length] + data[at:]
            case _:
                to = chance.randrange(len(data))
                data = data[:to] + data[at : at + length] + data[to:]
    return data


async def _statuses(port: int, damaged: list[bytes]) -> list[int | None]:
    turn = asyncio.Semaphore(40)

    async def one(data: bytes) -> int | None:
        async with turn:
            outcome = await play(port, Case("", (data, Act.HALF_CLOSE) if data[-1:] == b"!" else (data,)))
            return outcome.answers[0].status if outcome.answers else None

    return await asyncio.gather(*map(one, damaged))


async def _soon(reader: asyncio.StreamReader) -> Answer | None:
    """The answer, if it comes at once."""
    with suppress(TimeoutError):
        async with asyncio.timeout(0.3):
            return await read_answer(reader)
    return None


def _all_of(sock: socket.socket) -> bytes:
    data = b""
    with suppress(ConnectionError):
        while piece := sock.recv(65536):
            data += piece
    return data
