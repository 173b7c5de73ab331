"""Filled values satisfy their schemas, whatever the schema."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lakeway.emulator.answers.schema import Filler, entities
from lakeway.emulator.envelopes import ApiError
from lakeway.emulator.validation.schemas import check_schema


def fits(schema: Any, value: Any, root: Any) -> bool:
    """A small judge of our own for the keywords that the strategies use."""
    if "$ref" in schema:
        return fits(root["$defs"][schema["$ref"].rpartition("/")[2]], value, root)
    if "anyOf" in schema:
        return any(fits(option, value, root) for option in schema["anyOf"])
    if "enum" in schema:
        return value in schema["enum"]
    match schema["type"]:
        case "object":
            present = all(name in value for name in schema["required"])
            return present and all(fits(schema["properties"][name], value[name], root) for name in value)
        case "array":
            enough = schema["minItems"] <= len(value) <= schema["maxItems"]
            return enough and all(fits(schema["items"], item, root) for item in value)
        case "string":
            return isinstance(value, str) and schema["minLength"] <= len(value) <= schema["maxLength"]
        case "integer" | "number":
            return schema["minimum"] <= value <= schema["maximum"] and (
                schema["type"] == "number" or isinstance(value, int)
            )
        case "boolean":
            return isinstance(value, bool)
        case "null":
            return value is None
    raise AssertionError(schema)


def sized(low: str, high: str, **rest: Any) -> st.SearchStrategy[Any]:
    return st.integers(0, 5).flatmap(
        lambda least: st.integers(least, 9).map(lambda most: {low: least, high: most, **rest})
    )


NAMES = st.sampled_from(["city", "date", "count", "query", "a/b", "x"])
LEAVES = st.one_of(
    sized("minLength", "maxLength", type="string"),
    sized("minimum", "maximum", type="integer"),
    sized("minimum", "maximum", type="number"),
    st.just({"type": "boolean"}),
    st.just({"type": "null"}),
    st.lists(st.sampled_from(["celsius", "kelvin", 1, None]), min_size=1).map(
        lambda values: {"enum": values}
    ),
    st.just({"$ref": "#/$defs/leaf"}),
)


def objects(children: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.dictionaries(NAMES, children, max_size=4).flatmap(
        lambda properties: st.lists(st.sampled_from(sorted(properties) or ["-"]), unique=True).map(
            lambda required: {
                "type": "object",
                "properties": properties,
                "required": [name for name in required if name in properties],
            }
        )
    )


SCHEMAS = st.recursive(
    LEAVES,
    lambda children: st.one_of(
        objects(children),
        children.flatmap(lambda items: sized("minItems", "maxItems", type="array", items=items)),
        st.lists(children, min_size=1, max_size=3).map(lambda options: {"anyOf": options}),
    ),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(
    schema=SCHEMAS,
    prompt=st.sampled_from(["", "Weather in Paris and Rome, 3 days, in kelvin", "-7.5 or 400"]),
)
def test_filled_values_fit(schema: Any, prompt: str) -> None:
    """For every schema and prompt, the value drawn is valid, and so is the schema."""
    root = {**schema, "$defs": {"leaf": {"type": "integer", "minimum": 2, "maximum": 4}}}
    check_schema("it", root)
    value = Filler(root, prompt).fill()

    assert fits(root, value, root), value


def test_recursive_schemas_end() -> None:
    """A schema that needs itself is filled to some depth."""
    node = {"type": "object", "properties": {"child": {"$ref": "#"}}}
    value = Filler(node, "x").fill()

    assert "child" in value


def test_a_required_loop_ends() -> None:
    """Even when the loop is required all the way."""
    node = {"type": "object", "properties": {"child": {"$ref": "#"}}, "required": ["child"]}

    assert Filler(node, "x").fill()


def test_references_that_go_nowhere() -> None:
    """A `$ref` to itself or to nothing is any text."""
    assert isinstance(Filler({"$ref": "#/$defs/gone"}, "x").fill(), str)
    assert isinstance(Filler({"$ref": "#"}, "x").fill(), str)


def test_references_are_checked() -> None:
    """What a `$ref` points at must be a schema too, wherever it is kept."""
    with pytest.raises(ApiError, match="'properties' must be of type object"):
        check_schema("it", {"$ref": "#/elsewhere", "elsewhere": {"properties": [1]}})


def test_names_in_a_prompt() -> None:
    """Capitals make a name, unless they only open the sentence."""
    found = entities("What's the weather in New York, Paris and San Juan? Tell Ann.")

    assert found == ["New York", "Paris", "San Juan", "Ann"]
