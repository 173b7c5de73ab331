"""A Databricks workspace that answers from memory: the far end of every measurement, in its own process.

Plain asyncio, so that it costs little beside the client. It knows two bases: `/serving-endpoints` sends a
stream in one write, `/paced/serving-endpoints` one event per millisecond. It checks nothing it receives.
Prints its port, and ends when its standard input closes.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections.abc import Sequence
from functools import cache

from bench import machine, payloads

PACE_SECONDS = 0.001
_LENGTH = re.compile(rb"\r\ncontent-length:\s*(\d+)", re.IGNORECASE)
_STREAM = re.compile(rb'"stream":\s*true')
_LAST_CHUNK = b"0\r\n\r\n"


def _whole(body: bytes, status: bytes = b"200 OK") -> bytes:
    head = (
        b"HTTP/1.1 %b\r\ncontent-type: application/json\r\nx-request-id: 7f3c\r\ncontent-length: %d\r\n\r\n"
    )
    return head % (status, len(body)) + body


def _http_chunk(event: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(event), event)


_STREAM_HEAD = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nx-request-id: 7f3c\r\n"
    b"transfer-encoding: chunked\r\n\r\n"
)


class Answers:
    """The chat answers as bytes ready for the socket."""

    def __init__(self) -> None:
        self.chat = _whole(payloads.CHAT_REPLY)
        self.events = tuple(_http_chunk(event) for event in payloads.STREAM_EVENTS)
        self.stream = _STREAM_HEAD + b"".join(self.events) + _LAST_CHUNK
        self.missing = _whole(
            b'{"error_code":"ENDPOINT_NOT_FOUND","message":"no such path"}', b"404 Not Found"
        )


@cache
def _vectors(count: int, *, base64: bool) -> bytes:
    """As many vectors as there were inputs: some clients send a long list in several requests."""
    return _whole(payloads.embeddings_reply(count, base64=base64))


def _embeddings(request: bytes) -> bytes:
    asked = json.loads(request.partition(b"\r\n\r\n")[2])
    return _vectors(len(asked["input"]), base64=asked.get("encoding_format") == "base64")


class Connection(asyncio.Protocol):
    """One keep-alive connection, requests answered in order."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self._received = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None

    def data_received(self, data: bytes) -> None:
        self._received += data
        while (end := self._end_of_request()) is not None:
            request, self._received = self._received[:end], self._received[end:]
            self._answer(request)

    def _end_of_request(self) -> int | None:
        head_end = self._received.find(b"\r\n\r\n")
        if head_end < 0:
            return None
        length = _LENGTH.search(self._received, 0, head_end)
        end = head_end + 4 + (int(length[1]) if length else 0)
        return end if len(self._received) >= end else None

    def _answer(self, request: bytes) -> None:
        path = request.split(b" ", 2)[1]
        if path.endswith(b"/embeddings"):
            self._write(_embeddings(request))
        elif not path.endswith(b"/chat/completions"):
            self._write(self._answers.missing)
        elif not _STREAM.search(request):
            self._write(self._answers.chat)
        elif path.startswith(b"/paced/"):
            self._write(_STREAM_HEAD)
            self._write_paced(self._answers.events)
        else:
            self._write(self._answers.stream)

    def _write_paced(self, events: Sequence[bytes], start: int = 0) -> None:
        if start == len(events):
            self._write(_LAST_CHUNK)
            return
        self._write(events[start])
        asyncio.get_running_loop().call_later(PACE_SECONDS, self._write_paced, events, start + 1)

    def _write(self, data: bytes) -> None:
        if self._transport is not None:
            self._transport.write(data)


async def serve() -> None:
    """Answer on a free port of the loopback until standard input closes."""
    loop = asyncio.get_running_loop()
    answers = Answers()
    server = await loop.create_server(lambda: Connection(answers), "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    if len(sys.argv) > 1:
        machine.pin(int(sys.argv[1]))
    asyncio.run(serve())
