"""What a family's manner is made of, and the pieces that several families share."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import Any, Literal

import msgspec

from lakeway.emulator.answers.ask import Answer, ToolCall
from lakeway.emulator.answers.tokens import pieces
from lakeway.emulator.models import Model
from lakeway.emulator.prompt_cache import CacheUse
from lakeway.emulator.signatures import Signer

Json = dict[str, Any]
Delta = tuple[Json, int]


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """One answer on its way out: what is said, by whom, and what the family needs to write it.

    `seed` makes ids: the same request gets the same ones. `opaque` hides the thought and leaves its
    signature; `redacted` hides both.
    """

    answer: Answer
    model: Model
    signer: Signer
    seed: str
    prompt_tokens: int
    cache: CacheUse = CacheUse()
    opaque: bool = False
    redacted: bool = False
    inclusive_cache: bool = True


class Manner(msgspec.Struct, frozen=True, kw_only=True):
    """A family's way of writing: the message, the deltas (each with the tokens so far), the usage.

    `usage_in`: which chunks carry usage ("every", "last", "asked"). `identified`: whether replies have an id.
    """

    message: Callable[[Reply], Json]
    deltas: Callable[[Reply], Iterator[Delta]]
    usage: Callable[[Reply, int], Json]
    final_delta: Json = msgspec.field(default_factory=dict)
    usage_in: Literal["every", "last", "asked"] = "every"
    id_prefix: str = "chatcmpl_"
    identified: bool = True


def call_id(reply: Reply, index: int, prefix: str, length: int = 24) -> str:
    """A tool call's id: stable for the same request."""
    return prefix + hashlib.sha256(f"{reply.seed}/{index}".encode()).hexdigest()[:length]


def tool_calls(reply: Reply, prefix: str) -> list[Json]:
    return [
        {"id": call_id(reply, index, prefix), "type": "function", "function": _function(call)}
        for index, call in enumerate(reply.answer.calls)
    ]


def _function(call: ToolCall) -> Json:
    return {"name": call.name, "arguments": call.arguments}


def text_message(reply: Reply, prefix: str = "call_") -> Json:
    """A message whose content is a string, or null beside tool calls."""
    answer = reply.answer
    message: Json = {"role": "assistant", "content": answer.text or (None if answer.calls else "")}
    if answer.calls:
        message["tool_calls"] = tool_calls(reply, prefix)
    return message


def text_deltas(reply: Reply, spent: int) -> Iterator[Delta]:
    for piece in pieces(reply.answer.text):
        spent += 1
        yield {"content": piece}, spent


def call_deltas(reply: Reply, spent: int, prefix: str = "call_") -> Iterator[Delta]:
    """OpenAI's way: the name with empty arguments, then the arguments in fragments."""
    for index, call in enumerate(reply.answer.calls):
        head = {"index": index, "id": call_id(reply, index, prefix), "type": "function"}
        yield {"tool_calls": [{**head, "function": {"name": call.name, "arguments": ""}}]}, spent
        for piece in pieces(call.arguments):
            spent += 1
            yield {"tool_calls": [{"index": index, "function": {"arguments": piece}}]}, spent


def plain_usage(reply: Reply, completion: int) -> Json:
    prompt = reply.prompt_tokens
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}
