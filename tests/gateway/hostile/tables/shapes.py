"""Every endpoint's own shape with a value of another type in each of its places."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from hostile.case import CHAT, COMPLETIONS, COUNTER, EMBEDDINGS, HELLO, Case, post

Path = tuple[str | int, ...]

CALL = {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": '{"city": "Bern"}'}}
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
PICTURE = "data:image/png;base64,iVBORw0KGgo="
FULL: dict[str, Any] = {
    "model": "claude",
    "messages": [
        {"role": "system", "content": "Be brief.", "cache_control": {"type": "ephemeral"}},
        {
            "role": "user",
            "name": "ann",
            "content": [
                {"type": "text", "text": "What is this?", "cache_control": {"type": "ephemeral"}},
                {"type": "image_url", "image_url": {"url": PICTURE, "detail": "low"}},
            ],
        },
        {"role": "assistant", "content": None, "tool_calls": [CALL]},
        {"role": "tool", "tool_call_id": "call_1", "content": "Sunny."},
        {"role": "assistant", "content": "It is sunny.", "provider_specific_fields": {"x": 1}},
        {"role": "user", "content": "And now?"},
    ],
    "tools": [
        {"type": "function", "function": {"name": "weather", "description": "d", "parameters": SCHEMA}}
    ],
    "tool_choice": {"type": "function", "function": {"name": "weather"}},
    "stream": False,
    "max_tokens": 50,
    "stop": ["END"],
    "user": "ann",
    "metadata": {"team": "a"},
    "timeout": 20,
    "num_retries": 0,
    "fallbacks": ["llama"],
    "drop_params": True,
    "additional_drop_params": ["logit_bias"],
    "allowed_openai_params": ["seed"],
    "cache_control_injection_points": [{"location": "message", "role": "system", "index": 0}],
    "extra_body": {"top_k": 5},
    "usage_context": {"project": "x"},
    "request_tags": {"a": "b"},
    "tags": ["t"],
}
STREAMED = {
    **HELLO,
    "stream": True,
    "stream_options": {"include_usage": True},
    "temperature": 0.5,
    "top_p": 0.9,
    "n": 1,
    "max_completion_tokens": 20,
    "response_format": {
        "type": "json_schema",
        "json_schema": {"name": "place", "strict": True, "schema": SCHEMA},
    },
    "stream_timeout": 5,
    "service_tier": "auto",
}
THINKING = {
    **HELLO,
    "model": "claude",
    "max_tokens": 4000,
    "thinking": {"type": "enabled", "budget_tokens": 1024},
    "functions": [{"name": "f", "description": "d", "parameters": SCHEMA}],
    "function_call": "auto",
}
FORCED = {**HELLO, "functions": THINKING["functions"], "function_call": {"name": "f"}}
THOUGHT = {"type": "thinking", "thinking": "hm", "signature": "c2ln"}
SIGNED = {
    **HELLO,
    "model": "claude",
    "messages": [{"role": "assistant", "thinking_blocks": [THOUGHT]}, *HELLO["messages"]],
}
EFFORT = {**HELLO, "model": "databricks/databricks-gpt-oss-120b", "reasoning_effort": {"effort": "low"}}
COMPLETION = {
    "model": "llama",
    "prompt": ["Hello", "Ciao"],
    "max_tokens": 5,
    "logprobs": 1,
    "stop": ["x"],
    "echo": False,
    "best_of": 1,
    "suffix": "s",
    "stream": False,
    "user": "ann",
    "metadata": {"a": "b"},
}
EMBEDDING = {
    "model": "databricks/databricks-qwen3-embedding-0-6b",
    "input": ["Hello", "Ciao"],
    "encoding_format": "float",
    "dimensions": 1024,
    "instruction": "i",
    "user": "ann",
    "metadata": {"a": "b"},
    "timeout": 5,
}
BODIES: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("chat", CHAT, FULL),
    ("stream", CHAT, STREAMED),
    ("thinking", CHAT, THINKING),
    ("forced", CHAT, FORCED),
    ("signed", CHAT, SIGNED),
    ("effort", CHAT, EFFORT),
    ("path", "/openai/deployments/llama/chat/completions", HELLO),
    ("completion", COMPLETIONS, COMPLETION),
    ("embedding", EMBEDDINGS, EMBEDDING),
    ("count", COUNTER, {**FULL, "messages": [*FULL["messages"], *SIGNED["messages"]]}),
    ("count prompt", COUNTER, {"model": "llama", "prompt": ["Hello"]}),
)
VALUES: tuple[Any, ...] = (
    *(None, True, -1, 7, 1.5, 2**80, "", "text", "\u0000", "a" * 5000),
    *([], [None], ["text"], [{}], {}, {"a": 1}, {"type": []}),
)


def cases() -> Iterator[Case]:
    for name, target, body in BODIES:
        yield Case(f"{name} as it should be", (post(target, body),), (200,))
        for path in places(body):
            for number, value in enumerate(VALUES):
                changed = put(body, path, value)
                yield Case(
                    f"{name} {path}: {number}", (post(target, changed),), (200, 400, 404, 422), _named(path)
                )
            yield Case(f"{name} {path}: none", (post(target, put(body, path)),), (200, 400, 404, 422), "")


def places(value: Any, path: Path = ()) -> Iterator[Path]:
    """The whole, and every part of it."""
    yield path
    members = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for name, member in members:
        yield from places(member, (*path, name))


NOTHING: Any = object()
SYNONYMS = {
    "max_completion_tokens": ("max_tokens",),
    "tool_choice": ("tool choice",),
    "function_call": ("tool choice",),
    "extra_body": ("extra inputs",),
    "prompt": ("messages",),
    "dimensions": ("matryoshka_dimension",),
    "functions": ("tools", "schema for function"),
    "thinking_blocks": ("signature",),
    "fallbacks": ("model name",),
}


def put(body: Any, path: Path, value: Any = NOTHING) -> Any:
    """A copy of `body` with another value in one place, or without that place."""
    if not path:
        return {} if value is NOTHING else value
    changed = copy.deepcopy(body)
    inner = changed
    for step in path[:-1]:
        inner = inner[step]
    if value is NOTHING:
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    return changed


def _named(path: Path) -> str:
    """Any of the names that lead there, or that it goes by with the model."""
    names = [name for step in path if isinstance(step, str) for name in (step, *SYNONYMS.get(step, ()))]
    return "|".join(names) or "JSON|missing"
