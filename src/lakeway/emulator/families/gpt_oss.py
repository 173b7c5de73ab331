"""GPT OSS: always a list, a reasoning item without signature, then text; list deltas in streams too.

Databricks docs, query-reason-models; litellm tests of 2025-10.
"""

from __future__ import annotations

from collections.abc import Iterator

from lakeway.emulator.answers.tokens import pieces
from lakeway.emulator.families.reply import Delta, Json, Manner, Reply, call_deltas, plain_usage, tool_calls


def message(reply: Reply) -> Json:
    answer = reply.answer
    content = [_reasoning(answer.reasoning)] if answer.reasoning else []
    if answer.text:
        content.append({"type": "text", "text": answer.text})
    made: Json = {"role": "assistant", "content": content or None}
    if answer.calls:
        made["tool_calls"] = tool_calls(reply, "call_")
    return made


def deltas(reply: Reply) -> Iterator[Delta]:
    spent = 0
    role: Json = {"role": "assistant"}
    for piece in pieces(reply.answer.reasoning):
        spent += 1
        yield {**role, "content": [_reasoning(piece)]}, spent
        role = {}
    for piece in pieces(reply.answer.text):
        spent += 1
        yield {**role, "content": [{"type": "text", "text": piece}]}, spent
        role = {}
    for delta, total in call_deltas(reply, spent):
        yield {**role, **delta}, total
        role = {}


def _reasoning(text: str) -> Json:
    return {"type": "reasoning", "summary": [{"type": "summary_text", "text": text}]}


MANNER = Manner(message=message, deltas=deltas, usage=plain_usage)
