"""Embeddings from a Databricks model: one exchange for one batch of inputs."""

from __future__ import annotations

from typing import Any

from lakeway.core.dialects import embeddings as dialect
from lakeway.core.exchange import JsonObject, StreamReader
from lakeway.core.http import HeaderPairs, HttpRequest
from lakeway.core.request import EmbeddingRequest, without
from lakeway.databricks import errors
from lakeway.databricks.exchange import DatabricksExchange
from lakeway.databricks.request import identity, tags_header, unsupported
from lakeway.databricks.target import DatabricksTarget

# Inputs per request: remembered from the documentation, not verified; longer lists go in several requests.
BATCH = 150
# Hosted models have fixed sizes but this one, which takes its nested (matryoshka) sizes by name.
RESIZABLE = "qwen3-embedding"
# Answered here, or turned into the surface's attribution. Servers answer with numbers whatever the format.
OURS = frozenset({"encoding_format", "metadata", "user"})


class EmbeddingExchange(DatabricksExchange):
    """One batch: its reply has a vector for each input, in their order."""

    def __init__(self, target: DatabricksTarget, request: EmbeddingRequest) -> None:
        super().__init__(target)
        self._request = request

    def write_request(self, authorization: HeaderPairs) -> HttpRequest:
        """Raises UnsupportedParamsError for a size that the model does not have, BadRequestError."""
        request = self._request
        dialect.check_format(request.params)
        gateway = self.target.on_gateway("embeddings")
        attribution = {} if gateway else identity(request, self.target.profile)
        fields = {"model": self.target.model, "input": request.input, **self._params(), **attribution}
        return self.target.post(
            "embeddings",
            {**fields, **request.extra_body},
            authorization,
            extra=tags_header(request) if gateway else (),
        )

    def _params(self) -> dict[str, Any]:
        given, leniency = self._request.params, self._request.leniency
        params = {
            name: value
            for name, value in without(given, leniency.dropped).items()
            if name in leniency.allowed or not (name in OURS or value is None or value == "")
        }
        if "dimensions" in params and not self._resizable and "dimensions" not in leniency.allowed:
            if not leniency.drop:
                raise unsupported(["dimensions"], self.target.model)
            del params["dimensions"]
        return params

    @property
    def _resizable(self) -> bool:
        return RESIZABLE in self.target.model or not self.target.profile.catalogued

    def _read(self, wire: JsonObject) -> JsonObject:
        try:
            return dialect.read_reply(wire, len(self._request.input))
        except (TypeError, ValueError) as cause:
            raise errors.malformed(f"the answer ({cause})", model=self.target.model) from cause

    def stream_reader(self) -> StreamReader:
        raise NotImplementedError("embeddings are not streamed")
