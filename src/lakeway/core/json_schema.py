"""JSON Schema, as far as a request needs it: references written out where a server refuses them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def inline_references(schema: Any) -> Any:
    """A copy of `schema` with local `$ref`s replaced by what they name, and the definitions left out.

    Databricks documents `$ref` as unsupported in tools and structured output, and pydantic writes one
    for every nested model. A recursive schema cannot be written out: it is returned as it came.
    """
    if not isinstance(schema, Mapping) or not any(key in schema for key in ("$defs", "definitions")):
        return schema
    try:
        return _inline({k: v for k, v in schema.items() if k not in ("$defs", "definitions")}, schema, ())
    except RecursionError:
        return schema


def _inline(node: Any, root: Mapping[str, Any], trail: tuple[str, ...]) -> Any:
    if isinstance(node, list):
        return [_inline(item, root, trail) for item in node]
    if not isinstance(node, Mapping):
        return node
    reference = node.get("$ref")
    if isinstance(reference, str) and reference.startswith("#/"):
        if reference in trail:
            raise RecursionError(reference)
        named = _inline(_lookup(root, reference), root, (*trail, reference))
        beside = {key: value for key, value in node.items() if key != "$ref"}
        return named | _inline(beside, root, trail) if isinstance(named, dict) else named
    return {key: _inline(value, root, trail) for key, value in node.items()}


def _lookup(root: Mapping[str, Any], reference: str) -> Any:
    node: Any = root
    for step in reference[2:].split("/"):
        key = step.replace("~1", "/").replace("~0", "~")
        if not isinstance(node, Mapping) or key not in node:
            return {}
        node = node[key]
    return node
