"""Claude: reasoning items with signatures, running usage with cache counts, and its streaming quirks.

Content is a string, or with thinking a list of a reasoning item and a text item. A stream begins with list
deltas (text fragments with an empty signature, then an empty text with the whole signature) and goes on with
strings; every delta repeats the role; the finish chunk has empty content. Older models open a call's
arguments with a stray "{}" that is no part of them. Databricks docs, query-reason-models; ai-bridge PR 270.
"""

from __future__ import annotations

from collections.abc import Iterator

from lakeway.emulator.answers.tokens import pieces
from lakeway.emulator.families.reply import Delta, Json, Manner, Reply, call_deltas, tool_calls

_ROLE: Json = {"role": "assistant"}


def message(reply: Reply) -> Json:
    answer = reply.answer
    content: list[Json] | str | None = answer.text or None
    if answer.reasoning:
        text = [{"type": "text", "text": answer.text}] if answer.text else []
        content = [_reasoning(_summary(reply)), *text]
    made: Json = {**_ROLE, "content": content if content or answer.calls else ""}
    if answer.calls:
        made["tool_calls"] = tool_calls(reply, "toolu_bdrk_")
    return made


def deltas(reply: Reply) -> Iterator[Delta]:
    spent = 0
    for delta, spent in _thought_deltas(reply):
        yield {**_ROLE, **delta}, spent
    for piece in pieces(reply.answer.text):
        spent += 1
        yield {**_ROLE, "content": piece}, spent
    for delta, total in call_deltas(reply, spent, "toolu_bdrk_"):
        yield {**_ROLE, "content": None, **_stray(delta, reply)}, total


def usage(reply: Reply, completion: int) -> Json:
    """With the cache's counts at the top level; inside `prompt_tokens` or beside it, as configured."""
    read, written = reply.cache.read, reply.cache.written
    prompt = reply.prompt_tokens if reply.inclusive_cache else max(reply.prompt_tokens - read - written, 0)
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "cache_read_input_tokens": read,
        "cache_creation_input_tokens": written,
        "cache_creation": {
            "ephemeral_5m_input_tokens": written - reply.cache.written_hour,
            "ephemeral_1h_input_tokens": reply.cache.written_hour,
        },
    }


def _thought_deltas(reply: Reply) -> Iterator[Delta]:
    if not reply.answer.reasoning:
        return
    summary, spent = _summary(reply), 0
    if summary["type"] == "summary_text":
        for piece in pieces(summary["text"]):
            spent += 1
            yield {"content": [_reasoning({**summary, "text": piece, "signature": ""})]}, spent
        summary = {**summary, "text": ""}
    yield {"content": [_reasoning(summary)]}, reply.answer.reasoning_tokens


def _summary(reply: Reply) -> Json:
    name, thought = reply.model.name, reply.answer.reasoning
    if reply.redacted:
        return {"type": "summary_encrypted_text", "data": reply.signer.redact(name, thought)}
    text = "" if reply.opaque else thought
    return {"type": "summary_text", "text": text, "signature": reply.signer.sign(name, text, thought)}


def _reasoning(summary: Json) -> Json:
    return {"type": "reasoning", "summary": [summary]}


def _stray(delta: Json, reply: Reply) -> Json:
    call = delta["tool_calls"][0]
    if reply.model.adaptive_thinking or "id" not in call:
        return delta
    return {"tool_calls": [{**call, "function": {**call["function"], "arguments": "{}"}}]}


MANNER = Manner(
    message=message, deltas=deltas, usage=usage, final_delta={**_ROLE, "content": ""}, id_prefix="msg_bdrk_"
)
