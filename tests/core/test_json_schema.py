"""References written out, and left alone where they cannot be."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from lakeway.core.json_schema import MOST_NODES, inline_references

CITY = {"type": "object", "properties": {"name": {"type": "string"}}}
TREE = {"$defs": {"T": {"properties": {"child": {"$ref": "#/$defs/T"}}}}, "$ref": "#/$defs/T"}


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        (CITY, CITY),
        (None, None),
        ({"$defs": {"C": CITY}, "$ref": "#/$defs/C"}, CITY),
        (
            {"definitions": {"C": CITY}, "properties": {"a": {"$ref": "#/definitions/C", "title": "A"}}},
            {"properties": {"a": {**CITY, "title": "A"}}},
        ),
        (
            {"$defs": {"C": CITY}, "anyOf": [{"$ref": "#/$defs/C"}, {"type": "null"}]},
            {"anyOf": [CITY, {"type": "null"}]},
        ),
        ({"$defs": {"a/b": CITY}, "x": {"$ref": "#/$defs/a~1b"}}, {"x": CITY}),
        ({"$defs": {}, "x": {"$ref": "#/$defs/none"}}, {"x": {}}),
        (TREE, TREE),
    ],
)
def test_inline(schema: Any, expected: Any) -> None:
    """Nested, beside other keys, escaped, missing; a recursive schema stays as it is."""
    before = copy.deepcopy(schema)

    assert expected == inline_references(schema)
    assert before == schema


def doubling(levels: int) -> dict[str, Any]:
    """A schema of few lines, each of which names the one before it twice."""
    definitions: dict[str, Any] = {"L0": {"type": "string"}}
    for level in range(1, levels + 1):
        named = {"$ref": f"#/$defs/L{level - 1}"}
        definitions[f"L{level}"] = {"properties": {"left": named, "right": named}}
    return {"$defs": definitions, "$ref": f"#/$defs/L{levels}"}


def nodes(schema: Any) -> int:
    members = schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ()
    return 1 + sum(nodes(member) for member in members)


def test_a_definition_named_often_is_written_out_each_time() -> None:
    """Also where it is named through others."""
    leaf = {"type": "string"}
    pair = {"properties": {"left": leaf, "right": leaf}}

    assert {"properties": {"left": pair, "right": pair}} == inline_references(doubling(2))


def test_a_schema_that_would_explode_stays_as_it_is() -> None:
    """Forty lines may name a schema that no memory holds; that is seen before it is built."""
    schema = doubling(40)

    assert schema is inline_references(schema)


@pytest.mark.parametrize("levels", range(8, 14))
def test_what_is_written_out_is_bounded(levels: int) -> None:
    """Whatever comes back is no larger than the bound, or was not touched."""
    schema = doubling(levels)
    written = inline_references(schema)

    assert written is schema or nodes(written) <= MOST_NODES


def test_a_schema_too_deep_for_python_stays_as_it_is() -> None:
    """And is not a RecursionError."""
    deep: dict[str, Any] = {}
    for _ in range(3000):
        deep = {"items": deep}
    schema = {"$defs": {}, "items": deep}

    assert schema is inline_references(schema)
