"""Structured output: what is asked of each family, and how the answer comes back."""

from typing import Any

import pydantic

from parity.case import (
    ADAPTIVE,
    CLAUDE,
    GEMINI,
    GPT,
    LLAMA,
    Case,
    Reply,
    call,
    chat,
    chunk,
    completion,
    stream,
)


class City(pydantic.BaseModel):
    name: str
    mayor: str | None = None


SCHEMA = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}
FORMS: dict[str, Any] = {
    "schema": {"type": "json_schema", "json_schema": {"name": "city", "schema": SCHEMA, "strict": True}},
    "object": {"type": "json_object"},
    "object-schema": {"type": "json_object", "response_schema": SCHEMA},
    "text": {"type": "text"},
    "class": City,
}
FAMILIES = {"claude": CLAUDE, "adaptive": ADAPTIVE, "llama": LLAMA, "gpt": GPT, "gemini": GEMINI}
TOOL = {"type": "function", "function": {"name": "f", "description": "d", "parameters": SCHEMA}}
ANSWER = chat('{"name": "Paris"}')
JSON_CALL = call(None, "json_tool_call", '{"name": "Paris"}')
CALLED = chat(None, finish="tool_calls", tool_calls=[JSON_CALL])
THOUGHT = {"type": "reasoning", "summary": [{"type": "summary_text", "text": "hm", "signature": "s"}]}


def _streamed(*deltas: Any, finish: str = "tool_calls") -> Reply:
    return stream(*(chunk(delta) for delta in deltas), chunk({}, finish))


STREAMED = _streamed(
    {"role": "assistant", "content": "Let me"},
    {"tool_calls": [call(0, "json_tool_call", "")]},
    {"tool_calls": [call(0, None, '{"name": ')]},
    {"tool_calls": [call(0, None, '"Paris"}')]},
)
# Asked with a tool of the caller's own, so that both packages ask for the answer as a tool call.
BOTH: dict[str, Any] = {"tools": [TOOL], "response_format": FORMS["schema"]}

CASES: tuple[Case, ...] = (
    *(
        completion(f"{form}-{family}", model, ANSWER, response_format=wanted)
        for form, wanted in FORMS.items()
        for family, model in FAMILIES.items()
    ),
    completion(
        "response_schema-claude",
        CLAUDE,
        ANSWER,
        response_format={"type": "json_object"},
        response_schema=SCHEMA,
    ),
    completion("schema-and-tools-claude", CLAUDE, CALLED, **BOTH),
    completion("schema-and-tools-chosen-claude", CLAUDE, CALLED, tool_choice="auto", **BOTH),
    completion("schema-and-tools-llama", LLAMA, ANSWER, **BOTH),
    completion(
        "schema-and-effort-claude", CLAUDE, ANSWER, response_format=FORMS["schema"], reasoning_effort="low"
    ),
    completion(
        "schema-and-effort-none", CLAUDE, ANSWER, response_format=FORMS["schema"], reasoning_effort="none"
    ),
    completion("schema-and-thinking-claude", CLAUDE, ANSWER, response_format=FORMS["schema"], thinking=True),
    completion(
        "answer-beside-own-call",
        CLAUDE,
        chat(None, finish="tool_calls", tool_calls=[JSON_CALL, call(None) | {"id": "call_1"}]),
        **BOTH,
    ),
    completion(
        "answer-own-call-alone", CLAUDE, chat(None, finish="tool_calls", tool_calls=[call(None)]), **BOTH
    ),
    completion("answer-as-text", CLAUDE, ANSWER, **BOTH),
    completion(
        "answer-with-thinking",
        CLAUDE,
        chat([THOUGHT], finish="tool_calls", tool_calls=[JSON_CALL]),
        reasoning_effort="low",
        **BOTH,
    ),
    completion("schema-streamed-claude", CLAUDE, STREAMED, response_format=FORMS["schema"], stream=True),
    completion(
        "schema-streamed-llama",
        LLAMA,
        _streamed({"content": '{"name":'}, {"content": ' "Paris"}'}, finish="stop"),
        response_format=FORMS["schema"],
        stream=True,
    ),
    completion(
        "schema-streamed-as-text",
        CLAUDE,
        _streamed({"content": '{"name":'}, {"content": ' "Paris"}'}, finish="stop"),
        response_format=FORMS["schema"],
        stream=True,
    ),
    completion("not-a-format", LLAMA, ANSWER, response_format="json"),
)
