"""Embeddings in OpenAI's shape: `r.data[0]["embedding"]` and `r.data[0].embedding` are the same list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lakeway.types.reply import Reply
from lakeway.types.usage import Usage
from lakeway.types.wire import Json, WireObject


class Embedding(WireObject):
    """`embedding` is a list of floats, or base64 text where that was asked for."""

    embedding: list[float] | str
    index: int = 0
    object: str = "embedding"


class EmbeddingResponse(Reply, nested={"data": Embedding, "usage": Usage}):
    model: str | None = None
    data: list[Embedding]
    object: str = "list"
    usage: Usage

    def __init__(
        self,
        model: str | None = None,
        usage: Usage | Json | None = None,
        response_ms: float | None = None,
        data: list[Any] | None = None,
        hidden_params: Json | None = None,
        _response_headers: Mapping[str, str] | None = None,
        **fields: Any,
    ) -> None:
        fields["object"] = "list"
        usage = Usage() if usage is None else Usage._built(usage)
        super().__init__(model=model, data=list(data or ()), usage=usage, **fields)
        self._note(response_ms, hidden_params, _response_headers)
