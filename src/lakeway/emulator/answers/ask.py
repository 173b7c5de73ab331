"""One question to a model, free of the dialect it came in, and the answer to it."""

from __future__ import annotations

from typing import Any

import msgspec

Json = dict[str, Any]


class Tool(msgspec.Struct, frozen=True):
    """A function on offer; `parameters` is its JSON schema."""

    name: str
    description: str
    parameters: Json


class Result(msgspec.Struct, frozen=True):
    """What a tool answered, as text."""

    name: str
    content: str


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """The last user turn and what was asked of the reply.

    `results` are the tool results after that turn. `choice` is "auto", "required", "none" or a tool's name.
    `prefill` is the start of the answer, when the conversation ends with the assistant.
    """

    user: str
    images: int = 0
    results: tuple[Result, ...] = ()
    tools: tuple[Tool, ...] = ()
    choice: str = "auto"
    parallel: bool = True
    schema: Json | None = None
    json_object: bool = False
    thinking: bool = False
    max_tokens: int | None = None
    stop: tuple[str, ...] = ()
    prefill: str = ""


class ToolCall(msgspec.Struct, frozen=True):
    """A call the model wants made; `arguments` is JSON text."""

    name: str
    arguments: str


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """A finished reply: `reasoning` is empty unless the model thought. Counts are tokens."""

    text: str
    reasoning: str = ""
    calls: tuple[ToolCall, ...] = ()
    finish: str = "stop"
    reasoning_tokens: int = 0
    completion_tokens: int = 0
