"""Embeddings: the caller's keywords to one exchange per batch, the batches' replies as one response."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping, Sequence
from typing import Any

from lakeway.calls import arguments as args
from lakeway.calls.answers import Pricing, embedding_response
from lakeway.calls.chat import target_of
from lakeway.core import flow
from lakeway.core.dialects import embeddings as dialect
from lakeway.core.flow import Outcome
from lakeway.core.steps import Flow
from lakeway.databricks.embeddings import BATCH, EmbeddingExchange, EmbeddingRequest
from lakeway.databricks.target import DatabricksTarget
from lakeway.settings import Settings, current
from lakeway.types.embeddings import EmbeddingResponse

Arguments = Mapping[str, Any]


def embed(model: str, texts: Any, arguments: Arguments) -> Flow[EmbeddingResponse]:
    """Vectors for `texts`, in order. Raises BadRequestError for an input that is none."""
    settings = current()
    control, params = args.split(arguments)
    targets = yield from _targets(model, control, settings)
    policy = args.retry_policy(control, settings)
    outcomes: list[Outcome] = []
    for batch in dialect.batches(dialect.inputs(texts), BATCH):
        first, *others = (EmbeddingExchange(t, _request(batch, control, params, settings)) for t in targets)
        outcome = yield from flow.call(
            first,
            policy=policy,
            clock=time.monotonic,
            chance=random.random,
            fallbacks=flow.Fallbacks(others),
        )
        outcomes.append(outcome)
    reply = dialect.merge([outcome.reply or {} for outcome in outcomes])
    reply = dialect.encode(reply, params.get("encoding_format"))
    return embedding_response(outcomes[-1], reply, Pricing.of(control, params, settings))


def _targets(model: str, control: Arguments, settings: Settings) -> Flow[list[DatabricksTarget]]:
    names = [
        model,
        *(entry if isinstance(entry, str) else entry["model"] for entry in control.get("fallbacks") or ()),
    ]
    targets = []
    for name in names:
        targets.append((yield from target_of(name, control, settings)))  # noqa: PERF401 - a flow cannot yield inside
    return targets


def _request(
    texts: Sequence[Any], control: Arguments, params: Arguments, settings: Settings
) -> EmbeddingRequest:
    leniency = args.leniency(control, settings)
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
