"""Reads a valid chat body: what was asked last, which tools answered, how large the prompt is."""

from __future__ import annotations

from typing import Any

from lakeway.emulator.answers.ask import Ask, Result, Tool
from lakeway.emulator.answers.tokens import estimate
from lakeway.emulator.models import Model

Json = dict[str, Any]

_TEMPLATE_TOKENS = 7
_MESSAGE_TOKENS = 3
_IMAGE_TOKENS = 1500


def read_ask(body: Json, model: Model) -> Ask:
    """The question in `body`. The body must have passed validation."""
    messages = body["messages"]
    schema, json_object = _format(body.get("response_format") or {})
    user, images = _last_user(messages)
    return Ask(
        user=user,
        images=images,
        results=tuple(_results(messages)),
        tools=tuple(_tool(tool["function"]) for tool in body.get("tools") or () if "function" in tool),
        choice=_choice(body.get("tool_choice")),
        parallel=model.family != "gemma",
        schema=schema,
        json_object=json_object,
        thinking=thinks(body, model),
        max_tokens=_limit(body),
        stop=_stops(body.get("stop")),
        prefill=text_of(messages[-1].get("content")) if messages[-1]["role"] == "assistant" else "",
    )


def thinks(body: Json, model: Model) -> bool:
    """Whether the model reasons on this request; defaults by family are the docs' (query-reason-models)."""
    thinking = body.get("thinking")
    if model.family == "claude" or thinking:
        return model.always_thinks or (thinking or {}).get("type") in ("enabled", "adaptive")
    effort = body.get("reasoning_effort")
    if model.always_thinks or model.family in ("gpt-oss", "deepseek-r1"):
        return True
    if model.family in ("deepseek", "glm", "kimi"):
        return effort not in ("none", "disabled")
    return model.reasoning and effort not in (None, "none")


def _limit(body: Json) -> int | None:
    limit = body.get("max_completion_tokens") or body.get("max_tokens")
    return None if limit is None else int(limit)


def prompt_tokens(body: Json) -> int:
    """Tokens of the whole prompt, with the template's own."""
    total = _TEMPLATE_TOKENS
    for message in body["messages"]:
        total += _MESSAGE_TOKENS + _content_tokens(message.get("content"))
        for call in message.get("tool_calls") or ():
            function = call.get("function") or {}
            total += estimate(f"{function.get('name')}{function.get('arguments')}")
    return total + sum(estimate(str(tool)) for tool in body.get("tools") or ())


def text_of(content: Any) -> str:
    """The words of a content: a string, or the text items of a list."""
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else ()
    return "\n".join(part["text"] for part in parts if isinstance(part, dict) and part.get("type") == "text")


def _content_tokens(content: Any) -> int:
    if isinstance(content, str):
        return estimate(content)
    total = 0
    for part in content or ():
        match part.get("type"):
            case "text":
                total += estimate(part["text"])
            case "image_url":
                total += _IMAGE_TOKENS
            case _:
                total += estimate(str(part))
    return total


def _last_user(messages: list[Json]) -> tuple[str, int]:
    for message in reversed(messages):
        if message["role"] == "user":
            content = message.get("content")
            parts = content if isinstance(content, list) else ()
            return text_of(content), sum(part.get("type") == "image_url" for part in parts)
    return text_of(messages[-1].get("content")), 0


def _results(messages: list[Json]) -> list[Result]:
    """Tool messages since the last user turn."""
    names: dict[str, str] = {}
    found: list[Result] = []
    for message in messages:
        match message["role"]:
            case "user":
                found.clear()
            case "assistant":
                names |= {call["id"]: call["function"]["name"] for call in message.get("tool_calls") or ()}
            case "tool":
                found.append(
                    Result(names.get(message["tool_call_id"], "tool"), text_of(message.get("content")))
                )
    return found


def _tool(function: Json) -> Tool:
    return Tool(function["name"], function.get("description") or "", function.get("parameters") or {})


def _choice(choice: Any) -> str:
    if isinstance(choice, dict):
        return str(choice["function"]["name"])
    return choice or "auto"


def _format(response_format: Json) -> tuple[Json | None, bool]:
    match response_format.get("type"):
        case "json_schema":
            return response_format["json_schema"].get("schema") or {}, False
        case "json_object":
            return None, True
    return None, False


def _stops(stop: Any) -> tuple[str, ...]:
    return (stop,) if isinstance(stop, str) else tuple(stop or ())
