"""Reads a valid Responses body: the same question that a chat body would ask."""

from __future__ import annotations

from typing import Any

from lakeway.emulator.answers.ask import Ask, Result, Tool
from lakeway.emulator.answers.tokens import estimate
from lakeway.emulator.models import Model
from lakeway.emulator.validation.wording import Json

_TEMPLATE_TOKENS = 7


def read_ask(body: Json, model: Model) -> Ask:
    """The question in `body`."""
    items = _items(body["input"])
    user, images = _last_user(items)
    form = (body.get("text") or {}).get("format") or {}
    return Ask(
        user=user,
        images=images,
        results=tuple(_results(items)),
        tools=tuple(_tool(tool) for tool in body.get("tools") or () if tool["type"] == "function"),
        choice=_choice(body.get("tool_choice")),
        parallel=body.get("parallel_tool_calls") is not False,
        schema=form.get("schema") if form.get("type") == "json_schema" else None,
        json_object=form.get("type") == "json_object",
        thinking=_thinks(body, model),
        max_tokens=body.get("max_output_tokens"),
    )


def prompt_tokens(body: Json) -> int:
    """Tokens of input, instructions and tools."""
    texts = [body.get("instructions") or "", *(str(tool) for tool in body.get("tools") or ())]
    items = [_text(item.get("content")) or str(item) for item in _items(body["input"])]
    return _TEMPLATE_TOKENS + sum(estimate(text) for text in (*texts, *items))


def _thinks(body: Json, model: Model) -> bool:
    effort = (body.get("reasoning") or {}).get("effort")
    if effort is None:
        return model.task == "responses" or model.version >= (5, 4)
    return effort not in ("none", "minimal")


def _items(value: Any) -> list[Json]:
    return [{"role": "user", "content": value}] if isinstance(value, str) else value


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    return "\n".join(part["text"] for part in content or () if "text" in part)


def _last_user(items: list[Json]) -> tuple[str, int]:
    for item in reversed(items):
        if item.get("role") == "user":
            parts = item["content"] if isinstance(item["content"], list) else ()
            return _text(item["content"]), sum(part["type"] == "input_image" for part in parts)
    return "", 0


def _results(items: list[Json]) -> list[Result]:
    """Tool outputs since the last user turn."""
    names: dict[str, str] = {}
    found: list[Result] = []
    for item in items:
        if item.get("role") == "user":
            found.clear()
        elif item.get("type") == "function_call":
            names[item["call_id"]] = item["name"]
        elif item.get("type") == "function_call_output":
            found.append(Result(names.get(item["call_id"], "tool"), _text(item["output"])))
    return found


def _tool(tool: Json) -> Tool:
    return Tool(tool["name"], tool.get("description") or "", tool.get("parameters") or {})


def _choice(choice: Any) -> str:
    if isinstance(choice, dict):
        return str(choice.get("name") or "auto")
    return choice or "auto"
