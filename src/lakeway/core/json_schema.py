"""JSON Schema, as far as a request needs it: references written out where a server refuses them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

DEFINITIONS = ("$defs", "definitions")
# What references may add up to, written out. A few lines of references to references can name a schema that
# no memory holds, and no server takes one of this size.
MOST_NODES = 10_000


class _NotWritable(Exception):
    """The schema refers to itself, or would be too large."""


def inline_references(schema: Any) -> Any:
    """A copy of `schema` with local `$ref`s replaced by what they name, and the definitions left out.

    Databricks documents `$ref` as unsupported in tools and structured output, and pydantic writes one
    for every nested model. A schema that cannot be written out, being recursive or larger than MOST_NODES, is
    returned as it came.
    """
    if not isinstance(schema, Mapping) or not any(key in schema for key in DEFINITIONS):
        return schema
    try:
        return _Inliner(schema).inline({k: v for k, v in schema.items() if k not in DEFINITIONS})
    except (_NotWritable, RecursionError):
        return schema


class _Inliner:
    """Writes out what `root` defines, each definition once; the copies share it."""

    def __init__(self, root: Mapping[str, Any]) -> None:
        self._root = root
        self._nodes = 0
        self._open: set[str] = set()
        self._done: dict[str, tuple[Any, int]] = {}

    def inline(self, node: Any) -> Any:
        self._count(1)
        if isinstance(node, list):
            return [self.inline(item) for item in node]
        if not isinstance(node, Mapping):
            return node
        reference = node.get("$ref")
        if isinstance(reference, str) and reference.startswith("#/"):
            named = self._named(reference)
            beside = {key: value for key, value in node.items() if key != "$ref"}
            return named | self.inline(beside) if beside and isinstance(named, dict) else named
        return {key: self.inline(value) for key, value in node.items()}

    def _named(self, reference: str) -> Any:
        if reference in self._done:
            named, nodes = self._done[reference]
            self._count(nodes)
            return named
        if reference in self._open:
            raise _NotWritable
        self._open.add(reference)
        before = self._nodes
        named = self.inline(_lookup(self._root, reference))
        self._open.remove(reference)
        self._done[reference] = named, self._nodes - before
        return named

    def _count(self, nodes: int) -> None:
        self._nodes += nodes
        if self._nodes > MOST_NODES:
            raise _NotWritable


def _lookup(root: Mapping[str, Any], reference: str) -> Any:
    node: Any = root
    for step in reference[2:].split("/"):
        key = step.replace("~1", "/").replace("~0", "~")
        if not isinstance(node, Mapping) or key not in node:
            return {}
        node = node[key]
    return node
