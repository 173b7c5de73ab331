"""What is known about a model without asking anyone: limits, prices, abilities, accepted parameters.

The figures are the catalogue's; a custom endpoint is not in it, and its name only tells its family.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from lakeway.calls.connection import connect
from lakeway.calls.supported import supported
from lakeway.core import model_name
from lakeway.core.steps import Credential
from lakeway.databricks.catalogue import find
from lakeway.databricks.profiles import profile
from lakeway.errors import ModelNotMappedError
from lakeway.pricing import model_cost
from lakeway.settings import current


def model_list() -> list[str]:
    """Every model that something is known about, by endpoint name."""
    return [name.removeprefix("databricks/") for name in model_cost]


def get_model_info(model: str, custom_llm_provider: str | None = None) -> dict[str, Any]:
    """Limits in tokens, prices in USD and DBU per token, `mode` and every `supports_…` flag.

    Raises ModelNotMappedError for a model that nothing is published about.
    """
    try:
        row = model_cost[model]
    except KeyError:
        raise unmapped(model) from None
    known = find(model)
    info = {
        "key": f"databricks/{known.name}" if known else model,
        "max_tokens": row.get("max_output_tokens") or row.get("max_tokens") or _reads(row),
        "max_input_tokens": None,
        "max_output_tokens": None,
        "input_cost_per_token": None,
        "output_cost_per_token": None,
        "supported_openai_params": get_supported_openai_params(model, custom_llm_provider),
    }
    info |= {f"supports_{ability}": _can(model, ability) for ability in ABILITIES}
    return info | dict(row)


def _reads(row: Mapping[str, Any]) -> int | None:
    """An embedding model writes nothing; what it reads is what limits it."""
    return row.get("max_input_tokens") if row.get("mode") == "embedding" else None


ABILITIES = (
    "function_calling",
    "tool_choice",
    "vision",
    "reasoning",
    "response_schema",
    "prompt_caching",
    "parallel_function_calling",
    "audio_input",
    "pdf_input",
    "web_search",
)


def unmapped(model: str) -> ModelNotMappedError:
    model = model.removeprefix("databricks/")
    return ModelNotMappedError(
        f"This model isn't mapped yet. model={model}, custom_llm_provider=databricks. Nothing is published "
        "about it here; give its prices with lakeway.register_model, or per call.",
        llm_provider="databricks",
        model=model,
    )


def get_max_tokens(model: str) -> int | None:
    """The most tokens the model writes in one reply; of an embedding model, the most it reads."""
    limit: int | None = get_model_info(model)["max_tokens"]
    return limit


def get_llm_provider(
    model: str,
    custom_llm_provider: str | None = None,
    api_base: str | None = None,
    api_key: str | None = None,
) -> tuple[str, str, str | None, str | None]:
    """(model, provider, api_key, api_base); the last two as they were given."""
    name = model_name.parse(model, custom_llm_provider)
    return name.model, name.provider, api_key, api_base


def get_supported_openai_params(
    model: str, custom_llm_provider: str | None = None, request_type: str = "chat_completion"
) -> list[str]:
    """The OpenAI parameters that this model takes, here or by translation; a call with another raises
    UnsupportedParamsError."""
    if request_type == "transcription":
        return []
    return list(supported(model_name.parse(model, custom_llm_provider or "databricks"), request_type))


def validate_environment(
    model: str | None = None, api_key: str | None = None, api_base: str | None = None
) -> dict[str, Any]:
    """`{"keys_in_environment": bool, "missing_keys": [...]}`: whether a call would find workspace and token.

    A login of the databricks CLI or a profile is not looked for, since that takes seconds.
    """
    arguments = {"api_key": api_key, "api_base": api_base}
    connection = connect(arguments, current(), os.environ)
    missing = [] if connection.base is not None else ["DATABRICKS_API_BASE"]
    if not _at_hand(connection.credential):
        missing.append("DATABRICKS_API_KEY")
    return {"keys_in_environment": not missing, "missing_keys": missing}


def _at_hand(credential: Credential) -> bool:
    from lakeway.auth.credentials import UnifiedAuth

    return not isinstance(credential, UnifiedAuth)


def _can(model: str, ability: str) -> bool:
    """Whether the model has an ability. What is not published is not claimed, but for structured output:
    Databricks translates `response_format` for every chat model (docs, structured-outputs)."""
    known = find(model)
    if ability == "response_schema":
        return known is None or known.mode in ("chat", "responses")
    if ability == "parallel_function_calling":
        wire = known.name if known else model_name.parse(model, "databricks").model
        return _can(model, "function_calling") and profile(wire).parallel_results
    return known is not None and known.supports(ability)


def supports_function_calling(model: str, custom_llm_provider: str | None = None) -> bool:
    return _can(model, "function_calling")


def supports_parallel_function_calling(model: str, custom_llm_provider: str | None = None) -> bool:
    return _can(model, "parallel_function_calling")


def supports_tool_choice(model: str, custom_llm_provider: str | None = None) -> bool:
    return _can(model, "tool_choice")


def supports_vision(model: str, custom_llm_provider: str | None = None) -> bool:
    return _can(model, "vision")


def supports_reasoning(model: str, custom_llm_provider: str | None = None) -> bool:
    return _can(model, "reasoning")


def supports_prompt_caching(model: str, custom_llm_provider: str | None = None) -> bool:
    return _can(model, "prompt_caching")


def supports_audio_input(model: str, custom_llm_provider: str | None = None) -> bool:
    return _can(model, "audio_input")


def supports_pdf_input(model: str, custom_llm_provider: str | None = None) -> bool:
    return _can(model, "pdf_input")


def supports_web_search(model: str, custom_llm_provider: str | None = None) -> bool:
    return _can(model, "web_search")


def supports_response_schema(model: str, custom_llm_provider: str | None = None) -> bool:
    return _can(model, "response_schema")
