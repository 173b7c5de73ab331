"""OpenAI's chat dialect: its parameters, in one spelling whichever way the caller wrote them.

Knows what the words mean (old `functions`, `max_completion_tokens`, a pydantic class as
`response_format`), and nothing of any provider.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

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
    """A new mapping with None left out and each older or richer spelling turned into today's plain one."""
    given = {name: value for name, value in params.items() if value is not None}
    if "max_completion_tokens" in given:
        given["max_tokens"] = given.pop("max_completion_tokens")
    if "functions" in given:
        functions = given.pop("functions")
        given.setdefault("tools", [{"type": "function", "function": dict(f)} for f in functions])
    if "function_call" in given:
        given.setdefault("tool_choice", _choice_of(given.pop("function_call")))
    if "response_schema" in given:
        given.setdefault("response_format", _schema_format("response", given.pop("response_schema")))
    if "response_format" in given:
        given["response_format"] = response_format(given["response_format"])
    if "tool_choice" in given:
        if given.get("tools"):
            given["tool_choice"] = tool_choice(given["tool_choice"])
        else:
            del given["tool_choice"]
    if isinstance(given.get("reasoning_effort"), Mapping):
        given["reasoning_effort"] = given["reasoning_effort"].get("effort")
    return given


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
    if isinstance(value, Mapping):
        form = dict(value)
        if form.get("type") == "json_object" and isinstance(form.get("response_schema"), Mapping):
            return _schema_format("response", form["response_schema"])
        return form
    schema = getattr(value, "model_json_schema", None)
    if not callable(schema):
        raise BadRequestError(
            f"response_format must be a dict or a pydantic model class, not {type(value).__name__}.",
            None,
            None,
            param="response_format",
        )
    return _schema_format(value.__name__, _strict(schema()), strict=True)


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
