"""GPT as OpenAI writes it: strings, the role once, usage with details, in a stream only when asked for."""

from __future__ import annotations

from collections.abc import Iterator

from lakeway.emulator.families.reply import Delta, Json, Manner, Reply, call_deltas, text_deltas, text_message


def message(reply: Reply) -> Json:
    return text_message(reply)


def deltas(reply: Reply) -> Iterator[Delta]:
    first: Json = {"role": "assistant", "content": None if reply.answer.calls else ""}
    thought = reply.answer.reasoning_tokens
    yield first, thought
    yield from text_deltas(reply, thought)
    yield from call_deltas(reply, thought)


def usage(reply: Reply, completion: int) -> Json:
    return {
        "prompt_tokens": reply.prompt_tokens,
        "completion_tokens": completion,
        "total_tokens": reply.prompt_tokens + completion,
        "prompt_tokens_details": {"audio_tokens": 0, "cached_tokens": reply.cache.read},
        "completion_tokens_details": {
            "accepted_prediction_tokens": 0,
            "audio_tokens": 0,
            "reasoning_tokens": min(reply.answer.reasoning_tokens, completion),
            "rejected_prediction_tokens": 0,
        },
    }


MANNER = Manner(message=message, deltas=deltas, usage=usage, usage_in="asked", id_prefix="chatcmpl-")
