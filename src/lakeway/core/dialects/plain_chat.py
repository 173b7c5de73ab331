"""The commonest chat by far: texts with a role, a few sampling parameters, and an answer that is one text.

There is nothing in such a request to translate but the model's name, and nothing in such a reply, so the
bytes between are passed on as they came: checked, and never taken apart. Whatever is not plain is read in
full, elsewhere; that the two ways come to the same is tested.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Literal

import msgspec
from msgspec import Raw, Struct

# What plain requests may have besides `stream`; which of them a model takes is its provider's to say.
SAMPLING = ("max_tokens", "temperature", "top_p", "stop")


class Options(Struct, forbid_unknown_fields=True, omit_defaults=True):
    include_usage: bool = False


class Plain(Struct, forbid_unknown_fields=True, omit_defaults=True, frozen=True):
    """A request with nothing in it to translate. `messages` are its bytes."""

    model: str
    messages: Raw
    stream: bool | None = None
    stream_options: Options | None = None
    max_tokens: int | None = None
    temperature: int | float | None = None
    top_p: int | float | None = None
    stop: str | list[str] | None = None

    @property
    def include_usage(self) -> bool:
        return self.stream_options is not None and self.stream_options.include_usage

    @property
    def sampling(self) -> frozenset[str]:
        """The names of the parameters that are there."""
        return _names(
            self.max_tokens is not None,
            self.temperature is not None,
            self.top_p is not None,
            self.stop is not None,
        )


@lru_cache
def _names(*there: bool) -> frozenset[str]:
    return frozenset(name for name, is_there in zip(SAMPLING, there, strict=True) if is_there)


class Body(Struct, omit_defaults=True):
    """The same on its way to a server, with what that server is told besides."""

    model: str
    messages: Raw
    max_tokens: int | None = None
    temperature: int | float | None = None
    top_p: int | float | None = None
    stop: str | list[str] | None = None
    stream: bool = False
    stream_options: Options | None = None
    usage_context: dict[str, str] | None = None


class _Said(Struct, forbid_unknown_fields=True):
    role: Literal["system", "user", "assistant"]
    content: str


class _Answer(Struct, forbid_unknown_fields=True):
    role: Literal["assistant"]
    content: str
    tool_calls: None = None
    function_call: None = None
    refusal: None = None
    annotations: None = None


class _Choice(Struct, forbid_unknown_fields=True):
    message: _Answer
    finish_reason: Literal["stop", "length", "content_filter"]
    index: int
    logprobs: None = None


class _Reply(Struct, forbid_unknown_fields=True):
    id: str
    created: int
    model: str
    choices: Raw
    usage: dict[str, Any]
    object: Literal["chat.completion"] = "chat.completion"
    system_fingerprint: str | None = None


_decode_request = msgspec.json.Decoder(Plain).decode
_decode_messages = msgspec.json.Decoder(list[_Said]).decode
_decode_reply = msgspec.json.Decoder(_Reply).decode
_decode_choices = msgspec.json.Decoder(list[_Choice]).decode
encode = msgspec.json.Encoder().encode

_THINKS = re.compile(r"\s*<think>")


def read_request(body: bytes) -> Plain | None:
    """The request in `body`, or None for one that has to be read in full, broken ones among them."""
    try:
        plain = _decode_request(body)
        said = _decode_messages(plain.messages)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    if not said:
        return None
    for position, message in enumerate(said):
        # What says nothing is left out, and instructions are merged: neither is plain.
        if not message.content or message.content.isspace() or (position and message.role == "system"):
            return None
    return plain


def write_request(
    plain: Plain, model: str, *, usage_wanted: bool = False, usage_context: dict[str, str] | None = None
) -> bytes:
    return encode(
        Body(
            model,
            plain.messages,
            plain.max_tokens,
            plain.temperature,
            plain.top_p,
            plain.stop,
            bool(plain.stream),
            _WANTED if usage_wanted else None,
            usage_context or None,
        )
    )


_WANTED = Options(include_usage=True)


def read_reply(body: bytes) -> dict[str, Any] | None:
    """The reply in `body`, its `choices` as they came, or None for one that has to be read in full."""
    try:
        reply = _decode_reply(body)
        choices = _decode_choices(reply.choices)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    if not reply.id or not reply.model or not reply.created:
        return None
    for choice in choices:
        start = choice.message.content[:1]
        if (start == "<" or start.isspace()) and _THINKS.match(choice.message.content):
            return None
    wire: dict[str, Any] = {
        "id": reply.id,
        "object": "chat.completion",
        "created": reply.created,
        "model": reply.model,
        "choices": reply.choices,
        "usage": reply.usage,
    }
    if reply.system_fingerprint is not None:
        wire["system_fingerprint"] = reply.system_fingerprint
    return wire
