"""A value that satisfies a JSON schema, drawn from the prompt where that reads naturally."""

from __future__ import annotations

import re
from typing import Any

Json = dict[str, Any]

_DEEPEST = 12
_FINEST = 1e-9
_READ = 10_000
_FORMATS = {
    "date": "2026-11-22",
    "time": "09:30:00Z",
    "date-time": "2026-11-22T09:30:00Z",
    "email": "someone@example.com",
    "uri": "https://example.com/",
    "uuid": "00000000-0000-4000-8000-000000000000",
    "ipv4": "192.0.2.1",
    "duration": "PT1H",
}
_PLACES = re.compile(
    r"city|location|place|country|town|region|address|name|person|who|subject|entity|symbol", re.IGNORECASE
)
_NUMBER = re.compile(r"-?\d{1,15}(?:\.\d{1,6})?")
_ENTITY = re.compile(r"(?<![\w.])[A-Z][\w'’]+(?:[ -][A-Z][\w'’]+)*")
# Words that open a sentence in capitals without being names.
_OPENERS = re.compile(
    r"an?|and|answer|are|call|can|compare|could|did|do|does|extract|find|for|forecast|get|give|how|i|in|is|list"
    r"|me|my|please|return|should|tell|the|use|was|weather|were|what|when|where|which|who|why|will|would"
)


