"""A chat request as a Responses request, for models that answer only there.

GPT-5.5, the Codex and the "pro" models are served on Responses alone, and GPT-5.4 and later refuse function
tools with reasoning on chat (Databricks docs, supported-models). Pure: no model names, no profiles; what
Responses cannot express is named by `unsupported` and left out by `request`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import takewhile
from typing import Any

import msgspec

from lakeway.core import shapes
from lakeway.core.dialects.openai_chat import DEFAULTS, canonical
from lakeway.core.dialects.openai_messages import FILE_NAME
from lakeway.core.dialects.openai_responses import MIN_OUTPUT_TOKENS, STATEFUL, short_id
from lakeway.core.translations.responses_turn import items, text_of

# OpenAI docs, migrate-to-responses, and the parameters of `responses.create`: no field for these.
NO_COUNTERPART = frozenset(
    {
        "audio",
        "frequency_penalty",
        "logit_bias",
        "modalities",
        "n",
        "prediction",
        "presence_penalty",
        "seed",
        "stop",
        "thinking",
        "web_search_options",
    }
)
# Usage comes with the last event of every Responses stream, so there is nothing to ask for.
NEEDLESS = frozenset({"stream_options"})
_CONVERTED = frozenset(
    {
        "logprobs",
        "max_tokens",
        "messages",
        "parallel_tool_calls",
        "reasoning_effort",
        "response_format",
        "tool_choice",
        "tools",
        "verbosity",
    }
)
_NOT_COPIED = NO_COUNTERPART | STATEFUL | NEEDLESS | _CONVERTED


def unsupported(chat: Mapping[str, Any]) -> list[str]:
    """The parameters of `chat` that ask for what Responses on Databricks cannot do, in the caller's order."""
    given = canonical(chat)
    return [name for name in given if name in NO_COUNTERPART | STATEFUL and _asks(name, given[name])]


def _asks(name: str, value: Any) -> bool:
    if value is False or value in ([], {}):
        return False
    return name not in DEFAULTS or value != DEFAULTS[name]


def request(chat: Mapping[str, Any], *, keep_reasoning: bool = True) -> dict[str, Any]:
    """The body for Responses; parameters that it has no field for are left out (see `unsupported`).

    `keep_reasoning` sends the reasoning of earlier turns back and asks for this turn's in a form that can be.
    Do without for a model that never reasons, which answers 400 "Encrypted content is not supported with
    this model" (pydantic-ai #3326), and after a 400 `invalid_encrypted_content`: reasoning is readable only
    to who made it (litellm #40364). Names that chat does not know are passed on as they are.
    Raises BadRequestError for a value that is not of its parameter's shape.
    """
    given = canonical(chat)
    body = {name: value for name, value in given.items() if name not in _NOT_COPIED}
    parts = {
        "max_output_tokens": _max_output_tokens(given),
        "include": _include(given, keep_reasoning),
        "reasoning": _reasoning(chat.get("reasoning_effort"), given.get("reasoning")),
        "text": _text(given),
        **_conversation(given, keep_reasoning),
        **_tools(given),
    }
    return body | {name: value for name, value in parts.items() if value is not None}


def _max_output_tokens(given: Mapping[str, Any]) -> Any:
    limit = given.get("max_tokens")
    return max(limit, MIN_OUTPUT_TOKENS) if isinstance(limit, int) else limit


def _include(given: Mapping[str, Any], keep_reasoning: bool) -> list[Any] | None:
    wanted = list(shapes.a_list(given.get("include") or (), "include"))
    if keep_reasoning:
        # Databricks keeps no state, so reasoning survives a turn only when it comes along encrypted.
        # That the field is accepted there is inferred: the Databricks docs (query-open-responses-models)
        # speak of `encrypted_content` without saying how to ask for it; OpenAI's do.
        wanted.append("reasoning.encrypted_content")
    if given.get("logprobs"):
        wanted.append("message.output_text.logprobs")
    return list(dict.fromkeys(wanted)) or None


