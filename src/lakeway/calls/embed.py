"""Embeddings: the caller's keywords to one exchange per batch, the batches' replies as one response."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, TypeAlias

from lakeway.calls import arguments as args
from lakeway.calls import checked, fallbacks, mock
from lakeway.calls.answers import embedding_response
from lakeway.calls.chat import target_of
from lakeway.calls.connection import redirected
from lakeway.calls.fallbacks import Fallback
from lakeway.calls.pricing import Pricing
from lakeway.core import flow
from lakeway.core.dialects import embeddings as dialect
from lakeway.core.exchange import Exchange, JsonObject
from lakeway.core.fallback import Way, in_turn
from lakeway.core.flow import Outcome
from lakeway.core.request import EmbeddingRequest, Leniency
from lakeway.core.retry import RetryPolicy
from lakeway.core.steps import Flow
from lakeway.databricks.embeddings import BATCH, EmbeddingExchange
from lakeway.errors import LakewayError
from lakeway.settings import Settings, current
from lakeway.types.embeddings import EmbeddingResponse

Arguments: TypeAlias = Mapping[str, Any]
Priced: TypeAlias = tuple[list[Outcome], Pricing]


def embed(model: str, texts: Any, arguments: Arguments) -> Flow[EmbeddingResponse]:
    """Vectors for `texts`, in order. Raises BadRequestError for an input that is none."""
    settings = current()
    control, params = args.split(arguments)
    inputs = dialect.inputs(texts)
    if "mock_response" in control:
        return mock.embed(model, len(inputs), control, params)
    after = fallbacks.read(control, model)

    def others(error: LakewayError) -> Iterator[Way[Priced]]:
        for other in after(error):
            yield other.model, partial(_fall_back, other, inputs, arguments, settings)

    answer, fallen_back = yield from in_turn(_attempt(model, inputs, control, params, settings), others)
    outcomes, pricing = answer
    outcomes[-1].fallbacks = fallen_back
    reply = merged(outcomes, params.get("encoding_format"))
    return embedding_response(outcomes[-1], reply, pricing)


def _attempt(
    model: str, inputs: Sequence[Any], control: Arguments, params: Arguments, settings: Settings
) -> Flow[Priced]:
    """One model's vectors for all of the inputs, and what they cost."""
    pricing = Pricing.of(control, params, settings)
    leniency = args.leniency(control, params, settings)
    target = yield from target_of(model, control, settings)

    def exchange(batch: Sequence[Any]) -> Exchange:
        return EmbeddingExchange(target, request_of(batch, control, params, leniency))

    return (yield from _all(inputs, exchange, args.retry_policy(control, settings))), pricing


def _fall_back(
    other: Fallback, inputs: Sequence[Any], arguments: Arguments, settings: Settings
) -> Flow[Priced]:
    given = redirected(arguments, other.overrides, settings)
    return (yield from _attempt(other.model, inputs, *args.split(given), settings))


def _all(
    inputs: Sequence[Any], exchange: Callable[[Sequence[Any]], Exchange], policy: RetryPolicy
) -> Flow[list[Outcome]]:
    """One outcome per batch, in order; the last one knows the retries of all."""
    outcomes: list[Outcome] = []
    for batch in dialect.batches(inputs, BATCH):
        call = flow.call(exchange(batch), policy=policy, clock=time.monotonic, chance=random.random)
        outcomes.append((yield from call))
    outcomes[-1].retries = sum(outcome.retries for outcome in outcomes)
    return outcomes


def merged(outcomes: Sequence[Outcome], encoding_format: str | None) -> JsonObject:
    """The batches' replies as one, its vectors in the caller's format."""
    return dialect.encode(dialect.merge([outcome.reply or {} for outcome in outcomes]), encoding_format)


def request_of(
    texts: Sequence[Any], control: Arguments, params: Arguments, leniency: Leniency
) -> EmbeddingRequest:
    """One batch as a value, without saying where it goes. Raises BadRequestError."""
    return EmbeddingRequest(
        input=texts,
        params=params,
        extra_body=checked.mapping(control, "extra_body"),
        tags=args.tags(control),
        client_request_id=checked.text(control, "client_request_id"),
        leniency=leniency,
    )
