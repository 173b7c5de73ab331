"""OpenAI's chat parameters in one spelling."""

from __future__ import annotations

import copy
from typing import Any

import pydantic
import pytest

from lakeway.core.dialects.openai_chat import canonical, response_format, tool_choice
from lakeway.errors import BadRequestError

TOOL = {"type": "function", "function": {"name": "f"}}
FORMAT = {"type": "json_schema", "json_schema": {"name": "n", "schema": {"type": "object"}}}
NAMED = {"type": "function", "function": {"name": "f"}}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"max_completion_tokens": 5}, {"max_tokens": 5}),
        (
            {"functions": [{"name": "f"}], "function_call": {"name": "f"}},
            {"tools": [TOOL], "tool_choice": NAMED},
        ),
        ({"functions": [{"name": "f"}], "function_call": "auto"}, {"tools": [TOOL], "tool_choice": "auto"}),
        ({"tool_choice": "auto"}, {}),
        ({"reasoning_effort": {"effort": "low", "summary": "auto"}}, {"reasoning_effort": "low"}),
        ({"reasoning_effort": {"summary": "auto"}}, {}),
        ({"stop": None}, {}),
        (
            {"response_schema": {"type": "object"}},
            {
                "response_format": {
                    "type": "json_schema",
                    "json_schema": {"name": "response", "schema": {"type": "object"}},
                }
            },
        ),
        (
            {"response_schema": {"type": "object"}, "response_format": {"type": "json_object"}},
            {
                "response_format": {
                    "type": "json_schema",
                    "json_schema": {"name": "response", "schema": {"type": "object"}},
                }
            },
        ),
        (
            {"response_schema": {"type": "array"}, "response_format": FORMAT},
            {"response_format": FORMAT},
        ),
    ],
)
def test_canonical(given: dict[str, Any], expected: dict[str, Any]) -> None:
    """Older and richer spellings become today's plain one, on a copy."""
    before = copy.deepcopy(given)

    assert expected == canonical(given)
    assert before == given


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ("auto", "auto"),
        ("none", "none"),
        ("required", "required"),
        ("any", "required"),
        ({"type": "auto"}, "auto"),
        ({"type": "any"}, "required"),
        ({"type": "tool", "name": "f"}, NAMED),
        ({"type": "function", "name": "f"}, NAMED),
        (NAMED, NAMED),
    ],
)
def test_tool_choice(choice: Any, expected: Any) -> None:
    """Anthropic's forms are understood."""
    assert expected == tool_choice(choice)


@pytest.mark.parametrize("choice", ["maybe", {"type": "x"}, {}, 5, ["auto"]])
def test_no_tool_choice(choice: Any) -> None:
    """Anything else is named in the error."""
    with pytest.raises(BadRequestError, match="Invalid tool choice"):
        tool_choice(choice)


class Inner(pydantic.BaseModel):
    properties: int
    default: str | None = None


class Outer(pydantic.BaseModel):
    inner: Inner


def test_strict_schema() -> None:
    """Fields that are called like JSON Schema's own words are fields all the same."""
    schema = response_format(Outer)["json_schema"]["schema"]
    inner = schema["$defs"]["Inner"]

    assert ["properties", "default"] == inner["required"]
    assert {"properties", "default"} == inner["properties"].keys()
    assert (False, False) == (schema["additionalProperties"], inner["additionalProperties"])


@pytest.mark.parametrize("given", ["json", 5, object(), Inner(properties=1)])
def test_no_response_format(given: Any) -> None:
    """A dict or a class, nothing else."""
    with pytest.raises(BadRequestError, match="response_format must be a dict or a pydantic model class"):
        response_format(given)


@pytest.mark.parametrize(
    ("given", "param"),
    [
        ({"tools": 5}, "tools"),
        ({"tools": {"a": 1}}, "tools"),
        ({"tools": ["f"]}, "tools[0]"),
        ({"functions": "abc"}, "functions"),
        ({"functions": [1]}, "functions[0]"),
        ({"reasoning_effort": ["low"]}, "reasoning_effort"),
        ({"reasoning_effort": {"effort": 5}}, "reasoning_effort"),
        ({"reasoning_effort": 5}, "reasoning_effort"),
        ({"stream_options": "x"}, "stream_options"),
        ({"metadata": "x"}, "metadata"),
        ({"response_schema": "x"}, "response_schema"),
        ({"response_format": {"type": "json_schema"}}, "response_format.json_schema"),
        ({"response_format": {"type": "json_schema", "json_schema": "x"}}, "response_format.json_schema"),
        (
            {"response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": [1]}}},
            "response_format.json_schema.schema",
        ),
        ({"tools": [TOOL], "tool_choice": 7}, "tool_choice"),
    ],
)
def test_wrong_shapes_are_named(given: dict[str, Any], param: str) -> None:
    """A value that cannot be what its name says is an error that names it."""
    with pytest.raises(BadRequestError) as caught:
        canonical(given)

    assert param == caught.value.param
    assert param in caught.value.message or "tool choice" in caught.value.message
