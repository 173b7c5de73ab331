"""Prompts and answers as spans carry them: the GenAI conventions' messages and parts, as JSON text.

From gen-ai-input-messages.json and gen-ai-output-messages.json (2026). Pure, and only called for those who
asked for prompts in their traces. What it does not know becomes a part of its own type.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

import msgspec

Part: TypeAlias = dict[str, Any]


def input_messages(messages: Iterable[Mapping[str, Any]]) -> str:
    """OpenAI chat messages."""
    return _text([{"role": message.get("role"), "parts": _parts(message)} for message in messages])


def output_messages(choices: Iterable[Mapping[str, Any]]) -> str:
    """The choices of an OpenAI chat completion, one message each."""
    return _text(
        [
            {
                "role": "assistant",
                "parts": _parts(choice.get("message") or {}),
                "finish_reason": choice.get("finish_reason") or "",
            }
            for choice in choices
        ]
    )


def _parts(message: Mapping[str, Any]) -> list[Part]:
    if message.get("role") == "tool":
        called, result = message.get("tool_call_id"), message.get("content")
        return [{"type": "tool_call_response", "id": called, "response": result}]
    parts: list[Part] = []
    if reasoning := message.get("reasoning_content"):
        parts.append({"type": "reasoning", "content": reasoning})
    content = message.get("content")
    if isinstance(content, str):
        parts.append({"type": "text", "content": content})
    elif isinstance(content, list):
        parts += [_part(item) for item in content if isinstance(item, Mapping)]
    parts += [_tool_call(call) for call in message.get("tool_calls") or ()]
    return parts


def _part(item: Mapping[str, Any]) -> Part:
    kind = item.get("type")
    if kind == "text":
        return {"type": "text", "content": item.get("text", "")}
    if kind == "image_url":
        image = item.get("image_url")
        return _image(image.get("url") if isinstance(image, Mapping) else image)
    return {**item, "type": str(kind)}


def _image(address: Any) -> Part:
    head, comma, data = str(address).partition(";base64,")
    if comma and head.startswith("data:"):
        return {"type": "blob", "modality": "image", "mime_type": head[len("data:") :], "content": data}
    return {"type": "uri", "modality": "image", "uri": address}


def _tool_call(call: Mapping[str, Any]) -> Part:
    function = call.get("function") or {}
    return {
        "type": "tool_call",
        "id": call.get("id"),
        "name": function.get("name"),
        "arguments": function.get("arguments"),
    }


def _text(messages: list[dict[str, Any]]) -> str:
    return msgspec.json.encode(messages).decode()
