"""The upstream of the gateways answers what a workspace would, and no one without its key."""

from __future__ import annotations

import asyncio
import json

import pytest
from bench.gateway.upstream import (
    CHUNKS,
    EVENTS,
    KEY,
    Connection,
    Pacer,
    answer,
    end_of_request,
    nginx_config,
    stream_text,
)
from bench.payloads import CHAT_REPLY


def request(path: str = "/serving-endpoints/chat/completions", key: str = KEY, body: str = "{}") -> bytes:
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\nContent-Length: {len(body)}"
    return f"{head}\r\n\r\n{body}".encode()


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (request(), b"HTTP/1.1 200 "),
        (request(body='{"stream": false}'), b"HTTP/1.1 200 "),
        (request(key="sk-of-the-gateway"), b"HTTP/1.1 403 "),
        (request(key=KEY + "x"), b"HTTP/1.1 403 "),
        (request(path="/v1/chat/completions"), b"HTTP/1.1 404 "),
    ],
)
def test_a_whole_answer_has_its_status(asked: bytes, expected: bytes) -> None:
    """The gateway must have put in the upstream's path and key."""
    assert (answer(asked) or b"").startswith(expected)


@pytest.mark.parametrize("body", ['{"stream": true}', '{"stream":true}'])
def test_a_stream_is_asked_for_in_the_body(body: str) -> None:
    """However it is spaced."""
    assert answer(request(body=body)) is None


def test_an_answer_is_the_one_that_the_other_bench_gives() -> None:
    """600 bytes of a Databricks chat answer."""
    whole = answer(request())

    assert whole is not None
    assert CHAT_REPLY == whole.partition(b"\r\n\r\n")[2]


@pytest.mark.parametrize("size", [0, 10, len(request(body="{1}")) - 1])
def test_a_request_that_is_not_all_there_is_waited_for(size: int) -> None:
    """A gateway may send head and body apart."""
    assert end_of_request(request(body="{1}")[:size]) is None


def test_a_request_ends_where_its_length_says() -> None:
    """What follows belongs to the next one."""
    first = request(body="{1}")

    assert len(first) == end_of_request(first + b"POST /")


def test_a_stream_has_fifty_chunks_that_differ() -> None:
    """LiteLLM takes about a hundred equal ones for a model that is stuck."""
    chunks = [json.loads(event.removeprefix(b"data: "))["choices"][0] for event in EVENTS[:-1]]
    pieces = [chunk["delta"]["content"] for chunk in chunks]

    assert CHUNKS == len(pieces) == 50
    assert len(set(pieces)) == 50
    assert EVENTS[-1] == b"data: [DONE]\n\n"
    assert "".join(pieces) == stream_text()
    assert chunks[-1]["finish_reason"] == "stop"


def test_the_configuration_of_nginx_can_hold_the_answer() -> None:
    """Between single quotes nginx expands `$`."""
    answers = CHAT_REPLY.decode()

    assert answers in nginx_config(4242)
    assert not set("'$\\") & set(answers)


async def _streamed(connections: int) -> list[list[bytes]]:
    """The reads of several clients that ask one upstream for two streams each, on one connection."""
    pacer = Pacer()
    loop = asyncio.get_running_loop()
    listening = await loop.create_server(lambda: Connection(pacer), "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    async with listening:
        return await asyncio.gather(*(_client(port) for _ in range(connections)))


async def _client(port: int) -> list[bytes]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    asked, reads = request(body='{"stream": true}'), list[bytes]()
    for _ in range(2):
        writer.write(asked[:30])
        await asyncio.sleep(0)
        writer.write(asked[30:])
        while not reads or not reads[-1].endswith(b"\r\n0\r\n\r\n"):
            reads.append(await reader.read(65_536))
        reads.append(b"")
    writer.close()
    await writer.wait_closed()
    return reads


def test_streams_arrive_whole_in_order_and_piece_by_piece() -> None:
    """Several at once, one after another on a connection, and not in one read."""
    for reads in asyncio.run(_streamed(3)):
        received = b"".join(reads)
        at = [received.find(event) for event in EVENTS]

        assert all(place >= 0 for place in at)
        assert at == sorted(at)
        assert received.count(b"[DONE]") == 2
        assert len(reads) > CHUNKS
