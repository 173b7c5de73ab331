"""The shape of messages and tools: closed keys, roles, content parts, calls.

Which keys are open depends on the family: cache_control and reasoning items are Claude's, thoughtSignature
Gemini's, `strict` GPT's. Databricks docs (FM API reference, function-calling); refused keys as reported in
litellm 15758 and 36931 and stripped by the official clients.
"""

from __future__ import annotations

from typing import Any

from lakeway.emulator.envelopes import bad_request, invalid_parameter, nested
from lakeway.emulator.models import Model
from lakeway.emulator.validation import shapes
from lakeway.emulator.validation.schemas import check_schema
from lakeway.emulator.validation.wording import Json, Path, Words, dotted

_ROLES = ("system", "user", "assistant", "tool")
_MAX_TOOLS = 32
_HOSTED = ("computer_", "text_editor_", "bash_")


def check_messages(words: Words, model: Model, value: Any) -> None:
    messages = shapes.items(words, ("messages",), value)
    if not messages:
        words.invalid(("messages",), "List should have at least 1 item after validation, not 0")
    for index, message in enumerate(messages):
        _check_message(words, model, ("messages", index), message)


def check_tools(words: Words, model: Model, value: Any) -> None:
    tools = shapes.items(words, ("tools",), value)
    if tools and not model.tools:
        raise bad_request(f"{model.name} does not support the tools parameter")
    if len(tools) > _MAX_TOOLS:
        raise invalid_parameter(f"tools: at most {_MAX_TOOLS} functions are supported, got {len(tools)}")
    for index, tool in enumerate(tools):
        _check_tool(words, model, ("tools", index), tool)


def check_tool_choice(words: Words, model: Model, choice: Any, tools: Any) -> None:
    path: Path = ("tool_choice",)
    if isinstance(choice, str):
        shapes.one_of("auto", "required", "none")(words, path, choice)
    else:
        shapes.closed(words, path, choice, ("type", "function"), ("type", "function"))
        shapes.one_of("function")(words, (*path, "type"), choice["type"])
        shapes.closed(words, (*path, "function"), choice["function"], ("name",), ("name",))
        shapes.text(words, (*path, "function", "name"), choice["function"]["name"])
    if not tools and choice != "none":
        raise bad_request("tool_choice: may only be specified while providing tools")
    if not isinstance(choice, str):
        _check_named(choice["function"]["name"], tools)
    if choice not in ("auto", "none") and not model.forced_tools:
        raise nested(400, "BAD_REQUEST", "tool_choice: this model does not support forced tool use")


def _check_named(name: str, tools: list[Json]) -> None:
    if name not in [(tool.get("function") or {}).get("name") for tool in tools]:
        raise bad_request(f"tool_choice.function.name: '{name}' is not among the tools")


def _check_tool(words: Words, model: Model, path: Path, tool: Any) -> None:
    if model.family == "claude" and isinstance(tool, dict) and str(tool.get("type", "")).startswith(_HOSTED):
        return
    shapes.closed(words, path, tool, ("type", "function"), ("type", "function"))
    shapes.one_of("function")(words, (*path, "type"), tool["type"])
    allowed = ["name", "description", "parameters", *(["strict"] if model.family == "gpt" else [])]
    function = shapes.closed(words, (*path, "function"), tool["function"], allowed, ("name",))
    _check_present(words, (*path, "function"), function, name=shapes.text)
    if function.get("description") is not None:
        shapes.text(words, (*path, "function", "description"), function["description"])
    if function.get("parameters") is not None:
        shapes.mapping(words, (*path, "function", "parameters"), function["parameters"])
        check_schema(f"function '{function['name']}'", function["parameters"])


def _check_present(words: Words, path: Path, value: Json, **checks: shapes.Check) -> None:
    for key, check in checks.items():
        check(words, (*path, key), value[key])


def _check_message(words: Words, model: Model, path: Path, message: Any) -> None:
    if not isinstance(message, dict):
        words.wrong_type(path, "dictionary")
    if "role" not in message:
        words.missing((*path, "role"))
    shapes.one_of(*_ROLES)(words, (*path, "role"), message["role"])
    role = message["role"]
    own = {"assistant": ("tool_calls",), "tool": ("tool_call_id",)}.get(role, ())
    required = ("tool_call_id", "content") if role == "tool" else ("content",) if role != "assistant" else ()
    shapes.closed(words, path, message, ("role", "content", *own), required)
    if role == "tool":
        shapes.text(words, (*path, "tool_call_id"), message["tool_call_id"])
    if role == "assistant":
        _check_assistant(words, model, path, message)
    elif message["content"] is None:
        words.wrong_type((*path, "content"), "string")
    if message.get("content") is not None:
        _check_content(words, model, path, message["content"], role)


def _check_assistant(words: Words, model: Model, path: Path, message: Json) -> None:
    calls = message.get("tool_calls")
    if calls is not None:
        for index, call in enumerate(shapes.items(words, (*path, "tool_calls"), calls)):
            _check_call(words, model, (*path, "tool_calls", index), call)
    if not calls and message.get("content") in (None, []):
        words.invalid(path, "assistant message must have either content or tool_calls")


