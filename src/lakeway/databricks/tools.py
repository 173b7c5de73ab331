"""Tool definitions and structured output as each family takes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lakeway.core import shapes
from lakeway.core.exchange import JsonObject
from lakeway.core.json_schema import inline_references
from lakeway.databricks.profiles import Profile
from lakeway.databricks.reasoning import thinks

# LiteLLM's name for the tool that carries structured output; requests recorded with it replay here.
JSON_TOOL = "json_tool_call"
JSON_TOOL_DESCRIPTION = "Give the final answer by calling this tool, with the answer as its arguments."
# Anthropic's own tools, which Claude takes as they are (Databricks docs, function-calling, beta).
ANTHROPIC_TYPES = ("bash_", "computer_", "text_editor_")
# The types of a function whose name stands beside the type: Responses', and Anthropic's two.
FLAT_TYPES = ("function", "custom", None)


def write(tools: Any, profile: Profile) -> list[JsonObject]:
    """Function tools, whichever dialect they were written in. Raises BadRequestError for what is none."""
    return [
        _tool(tool, f"tools[{position}]", profile)
        for position, tool in enumerate(shapes.objects(tools, "tools"))
    ]


def _tool(tool: JsonObject, at: str, profile: Profile) -> JsonObject:
    if profile.family == "claude" and str(tool.get("type")).startswith(ANTHROPIC_TYPES):
        return tool
    function = _function(tool, at)
    if function is None:
        if profile.any_parameter:
            return tool
        raise shapes.bad(at, f"must be a function with a name; its type is {tool.get('type')!r}")
    parameters = function.get("parameters")
    if parameters is not None:
        parameters = inline_references(shapes.an_object(parameters, f"{at}.function.parameters"))
    function["parameters"] = parameters or {"type": "object", "properties": {}}
    if not profile.strict_tools:
        function.pop("strict", None)  # refused on every family but GPT; Databricks' own client strips it too
    written = {"type": "function", "function": {k: v for k, v in function.items() if v is not None}}
    return tool | written if profile.any_parameter else written


def _function(tool: JsonObject, at: str) -> JsonObject | None:
    """A copy of what OpenAI's, Responses' or Anthropic's form describes; None for what is no function."""
    if tool.get("function") is not None:
        given = shapes.an_object(tool["function"], f"{at}.function")
        shapes.a_text(given.get("name"), f"{at}.function.name")
        return {key: given[key] for key in ("name", "description", "parameters", "strict") if key in given}
    if not isinstance(tool.get("name"), str) or tool.get("type") not in FLAT_TYPES:
        return None
    flat = {key: tool[key] for key in ("name", "description", "parameters", "strict") if key in tool}
    return flat | ({"parameters": tool["input_schema"]} if "input_schema" in tool else {})


def structure(params: Mapping[str, Any], profile: Profile) -> tuple[dict[str, Any], bool]:
    """`params` with `response_format` as the family can honour it; True when a tool carries the answer.

    Claude takes a JSON schema directly, but neither `json_object`, nor a schema together with tools or
    a stream (Databricks docs, structured-outputs, quoted 2026-10-02). There the answer is asked for as
    a tool call, which leaves thinking and the caller's own tools as they are; `reply.py` and
    `stream.py` turn that call back into content.
    """
    params = dict(params)
    form = params.get("response_format")
    if form is None or form.get("type") == "text":
        params.pop("response_format", None)
        return params, False
    described = form.get("json_schema") or {}
    schema = described.get("schema")
    direct = schema is not None and not params.get("tools") and not params.get("stream")
    if profile.schema_only and not direct:
        return _as_tool(params, schema, profile), True
    if schema is not None and not profile.any_parameter:
        described = {**described, "schema": inline_references(schema)}
        form = {"type": "json_schema"} if profile.schema_only else form
        params["response_format"] = {**form, "json_schema": described}
    return params, False


def _as_tool(params: dict[str, Any], schema: Any, profile: Profile) -> dict[str, Any]:
    del params["response_format"]
    parameters = {"type": "object", **(inline_references(schema) or {"properties": {}})}
    own = list(params.get("tools") or ())
    function = {"name": JSON_TOOL, "description": JSON_TOOL_DESCRIPTION, "parameters": parameters}
    params["tools"] = [*own, {"type": "function", "function": function}]
    if not profile.forced_tool_choice or thinks(params, profile):
        params["tool_choice"] = "auto"
    elif not own or params.get("tool_choice") == "none":
        params["tool_choice"] = {"type": "function", "function": {"name": JSON_TOOL}}
    elif params.get("tool_choice", "auto") == "auto":
        params["tool_choice"] = "required"
    return params
