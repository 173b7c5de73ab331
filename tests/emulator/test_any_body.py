"""Whatever is sent, the answer is a reply or a refusal, never an accident."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

SCHEMA = {"type": "object", "properties": {"city": {"type": "string", "enum": ["a"]}}, "required": ["city"]}
TOOL = {"type": "function", "function": {"name": "f", "description": "d", "parameters": SCHEMA}}
CALL = {"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}}
SUMMARY = {"type": "summary_text", "text": "t", "signature": "s"}
CHAT = {
    "messages": [
        {"role": "system", "content": "s"},
        {
            "role": "user",
            "content": [{"type": "text", "text": "Weather?", "cache_control": {"type": "ephemeral"}}],
        },
        {"role": "assistant", "content": [{"type": "reasoning", "summary": [SUMMARY]}], "tool_calls": [CALL]},
        {"role": "tool", "tool_call_id": "a", "content": "1"},
    ],
    "tools": [TOOL],
    "tool_choice": {"type": "function", "function": {"name": "f"}},
    "response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": SCHEMA}},
    "thinking": {"type": "enabled", "budget_tokens": 1024},
    "max_tokens": 3000,
    "stop": ["x"],
    "stream": False,
}
RESPONSES = {
    "input": [
        {"role": "user", "content": [{"type": "input_text", "text": "Hi"}]},
        {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "c", "output": "x"},
    ],
    "tools": [{"type": "function", "name": "f", "parameters": SCHEMA}],
    "tool_choice": {"type": "function", "name": "f"},
    "text": {"format": {"type": "json_schema", "name": "n", "schema": SCHEMA}},
    "reasoning": {"effort": "low"},
}
EMBED = {"input": ["a", "b"], "instruction": "i", "dimensions": 32}
JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 2**40),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=5),
    st.just([]),
    st.just({}),
    st.just([{}]),
    st.just([None]),
    st.just({"type": "text"}),
    st.just({"a": [1]}),
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every value inside `value`."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [p for key, member in inner for p in [(*path, key), *places(member, (*path, key))]]


def changed(body: Any, path: tuple[Any, ...], junk: Any, *, remove: bool) -> Any:
    body = deepcopy(body)
    at = body
    for key in path[:-1]:
        at = at[key]
    if remove:
        del at[path[-1]]
    else:
        at[path[-1]] = junk
    return body


@st.composite
def bodies(draw: st.DrawFn, valid: Any) -> Any:
    """`valid` with one or two of its values replaced or removed."""
    body = valid
    for _ in range(draw(st.integers(1, 2))):
        found = places(body)
        if found:
            body = changed(body, draw(st.sampled_from(found)), draw(JUNK), remove=draw(st.booleans()))
    return body


ROUTES = [
    ("/serving-endpoints/chat/completions", "databricks-claude-sonnet-4-5", CHAT),
    ("/serving-endpoints/chat/completions", "databricks-meta-llama-3-3-70b-instruct", CHAT),
    ("/serving-endpoints/chat/completions", "databricks-gpt-5", CHAT),
    ("/ai-gateway/mlflow/v1/chat/completions", "system.ai.gemini-3-8-flash", CHAT),
    ("/serving-endpoints/responses", "databricks-gpt-5-5", RESPONSES),
    ("/serving-endpoints/embeddings", "databricks-qwen3-embedding-0-6b", EMBED),
]


@pytest.mark.parametrize(("path", "model", "valid"), ROUTES)
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_body_breaks_it(caller: Any, path: str, model: str, valid: Any, data: st.DataObject) -> None:
    """Every mutation of a body has a status below 500."""
    body = {"model": model, **data.draw(bodies(valid))}
    outcome = caller.send("POST", path, msgspec.json.encode(body))
    streamed = b"".join(getattr(outcome, "events", ()))

    assert streamed.endswith(b"\n\n") or outcome.status in (200, 400)
