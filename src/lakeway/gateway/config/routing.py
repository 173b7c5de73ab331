"""`router_settings`: which deployment is asked, how often again, and who is asked instead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from lakeway.calls.retries import KINDS, OTHERS
from lakeway.core.cooldown import KINDS as COOLDOWN_KINDS
from lakeway.core.routing import STRATEGIES
from lakeway.gateway.config.fields import Amount, Chains, Count, Names, Positive, Section, Some
from lakeway.gateway.config.rows import Parameters
from lakeway.gateway.problems import did_you_mean

RETRIES = (*KINDS, OTHERS)
ALLOWED_FAILS = tuple(COOLDOWN_KINDS)


def _strategy(given: str) -> str:
    if given not in STRATEGIES:
        raise _unknown(given, tuple(STRATEGIES))
    return given


def _retries(given: dict[str, int]) -> dict[str, int]:
    return _named(given, RETRIES)


def _allowed_fails(given: dict[str, int]) -> dict[str, int]:
    return _named(given, ALLOWED_FAILS)


def _named(given: dict[str, int], known: tuple[str, ...]) -> dict[str, int]:
    for name in given:
        if name not in known:
            raise _unknown(name, known)
    return given


def _unknown(name: str, known: tuple[str, ...]) -> PydanticCustomError:
    """The suggestion travels beside the message, which ends without a full stop."""
    valid = f"Valid: {', '.join(known)}."
    return PydanticCustomError(
        "unknown_name",
        "{name} is unknown",
        {"name": repr(name), "advice": f"{did_you_mean(name, known)} {valid}".lstrip()},
    )


def _given(values: Any) -> Any:
    """Without the names that say nothing."""
    if not isinstance(values, Mapping):
        return values
    return {name: value for name, value in values.items() if value is not None}


def _alias(given: Any) -> Any:
    return {"model": given} if isinstance(given, str) else given


class Alias(Section):
    """Another name of a model; a hidden one is not listed."""

    model: str
    hidden: bool = False


class StrategyArgs(Section):
    """LiteLLM's: seconds to remember, the share of the best latency that counts as equal, how many samples,
    and which of them counts for the time to the first token."""

    ttl: Positive | None = None
    lowest_latency_buffer: Amount | None = None
    max_latency_list_size: Some | None = None
    ttft_percentile: Positive | None = None


RetryCounts = Annotated[dict[str, Count], BeforeValidator(_given), AfterValidator(_retries)]
AllowedFails = Annotated[dict[str, Count], BeforeValidator(_given), AfterValidator(_allowed_fails)]


class RouterSettings(Section):
    """`prompt_cache_stickiness` is Lakeway's own."""

    num_retries: Count | None = None
    retry_after: Amount | None = None
    retry_policy: RetryCounts | None = None
    model_group_retry_policy: dict[str, RetryCounts] = Field(default={})
    timeout: Positive | None = None
    stream_timeout: Positive | None = None
    fallbacks: Chains | None = None
    context_window_fallbacks: Chains | None = None
    content_policy_fallbacks: Chains | None = None
    default_fallbacks: Names | None = None
    max_fallbacks: Count | None = None
    model_group_alias: dict[str, Annotated[Alias, BeforeValidator(_alias)]] = Field(default={})
    routing_strategy: Annotated[str, AfterValidator(_strategy)] = "simple-shuffle"
    routing_strategy_args: StrategyArgs = StrategyArgs()
    allowed_fails: Count | None = None
    allowed_fails_policy: AllowedFails | None = None
    cooldown_time: Amount | None = None
    disable_cooldowns: bool = False
    default_litellm_params: Parameters = Parameters()
    default_max_parallel_requests: Some | None = None
    optional_pre_call_checks: Names = Field(default=[])
    enable_tag_filtering: bool = False
    tag_filtering_match_any: bool = True
    prompt_cache_stickiness: bool = True
