"""Gemini: strings (lists of text before 3), whole tool calls with a `thoughtSignature`, the name as their id.

Two calls of one function therefore share an id, as they do upstream. Databricks docs, function-calling;
ai-bridge PR 270.
"""

from __future__ import annotations

from collections.abc import Iterator

from lakeway.emulator.families.reply import Delta, Json, Manner, Reply, plain_usage, text_deltas


def message(reply: Reply) -> Json:
    answer = reply.answer
    made: Json = {"role": "assistant", "content": answer.text or (None if answer.calls else "")}
    if answer.text and reply.model.version < (3, 0):
        made["content"] = [{"type": "text", "text": answer.text}]
    if answer.calls:
        made["tool_calls"] = _calls(reply)
    return made


def deltas(reply: Reply) -> Iterator[Delta]:
    spent = reply.answer.reasoning_tokens
    yield {"role": "assistant", "content": None if reply.answer.calls else ""}, spent
    yield from text_deltas(reply, spent)
    for index, call in enumerate(_calls(reply)):
        yield {"tool_calls": [{"index": index, **call}]}, reply.answer.completion_tokens


def _calls(reply: Reply) -> list[Json]:
    return [
        {
            "id": call.name,
            "type": "function",
            "function": {"name": call.name, "arguments": call.arguments},
            "thoughtSignature": reply.signer.sign(reply.model.name, call.name, reply.seed),
        }
        for call in reply.answer.calls
    ]


MANNER = Manner(message=message, deltas=deltas, usage=plain_usage, usage_in="last", id_prefix="")
