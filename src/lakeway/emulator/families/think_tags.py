"""Custom endpoints in the style of DeepSeek-R1: the thought sits inside the text, between <think> tags."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from lakeway.emulator.families import plain
from lakeway.emulator.families.reply import Delta, Json, Manner, Reply, plain_usage


def message(reply: Reply) -> Json:
    return plain.message(_tagged(reply))


def deltas(reply: Reply) -> Iterator[Delta]:
    return plain.deltas(_tagged(reply))


def _tagged(reply: Reply) -> Reply:
    answer = reply.answer
    if not answer.reasoning:
        return reply
    text = f"<think>\n{answer.reasoning}\n</think>\n\n{answer.text}"
    return msgspec.structs.replace(reply, answer=msgspec.structs.replace(answer, text=text))


MANNER = Manner(message=message, deltas=deltas, usage=plain_usage, final_delta=plain.MANNER.final_delta)
