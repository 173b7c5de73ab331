"""What the pass-through refuses: stored state, unknown keys, ids over 64 characters, unanswered calls.

Refused parameters and the id rule: Databricks docs and the official client. The texts are OpenAI's, except
for the refused parameters, whose text is unverified.
"""

from __future__ import annotations

from typing import Any

from lakeway.emulator.envelopes import bad_request
from lakeway.emulator.models import Model
from lakeway.emulator.signatures import Signer
from lakeway.emulator.validation import shapes
from lakeway.emulator.validation.fields import gpt_efforts
from lakeway.emulator.validation.others import check_strict_schema
from lakeway.emulator.validation.schemas import check_schema
from lakeway.emulator.validation.shapes import Check
from lakeway.emulator.validation.wording import Json, OpenAIWords, Path, Words, indexed, refused

_STATEFUL = ("background", "store", "conversation", "previous_response_id")
_LONGEST_ID = 64
_HOSTED = ("custom", "apply_patch", "shell", "image_generation", "mcp", "web_search")
_WORDS = OpenAIWords()


def _anything(_words: Words, _path: Path, _value: Any) -> None: ...


_FIELDS: dict[str, Check] = {
    "model": shapes.text,
    "input": _anything,
    "instructions": shapes.text,
    "max_output_tokens": shapes.integer(16),
    "max_tool_calls": shapes.integer(1),
    "temperature": shapes.number(0, 2),
    "top_p": shapes.number(0, 1),
    "top_logprobs": shapes.integer(0, 20),
    "tools": _anything,
    "tool_choice": _anything,
    "parallel_tool_calls": shapes.boolean,
    "reasoning": shapes.mapping,
    "text": shapes.mapping,
    "include": shapes.text_or_list,
    "metadata": shapes.mapping_of_text,
    "user": shapes.text,
    "safety_identifier": shapes.text,
    "prompt_cache_key": shapes.text,
    "truncation": shapes.one_of("auto", "disabled"),
    "stream": shapes.boolean,
    "stream_options": shapes.mapping,
}
_ITEMS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "message": (("role", "content"), ("id", "status", "phase")),
    "function_call": (("call_id", "name", "arguments"), ("id", "status")),
    "function_call_output": (("call_id", "output"), ("id", "status")),
    "reasoning": (("summary",), ("id", "content", "encrypted_content", "status")),
}
_PARTS: dict[str, tuple[str, ...]] = {
    "input_text": ("text",),
    "output_text": ("text", "annotations", "logprobs"),
    "refusal": ("refusal",),
    "input_image": ("image_url", "detail", "file_id"),
    "input_file": ("file_data", "filename", "file_id", "file_url"),
}


def check_responses(model: Model, body: Json, signer: Signer) -> None:
    """Raise `ApiError` unless the upstream would take `body`."""
    _check_fields(model, body)
    _check_input(model, body["input"], signer)
    for index, tool in enumerate(shapes.items(_WORDS, ("tools",), body.get("tools") or [])):
        _check_tool(("tools", index), tool)
    _check_choice(body.get("tool_choice"), body.get("tools") or [])
    reasoning = shapes.closed(_WORDS, ("reasoning",), body.get("reasoning") or {}, ("effort", "summary"))
    if reasoning.get("effort") is not None:
        shapes.one_of(*gpt_efforts(model.version))(_WORDS, ("reasoning", "effort"), reasoning["effort"])
    _check_text(body)


def _check_fields(model: Model, body: Json) -> None:
    for field in (*_STATEFUL, *(() if model.priority else ("service_tier",))):
        if body.get(field) is not None:
            raise bad_request(f"The parameter '{field}' is not supported for the Responses API on Databricks")
    shapes.closed(_WORDS, (), body, (*_FIELDS, *_STATEFUL, "service_tier"), ("input",))
    for field, value in body.items():
        if value is not None and field in _FIELDS:
            _FIELDS[field](_WORDS, (field,), value)
    if body.get("service_tier") is not None:
        shapes.one_of("priority")(_WORDS, ("service_tier",), body["service_tier"])
    for field in ("temperature", "top_p"):
        if body.get(field) not in (None, 1):
            raise refused(
                f"Unsupported parameter: '{field}' is not supported with this model.", (field,), None
            )


def _check_input(model: Model, value: Any, signer: Signer) -> None:
    if isinstance(value, str):
        return
    open_calls: dict[str, int] = {}
    for index, item in enumerate(shapes.items(_WORDS, ("input",), value)):
        path: Path = ("input", index)
        if not isinstance(item, dict):
            _WORDS.wrong_type(path, "dictionary")
        kind = item.get("type", "message")
        if not isinstance(kind, str) or kind not in _ITEMS:
            _WORDS.invalid((*path, "type"), f"'{kind}'. Supported values are: {', '.join(_ITEMS)}.")
        required, optional = _ITEMS[kind]
        shapes.closed(_WORDS, path, item, ("type", *required, *optional), required)
        _check_id(path, kind, item.get("id"))
        _check_item(model, path, kind, item, signer)
        _follow_calls(path, kind, item, open_calls)
    if open_calls:
        raise refused(f"No tool output found for function call {next(iter(open_calls))}.", ("input",), None)


