"""What a caller asks of a model, as values that say nothing of where it goes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from msgspec import Struct

# reasoning_effort to a thinking budget in tokens: the LiteLLM page's three, and LiteLLM's other values.
BUDGETS: Mapping[str, int] = MappingProxyType(
    {
        "minimal": 1024,
        "low": 1024,
        "medium": 2048,
        "high": 4096,
        "xhigh": 8192,
        "max": 16384,
    }
)


class Leniency(Struct, frozen=True, kw_only=True):
    """`drop` what is not supported, `dropped` paths in any case; `allowed` names go as they are."""

    drop: bool = False
    dropped: tuple[str, ...] = ()
    allowed: frozenset[str] = frozenset()
    budgets: Mapping[str, int] = BUDGETS


class Call(Struct, frozen=True, kw_only=True):
    """What calls of every kind have; `params` holds OpenAI's and the provider's parameters alike.

    `tags` and `client_request_id` find the call again in Databricks' usage tables.
    """

    params: Mapping[str, Any] = {}
    extra_body: Mapping[str, Any] = {}
    tags: Mapping[str, str] = {}
    client_request_id: str | None = None
    leniency: Leniency = Leniency()


class ChatRequest(Call, frozen=True, kw_only=True):
    """A chat call as the caller made it."""

    messages: Sequence[Any]
    stream: bool = False
    include_usage: bool = False


class EmbeddingRequest(Call, frozen=True, kw_only=True):
    """`params` go to the server beside the input: `instruction`, `dimensions`, the provider's own."""

    input: Sequence[Any]


def without(params: Mapping[str, Any], paths: Sequence[str]) -> Mapping[str, Any]:
    """`params` without the dotted `paths`; `tools[*].strict` style steps into every element of a list."""
    for path in paths:
        params = _drop(params, path.replace("[*]", ".*").split("."))
    return params


def _drop(node: Any, steps: list[str]) -> Any:
    head, *rest = steps
    if head == "*" and isinstance(node, list):
        return [_drop(item, rest) if rest else item for item in node]
    if not isinstance(node, Mapping) or head not in node:
        return node
    if not rest:
        return {key: value for key, value in node.items() if key != head}
    return {**node, head: _drop(node[head], rest)}
