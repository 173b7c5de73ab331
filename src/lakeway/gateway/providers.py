"""How the hosts of deployments are spoken to, and which of them a row's model is to be found at.

A row's prefix decides, or its `custom_llm_provider`; from then on nobody asks again which kind of host it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import msgspec
from msgspec import Struct

from lakeway.auth.credentials import UnifiedAuth
from lakeway.calls import chat, openai_host
from lakeway.core import model_name
from lakeway.core.dialects.plain_chat import Plain
from lakeway.core.exchange import Exchange, Target
from lakeway.core.request import ChatRequest, EmbeddingRequest
from lakeway.core.steps import Credential, Flow, GetHost
from lakeway.databricks import plain
from lakeway.databricks.chat import exchange as databricks_chat
from lakeway.databricks.embeddings import EmbeddingExchange as DatabricksEmbeddings
from lakeway.databricks.plain import PlainExchange
from lakeway.databricks.target import DatabricksTarget
from lakeway.providers.openai_compatible import ChatExchange, EmbeddingExchange, OpenAITarget
from lakeway.settings import Settings


def _nothing(_target: Target) -> None:
    return None


class Provider(Struct, frozen=True):
    """Exchanges with a target of this provider's own kind, and that target with another model's name.

    `plain` is the exchange for a plain chat, where `takes` says which parameters of one the target takes.
    """

    chat: Callable[[Any, ChatRequest], Exchange]
    embeddings: Callable[[Any, EmbeddingRequest], Exchange]
    renamed: Callable[[Any, str], Target]
    takes: Callable[[Any], frozenset[str] | None] = _nothing
    plain: Callable[[Any, Plain, dict[str, str]], Exchange] = PlainExchange


def _other_databricks_model(target: DatabricksTarget, model: str) -> DatabricksTarget:
    name = model_name.parse(model, target.provider)
    return msgspec.structs.replace(target, model=name.model, alias=model, bridge=name.bridge == "responses")


def _other_openai_model(target: OpenAITarget, model: str, *, prefix: str) -> OpenAITarget:
    return msgspec.structs.replace(target, model=openai_host.named(model, prefix), alias=model)


DATABRICKS = Provider(
    databricks_chat, DatabricksEmbeddings, _other_databricks_model, takes=plain.takes, plain=PlainExchange
)
# By LiteLLM's prefix, which is all that tells the kinds of such hosts apart.
OPENAI_COMPATIBLE: Mapping[str, Provider] = {
    prefix: Provider(ChatExchange, EmbeddingExchange, partial(_other_openai_model, prefix=prefix))
    for prefix in openai_host.HOSTS
}


class Settled(Struct, frozen=True):
    """Where a row leads. `api_base` is the address without the path of an operation."""

    provider: Provider
    target: Target
    api_base: str


def settle(
    model: str,
    connection: Mapping[str, Any],
    settings: Settings,
    environ: Mapping[str, str],
    host_of: Callable[[Credential], str],
) -> Settled:
    """Find the host of `model`. `host_of` finds the workspace when nothing names one.

    Raises LakewayError: for a base that is none, a provider that is not known, or no way in at all.
    """
    prefix = openai_host.prefix_of(model, connection.get("custom_llm_provider"))
    if prefix is not None:
        other = openai_host.target_of(model, prefix, _for_organization(connection), settings, environ)
        return Settled(OPENAI_COMPATIBLE[prefix], other, other.base)
    target = _workspace(chat.target_of(model, connection, settings, environ=environ), host_of)
    if isinstance(target.credential, UnifiedAuth):
        host_of(target.credential)  # better now than with the first request
    return Settled(DATABRICKS, target, target.base.root)


def _for_organization(connection: Mapping[str, Any]) -> Mapping[str, Any]:
    """OpenAI reads a row's `organization` from a header (OpenAI docs, authentication)."""
    if not (organization := connection.get("organization")):
        return connection
    headers = {"OpenAI-Organization": organization, **connection.get("headers", {})}
    return {**connection, "headers": headers}


def _workspace(flow: Flow[DatabricksTarget], host_of: Callable[[Credential], str]) -> DatabricksTarget:
    """Run the flow that finds a target: the one thing it may ask is which workspace a credential is for."""
    answer: str | None = None
    while True:
        try:
            step = flow.send(answer)
        except StopIteration as stop:
            target: DatabricksTarget = stop.value
            return target
        if not isinstance(step, GetHost):
            raise TypeError(f"a target is found without {type(step).__name__}")
        answer = host_of(step.credential)
