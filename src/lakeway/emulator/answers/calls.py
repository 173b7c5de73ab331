"""Which of the offered tools a model calls, and with what."""

from __future__ import annotations

import re

import msgspec

from lakeway.emulator.answers.ask import Ask, Tool, ToolCall
from lakeway.emulator.answers.knowledge import is_small_talk
from lakeway.emulator.answers.schema import Filler, entities

_WORD = re.compile(r"[A-Z]?[a-z]+|\d+")
_DULL = re.compile(
    r"an?|and|by|call|current|do|fetch|for|function|get|in|is|it|my|of|or|run|set|the|to|tool|with"
)


def choose(ask: Ask) -> tuple[ToolCall, ...]:
    """The calls to make: none after results came back, unless a call is demanded."""
    if not ask.tools or ask.choice == "none":
        return ()
    if ask.choice == "auto" and (ask.results or is_small_talk(ask.user)):
        return ()
    named = [tool for tool in ask.tools if tool.name == ask.choice]
    wanted = named or _fitting(ask)
    calls = tuple(call for tool in wanted for call in _calls(tool, ask))
    return calls if ask.parallel else calls[:1]


def _fitting(ask: Ask) -> list[Tool]:
    """The tools whose name the prompt mentions; else the one it overlaps most with, else the first."""
    words = _words(ask.user)
    by_name = [tool for tool in ask.tools if _words(tool.name) & words]
    if by_name:
        return by_name
    return [max(ask.tools, key=lambda tool: len(_words(tool.description) & words))]


def _words(text: str) -> set[str]:
    """Lower-case words, without plurals' s and dull ones."""
    words = (word.lower() for word in _WORD.findall(text))
    return {word.rstrip("s") for word in words if not _DULL.fullmatch(word)}


def _calls(tool: Tool, ask: Ask) -> list[ToolCall]:
    names = entities(ask.user) if _takes_one_name(tool) else []
    subjects: list[str | None] = list(names) if len(names) > 1 and ask.parallel else [None]
    calls = []
    for subject in subjects:
        filled = Filler(tool.parameters, ask.user, entity=subject, optional=False).fill()
        arguments = filled if isinstance(filled, dict) else {}
        calls.append(ToolCall(tool.name, msgspec.json.encode(arguments).decode()))
    return calls


def _takes_one_name(tool: Tool) -> bool:
    """Whether the tool has exactly one required plain text: then several names mean several calls."""
    properties = tool.parameters.get("properties") or {}
    required = tool.parameters.get("required") or ()
    texts = [
        name
        for name in required
        if isinstance(properties.get(name), dict)
        and properties[name].get("type") == "string"
        and "enum" not in properties[name]
    ]
    return len(texts) == 1
