"""A client on bare sockets that does whatever a case says, and reads what it is told."""

from __future__ import annotations

import asyncio
import json
import socket
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from hostile.case import Act, Case, Drip, Step, get

PATIENCE = 15.0  # seconds
PROBE = "the-next-in-line"
_RESET = b"\x01\0\0\0\0\0\0\0"  # SO_LINGER: on, for no time


@dataclass
class Answer:
    status: int = 0
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    raw: bytes = b""

    def get(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key == name), None)

    @property
    def closes(self) -> bool:
        return self.get("connection") == "close"

    @property
    def error(self) -> dict[str, Any]:
        """OpenAI's form of a failure."""
        return dict(json.loads(self.body)["error"])


@dataclass
class Outcome:
    """The answers that came, the one to a question asked after them if the connection lived on, and what
    came when nothing should have."""

    answers: list[Answer]
    after: Answer | None = None
    excess: bytes = b""


async def play(port: int, case: Case) -> Outcome:
    """Do it, on a connection of its own."""
    async with asyncio.timeout(PATIENCE):
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 26)
        sending = asyncio.create_task(_send(writer, case))
        try:
            return await _read(reader, writer, sending, case)
        finally:
            sending.cancel()
            writer.transport.abort()


async def _send(writer: asyncio.StreamWriter, case: Case) -> None:
    with suppress(ConnectionError):  # whoever is refused early may be cut off
        for step in case.steps:
            await _take(step, writer)


async def _take(step: Step, writer: asyncio.StreamWriter) -> None:
    match step:
        case bytes():
            writer.write(step)
            await writer.drain()
        case Drip(data, seconds):
            for at in range(len(data)):
                writer.write(data[at : at + 1])
                await asyncio.sleep(seconds)
        case Act.PAUSE:
            await asyncio.sleep(0.1)
        case Act.HALF_CLOSE:
            writer.write_eof()
        case Act.RESET:
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            writer.transport.abort()


async def _read(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, sending: asyncio.Task[None], case: Case
) -> Outcome:
    outcome = Outcome([])
    try:
        for _ in range(case.answers):
            outcome.answers.append(await read_answer(reader, headless=case.method == b"HEAD"))
            if outcome.answers[-1].closes:
                break
        else:
            if case.answers:
                await sending
                writer.write(get("/health/liveliness", {"connection": "close", "x-litellm-call-id": PROBE}))
                outcome.after = await read_answer(reader)
        outcome.excess = await reader.read()
    except (ConnectionError, asyncio.IncompleteReadError):
        pass
    return outcome


async def read_answer(reader: asyncio.StreamReader, *, headless: bool = False) -> Answer:
    """The next answer, whole. Raises IncompleteReadError when the connection ends before it does."""
    head = await reader.readuntil(b"\r\n\r\n")
    first, *lines = head[:-4].decode("latin-1").split("\r\n")
    answer = Answer(int(first.split(" ")[1]), [_pair(line) for line in lines], raw=head)
    if answer.status == 100:
        return await read_answer(reader, headless=headless)
    if not headless and answer.status != 204:
        answer.body = await _body(reader, answer)
    answer.raw += answer.body
    return answer


def _pair(line: str) -> tuple[str, str]:
    name, _, value = line.partition(": ")
    return name, value


async def _body(reader: asyncio.StreamReader, answer: Answer) -> bytes:
    length = answer.get("content-length")
    if length is not None:
        return await reader.readexactly(int(length))
    if answer.get("transfer-encoding") != "chunked":
        return await reader.read()
    body = b""
    while size := int(await reader.readuntil(b"\r\n"), 16):
        body += (await reader.readexactly(size + 2))[:-2]
    await reader.readexactly(2)
    return body
