"""The declarations that type checkers read: every name in them must exist."""

from __future__ import annotations

import importlib
import typing

import pytest

from lakeway.types.wire import WireObject

MODULES = ("chat", "embeddings", "messages", "model_info", "params", "reply", "text", "tool_calls", "usage")
DECLARED = {
    f"{module}.{name}": value
    for module in MODULES
    for name, value in vars(importlib.import_module(f"lakeway.types.{module}")).items()
    if typing.is_typeddict(value) or (isinstance(value, type) and issubclass(value, WireObject))
}


@pytest.mark.parametrize("declared", DECLARED.values(), ids=DECLARED)
def test_hints_resolve(declared: type) -> None:
    """Tools that evaluate annotations (pydantic, IDEs) find what they name."""
    assert isinstance(typing.get_type_hints(declared), dict)


def test_embedding_and_chat_share_the_connection() -> None:
    """What says where a call goes is the same for every kind of call."""
    hints = {
        name: typing.get_type_hints(DECLARED[f"params.{name}"]) for name in ("ChatParams", "EmbeddingParams")
    }
    shared = typing.get_type_hints(DECLARED["params.ConnectionParams"])

    assert all(shared.items() <= hint.items() for hint in hints.values())
    assert not {"model", "messages", "input", "stream"} & {*hints["ChatParams"], *hints["EmbeddingParams"]}
