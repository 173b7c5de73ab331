"""Tool calls as a model makes them, whole and in the pieces of a stream."""

# ruff: noqa: A002  (parameters are named as the wire and LiteLLM name them)

from __future__ import annotations

from typing import Any

from lakeway.types.wire import Json, WireObject


class Function(WireObject):
    """`arguments` is JSON text, as the model wrote it."""

    arguments: str = ""
    name: str | None = None

    def __init__(self, arguments: Json | str | None = None, name: str | None = None, **fields: Any) -> None:
        if arguments is None:
            arguments = fields.pop("parameters", None)
        if isinstance(arguments, dict):
            import json

            arguments = json.dumps(arguments)
        super().__init__(arguments=arguments or "", name=name, **fields)


class FunctionCall(WireObject):
    arguments: str = ""
    name: str | None = None

    def __init__(self, arguments: str = "", name: str | None = None, **fields: Any) -> None:
        super().__init__(arguments=arguments, name=name, **fields)


class ChatCompletionMessageToolCall(WireObject, nested={"function": Function}):
    function: Function
    id: str
    type: str = "function"

    def __init__(
        self, function: Function | Json, id: str | None = None, type: str | None = None, **fields: Any
    ) -> None:
        made = Function._built(function)
        super().__init__(**fields, function=made, id=id or _fresh_id(), type=type or "function")


class ChatCompletionDeltaToolCall(WireObject, nested={"function": Function}):
    """`id` and the function's name come once; `index` says which call a piece of arguments belongs to."""

    id: str | None = None
    function: Function
    type: str | None = None
    index: int = 0

    def __init__(
        self,
        id: str | None = None,
        function: Function | Json | None = None,
        type: str | None = None,
        index: int = 0,
        **fields: Any,
    ) -> None:
        function = Function._built(function or {})
        super().__init__(**fields, id=id, function=function, type=type, index=index)


def _fresh_id() -> str:
    import uuid

    return str(uuid.uuid4())