class Filler:
    """Fills schemas for one prompt. `entity` picks which of the prompt's names goes into the texts."""

    def __init__(self, root: Json, prompt: str, *, entity: str | None = None, optional: bool = True) -> None:
        self._root = root
        self._prompt = prompt = prompt[:_READ]
        self._entities = [entity] if entity else entities(prompt)
        self._numbers = _NUMBER.findall(prompt)
        self._optional = optional

    def fill(self) -> Any:
        return self._value(self._root, "", 0)

    def _value(self, schema: Any, name: str, depth: int) -> Any:
        schema = self._resolved(schema, depth)
        if "const" in schema:
            return schema["const"]
        if schema.get("enum"):
            return self._member(schema["enum"])
        if "default" in schema and depth:
            return schema["default"]
        match self._kind(schema):
            case "object":
                return self._object(schema, depth)
            case "array":
                return self._array(schema, name, depth)
            case "integer":
                return int(self._number(schema, 1))
            case "number":
                return self._number(schema, 1)
            case "boolean":
                return True
            case "null":
                return None
        return self._text(schema, name)

    def _resolved(self, schema: Any, depth: int) -> Json:
        """`schema` without `$ref`, `allOf` and the like; nothing (any value) when it is no object."""
        if not isinstance(schema, dict) or depth > _DEEPEST:
            return {"type": "null"} if depth > _DEEPEST else {}
        for _ in range(_DEEPEST):
            if "$ref" in schema:
                schema = {
                    **referred(self._root, schema["$ref"]),
                    **{k: v for k, v in schema.items() if k != "$ref"},
                }
            elif "allOf" in schema:
                schema = _merged(schema)
            elif "anyOf" in schema or "oneOf" in schema:
                schema = _alternative(schema)
            else:
                break
        resolved: Json = schema
        return resolved

    def _kind(self, schema: Json) -> str:
        kind = schema.get("type")
        if isinstance(kind, list):
            kind = next((member for member in kind if member != "null"), "null")
        if kind is None:
            kind = "object" if "properties" in schema else "array" if "items" in schema else "string"
        return str(kind)

    def _object(self, schema: Json, depth: int) -> Json:
        required = set(schema.get("required") or ())
        properties = schema.get("properties") or {}
        filled = {
            name: self._value(member, name, depth + 1)
            for name, member in properties.items()
            if name in required or (depth < _DEEPEST // 2 and (self._optional or self._mentioned(member)))
        }
        for name in required - filled.keys():
            filled[name] = self._value(schema.get("additionalProperties"), name, depth + 1)
        return filled

    def _mentioned(self, schema: Any) -> bool:
        lowered = self._prompt.lower()
        members = self._resolved(schema, 0).get("enum") or ()
        return any(isinstance(member, str) and member.lower() in lowered for member in members)

    def _member(self, members: list[Any]) -> Any:
        lowered = self._prompt.lower()
        named = (member for member in members if isinstance(member, str) and member.lower() in lowered)
        return next(named, members[0])

    def _array(self, schema: Json, name: str, depth: int) -> list[Any]:
        least, most = schema.get("minItems", 1), schema.get("maxItems", 10)
        values = self._members(self._resolved(schema.get("items"), depth + 1))
        while len(values) < least:
            values.append(self._value(schema.get("items"), name, depth + 1))
        return values[: max(most, least)]

    def _members(self, items: Json) -> list[Any]:
        """The numbers or names of the prompt, where a list of such is wanted."""
        kind = self._kind(items)
        if "enum" in items or "const" in items:
            return []
        if kind in ("integer", "number"):
            return [self._bounded(items, float(number), kind) for number in self._numbers]
        return [self._sized(items, name) for name in self._entities] if kind == "string" else []

    def _number(self, schema: Json, fallback: float) -> Any:
        wanted = float(self._numbers[0]) if self._numbers else fallback
        return self._bounded(schema, wanted, self._kind(schema))

    def _bounded(self, schema: Json, value: float, kind: str) -> Any:
        step = 1 if kind == "integer" else 0.5
        low, high = schema.get("minimum"), schema.get("maximum")
        above, below = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
        if isinstance(above, int | float) and not isinstance(above, bool) and value <= above:
            value = above + step
        if isinstance(below, int | float) and not isinstance(below, bool) and value >= below:
            value = below - step
        value = max(value, low) if low is not None else value
        value = min(value, high) if high is not None else value
        multiple = schema.get("multipleOf")
        if multiple and multiple > _FINEST:
            value = -(-value // multiple) * multiple if high is None else value // multiple * multiple
        return int(value) if kind == "integer" or float(value).is_integer() else value

    def _text(self, schema: Json, name: str) -> str:
        fixed = _FORMATS.get(schema.get("format", ""))
        return self._sized(schema, fixed or self._words(name))

    def _sized(self, schema: Json, text: str) -> str:
        return text.ljust(schema.get("minLength", 0), ".")[: schema.get("maxLength")]

    def _words(self, name: str) -> str:
        if self._entities and _PLACES.search(name):
            return self._entities[0]
        if re.search(r"date|day", name, re.IGNORECASE):
            return _FORMATS["date"]
        if re.search(r"expression|formula|calculation", name, re.IGNORECASE):
            found = re.search(r"[\d.(][\d\s.+*/()^-]*", self._prompt)
            if found:
                return found[0].strip().rstrip(".")
        return " ".join(self._prompt.split())[:200] or name or "text"


def referred(root: Json, reference: Any) -> Json:
    """What a local `$ref` points at; an empty schema when it points at nothing."""
    node: Any = root
    for part in str(reference).lstrip("#").strip("/").split("/"):
        if part:
            key = part.replace("~1", "/").replace("~0", "~")
            node = node.get(key, {}) if isinstance(node, dict) else {}
    return node if isinstance(node, dict) else {}


def entities(prompt: str) -> list[str]:
    """The proper names of a prompt, in order: "Weather in Paris and New York?" -> Paris, New York."""
    found: list[str] = []
    for match in _ENTITY.finditer(prompt):
        words = match[0].split(" ")
        while words and _OPENERS.fullmatch(re.split("['’]", words[0].lower())[0]):
            words.pop(0)
        name = " ".join(words)
        if name and name not in found:
            found.append(name)
    return found


def _merged(schema: Json) -> Json:
    merged: Json = {name: value for name, value in schema.items() if name != "allOf"}
    for part in schema["allOf"]:
        if not isinstance(part, dict):
            continue
        properties = {**part.get("properties", {}), **merged.get("properties", {})}
        required = [*part.get("required", ()), *merged.get("required", ())]
        merged = {**part, **merged}
        if properties:
            merged |= {"properties": properties, "required": required}
    return merged


def _alternative(schema: Json) -> Json:
    """The first alternative that is more than null."""
    options = schema.get("anyOf") or schema.get("oneOf") or [{}]
    option = next((o for o in options if isinstance(o, dict) and o.get("type") != "null"), {"type": "null"})
    rest = {name: value for name, value in schema.items() if name not in ("anyOf", "oneOf")}
    return {**rest, **option}