def _reasoning(effort: Any, explicit: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """OpenAI's reasoning object. A summary is asked for, as `reasoning_content` would stay empty without."""
    if isinstance(effort, Mapping):
        wanted = dict(effort)
    elif effort is None:
        wanted = {}
    else:
        wanted = {"effort": effort} if effort == "none" else {"effort": effort, "summary": "auto"}
    return wanted | shapes.an_object(explicit or {}, "reasoning") or None


def _text(given: Mapping[str, Any]) -> dict[str, Any] | None:
    text = dict(shapes.an_object(given.get("text") or {}, "text"))
    form = given.get("response_format")
    if form is not None:
        schema = form.get("json_schema")
        text["format"] = {"type": "json_schema", **schema} if schema else dict(form)
    if "verbosity" in given:
        text["verbosity"] = given["verbosity"]
    return text or None


def _wants_json_object(given: Mapping[str, Any]) -> bool:
    form = given.get("response_format")
    return isinstance(form, Mapping) and form.get("type") == "json_object"


def _tools(given: Mapping[str, Any]) -> dict[str, Any]:
    """`tools` and the two parameters that the API refuses without them."""
    if not given.get("tools"):
        return {}
    return {
        "tools": [_tool(tool) for tool in given["tools"]],
        "tool_choice": _tool_choice(given.get("tool_choice")),
        "parallel_tool_calls": given.get("parallel_tool_calls"),
    }


def _tool_choice(choice: Any) -> Any:
    """A choice without the wrapper that chat names after its type; an allowed tool's likewise."""
    if not isinstance(choice, Mapping):
        return choice
    kind = choice.get("type")
    inner = choice.get(kind)
    flat = {"type": kind, **inner} if isinstance(inner, Mapping) else dict(choice)
    if isinstance(flat.get("tools"), list):
        flat["tools"] = [_tool_choice(tool) for tool in flat["tools"]]
    return flat


def _tool(tool: Mapping[str, Any]) -> dict[str, Any]:
    """A tool in Responses' flat form; one that is in it already, or hosted, stays as it is."""
    if isinstance(tool.get("custom"), Mapping):
        return {"type": "custom", **_custom(tool["custom"])}
    if "input_schema" in tool:  # Anthropic's form
        tool = {"function": {**tool, "parameters": tool["input_schema"]}}
    if not isinstance(tool.get("function"), Mapping):
        return dict(tool)
    function = tool["function"]
    flat = {name: function[name] for name in ("name", "description") if function.get(name) is not None}
    return {
        "type": "function",
        **flat,
        "parameters": function.get("parameters") or {"type": "object", "properties": {}},
        # Absent, it means true here and false in chat (OpenAI docs, migrate-to-responses).
        "strict": bool(function.get("strict")),
    }


def _custom(custom: Mapping[str, Any]) -> dict[str, Any]:
    form = custom.get("format")
    if isinstance(form, Mapping) and isinstance(form.get("grammar"), Mapping):
        return {**custom, "format": {"type": "grammar", **form["grammar"]}}
    return dict(custom)


def _conversation(given: Mapping[str, Any], keep_reasoning: bool) -> dict[str, Any]:
    """`instructions` from the leading system messages, and `input` from the rest.

    Nothing is hoisted for a JSON object: the word "json" that the API insists on is not looked for in the
    instructions (Databricks docs, structured-outputs), and users put it in the system message.
    """
    messages = given.get("messages") or ()
    leading = list(takewhile(_is_instruction, messages))
    if _wants_json_object(given) or len(leading) == len(messages):
        leading = []  # the API also wants some input
    hoisted = [text for message in leading for text in _texts(message.get("content")) or ()]
    instructions = "\n\n".join(filter(None, [given.get("instructions"), *hoisted]))
    custom = _custom_calls(messages)
    written: list[dict[str, Any]] = []
    for message in messages[len(leading) :]:
        if (message.get("role") or "assistant") == "assistant":
            written += items(message, keep_reasoning=keep_reasoning)
        else:
            written.append(_item(message, custom))
    return {"instructions": instructions or None, "input": written}


def _custom_calls(messages: Iterable[Mapping[str, Any]]) -> set[Any]:
    calls = (call for message in messages for call in message.get("tool_calls") or ())
    return {call.get("id") for call in calls if call.get("type") == "custom"}


def _is_instruction(message: Mapping[str, Any]) -> bool:
    return message.get("role") in ("system", "developer") and _texts(message.get("content")) is not None


def _texts(content: Any) -> list[str] | None:
    """The texts of a content that is nothing but text, else None."""
    if content is None or isinstance(content, str):
        return [content or ""]
    if isinstance(content, list) and all(isinstance(p, str) or p.get("type") == "text" for p in content):
        return [text_of([part]) for part in content]
    return None


def _item(message: Mapping[str, Any], custom: set[Any]) -> dict[str, Any]:
    role = message["role"]
    if role in ("tool", "function"):
        call_id = message.get("tool_call_id") or message.get("name")
        kind = "custom_tool_call_output" if call_id in custom else "function_call_output"
        return {"type": kind, "call_id": short_id(call_id or ""), "output": _output(message.get("content"))}
    # `name` has no counterpart and is refused as an extra field; Databricks' own client drops it too.
    return {"type": "message", "role": role, "content": _content(message.get("content"))}


def _content(content: Any) -> Any:
    if content is None or isinstance(content, str):
        return content or ""
    return [_part(part) for part in content]


def _output(content: Any) -> Any:
    """A tool's result: text as a string, the form that every server takes, anything richer as parts."""
    texts = _texts(content)
    if texts is not None and len(texts) < 2:
        return "".join(texts)
    return _content(content) if isinstance(content, list) else msgspec.json.encode(content).decode()


def _part(part: Any) -> Any:
    """A content part in Responses' form. Any other goes as it is: the server's refusal names it best."""
    if isinstance(part, str):
        return {"type": "input_text", "text": part}
    convert = _PARTS.get(part.get("type", ""))
    return convert(part) if convert else dict(part)


def _text_part(part: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "input_text", "text": part.get("text") or ""}


def _image_part(part: Mapping[str, Any]) -> dict[str, Any]:
    image = part.get("image_url")
    if not isinstance(image, Mapping):
        image = {"url": image}
    return {"type": "input_image", "image_url": image.get("url"), "detail": image.get("detail") or "auto"}


def _file_part(part: Mapping[str, Any]) -> dict[str, Any]:
    """A file by its data, its id, or, LiteLLM's liberty, an address in place of the id."""
    file = part.get("file") or {}
    known = {name: file[name] for name in ("file_data", "file_id", "filename") if file.get(name)}
    if str(known.get("file_id")).startswith(("http://", "https://")):
        known["file_url"] = known.pop("file_id")
    if "file_data" in known:
        known.setdefault("filename", FILE_NAME)
    return {"type": "input_file", **known}


_PARTS: Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
    "text": _text_part,
    "image_url": _image_part,
    "file": _file_part,
}
