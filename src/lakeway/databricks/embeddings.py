"""Embeddings from a Databricks model: one exchange for one batch of inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from lakeway.core.dialects import embeddings as dialect
from lakeway.core.exchange import JsonObject, StreamReader
from lakeway.core.http import HeaderPairs, HttpRequest
from lakeway.core.usage import normalize
from lakeway.databricks.exchange import DatabricksExchange
from lakeway.databricks.request import unsupported
from lakeway.databricks.target import DatabricksTarget

# Inputs per request: remembered from the documentation, not verified; longer lists go in several requests.
BATCH = 150
# Hosted models have fixed sizes but this one, which takes its nested (matryoshka) sizes by name.
RESIZABLE = "qwen3-embedding"


class EmbeddingRequest(Struct, frozen=True, kw_only=True):
    """`params` go to the server beside the input: `instruction`, `dimensions`, the provider's own."""

    input: Sequence[Any]
    params: Mapping[str, Any] = {}
    extra_body: Mapping[str, Any] = {}
    tags: Mapping[str, str] = {}
    drop: bool = False
    allowed: frozenset[str] = frozenset()


class EmbeddingExchange(DatabricksExchange):
    """One batch. `encoding_format` is never sent: servers answer with numbers, and encoding is done here."""

    def __init__(self, target: DatabricksTarget, request: EmbeddingRequest) -> None:
        super().__init__(target)
        self._request = request

    def write_request(self, authorization: HeaderPairs) -> HttpRequest:
        request = self._request
        dialect.check_format(request.params)
        fields = {"model": self.target.model, "input": request.input, **self._params()}
        if request.tags and not self.target.on_gateway("embeddings"):
            fields["usage_context"] = dict(request.tags)
        return self.target.post("embeddings", {**fields, **request.extra_body}, authorization)

    def _params(self) -> dict[str, Any]:
        request = self._request
        params = {
            k: v for k, v in request.params.items() if v is not None and k not in ("encoding_format", "user")
        }
        hosted = self.target.profile.catalogued
        if "dimensions" in params and hosted and RESIZABLE not in self.target.model:
            if not (request.drop or "dimensions" in request.allowed):
                raise unsupported(["dimensions"], self.target.model)
            if "dimensions" not in request.allowed:
                del params["dimensions"]
        return params

    def _read(self, wire: JsonObject) -> JsonObject:
        rows = wire.get("data")
        if not isinstance(rows, list) or not all(
            isinstance(row, dict) and "embedding" in row for row in rows
        ):
            raise TypeError("data is no list of embeddings")
        return wire | {"object": "list", "usage": normalize(wire.get("usage"))}

    def stream_reader(self) -> StreamReader:
        raise NotImplementedError("embeddings are not streamed")
