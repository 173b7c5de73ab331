"""Tokens and money of calls already made, or not made yet; nothing is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lakeway.core import cost, model_name, tokens
from lakeway.core.dialects.openai_chunks import assemble
from lakeway.core.usage import normalize
from lakeway.models import unmapped
from lakeway.pricing import tariff_for
from lakeway.settings import current
from lakeway.types.chat import ModelResponse

# What a request with one empty message is estimated at: the framing of a prompt, which a reply has not.
EMPTY = tokens.estimate_messages([{}])


def token_counter(
    model: str = "",
    text: str | Sequence[str] | None = None,
    messages: Sequence[Mapping[str, Any]] | None = None,
    tools: Sequence[Mapping[str, Any]] | None = None,
) -> int:
    """About how many tokens a text or a list of messages is; an offline estimate, the same for all models."""
    if messages is not None:
        return tokens.estimate_messages(messages, tools)
    texts = [text] if isinstance(text, str) else text or []
    return sum(tokens.estimate(part) for part in texts)


def cost_per_token(
    model: str,
    prompt_tokens: int = 0,
    completion_tokens: int = 0,
    custom_llm_provider: str | None = None,
    cache_read_input_tokens: int = 0,
    cache_creation_input_tokens: int = 0,
    service_tier: str | None = None,
    usage_object: Mapping[str, Any] | None = None,
) -> tuple[float, float]:
    """USD for the prompt and for the completion. Raises ModelNotMappedError where no price is known."""
    usage = usage_object or {
        "prompt_tokens": prompt_tokens,
        "completion_tokens": completion_tokens,
        "total_tokens": prompt_tokens + completion_tokens,
        "cache_read_input_tokens": cache_read_input_tokens,
        "cache_creation_input_tokens": cache_creation_input_tokens,
    }
    price = _cost(model_name.parse(model, custom_llm_provider).model, usage, service_tier)
    if price is None:
        raise unmapped(model)
    return price.usd - price.output_usd, price.output_usd


def _cost(
    model: str,
    usage: Mapping[str, Any],
    service_tier: str | None = None,
    overrides: Mapping[str, float] | None = None,
) -> cost.Cost | None:
    known = tariff_for(model, dbu_usd=current().dbu_usd, overrides=overrides)
    return known.cost(normalize(usage), service_tier) if known else None


def completion_cost(
    completion_response: Any = None,
    model: str | None = None,
    prompt: str = "",
    completion: str = "",
    messages: Sequence[Mapping[str, Any]] | None = None,
    custom_cost_per_token: Mapping[str, float] | None = None,
    service_tier: str | None = None,
) -> float:
    """USD for a response, or for a prompt and a completion given as text.

    The model that was called counts, unless `model` is given, then the one that answered; so does the tier
    that the response says it was served at. Raises ModelNotMappedError where no price is known.
    """
    usage = _usage(completion_response, prompt, completion, messages)
    service_tier = service_tier or _text(completion_response, "service_tier")
    named = [name for name in (model, *_names(completion_response)) if name]
    for name in named or [""]:
        price = _cost(name, usage, service_tier, custom_cost_per_token)
        if price is not None:
            return price.usd
    raise unmapped(named[0] if named else "None")


def _usage(
    response: Any, prompt: str, completion: str, messages: Sequence[Mapping[str, Any]] | None
) -> Mapping[str, Any]:
    found = response.get("usage") if isinstance(response, Mapping) else getattr(response, "usage", None)
    if found is not None:
        usage: Mapping[str, Any] = found if isinstance(found, Mapping) else found.model_dump()
        return usage
    prompt_tokens = token_counter(text=prompt, messages=messages)
    return {"prompt_tokens": prompt_tokens, "completion_tokens": tokens.estimate(completion)}


def _names(response: Any) -> list[str | None]:
    hidden = getattr(response, "_hidden_params", None) or {}
    return [hidden.get("litellm_model_name"), _text(response, "model")]


def _text(response: Any, field: str) -> str | None:
    value = response.get(field) if isinstance(response, Mapping) else getattr(response, field, None)
    return value if isinstance(value, str) else None


def stream_chunk_builder(
    chunks: Sequence[Any],
    messages: Sequence[Mapping[str, Any]] | None = None,
    **_litellm_extras: Any,
) -> ModelResponse | None:
    """The response that a stream's chunks make up, its reasoning fit to be sent back; None for no chunks.

    Usage is the server's, whether or not it was asked for in the stream; estimated where there is none.
    """
    reply = assemble(chunks)
    if reply is None:
        return None
    hidden = getattr(chunks[-1], "_hidden_params", None) or {}
    reply["usage"] = normalize(reply.get("usage") or hidden.get("usage") or _estimated(reply, messages))
    response = ModelResponse.from_wire(reply)
    response._hidden_params = dict(hidden)
    return response


def _estimated(reply: Mapping[str, Any], messages: Sequence[Mapping[str, Any]] | None) -> dict[str, int]:
    written = [choice["message"] for choice in reply["choices"]]
    prompt = tokens.estimate_messages(messages) if messages else 0
    completion = sum(tokens.estimate_messages([message]) - EMPTY for message in written)
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
    }
