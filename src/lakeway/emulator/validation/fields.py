"""Which top-level fields a chat request may carry, by model and surface, each with its check.

Databricks docs: FM API reference, query-reason-models, priority-mode. Rejections reported by litellm,
Bifrost and the AI SDK provider: parallel_tool_calls, store, metadata, seed, penalties and the rest of
OpenAI's list are simply not here.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from lakeway.emulator.models import Model
from lakeway.emulator.validation import shapes
from lakeway.emulator.validation.shapes import Check
from lakeway.emulator.validation.wording import Path, Surface, Words

_COMMON: dict[str, Check] = {
    "model": shapes.text,
    "messages": lambda _words, _path, _value: None,
    "max_tokens": shapes.integer(1),
    "max_completion_tokens": shapes.integer(1),
    "temperature": shapes.number(0, 2),
    "top_p": shapes.number(0, 1),
    "stop": shapes.text_or_list,
    "n": shapes.integer(1, 16),
    "stream": shapes.boolean,
    "tools": lambda _words, _path, _value: None,
    "tool_choice": lambda _words, _path, _value: None,
    # The gateway takes it too and drops it silently: its channel for attribution is a header.
    "usage_context": shapes.mapping_of_text,
    "response_format": lambda _words, _path, _value: None,
}
_CLASSIC: dict[str, Check] = {"client_request_id": shapes.text}
_LOGPROBS: dict[str, Check] = {"logprobs": shapes.boolean, "top_logprobs": shapes.integer(0, 20)}
_THINKING: dict[str, Check] = {"thinking": shapes.mapping}

_EFFORTS: dict[str, tuple[str, ...]] = {
    "gpt-oss": ("low", "medium", "high"),
    "gemini": ("low", "medium", "high"),
    "grok": ("low", "medium", "high", "xhigh"),
    "inkling": ("low", "medium", "high", "xhigh", "max"),
}
_ANY_EFFORT = frozenset({"deepseek", "kimi", "glm", "qwen"})
_OPEN = frozenset(
    {"llama", "gpt-oss", "gemma", "qwen", "deepseek", "glm", "kimi", "inkling", "dbrx", "mixtral", "mpt"}
)


@lru_cache(maxsize=512)
def accepted(model: Model, surface: Surface) -> dict[str, Check]:
    """Field name -> check, for one model on one surface."""
    fields = dict(_COMMON)
    if surface == "classic":
        fields |= _CLASSIC
        if model.family != "gemini":
            fields["stream_options"] = _stream_options
    if model.family == "claude" or model.budget_thinking:
        fields |= _THINKING
    if model.family == "claude":
        fields["output_config"] = shapes.mapping
        fields["n"] = shapes.integer(1, 1)
    effort = _effort(model)
    if effort:
        fields["reasoning_effort"] = effort
    if model.family in _OPEN or model.custom:
        fields |= _LOGPROBS
    if model.family in _OPEN or model.family == "claude":
        fields["top_k"] = shapes.integer(0)
    if model.priority:
        fields["service_tier"] = shapes.one_of("priority")
    if model.family == "gpt":
        fields["user"] = shapes.text
    return fields


def _stream_options(words: Words, path: Path, value: Any) -> None:
    options = shapes.closed(words, path, value, ("include_usage",))
    shapes.boolean(words, (*path, "include_usage"), options.get("include_usage", False))


def _effort(model: Model) -> Check | None:
    """The values of `reasoning_effort`; none for families that do not have the field."""
    if model.family in _ANY_EFFORT and model.reasoning:
        return shapes.text
    if model.family == "gpt":
        return shapes.one_of(*gpt_efforts(model.version))
    if model.family == "gemini" and model.version < (3, 0):
        return None
    known = _EFFORTS.get(model.family)
    return shapes.one_of(*known) if known and (model.reasoning or model.family == "gpt-oss") else None


def gpt_efforts(version: tuple[int, int]) -> tuple[str, ...]:
    """The values of GPT's effort, which changed at 5.1 and at 5.4."""
    if version <= (5, 0):
        return ("minimal", "low", "medium", "high")
    if version <= (5, 3):
        return ("none", "low", "medium", "high")
    return ("none", "low", "medium", "high", "xhigh", "max")
