"""The far end: a Databricks workspace that answers from memory, cheaply: it shares a core with the load.

Whole answers come from nginx where there is one. Streams, and whole answers where there is none, come from
this file: a protocol on bare bytes that sends a stream's chunks one by one, a millisecond apart, so that a
gateway reads each by itself. It wants the upstream's own key, as a workspace would. Prints its port, and ends
when its standard input closes.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
from typing import cast

from bench import machine, payloads

CHUNKS = 50
PACE_SECONDS = 0.001
KEY = "dapi-bench-0123456789abcdef"
PATH = "/serving-endpoints/chat/completions"
BASE_PATH = "/serving-endpoints"

# The first pieces of the long stream of `make bench`, and its end.
EVENTS = (*payloads.STREAM_EVENTS[: CHUNKS - 1], *payloads.STREAM_EVENTS[-2:])
_LENGTH = re.compile(rb"\r\ncontent-length:\s*(\d+)", re.IGNORECASE)
_KEY = re.compile(rb"\r\nauthorization:\s*bearer %b\r\n" % KEY.encode(), re.IGNORECASE)
_STREAM = re.compile(rb'"stream":\s*true')


def stream_text() -> str:
    """What a client must have read when the stream ends."""
    return "".join(_piece(event) for event in EVENTS[:CHUNKS])


def _piece(event: bytes) -> str:
    content: str = json.loads(event.removeprefix(b"data: "))["choices"][0]["delta"]["content"]
    return content


def nginx_config(port: int) -> str:
    """A workspace of whole answers: the most that one core can answer."""
    answer = payloads.CHAT_REPLY.decode()
    return f"""\
worker_processes 1;
daemon off;
pid nginx.pid;
error_log stderr crit;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    keepalive_requests 1000000000;
    client_body_temp_path body;
    server {{
        listen 127.0.0.1:{port} backlog=1024;
        default_type application/json;
        location = {PATH} {{
            if ($http_authorization != "Bearer {KEY}") {{ return 403 '{_denied()}'; }}
            return 200 '{answer}';
        }}
        location / {{ return 404 '{_missing()}'; }}
    }}
}}
"""


def _denied() -> str:
    return '{"error_code":"PERMISSION_DENIED","message":"Invalid access token."}'


def _missing() -> str:
    return '{"error_code":"ENDPOINT_NOT_FOUND","message":"no such path"}'


def _whole(body: bytes, status: bytes = b"200 OK") -> bytes:
    head = b"HTTP/1.1 %b\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
    return head % (status, len(body)) + body


def _http_chunk(event: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(event), event)


_CHAT = _whole(payloads.CHAT_REPLY)
_DENIED = _whole(_denied().encode(), b"403 Forbidden")
_MISSING = _whole(_missing().encode(), b"404 Not Found")
_STREAM_HEAD = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nx-request-id: 7f3c\r\n"
    b"transfer-encoding: chunked\r\n\r\n"
)
_CHUNKS = (*map(_http_chunk, EVENTS[:-1]), _http_chunk(EVENTS[-1]) + b"0\r\n\r\n")


def answer(request: bytes) -> bytes | None:
    """The answer to a whole request as bytes; None when it asks for a stream."""
    head = request.partition(b"\r\n\r\n")[0]
    if head.split(b" ", 2)[1] != PATH.encode():
        return _MISSING
    if not _KEY.search(head + b"\r\n"):
        return _DENIED
    return None if _STREAM.search(request, len(head)) else _CHAT


class Pacer:
    """Sends every open stream its next chunk at each tick: one timer for all of them."""

    def __init__(self) -> None:
        self._open: dict[asyncio.Transport, int] = {}
        self._is_ticking = False

    def begin(self, transport: asyncio.Transport) -> None:
        transport.write(_STREAM_HEAD)
        self._open[transport] = 0
        if not self._is_ticking:
            self._is_ticking = True
            self._wait()

    def forget(self, transport: asyncio.Transport) -> None:
        self._open.pop(transport, None)

    def _wait(self) -> None:
        asyncio.get_running_loop().call_later(PACE_SECONDS, self._tick)

    def _tick(self) -> None:
        if not self._open:
            self._is_ticking = False
            return
        self._wait()
        for transport, index in list(self._open.items()):
            transport.write(_CHUNKS[index])
            self._advance(transport, index + 1)

    def _advance(self, transport: asyncio.Transport, index: int) -> None:
        if index == len(_CHUNKS):
            del self._open[transport]
        else:
            self._open[transport] = index


class Connection(asyncio.Protocol):
    """One keep-alive connection; a request is sent when the last one is answered."""

    def __init__(self, pacer: Pacer) -> None:
        self._pacer = pacer
        self._received = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's are not of that class

    def connection_lost(self, exc: Exception | None) -> None:
        if self._transport is not None:
            self._pacer.forget(self._transport)

    def data_received(self, data: bytes) -> None:
        self._received += data
        end = end_of_request(self._received)
        if end is None or self._transport is None:
            return
        request, self._received = self._received[:end], self._received[end:]
        whole = answer(request)
        if whole is None:
            self._pacer.begin(self._transport)
        else:
            self._transport.write(whole)


def end_of_request(received: bytes) -> int | None:
    """Where the first request ends, or None while some of it is missing."""
    head_end = received.find(b"\r\n\r\n")
    if head_end < 0:
        return None
    length = _LENGTH.search(received, 0, head_end)
    end = head_end + 4 + (int(length[1]) if length else 0)
    return end if len(received) >= end else None


async def serve() -> None:
    """Answer on a free port of the loopback until standard input closes."""
    loop = asyncio.get_running_loop()
    pacer = Pacer()
    listening = await loop.create_server(lambda: Connection(pacer), "127.0.0.1", 0, backlog=1024)
    print(listening.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    listening.close()


if __name__ == "__main__":
    import uvloop

    machine.pin(int(sys.argv[1]))
    uvloop.run(serve())
