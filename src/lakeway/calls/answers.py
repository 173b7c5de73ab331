"""Outcomes as the caller's objects: ids where the server gave none, `_hidden_params`, and the price."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping
from functools import partial
from typing import Any

from msgspec import Struct

from lakeway.calls.opened import OpenedStream
from lakeway.core.cost import Cost, Tariff
from lakeway.core.exchange import JsonObject, StreamReader, Target
from lakeway.core.flow import Outcome
from lakeway.core.http import Headers
from lakeway.pricing import tariff_for
from lakeway.settings import Settings
from lakeway.types.chat import ModelResponse, ModelResponseStream
from lakeway.types.embeddings import EmbeddingResponse


class Pricing(Struct, frozen=True, kw_only=True):
    """What a call's tokens cost: the caller's own prices in USD per token, else the catalogue's."""

    dbu_usd: float
    service_tier: str | None = None
    overrides: Mapping[str, float] = {}

    @classmethod
    def of(cls, control: Mapping[str, Any], params: Mapping[str, Any], settings: Settings) -> Pricing:
        overrides = {name: value for name, value in control.items() if name.endswith("_cost_per_token")}
        return cls(dbu_usd=settings.dbu_usd, service_tier=params.get("service_tier"), overrides=overrides)

    def cost(self, model: str, served: str | None, usage: Mapping[str, Any]) -> Cost | None:
        """For a normalized usage. The name that was called counts, then the one that answered; None where
        no price is known."""
        known = self._tariff(model) or (self._tariff(served) if served else None)
        return known.cost(usage, self.service_tier) if known and usage else None

    def _tariff(self, name: str) -> Tariff | None:
        return tariff_for(name, dbu_usd=self.dbu_usd, overrides=self.overrides)


def chat_response(outcome: Outcome, pricing: Pricing) -> ModelResponse:
    reply = outcome.reply
    assert reply is not None  # noqa: S101 - the flow answers one or the other
    identify(reply, outcome.exchange.target, "chatcmpl-")
    response = ModelResponse.from_wire(reply)
    response.__dict__["_hidden_source"] = partial(
        hidden_params, Told.of(outcome), pricing, reply.get("model"), reply["usage"]
    )
    return response


def embedding_response(outcome: Outcome, reply: JsonObject, pricing: Pricing) -> EmbeddingResponse:
    reply.setdefault("model", outcome.exchange.target.model)
    response = EmbeddingResponse.from_wire(reply)
    response.__dict__["_hidden_source"] = partial(
        hidden_params, Told.of(outcome), pricing, reply.get("model"), reply["usage"]
    )
    return response


def identify(reply: JsonObject, target: Target, prefix: str) -> None:
    """Some endpoints leave out id, created or model; every reader expects them."""
    if not reply.get("id"):
        reply["id"] = f"{prefix}{uuid.uuid4()}"
    if not reply.get("created"):
        reply["created"] = int(time.time())
    if not reply.get("model"):
        reply["model"] = target.model


class Told(Struct, frozen=True):
    """What `_hidden_params` are made of: an outcome without its reply, which would be kept alive."""

    target: Target
    headers: Headers
    retries: int
    fallbacks: int

    @classmethod
    def of(cls, outcome: Outcome) -> Told:
        return cls(outcome.exchange.target, outcome.headers, outcome.retries, outcome.fallbacks)


def hidden_params(
    told: Told, pricing: Pricing, served: str | None, usage: Mapping[str, Any]
) -> dict[str, Any]:
    """LiteLLM's `_hidden_params`; `response_cost` in USD, and beside it `response_cost_dbu`."""
    hidden = _facts(told)
    hidden["provider_response_model"] = served
    _add_cost(hidden, pricing.cost(told.target.model, served, usage))
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
    target = outcome.exchange.target
    assert outcome.stream is not None  # noqa: S101 - the flow answers one or the other
    assert outcome.reader is not None  # noqa: S101
    hidden = _facts(Told.of(outcome))
    fallback_id, created = f"chatcmpl-{uuid.uuid4()}", int(time.time())

    def present(chunks: list[JsonObject]) -> list[Any]:
        presented = []
        for chunk in chunks:
            if not chunk.get("id"):
                chunk["id"] = fallback_id
            if not chunk.get("created"):
                chunk["created"] = created
            if not chunk.get("model"):
                chunk["model"] = target.model
            response = ModelResponseStream.from_wire(chunk)
            response.__dict__["_hidden_params"] = hidden  # as an attribute is set, without its checks
            presented.append(response)
        return presented

    def end(reader: StreamReader, hidden: dict[str, Any]) -> None:
        hidden["usage"] = reader.usage
        _add_cost(hidden, pricing.cost(target.model, None, reader.usage) if reader.usage else None)

    return OpenedStream(
        exchange=outcome.exchange,
        reader=outcome.reader,
        first=list(outcome.chunks),
        rest=outcome.stream.rest,
        present=present,
        hidden=hidden,
        end=end,
    )
