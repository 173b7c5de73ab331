"""A whole chat reply in OpenAI's shape with LiteLLM's additions: what the readers of every provider share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lakeway.core.usage import normalize

FINISH_REASONS = {
    "stop": "stop",
    "length": "length",
    "tool_calls": "tool_calls",
    "content_filter": "content_filter",
    "function_call": "function_call",
    "end_turn": "stop",
    "stop_sequence": "stop",
    "eos": "stop",
    "max_tokens": "length",
    "model_length": "length",
    "tool_use": "tool_calls",
    "refusal": "content_filter",
}


def read(wire: dict[str, Any]) -> dict[str, Any]:
    """The reply `wire` of a server that speaks OpenAI's dialect; takes it over.

    `id` and `created` are left out where the server left them out: the caller fills them in. Raises TypeError
    for a reply without choices.
    """
    if not isinstance(wire.get("choices"), list):
        raise TypeError("choices is no list")
    return completion(
        wire, [choice(each, i, _message(each.get("message") or {})) for i, each in enumerate(wire["choices"])]
    )


def completion(wire: dict[str, Any], choices: list[dict[str, Any]]) -> dict[str, Any]:
    wire["object"] = "chat.completion"
    wire["choices"] = choices
    wire["usage"] = normalize(wire.get("usage"))
    return wire


def choice(wire: Mapping[str, Any], index: int, message: dict[str, Any]) -> dict[str, Any]:
    """The choice around `message`: why it ended in OpenAI's words, and in the server's where they differ."""
    reason, native = finish_reason(wire.get("finish_reason"))
    if reason == "stop" and message["tool_calls"]:
        reason = "tool_calls"
    made = {**wire, "index": wire.get("index", index), "message": message, "finish_reason": reason}
    if native is not None:
        made["provider_specific_fields"] = {"native_finish_reason": native}
    return made


def finish_reason(native: str | None) -> tuple[str, str | None]:
    """OpenAI's reason, and the server's own where it differs."""
    if native is None:
        return "stop", None
    reason = FINISH_REASONS.get(native, "stop")
    return reason, None if reason == native else native


def _message(wire: Mapping[str, Any]) -> dict[str, Any]:
    return message(wire, wire.get("content"), reasoning_beside(wire))


def reasoning_beside(wire: Mapping[str, Any]) -> str | None:
    """Reasoning in a field of its own, under DeepSeek's name for it or vLLM's newer one."""
    return wire.get("reasoning_content") or wire.get("reasoning")


def message(wire: Mapping[str, Any], content: Any, thought: str | None) -> dict[str, Any]:
    """The message with every field that clients look for, its reasoning under LiteLLM's name."""
    made = {key: value for key, value in wire.items() if key not in ("reasoning", "content")}
    made["content"] = content
    made["role"] = wire.get("role") or "assistant"
    made["tool_calls"] = wire.get("tool_calls") or None
    made.setdefault("function_call", None)
    if thought is not None:
        made["reasoning_content"] = thought
    return made