def _check_call(words: Words, model: Model, path: Path, call: Any) -> None:
    extra = {"claude": ("cache_control",), "gemini": ("thoughtSignature",)}.get(model.family, ())
    shapes.closed(words, path, call, ("id", "type", "function", *extra), ("id", "type", "function"))
    shapes.text(words, (*path, "id"), call["id"])
    shapes.one_of("function")(words, (*path, "type"), call["type"])
    function = shapes.closed(
        words, (*path, "function"), call["function"], ("name", "arguments"), ("name", "arguments")
    )
    _check_present(words, (*path, "function"), function, name=shapes.text, arguments=shapes.text)
    if "cache_control" in call:
        _check_marker(words, (*path, "cache_control"), call["cache_control"])


def _check_content(words: Words, model: Model, path: Path, content: Any, role: str) -> None:
    if isinstance(content, str):
        return
    at: Path = (*path, "content")
    if not isinstance(content, list) or (role == "tool" and model.family not in ("claude", "gpt")):
        words.wrong_type(at, "string")
    for index, part in enumerate(content):
        if role == "tool":
            _check_result_part(words, model, at, index, part)
        else:
            _check_part(words, model, (*at, index), part, role)


def _check_result_part(words: Words, model: Model, at: Path, index: int, part: Any) -> None:
    kind = part.get("type") if isinstance(part, dict) else None
    if kind != "text" and model.family != "claude":
        words.invalid((*at, index, "type"), "Input should be 'text'")
    if kind != "text":
        raise nested(
            400,
            "BAD_REQUEST",
            f"{dotted(at)}.0.tool_result.content.{index}: "
            f"Input tag '{kind}' found using 'type' does not match any of the expected tags",
        )
    shapes.closed(words, (*at, index), part, ("type", "text"), ("type", "text"))
    shapes.text(words, (*at, index, "text"), part["text"])


def _check_part(words: Words, model: Model, path: Path, part: Any, role: str) -> None:
    if not isinstance(part, dict):
        words.wrong_type(path, "dictionary")
    claude = model.family == "claude"
    marker = ("cache_control",) if claude else ()
    match part.get("type"):
        case "text":
            cited = ("citations",) if claude else ()
            shapes.closed(words, path, part, ("type", "text", *marker, *cited), ("text",))
            shapes.text(words, (*path, "text"), part["text"])
        case "image_url" if role == "user":
            _check_image(words, model, path, part, marker)
        case "reasoning" if claude and role == "assistant":
            _check_reasoning(words, path, part)
        case "document" if claude and role == "user":
            shapes.closed(
                words, path, part, ("type", "source", "title", "context", "citations", *marker), ("source",)
            )
        case "file" if role == "user" and model.family in ("claude", "gpt", "gemini"):
            shapes.closed(words, path, part, ("type", "file", *marker), ("file",))
            shapes.closed(words, (*path, "file"), part["file"], ("filename", "file_data"), ("file_data",))
        case "input_audio" if role == "user" and model.family == "gemini":
            shapes.closed(words, path, part, ("type", "input_audio"), ("input_audio",))
        case kind:
            words.invalid((*path, "type"), f"Input tag '{kind}' does not match any of the expected tags")
    if "cache_control" in part:
        _check_marker(words, (*path, "cache_control"), part["cache_control"])


def _check_image(words: Words, model: Model, path: Path, part: Json, marker: tuple[str, ...]) -> None:
    shapes.closed(words, path, part, ("type", "image_url", *marker), ("image_url",))
    image = shapes.closed(words, (*path, "image_url"), part["image_url"], ("url", "detail"), ("url",))
    shapes.text(words, (*path, "image_url", "url"), image["url"])
    if model.family == "claude" and not image["url"].startswith("data:"):
        raise invalid_parameter("Http data URLs are not supported by Claude")


def _check_reasoning(words: Words, path: Path, part: Json) -> None:
    shapes.closed(words, path, part, ("type", "summary"), ("summary",))
    for index, item in enumerate(shapes.items(words, (*path, "summary"), part["summary"])):
        at: Path = (*path, "summary", index)
        if isinstance(item, dict) and item.get("type") == "summary_encrypted_text":
            shapes.closed(words, at, item, ("type", "data"), ("data",))
            shapes.text(words, (*at, "data"), item["data"])
        else:
            fields = ("type", "text", "signature")
            shapes.closed(words, at, item, fields, fields)
            shapes.one_of("summary_text")(words, (*at, "type"), item["type"])
            _check_present(words, at, item, text=shapes.text, signature=shapes.text)


def _check_marker(words: Words, path: Path, marker: Any) -> None:
    shapes.closed(words, path, marker, ("type", "ttl"), ("type",))
    shapes.one_of("ephemeral")(words, (*path, "type"), marker["type"])
    if "ttl" in marker:
        shapes.one_of("5m", "1h")(words, (*path, "ttl"), marker["ttl"])
