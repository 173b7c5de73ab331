"""Tool definitions and structured output as each family takes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lakeway.core.json_schema import inline_references
from lakeway.databricks.profiles import Profile
from lakeway.errors import BadRequestError

# LiteLLM's name for the tool that carries structured output; requests recorded with it replay here.
JSON_TOOL = "json_tool_call"
JSON_TOOL_DESCRIPTION = "Give the final answer by calling this tool, with the answer as its arguments."


def write(tools: Any, profile: Profile) -> list[dict[str, Any]]:
    """Function tools, whichever dialect they were written in. Raises BadRequestError for what is none."""
    return [_tool(tool, position, profile) for position, tool in enumerate(tools)]


def _tool(tool: Any, position: int, profile: Profile) -> dict[str, Any]:
    if not isinstance(tool, Mapping):
        raise _not_a_tool(position, f"an object, not {type(tool).__name__}")
    function = tool.get("function")
    if isinstance(function, Mapping):
        written = {
            key: function[key] for key in ("name", "description", "parameters", "strict") if key in function
        }
    elif isinstance(tool.get("name"), str):  # Anthropic's form
        written = {
            "name": tool["name"],
            "description": tool.get("description"),
            "parameters": tool.get("input_schema"),
        }
    else:
        raise _not_a_tool(position, "a function with a name")
    written["parameters"] = inline_references(written.get("parameters")) or {
        "type": "object",
        "properties": {},
    }
    if not profile.strict_tools:
        written.pop("strict", None)  # refused on every family but GPT; Databricks' own client strips it too
    if profile.any_parameter:
        return {**tool, "type": "function", "function": {k: v for k, v in written.items() if v is not None}}
    return {"type": "function", "function": {k: v for k, v in written.items() if v is not None}}


def _not_a_tool(position: int, wanted: str) -> BadRequestError:
    return BadRequestError(
        f"tools[{position}] must be {wanted}.", model=None, llm_provider="databricks", param="tools"
    )


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
    schema = (form.get("json_schema") or {}).get("schema")
    if not profile.schema_only:
        if schema is not None and not profile.any_parameter:
            described = {**form["json_schema"], "schema": inline_references(schema)}
            params["response_format"] = {**form, "json_schema": described}
        return params, False
    if schema is not None and not params.get("tools") and not params.get("stream"):
        described = {**form["json_schema"], "schema": inline_references(schema)}
        params["response_format"] = {"type": "json_schema", "json_schema": described}
        return params, False
    return _as_tool(params, schema, profile), True


def _as_tool(params: dict[str, Any], schema: Any, profile: Profile) -> dict[str, Any]:
    del params["response_format"]
    parameters = {"type": "object", **(inline_references(schema) or {"properties": {}})}
    own = list(params.get("tools") or ())
    function = {"name": JSON_TOOL, "description": JSON_TOOL_DESCRIPTION, "parameters": parameters}
    params["tools"] = [*own, {"type": "function", "function": function}]
    if not _may_force(params, profile):
        params["tool_choice"] = "auto"
    elif not own or params.get("tool_choice") == "none":
        params["tool_choice"] = {"type": "function", "function": {"name": JSON_TOOL}}
    elif params.get("tool_choice", "auto") == "auto":
        params["tool_choice"] = "required"
    return params


def _may_force(params: Mapping[str, Any], profile: Profile) -> bool:
    """Claude refuses a forced tool while it thinks (Anthropic docs, extended thinking)."""
    thinks = (params.get("thinking") or {}).get("type") in ("enabled", "adaptive")
    return profile.forced_tool_choice and not thinks and not profile.always_thinks
