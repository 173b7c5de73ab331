"""Embeddings: the caller's keywords to one exchange per batch, the batches' replies as one response."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from lakeway.calls import arguments as args
from lakeway.calls.answers import Pricing, embedding_response
from lakeway.calls.chat import target_of
from lakeway.core import flow
from lakeway.core.dialects import embeddings as dialect
from lakeway.core.exchange import Exchange, JsonObject
from lakeway.core.flow import Outcome
from lakeway.core.retry import RetryPolicy
from lakeway.core.steps import Flow
from lakeway.databricks.embeddings import BATCH, EmbeddingExchange, EmbeddingRequest
from lakeway.databricks.request import Leniency
from lakeway.databricks.target import DatabricksTarget
from lakeway.settings import Settings, current
from lakeway.types.embeddings import EmbeddingResponse

Arguments = Mapping[str, Any]


def embed(model: str, texts: Any, arguments: Arguments) -> Flow[EmbeddingResponse]:
    """Vectors for `texts`, in order. Raises BadRequestError for an input that is none."""
    settings = current()
    control, params = args.split(arguments)
    targets = yield from _targets(model, control, settings)
    leniency = args.leniency(control, params, settings)

    def exchanges(batch: Sequence[Any]) -> list[Exchange]:
        return [EmbeddingExchange(target, request_of(batch, control, params, leniency)) for target in targets]

    outcomes = yield from in_batches(texts, exchanges, args.retry_policy(control, settings))
    reply = merged(outcomes, params.get("encoding_format"))
    return embedding_response(outcomes[-1], reply, Pricing.of(control, params, settings))


def in_batches(
    texts: Any, exchanges: Callable[[Sequence[Any]], Sequence[Exchange]], policy: RetryPolicy
) -> Flow[list[Outcome]]:
    """One outcome per batch, in order. `exchanges` makes those to try for one: the first, its fallbacks."""
    outcomes: list[Outcome] = []
    for batch in dialect.batches(dialect.inputs(texts), BATCH):
        first, *others = exchanges(batch)
        outcome = yield from flow.call(
            first,
            policy=policy,
            clock=time.monotonic,
            chance=random.random,
            fallbacks=flow.Fallbacks(others),
        )
        outcomes.append(outcome)
    return outcomes


def merged(outcomes: Sequence[Outcome], encoding_format: str | None) -> JsonObject:
    """The batches' replies as one, its vectors in the caller's format."""
    return dialect.encode(dialect.merge([outcome.reply or {} for outcome in outcomes]), encoding_format)


def _targets(model: str, control: Arguments, settings: Settings) -> Flow[list[DatabricksTarget]]:
    names = [
        model,
        *(entry if isinstance(entry, str) else entry["model"] for entry in control.get("fallbacks") or ()),
    ]
    targets = []
    for name in names:
        targets.append((yield from target_of(name, control, settings)))  # noqa: PERF401 - a flow cannot yield inside
    return targets


def request_of(
    texts: Sequence[Any], control: Arguments, params: Arguments, leniency: Leniency
) -> EmbeddingRequest:
    """One batch as a value, without saying where it goes."""
    return EmbeddingRequest(
        input=texts,
        params={
            name: value for name, value in params.items() if value != "" and name not in leniency.dropped
        },
        extra_body=control.get("extra_body") or {},
        tags=args.tags(control),
        drop=leniency.drop,
        allowed=leniency.allowed,
    )