def _check_item(model: Model, path: Path, kind: str, item: Json, signer: Signer) -> None:
    if "call_id" in item:
        shapes.text(_WORDS, (*path, "call_id"), item["call_id"])
    match kind:
        case "message":
            shapes.one_of("user", "assistant", "system", "developer")(_WORDS, (*path, "role"), item["role"])
            _check_content((*path, "content"), item["content"])
        case "function_call":
            shapes.text(_WORDS, (*path, "name"), item["name"])
            shapes.text(_WORDS, (*path, "arguments"), item["arguments"])
        case "function_call_output" if not isinstance(item["output"], str):
            _check_content((*path, "output"), item["output"])
        case "reasoning":
            sealed = item.get("encrypted_content")
            if sealed is not None and not signer.genuine_redaction(model.name, sealed):
                raise refused(
                    "The encrypted content could not be verified.", path, "invalid_encrypted_content"
                )


def _check_content(path: Path, content: Any) -> None:
    if isinstance(content, str):
        return
    for index, part in enumerate(shapes.items(_WORDS, path, content)):
        kind = part.get("type") if isinstance(part, dict) else None
        if not isinstance(kind, str) or kind not in _PARTS:
            _WORDS.invalid((*path, index, "type"), f"'{kind}'. Supported values are: {', '.join(_PARTS)}.")
        shapes.closed(_WORDS, (*path, index), part, ("type", *_PARTS[kind]))
        if "text" in _PARTS[kind]:
            shapes.text(_WORDS, (*path, index, "text"), part.get("text"))


def _check_id(path: Path, kind: str, value: Any) -> None:
    if value is None:
        return
    at: Path = (*path, "id")
    shapes.text(_WORDS, at, value)
    if len(value) > _LONGEST_ID:
        raise refused(
            f"Invalid '{indexed(at)}': string too long. Expected a string with maximum length {_LONGEST_ID}, "
            f"but got a string with length {len(value)} instead.",
            at,
            "string_above_max_length",
        )
    if kind == "message" and not value.startswith("msg_"):
        raise refused(
            f"Invalid '{indexed(at)}': '{value}'. Expected an ID that begins with 'msg'.", at, "invalid_value"
        )


def _follow_calls(path: Path, kind: str, item: Json, open_calls: dict[str, int]) -> None:
    """Every call wants one output, every output a call before it."""
    if kind == "function_call":
        open_calls[item["call_id"]] = 1
    elif kind == "function_call_output" and open_calls.pop(item["call_id"], None) is None:
        raise refused(
            f"No tool call found for function call output with call_id {item['call_id']}.", path, None
        )


def _check_tool(path: Path, tool: Any) -> None:
    kind = tool.get("type") if isinstance(tool, dict) else None
    if kind in _HOSTED:
        return
    if kind != "function":
        supported = ", ".join(("function", *_HOSTED))
        _WORDS.invalid((*path, "type"), f"'{kind}'. Supported values are: {supported}.")
    shapes.closed(_WORDS, path, tool, ("type", "name", "description", "parameters", "strict"), ("name",))
    shapes.text(_WORDS, (*path, "name"), tool["name"])
    if tool.get("parameters") is not None:
        shapes.mapping(_WORDS, (*path, "parameters"), tool["parameters"])
        check_schema(f"function '{tool['name']}'", tool["parameters"])


def _check_choice(choice: Any, tools: list[Json]) -> None:
    if choice is None:
        return
    if isinstance(choice, str):
        shapes.one_of("auto", "required", "none")(_WORDS, ("tool_choice",), choice)
    elif (
        shapes.closed(_WORDS, ("tool_choice",), choice, ("type", "name"), ("type",)).get("type") == "function"
    ):
        name = choice.get("name")
        if name not in [tool.get("name") for tool in tools]:
            raise refused(f"Tool choice '{name}' not found in 'tools' parameter.", ("tool_choice",), None)


def _check_text(body: Json) -> None:
    text = shapes.closed(_WORDS, ("text",), body.get("text") or {}, ("format", "verbosity"))
    path: Path = ("text", "format")
    form = shapes.closed(
        _WORDS, path, text.get("format") or {}, ("type", "name", "schema", "strict", "description")
    )
    match form.get("type"):
        case "json_schema":
            for key in ("name", "schema"):
                if key not in form:
                    _WORDS.missing((*path, key))
            shapes.text(_WORDS, (*path, "name"), form["name"])
            check_schema(f"response_format '{form['name']}'", form["schema"])
            if form.get("strict"):
                check_strict_schema(form["name"], form["schema"])
        case "json_object" if "json" not in str(body["input"]).lower():
            raise refused(
                "Response input messages must contain the word 'json' in some form "
                "to use 'text.format' of type 'json_object'.",
                ("input",),
                None,
            )
