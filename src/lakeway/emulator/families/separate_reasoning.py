"""DeepSeek, GLM, Kimi and their like: strings, with `reasoning_content` beside the content.

litellm tests from a live deepseek-v4-flash endpoint. These replies carry neither id nor created: some
models omit them, and a client has to cope.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from lakeway.emulator.answers.tokens import pieces
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
    thought = {"reasoning_content": reply.answer.reasoning} if reply.answer.reasoning else {}
    return {**text_message(reply), **thought}


def deltas(reply: Reply) -> Iterator[Delta]:
    spent = 0
    role: Json = {"role": "assistant"}
    for piece in pieces(reply.answer.reasoning):
        spent += 1
        yield {**role, "content": None, "reasoning_content": piece}, spent
        role = {}
    for delta, total in chain(text_deltas(reply, spent), call_deltas(reply, spent)):
        yield {**role, **delta}, total
        role = {}


MANNER = Manner(message=message, deltas=deltas, usage=plain_usage, identified=False)
