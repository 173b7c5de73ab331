"""One request as the endpoints see it, and the two kinds of reply they give. No I/O."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from lakeway.emulator.envelopes import bad_request

Json = dict[str, Any]
Names = Mapping[str, str]  # the variable parts of a path


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
        except (msgspec.DecodeError, RecursionError) as error:
            raise bad_request(f"Invalid JSON given in the body of the request: {error}") from None
        if not isinstance(body, dict):
            raise bad_request("The body of the request must be a JSON object")
        return body


def _nothing() -> None: ...


class Whole(msgspec.Struct, frozen=True):
    """A reply with its complete body. `after` is called when it was sent."""

    content: bytes
    status: int = 200
    content_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()
    after: Callable[[], None] = _nothing


class Events(msgspec.Struct, frozen=True):
    """A streamed reply: server-sent events, each complete with its blank line."""

    events: Iterable[bytes]
    headers: tuple[tuple[str, str], ...] = ()
    after: Callable[[], None] = _nothing


Outcome = Whole | Events


def as_json(
    value: Any,
    *,
    status: int = 200,
    headers: tuple[tuple[str, str], ...] = (),
    after: Callable[[], None] = _nothing,
) -> Whole:
    return Whole(msgspec.json.encode(value), status, headers=headers, after=after)
