"""What a hostile client does, and what it has to be told. Values only."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

KEY = "sk-siege-master-0f8e7d6c5b4a"
BEARER = {"authorization": f"Bearer {KEY}"}
HOST = {"host": "gateway.test"}
CHAT = "/v1/chat/completions"
COMPLETIONS = "/v1/completions"
EMBEDDINGS = "/v1/embeddings"
COUNTER = "/utils/token_counter"
HELLO = {"model": "llama", "messages": [{"role": "user", "content": "Hello"}]}

Headers = Mapping[str, str | bytes] | Sequence[tuple[str, str | bytes]]


class Act(Enum):
    """What a client may do besides sending bytes."""

    HALF_CLOSE = "sends no more"
    RESET = "resets the connection"
    PAUSE = "waits a moment"


@dataclass(frozen=True)
class Drip:
    """Bytes that are sent one at a time, `seconds` after each other."""

    data: bytes
    seconds: float


Step = bytes | Act | Drip


@dataclass(frozen=True)
class Case:
    """`steps` one after another, and then `answers` answers with one of `statuses`. The message of those that
    are 4xx has to match `says`, and their `param` has to begin with `param` unless that is None.

    No answers are due to who leaves before the end of his request.
    """

    name: str
    steps: tuple[Step, ...]
    statuses: tuple[int, ...] = (400,)
    says: str = ""
    param: str | None = None
    answers: int = 1

    @property
    def size(self) -> int:
        return sum(len(step) for step in self.steps if isinstance(step, bytes))

    @property
    def method(self) -> bytes:
        first = self.steps[0]
        return first.split(b" ", 1)[0] if isinstance(first, bytes) else b""


def head(method: str, target: str | bytes, headers: Headers = ()) -> bytes:
    """The bytes of a head, whatever is in them."""
    pairs = headers.items() if isinstance(headers, Mapping) else headers
    lines = [f"{method} ".encode() + _bytes(target) + b" HTTP/1.1"]
    lines += [name.encode("latin-1") + b": " + _bytes(value) for name, value in pairs]
    return b"\r\n".join([*lines, b"", b""])


def post(target: str | bytes, body: Any, headers: Mapping[str, str | bytes] | None = None) -> bytes:
    """A request with the master key and a body: bytes as they are, anything else as JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    given = {**HOST, **BEARER, "content-length": str(len(content)), **(headers or {})}
    return head("POST", target, given) + content


def get(target: str | bytes, headers: Mapping[str, str | bytes] | None = None) -> bytes:
    return head("GET", target, {**HOST, **BEARER, **(headers or {})})


def _bytes(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode()
