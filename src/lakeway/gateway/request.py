"""One request as it comes in over ASGI: its headers of interest, its body within a limit, its JSON."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias

import msgspec

from lakeway.errors import BadRequestError
from lakeway.gateway.access import KEY_HEADERS, LOCAL_HEADERS

Message: TypeAlias = MutableMapping[str, Any]
Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]

STEERING = (b"x-litellm-timeout", b"x-litellm-num-retries", b"x-litellm-tags")
LENGTH = b"content-length"
WANTED = frozenset({*KEY_HEADERS, *LOCAL_HEADERS, *STEERING, LENGTH})

_decode = msgspec.json.Decoder().decode


class ClientGone(Exception):
    """The client closed the connection; nobody waits for an answer."""


class Request:
    """`model` is the one that the path names, if it does. Of the headers only known ones are kept."""

    __slots__ = ("headers", "method", "model", "path", "receive")

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.model: str | None = None
        self.receive = receive
        self.headers: dict[bytes, bytes] = {name: value for name, value in scope["headers"] if name in WANTED}

    async def body(self, limit: int) -> bytes:
        """The whole body. Raises BadRequestError, with status 413, when it is longer than `limit` bytes."""
        stated = self.headers.get(LENGTH, b"0")
        if stated.isdigit() and int(stated) > limit:
            raise _too_large(limit)
        message = await self.receive()
        if message["type"] == "http.request" and not message.get("more_body"):
            body = message.get("body", b"")
            if len(body) > limit:
                raise _too_large(limit)
            return bytes(body)
        return await self._rest(message, limit)

    async def _rest(self, message: Message, limit: int) -> bytes:
        body = bytearray()
        while True:
            if message["type"] == "http.disconnect":
                raise ClientGone
            body += message.get("body", b"")
            if len(body) > limit:
                raise _too_large(limit)
            if not message.get("more_body"):
                return bytes(body)
            message = await self.receive()

    async def fields(self, limit: int) -> dict[str, Any]:
        """The body as a JSON object, nulls left out. Raises BadRequestError when it is none."""
        try:
            value = _decode(await self.body(limit))
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise _not_json(str(error)) from error
        except RecursionError as error:
            raise _not_json("nested too deeply") from error
        if not isinstance(value, dict):
            raise _not_json("expected an object")
        return {name: inner for name, inner in value.items() if inner is not None}


def _too_large(limit: int) -> BadRequestError:
    allowed = math.floor(limit / 1024 / 1024 * 10) / 10
    return BadRequestError(
        f"The request body is larger than {allowed:g} MiB ({limit:,} bytes), which is the limit here. "
        "It is set by general_settings.max_request_size_mb.",
        status_code=413,
        param="request_body",
    )


def _not_json(reason: str) -> BadRequestError:
    return BadRequestError(f"Invalid JSON payload: {reason}", param="request_body")
