"""Llama and whoever has no peculiarities: strings, the role in every delta, usage on every chunk.

Databricks' own test fixtures (ai-bridge, langchain integration).
"""

from __future__ import annotations

from collections.abc import Iterator

from lakeway.emulator.families.reply import (
    Delta,
    Json,
    Manner,
    Reply,
    call_deltas,
    plain_usage,
    text_deltas,
    text_message,
)


def message(reply: Reply) -> Json:
    return text_message(reply)


def deltas(reply: Reply) -> Iterator[Delta]:
    for delta, spent in text_deltas(reply, 0):
        yield {"role": "assistant", **delta}, spent
    role: Json = {"role": "assistant", "content": None}
    for delta, spent in call_deltas(reply, reply.answer.reasoning_tokens):
        yield {**role, **delta}, spent
        role = {}


MANNER = Manner(
    message=message, deltas=deltas, usage=plain_usage, final_delta={"role": "assistant", "content": ""}
)
