"""One request as the endpoints see it, and the two kinds of reply they give. No I/O."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from lakeway.emulator.envelopes import bad_request

Json = dict[str, Any]


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A request whose body was read. Header names are lower case."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    content: bytes
    request_id: str
    requester: str = ""

    def json(self) -> Json:
        """The body as an object. The text for bodies that are no JSON is unverified."""
        try:
            body = msgspec.json.decode(self.content)
        except msgspec.DecodeError as error:
            raise bad_request(f"Invalid JSON given in the body of the request: {error}") from None
        if not isinstance(body, dict):
            raise bad_request("The body of the request must be a JSON object")
        return body


class Whole(msgspec.Struct, frozen=True):
    """A reply with its complete body."""

    content: bytes
    status: int = 200
    content_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()


class Events(msgspec.Struct, frozen=True):
    """A streamed reply: server-sent events, each complete with its blank line."""

    events: Iterable[bytes]
    headers: tuple[tuple[str, str], ...] = ()


Outcome = Whole | Events


def as_json(value: Any, *, headers: tuple[tuple[str, str], ...] = ()) -> Whole:
    return Whole(msgspec.json.encode(value), headers=headers)
