"""OpenAI's chat messages as the caller wrote them: other libraries' objects made plain, every shape checked.

Whoever reads them next need not ask again: what is named below has its type wherever it is there. What a role
or a part means is not known here.
"""

from __future__ import annotations

from typing import Any

from lakeway.core import json_body, shapes

# OpenAI wants a name beside a file's data; this is LiteLLM's for one that has none.
FILE_NAME = "my_file.pdf"
TOOL_ROLES = frozenset({"tool", "function"})
TEXT_PARTS = frozenset({"text", "input_text", "output_text"})
# What a tool may return beside text; anything else that is no text is its result as an object.
MEDIA_PARTS = frozenset({"document", "file", "image", "image_url", "input_audio"})
TEXTS = ("role", "tool_call_id", "name", "refusal")
OBJECTS = ("function_call", "provider_specific_fields", "cache_control")
LISTS_OF_OBJECTS = ("thinking_blocks", "reasoning_items")
# What replies carry beyond OpenAI's own request fields, LiteLLM's additions for the most part: going back,
# it is an unknown field to any server that does not take it by name.
REPLY_ONLY = frozenset(
    {
        "annotations",
        "cache_control",
        "citations",
        "images",
        "provider_specific_fields",
        "reasoning",
        "reasoning_content",
        "reasoning_items",
        "thinking_blocks",
    }
)


def read(messages: Any) -> list[dict[str, Any]]:
    """`messages` as dicts: content is None, a text or a list of texts and parts; a part or a call is a dict.

    What a tool returned as an object is JSON text afterwards. The caller's own objects are not changed.
    Raises BadRequestError that names the place, as in `messages[2].content`.
    """
    listed = shapes.a_list(messages, "messages", "a list of messages")
    return [
        message if _is_ordinary(message) else _message(message, f"messages[{position}]")
        for position, message in enumerate(listed)
    ]


def _is_ordinary(message: Any) -> bool:
    """Whether it is the commonest message of all, a role and a text: there is nothing in it to look into."""
    return (
        type(message) is dict
        and len(message) == 2
        and type(message.get("content")) is str
        and type(message.get("role")) is str
    )


def _message(message: Any, at: str) -> dict[str, Any]:
    read = dict(shapes.an_object(message, at, "an object with a role"))
    for name in TEXTS:
        if read.get(name) is not None:
            shapes.a_text(read[name], f"{at}.{name}")
    for name in OBJECTS:
        if read.get(name) is not None:
            read[name] = shapes.an_object(read[name], f"{at}.{name}")
    for name in LISTS_OF_OBJECTS:
        if read.get(name) is not None:
            read[name] = shapes.objects(read[name], f"{at}.{name}")
    content = read.get("content")
    if content is not None and not isinstance(content, str):
        written = _result if read.get("role") in TOOL_ROLES else _content
        read["content"] = written(content, f"{at}.content")
    if read.get("tool_calls") is not None:
        calls = shapes.objects(read["tool_calls"], f"{at}.tool_calls")
        read["tool_calls"] = [_call(call, f"{at}.tool_calls[{i}]") for i, call in enumerate(calls)]
    return read


def _content(content: Any, at: str) -> list[Any]:
    """A list of parts; one part alone counts as a list of it."""
    if isinstance(content, dict) or hasattr(content, "model_dump"):
        return [_part(content, at)]
    parts = shapes.a_list(content, at, "a text or a list of content parts")
    return [part if isinstance(part, str) else _part(part, f"{at}[{i}]") for i, part in enumerate(parts)]


def _result(content: Any, at: str) -> str | list[Any]:
    """What a tool returned: texts and parts as they are, any other object as JSON text."""
    content = _plain(content, at)
    if _is_part(content):
        return [_part(content, at)]
    if not isinstance(content, (list, tuple)):
        return json_body.encode(content, at).decode()
    parts = [_plain(part, f"{at}[{i}]") for i, part in enumerate(content)]
    if parts and not any(map(_is_part, parts)):
        return json_body.encode(parts, at).decode()
    return [_returned(part, f"{at}[{i}]") for i, part in enumerate(parts)]


def _plain(value: Any, at: str) -> Any:
    return shapes.an_object(value, at) if hasattr(value, "model_dump") else value


def _is_part(value: Any) -> bool:
    kind = value.get("type") if isinstance(value, dict) else None
    if not isinstance(kind, str):
        return isinstance(value, str)
    return kind in MEDIA_PARTS or (kind in TEXT_PARTS and isinstance(value.get("text"), str))


def _returned(part: Any, at: str) -> str | dict[str, Any]:
    if isinstance(part, str):
        return part
    return _part(part, at) if _is_part(part) else json_body.encode(part, at).decode()


def _part(part: Any, at: str) -> dict[str, Any]:
    read = shapes.an_object(part, at, "a content part")
    for name in ("type", "text"):
        if read.get(name) is not None:
            shapes.a_text(read[name], f"{at}.{name}")
    for name in ("cache_control", "file", "source"):
        if read.get(name) is not None:
            shapes.an_object(read[name], f"{at}.{name}")
    return read


def _call(call: dict[str, Any], at: str) -> dict[str, Any]:
    """A tool call, which has an id and what it calls under the name of its type."""
    if call.get("id") is not None:
        shapes.a_text(call["id"], f"{at}.id")
    for name in ("function", "custom", "cache_control", "provider_specific_fields"):
        if call.get(name) is not None:
            call = {**call, name: shapes.an_object(call[name], f"{at}.{name}")}
    return call
