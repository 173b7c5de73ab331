"""References written out, and left alone where they cannot be."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from lakeway.core.json_schema import inline_references

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
