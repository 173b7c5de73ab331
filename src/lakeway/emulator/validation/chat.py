"""One chat request, checked whole: fields, messages, tools, turns, then the family's own rules."""

from __future__ import annotations

from typing import Any

from lakeway.emulator.conversation import prompt_tokens
from lakeway.emulator.envelopes import ApiError, bad_request, nested
from lakeway.emulator.models import Model
from lakeway.emulator.signatures import Signer
from lakeway.emulator.validation import shapes
from lakeway.emulator.validation.claude import check_claude
from lakeway.emulator.validation.fields import accepted
from lakeway.emulator.validation.messages import check_messages, check_tool_choice, check_tools
from lakeway.emulator.validation.others import check_gemini, check_gpt
from lakeway.emulator.validation.schemas import check_schema
from lakeway.emulator.validation.turns import check_turns
from lakeway.emulator.validation.wording import Json, Surface, Words

_MOST_KEYS = 64
_SAMPLING = ("temperature", "top_p", "top_k")


def check_chat(
    surface: Surface, model: Model, name: str, body: Any, signer: Signer, *, strict_reasoning: bool = True
) -> None:
    """Raise `ApiError` unless the service would take `body`. `name` is the model as the caller wrote it."""
    words = Words(surface, upstream=model.family == "claude")
    _check_fields(words, surface, model, name, body)
    check_messages(words, model, body.get("messages"))
    if body.get("tools") is not None:
        check_tools(words, model, body["tools"])
    if body.get("tool_choice") is not None:
        check_tool_choice(words, model, body["tool_choice"], body.get("tools"))
    if body.get("response_format") is not None:
        _check_format(words, body["response_format"])
    check_turns(model, body["messages"])
    _check_family(words, model, body, signer, strict_reasoning=strict_reasoning)
    _check_size(model, body)


def _check_fields(words: Words, surface: Surface, model: Model, name: str, body: Any) -> None:
    fields = accepted(model, surface)
    shapes.closed(words, (), body, fields, ("messages",))
    for field, value in body.items():
        if value is not None:
            fields[field](words, (field,), value)
    refused = () if model.sampling else [field for field in _SAMPLING if body.get(field) is not None]
    if refused:
        raise bad_request(f"{name} does not support the {refused[0]} parameter")


def _check_family(words: Words, model: Model, body: Json, signer: Signer, *, strict_reasoning: bool) -> None:
    match model.family:
        case "claude":
            check_claude(words, model, body, signer, strict_reasoning=strict_reasoning)
        case "gpt":
            check_gpt(model, body)
        case "gemini":
            check_gemini(model, body, signer)


def _check_format(words: Words, value: Any) -> None:
    path = ("response_format",)
    form = shapes.closed(words, path, value, ("type", "json_schema"), ("type",))
    shapes.one_of("text", "json_object", "json_schema")(words, (*path, "type"), form["type"])
    if form["type"] != "json_schema":
        return
    if "json_schema" not in form:
        words.missing((*path, "json_schema"))
    named = shapes.closed(
        words,
        (*path, "json_schema"),
        form["json_schema"],
        ("name", "description", "schema", "strict"),
        ("name",),
    )
    shapes.text(words, (*path, "json_schema", "name"), named["name"])
    shapes.mapping(words, (*path, "json_schema", "schema"), named.get("schema") or {})
    check_schema(f"response_format '{named['name']}'", named.get("schema") or {})
    keys = _keys(named.get("schema"))
    if keys > _MOST_KEYS:
        raise bad_request(f"response_format: the schema has {keys} keys, at most {_MOST_KEYS} are supported")


def _keys(schema: Any) -> int:
    if isinstance(schema, list):
        return sum(_keys(member) for member in schema)
    if not isinstance(schema, dict):
        return 0
    properties = schema.get("properties")
    own = len(properties) if isinstance(properties, dict) else 0
    return own + sum(_keys(member) for member in schema.values())


def _check_size(model: Model, body: Json) -> None:
    wanted = body.get("max_completion_tokens") or body.get("max_tokens")
    if wanted is not None and model.max_output is not None and wanted > model.max_output:
        raise bad_request(
            f"max_tokens: {wanted} > {model.max_output}, "
            f"which is the maximum allowed number of output tokens for {model.name}"
        )
    tokens = prompt_tokens(body)
    if tokens > model.max_input:
        raise too_long(model, tokens)


def too_long(model: Model, tokens: int) -> ApiError:
    """A prompt beyond the context window: nested for Claude; OpenAI's words for the others, unverified."""
    if model.family == "claude":
        return nested(400, "BAD_REQUEST", "Input is too long.")
    return bad_request(
        f"This model's maximum context length is {model.max_input} tokens. "
        f"However, your messages resulted in {tokens} tokens. Please reduce the length of the messages."
    )
