"""Outcomes as the caller's objects: ids where the server gave none, `_hidden_params`, and the price."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping
from functools import partial
from typing import Any

from msgspec import Struct

from lakeway.calls.opened import OpenedStream
from lakeway.calls.pricing import Pricing
from lakeway.core.cost import Cost
from lakeway.core.exchange import JsonObject, StreamReader, Target
from lakeway.core.flow import Outcome
from lakeway.core.http import Headers
from lakeway.types.chat import ModelResponse, ModelResponseStream
from lakeway.types.embeddings import EmbeddingResponse


def chat_response(outcome: Outcome, pricing: Pricing) -> ModelResponse:
    reply = outcome.reply
    assert reply is not None  # noqa: S101 - the flow answers one or the other
    identify(reply, outcome.exchange.target, "chatcmpl-")
    response = ModelResponse.from_wire(reply)
    response.__dict__["_hidden_source"] = _source(outcome, reply, pricing)
    return response


def embedding_response(outcome: Outcome, reply: JsonObject, pricing: Pricing) -> EmbeddingResponse:
    """`outcome` is that of the last batch, `reply` all of them together."""
    if not _is_text(reply.get("model")):
        reply["model"] = outcome.exchange.target.model
    response = EmbeddingResponse.from_wire(reply)
    response.__dict__["_hidden_source"] = _source(outcome, reply, pricing)
    return response


def identify(reply: JsonObject, target: Target, prefix: str) -> None:
    """Some endpoints leave out id, created or model; every reader expects them."""
    if not _is_text(reply.get("id")):
        reply["id"] = f"{prefix}{uuid.uuid4()}"
    if not reply.get("created"):
        reply["created"] = int(time.time())
    if not _is_text(reply.get("model")):
        reply["model"] = target.model


def _is_text(value: object) -> bool:
    return type(value) is str and value != ""


class Told(Struct, frozen=True):
    """What `_hidden_params` are made of: an outcome without its reply, which would be kept alive."""

    target: Target
    headers: Headers
    retries: int
    fallbacks: int

    @classmethod
    def of(cls, outcome: Outcome) -> Told:
        return cls(outcome.exchange.target, outcome.headers, outcome.retries, outcome.fallbacks)


def _source(outcome: Outcome, reply: JsonObject, pricing: Pricing) -> partial[dict[str, Any]]:
    told, tier = Told.of(outcome), reply.get("service_tier")
    return partial(hidden_params, told, pricing, reply["model"], reply["usage"], tier)


def hidden_params(
    told: Told, pricing: Pricing, served: str, usage: Mapping[str, Any], tier: object
) -> dict[str, Any]:
    """LiteLLM's `_hidden_params`; `response_cost` in USD, and beside it `response_cost_dbu`."""
    hidden = _facts(told)
    hidden["provider_response_model"] = served
    _add_cost(hidden, pricing.cost(told.target.model, served, usage, tier))
    return hidden


def _facts(told: Told) -> dict[str, Any]:
    target = told.target
    return {
        "custom_llm_provider": target.provider,
        "litellm_model_name": f"{target.provider}/{target.model}",
        "litellm_call_id": str(uuid.uuid4()),
        "region_name": None,
        "model_id": None,
        "cache_hit": None,
        "cache_key": None,
        "additional_headers": provider_headers(told.headers),
        "headers": dict(told.headers.items()),
        "attempted_retries": told.retries,
        "attempted_fallbacks": told.fallbacks,
    }


def provider_headers(headers: Headers) -> dict[str, str]:
    """The server's headers under LiteLLM's names; rate-limit headers under their own as well."""
    named = {f"llm_provider-{name}": value for name, value in headers.items()}
    return named | {name: value for name, value in headers.items() if name.startswith("x-ratelimit-")}


def _add_cost(hidden: dict[str, Any], price: Cost | None) -> None:
    hidden["response_cost"] = price.usd if price else None
    hidden["response_cost_dbu"] = price.dbu if price else None


def open_stream(outcome: Outcome, pricing: Pricing) -> OpenedStream:
    assert outcome.stream is not None  # noqa: S101 - the flow answers one or the other
    assert outcome.reader is not None  # noqa: S101
    presenter = _Presenter(outcome, pricing)
    return OpenedStream(
        exchange=outcome.exchange,
        reader=outcome.reader,
        first=list(outcome.chunks),
        rest=outcome.stream.rest,
        present=presenter.present,
        hidden=presenter.hidden,
        end=presenter.end,
    )


class _Presenter:
    """Makes objects of a stream's chunks. All of them have the id, the time and the model of the first, or
    what it lacks made up, and share one `hidden`."""

    __slots__ = ("_created", "_id", "_model", "_pricing", "_target", "_tier", "hidden")

    def __init__(self, outcome: Outcome, pricing: Pricing) -> None:
        self._target = outcome.exchange.target
        self._pricing = pricing
        self._id: str | None = None
        self._created: int = 0
        self._model = ""
        self._tier: object = None
        self.hidden = _facts(Told.of(outcome))

    def present(self, chunks: list[JsonObject]) -> list[Any]:
        presented = []
        for chunk in chunks:
            if self._id is None:
                identify(chunk, self._target, "chatcmpl-")
                self._id, self._created, self._model = chunk["id"], chunk["created"], chunk["model"]
            else:
                chunk["id"], chunk["created"], chunk["model"] = self._id, self._created, self._model
            if tier := chunk.get("service_tier"):
                self._tier = tier
            response = ModelResponseStream.from_wire(chunk)
            response.__dict__["_hidden_params"] = self.hidden  # as an attribute is set, without its checks
            presented.append(response)
        return presented

    def end(self, reader: StreamReader) -> None:
        """Settle what the stream has used so far: it may have been left early, or broken off."""
        usage = reader.usage
        self.hidden["usage"] = usage
        cost = self._pricing.cost(self._target.model, self._model, usage or {}, self._tier)
        _add_cost(self.hidden, cost)
