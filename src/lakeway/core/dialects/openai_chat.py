"""OpenAI's chat dialect: its parameters, in one spelling whichever way the caller wrote them.

Knows what the words mean (old `functions`, `max_completion_tokens`, a pydantic class as
`response_format`), and nothing of any provider.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lakeway.core import shapes
from lakeway.errors import BadRequestError

# Every parameter of OpenAI's chat completions that is not about transport, as of October 2026; what is
# not here is a provider's own field.
PARAMETERS = frozenset(
    {
        "audio",
        "context_management",
        "frequency_penalty",
        "logit_bias",
        "logprobs",
        "max_tokens",
        "metadata",
        "modalities",
        "n",
        "parallel_tool_calls",
        "prediction",
        "presence_penalty",
        "prompt_cache_key",
        "prompt_cache_retention",
        "reasoning_effort",
        "response_format",
        "safety_identifier",
        "seed",
        "service_tier",
        "stop",
        "store",
        "stream",
        "stream_options",
        "temperature",
        "thinking",
        "tool_choice",
        "tools",
        "top_logprobs",
        "top_p",
        "user",
        "verbosity",
        "web_search_options",
    }
)

# Values that ask for what happens anyway. Leaving one out changes nothing, so a model that does not
# know the parameter need not refuse it.
DEFAULTS: Mapping[str, Any] = {
    "frequency_penalty": 0,
    "logit_bias": {},
    "logprobs": False,
    "modalities": ["text"],
    "n": 1,
    "parallel_tool_calls": True,
    "presence_penalty": 0,
    "service_tier": "auto",
    "store": False,
    "temperature": 1,
    "tool_choice": "auto",
    "top_logprobs": 0,
    "top_p": 1,
}


def canonical(params: Mapping[str, Any]) -> dict[str, Any]:
    """A new mapping with None left out and each older or richer spelling turned into today's plain one.

    Raises BadRequestError, naming the parameter, for a value of the wrong shape.
    """
    given = {name: value for name, value in params.items() if value is not None}
    if not _SPELLED.isdisjoint(given):
        _respell(given)
    return given


def _respell(given: dict[str, Any]) -> None:
    if "max_completion_tokens" in given:
        given["max_tokens"] = given.pop("max_completion_tokens")
    if "functions" in given:
        functions = shapes.objects(given.pop("functions"), "functions")
        given.setdefault("tools", [{"type": "function", "function": function} for function in functions])
    if "function_call" in given:
        given.setdefault("tool_choice", _choice_of(given.pop("function_call")))
    if "response_format" in given:
        given["response_format"] = response_format(given["response_format"])
    if "response_schema" in given:  # LiteLLM's, for itself or beside a format that lacks a schema
        schema = shapes.an_object(given.pop("response_schema"), "response_schema")
        if given.get("response_format", {}).get("type") != "json_schema":
            given["response_format"] = _schema_format("response", schema)
    if "tools" in given:
        given["tools"] = shapes.objects(given["tools"], "tools")
    if "tool_choice" in given:
        if given.get("tools"):
            given["tool_choice"] = tool_choice(given["tool_choice"])
        else:
            del given["tool_choice"]
    if "reasoning_effort" in given:
        _effort(given)
    for name in _OBJECTS & given.keys():
        given[name] = shapes.an_object(given[name], name)


_OBJECTS = frozenset({"metadata", "stream_options"})
_SPELLED = _OBJECTS | {
    "function_call",
    "functions",
    "max_completion_tokens",
    "reasoning_effort",
    "response_format",
    "response_schema",
    "tool_choice",
    "tools",
}


def _effort(given: dict[str, Any]) -> None:
    """The effort as a word; Responses' object holds it among other things."""
    effort = given.pop("reasoning_effort")
    if isinstance(effort, Mapping):
        effort = effort.get("effort")
    if effort is not None:
        given["reasoning_effort"] = shapes.a_text(effort, "reasoning_effort")


def _choice_of(function_call: Any) -> Any:
    if isinstance(function_call, Mapping):
        return {"type": "function", "function": {"name": function_call.get("name")}}
    return function_call


def tool_choice(choice: Any) -> Any:
    """OpenAI's form of a tool choice; Anthropic's objects are understood too.

    Raises BadRequestError for anything else.
    """
    if choice in ("auto", "none", "required"):
        return choice
    if choice == "any":
        return "required"
    match choice:
        case {"type": "auto" | "none" as kind}:
            return kind
        case {"type": "any" | "required"}:
            return "required"
        case {"type": "function", "function": {"name": str()}} | {"type": "custom" | "allowed_tools"}:
            return choice
        case {"type": "tool" | "function", "name": str(name)}:
            return {"type": "function", "function": {"name": name}}
    raise BadRequestError(
        f"Invalid tool choice {choice!r}: pass 'auto', 'none', 'required' or "
        "{'type': 'function', 'function': {'name': ...}}.",
        None,
        None,
        param="tool_choice",
    )


def response_format(value: Any) -> dict[str, Any]:
    """The wire form of a response format: a dict as it is, a pydantic model class as its JSON schema.

    A class becomes a strict schema: OpenAI's rules then want every property required and no others.
    """
    schema = getattr(value, "model_json_schema", None)
    if isinstance(value, type) and callable(schema):
        return _schema_format(value.__name__, _strict(schema()), strict=True)
    if not isinstance(value, Mapping):
        raise shapes.wrong("response_format", "a dict or a pydantic model class", value)
    form = dict(value)
    if form.get("type") == "json_object" and isinstance(form.get("response_schema"), Mapping):
        return _schema_format("response", form["response_schema"])
    if form.get("type") == "json_schema":
        described = shapes.an_object(form.get("json_schema"), "response_format.json_schema")
        if described.get("schema") is not None:
            shapes.an_object(described["schema"], "response_format.json_schema.schema")
    return form


def _schema_format(name: str, schema: Any, *, strict: bool = False) -> dict[str, Any]:
    described: dict[str, Any] = {"name": name, "schema": schema}
    if strict:
        described["strict"] = True
    return {"type": "json_schema", "json_schema": described}


def _strict(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_strict(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    strict = {
        key: _strict_part(key, value) for key, value in schema.items() if (key, value) != ("default", None)
    }
    if isinstance(strict.get("properties"), dict):
        strict["additionalProperties"] = False
        strict["required"] = list(strict["properties"])
    return strict


def _strict_part(key: str, value: Any) -> Any:
    if key in ("properties", "$defs") and isinstance(value, dict):
        return {name: _strict(schema) for name, schema in value.items()}
    return _strict(value)
