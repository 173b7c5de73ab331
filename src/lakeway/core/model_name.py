"""What a model string means: which provider, which name goes on the wire, and whether chat is bridged.

It knows the spellings; it does not know which models exist, and it never asks.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Literal, TypeAlias

from msgspec import Struct

from lakeway.errors import UnknownProviderError

Bridge: TypeAlias = Literal["responses"]

DATABRICKS = "databricks"


class ModelName(Struct, frozen=True):
    """`model` goes on the wire as it is. `bridge` names the dialect that chat calls must travel in."""

    provider: str
    model: str
    bridge: Bridge | None = None


def parse(
    model: str, custom_llm_provider: str | None = None, *, providers: Collection[str] = (DATABRICKS,)
) -> ModelName:
    """Split a model string into provider and name.

    `databricks/x`, also with the prefix repeated, as LiteLLM's documentation prints it for Claude 3.7;
    `databricks/responses/x` for the Responses bridge; any name with `custom_llm_provider`; and, without a
    provider, names that only Databricks gives: `databricks-x`, `system.ai.x`, `catalog.schema.x`.
    `providers` are the prefixes that the caller can serve.

    Raises UnknownProviderError, with LiteLLM's text, for anything else.
    """
    if not isinstance(model, str) or not model.strip():
        raise _unknown(model, "The model is empty.")
    provider, rest = _split(model, providers)
    provider = custom_llm_provider or provider
    if provider is None and (model.startswith("databricks-") or is_unity_name(model)):
        provider = DATABRICKS
    if provider is None:
        raise _unknown(model, _hint(model))
    if provider != DATABRICKS:
        return ModelName(provider, model.removeprefix(f"{provider}/"))
    return _databricks(model, rest)


def _split(model: str, providers: Collection[str]) -> tuple[str | None, str]:
    prefix, slash, rest = model.partition("/")
    return (prefix, rest) if slash and prefix in providers else (None, model)


def _databricks(model: str, rest: str) -> ModelName:
    bridge: Bridge | None = None
    while True:
        prefix, slash, tail = rest.partition("/")
        if slash and prefix == DATABRICKS:
            rest = tail
        elif slash and prefix == "responses":
            rest, bridge = tail, "responses"
        else:
            break
    if not rest:
        raise _unknown(model, "There is no name after the prefix.")
    return ModelName(DATABRICKS, rest, bridge)


_VERSION_DOT = re.compile(r"(?<=\d)\.(?=\d)")
_NOT_UNITY = re.compile(r"[/:\s]")


def is_unity_name(model: str) -> bool:
    """Whether `model` is a Unity Catalog name, `catalog.schema.service`: served by the gateway alone.

    Two dots make one, as in MLflow's and LiteLLM's clients, unless every dot sits between digits: those are
    versions, as in `databricks-gemini-2.5-flash` or `meta-llama-3.1-70b-instruct-v0.1`, and an endpoint's own
    name holds no dots at all. A name with a slash or a colon (`us.anthropic.claude-…-v1:0`) is none either.
    """
    dots = model.count(".")
    return dots >= 2 and dots > len(_VERSION_DOT.findall(model)) and not _NOT_UNITY.search(model)


def _hint(model: str) -> str:
    prefix, slash, rest = model.partition("/")
    if slash and prefix.lower() == DATABRICKS:
        return f"The prefix is case-sensitive: model='{DATABRICKS}/{rest}'."
    if slash:
        return f"'{prefix}' is not a provider known here. For Databricks pass model='{DATABRICKS}/{model}'."
    return f"For Databricks pass model='{DATABRICKS}/{model}', or custom_llm_provider='{DATABRICKS}'."


def _unknown(model: object, hint: str) -> UnknownProviderError:
    # The first line is LiteLLM's, word for word: programs match on it.
    return UnknownProviderError(
        "LLM Provider NOT provided. Pass in the LLM provider you are trying to call. "
        f"You passed model={model}\n{hint}",
        model=str(model),
        llm_provider="",
    )
