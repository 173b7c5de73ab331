"""Whether something is a JSON schema at all: the keywords that matter have the types they must have."""

from __future__ import annotations

from typing import Any, NoReturn

from lakeway.emulator.answers.schema import referred
from lakeway.emulator.envelopes import bad_request

_DEEPEST = 64
_TYPES = frozenset({"object", "array", "string", "integer", "number", "boolean", "null"})
_MAPS = ("properties", "$defs", "definitions", "patternProperties")
_LISTS = ("anyOf", "oneOf", "allOf", "prefixItems")
_SIZES = ("minItems", "maxItems", "minLength", "maxLength")
_BOUNDS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")


def check_schema(what: str, schema: Any) -> None:
    """Raise the 400 for a broken schema of `what` ("function 'get_weather'"); its text is unverified."""
    _Checker(what, schema).check(schema, 0)


class _Checker:
    def __init__(self, what: str, root: Any) -> None:
        self._what = what
        self._root = root
        self._followed: set[str] = set()

    def check(self, schema: Any, depth: int) -> None:
        if isinstance(schema, bool) and depth:
            return
        if not isinstance(schema, dict) or depth > _DEEPEST:
            self._refuse("a schema must be an object, nested at most 64 deep")
        self._check_values(schema)
        self._follow(schema.get("$ref"), depth)
        for keyword in _MAPS:
            for member in self._of_type(schema, keyword, dict, {}).values():
                self.check(member, depth + 1)
        for keyword in _LISTS:
            for member in self._of_type(schema, keyword, list, []):
                self.check(member, depth + 1)
        for keyword in ("items", "additionalProperties"):
            if keyword in schema:
                self.check(schema[keyword], depth + 1)

    def _follow(self, reference: Any, depth: int) -> None:
        """Check what is referred to, once."""
        if isinstance(reference, str) and reference not in self._followed:
            self._followed.add(reference)
            self.check(referred(self._root, reference), depth + 1)

    def _check_values(self, schema: dict[str, Any]) -> None:
        kinds = schema.get("type", [])
        for kind in kinds if isinstance(kinds, list) else [kinds]:
            if not isinstance(kind, str) or kind not in _TYPES:
                self._refuse(f"'{kind}' is not a type")
        if not all(isinstance(name, str) for name in self._of_type(schema, "required", list, [])):
            self._refuse("'required' must list names")
        if "enum" in schema and not self._of_type(schema, "enum", list, []):
            self._refuse("'enum' must list at least one value")
        for keyword in _SIZES:
            value = schema.get(keyword, 0)
            if isinstance(value, bool) or not isinstance(value, int) or value < 0:
                self._refuse(f"'{keyword}' must be a size")
        for keyword in _BOUNDS:
            value = schema.get(keyword, 1)
            # A boolean bound is draft 4's way; it is tolerated for the exclusive ones.
            if not isinstance(value, int | float) or (keyword == "multipleOf" and value <= 0):
                self._refuse(f"'{keyword}' must be a number")

    def _of_type(self, schema: dict[str, Any], keyword: str, kind: type, fallback: Any) -> Any:
        value = schema.get(keyword, fallback)
        if not isinstance(value, kind):
            self._refuse(f"'{keyword}' must be of type {'object' if kind is dict else 'array'}")
        return value

    def _refuse(self, problem: str) -> NoReturn:
        raise bad_request(f"Invalid schema for {self._what}: {problem}")
