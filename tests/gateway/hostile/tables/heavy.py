"""Requests that are dear to answer, each in a way of its own: by their size, or by what is in them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hostile.case import CHAT, COMPLETIONS, COUNTER, EMBEDDINGS, HELLO, Case, post

MIB = 1024 * 1024
SAID = {"role": "user", "content": "x"}


def cases() -> Iterator[Case]:
    """Both what is refused, and what goes to a model that may refuse it."""
    for name, values in _lists().items():
        yield Case(name, (post(CHAT, {**HELLO, name: values}),), (400,), f"{name} must be")
    for name, fields in _chats().items():
        yield Case(name, (post(CHAT, {**HELLO, **fields}),), (200, 400))
    for name, target, body, status, says in _others():
        yield Case(name, (post(target, body),), (status,), says)


def _lists() -> dict[str, list[Any]]:
    """Of which every entry takes a pass over the request."""
    return {
        "fallbacks": [f"databricks/m{number}" for number in range(50_000)],
        "tags": ["t"] * 500_000,
        "additional_drop_params": ["tools[*].function"] * 50_000,
        "allowed_openai_params": ["x"] * 100_000,
        "cache_control_injection_points": [SAID] * 50_000,
    }


def _chats() -> dict[str, dict[str, Any]]:
    called = {"name": "f", "arguments": "{}"}
    asked = [
        {"role": "assistant", "tool_calls": [{"id": str(number), "function": called}]}
        for number in range(5_000)
    ]
    answered = [{"role": "tool", "tool_call_id": str(number), "content": "x"} for number in range(5_000)]
    tools = [{"type": "function", "function": {"name": f"f{number}"}} for number in range(10_000)]
    links = {f"d{n}": {"anyOf": [{"$ref": f"#/$defs/d{n + 1}"}] * 2} for n in range(60)}
    linked = {"name": "f", "parameters": {"$defs": links, "$ref": "#/$defs/d0"}}
    marks = {f"k{number}": "v" for number in range(100_000)}
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64," + "A" * 4 * MIB}}
    return {
        "messages": {"messages": [SAID] * 20_000},
        "marked messages": {
            "model": "claude",
            "messages": [SAID] * 20_000,
            "cache_control_injection_points": [SAID] * 32,
        },
        "tool calls": {"model": "claude", "messages": [*asked, *answered]},
        "items": {"model": "databricks/databricks-gpt-5-4", "messages": [*asked, *answered]},
        "tools": {"tools": tools},
        "dropped tools": {"tools": tools, "additional_drop_params": ["tools[*].function"] * 64},
        "links": {"model": "claude", "tools": [{"type": "function", "function": linked}]},
        "metadata": {"metadata": marks},
        "usage_context": {"usage_context": marks},
        "stops": {"stop": ["x"] * 300_000},
        "thoughts": {"messages": [{"role": "user", "content": "<think>" * 300_000 + " " * MIB}]},
        "a picture": {"messages": [{"role": "user", "content": [picture]}]},
        "a choice": {"model": "claude", "tools": tools[:1], "tool_choice": "eyJ-" * MIB},
    }


def _others() -> list[tuple[str, str, Any, int, str]]:
    return [
        ("many inputs", EMBEDDINGS, {"model": "bge", "input": ["x"] * 500_000}, 400, "at most 2048"),
        ("many tokens", EMBEDDINGS, {"model": "bge", "input": [1] * 500_000}, 400, "input"),
        ("a long input", EMBEDDINGS, {"model": "bge", "input": "x" * 4 * MIB}, 400, "input"),
        ("many prompts", COMPLETIONS, {"model": "llama", "prompt": ["x"] * 500_000}, 400, "prompt"),
        ("a long count", COUNTER, {"model": "llama", "prompt": "word " * 2 * MIB}, 200, ""),
        ("a count of Han", COUNTER, {"model": "llama", "prompt": "\u6f22" * MIB}, 200, ""),
        ("a long name", CHAT, {**HELLO, "model": "eyJ-" * MIB}, 400, "model"),
        ("digits", CHAT, b'{"model": "llama", "seed": 1' + b"0" * 4 * MIB + b"}", 400, "JSON"),
        ("escapes", CHAT, b'{"model": "' + b"\\u00e9" * MIB + b'"}', 400, "messages"),
        ("backslashes", CHAT, b'{"model": "' + b"\\" * 4 * MIB, 400, "JSON"),
    ]
