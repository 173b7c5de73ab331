"""A response and its output items, whole.

Ids of items are longer than the 64 characters that are accepted back, as they really are; the official
client cuts them.
"""

from __future__ import annotations

import hashlib

import msgspec

from lakeway.emulator.answers.ask import Answer, ToolCall
from lakeway.emulator.models import Model
from lakeway.emulator.signatures import Signer
from lakeway.emulator.validation.wording import Json


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """An answer on its way out. `usage` is the finished usage object."""

    answer: Answer
    model: Model
    signer: Signer
    seed: str
    body: Json
    created: int
    usage: Json


def item_id(written: Written, prefix: str, index: int) -> str:
    digest = hashlib.sha512(f"{written.seed}/{index}".encode()).hexdigest()
    return f"{prefix}_{digest[:80]}"


def envelope(written: Written, status: str, output: list[Json]) -> Json:
    """The response object at any stage of its life."""
    body = written.body
    incomplete = {"reason": "max_output_tokens"} if status == "incomplete" else None
    return {
        "id": f"resp_{written.seed.replace('-', '')}",
        "object": "response",
        "created_at": written.created,
        "status": status,
        "error": None,
        "incomplete_details": incomplete,
        "instructions": body.get("instructions"),
        "max_output_tokens": body.get("max_output_tokens"),
        "metadata": body.get("metadata") or {},
        "model": written.model.served,
        "output": output,
        "parallel_tool_calls": body.get("parallel_tool_calls", True),
        "previous_response_id": None,
        "reasoning": {"effort": None, "summary": None, **(body.get("reasoning") or {})},
        "service_tier": body.get("service_tier") or "default",
        "store": False,
        "temperature": 1.0,
        "text": {"format": {"type": "text"}, **(body.get("text") or {})},
        "tool_choice": body.get("tool_choice") or "auto",
        "tools": body.get("tools") or [],
        "top_p": 1.0,
        "truncation": body.get("truncation") or "disabled",
        "usage": written.usage if status in ("completed", "incomplete") else None,
        "user": body.get("user"),
    }


def final_status(written: Written) -> str:
    return "incomplete" if written.answer.finish == "length" else "completed"


def output(written: Written) -> list[Json]:
    """Reasoning, then what was said, then the calls."""
    answer = written.answer
    items = [reasoning(written, 0)] if answer.reasoning else []
    if answer.text or not answer.calls:
        items.append(message(written, len(items)))
    for call in answer.calls:
        items.append(function_call(written, len(items), call))
    return items


def reasoning(written: Written, index: int) -> Json:
    """The thought: a summary when asked for, the sealed whole when included."""
    thought = written.answer.reasoning
    asked = (written.body.get("reasoning") or {}).get("summary")
    item: Json = {
        "id": item_id(written, "rs", index),
        "type": "reasoning",
        "summary": [{"type": "summary_text", "text": thought}] if asked else [],
    }
    if "reasoning.encrypted_content" in (written.body.get("include") or ()):
        item["encrypted_content"] = written.signer.redact(written.model.name, thought)
    return item


def message(written: Written, index: int) -> Json:
    text = {"type": "output_text", "text": written.answer.text, "annotations": [], "logprobs": []}
    return {
        "id": item_id(written, "msg", index),
        "type": "message",
        "role": "assistant",
        "status": final_status(written),
        "content": [text],
    }


def function_call(written: Written, index: int, call: ToolCall) -> Json:
    digest = hashlib.sha256(f"{written.seed}/{index}".encode()).hexdigest()
    return {
        "id": item_id(written, "fc", index),
        "type": "function_call",
        "call_id": f"call_{digest[:24]}",
        "name": call.name,
        "arguments": call.arguments,
        "status": "completed",
    }
