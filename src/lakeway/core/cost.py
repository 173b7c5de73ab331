"""What a call costs, in DBU and in USD, from published prices or the caller's own.

Prices are keyed as LiteLLM keys them (`input_cost_per_token`, `…_above_272k_tokens`, `…_priority`), so a
catalogue row, a cost-map entry and a deployment's `model_info` all serve. Published USD are DBU at $0.07:
they scale with the rate that a workspace really pays. An unknown price makes the cost unknown, never zero.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal, TypeAlias

from msgspec import Struct

from lakeway.core.usage import normalize

# The rate behind the published USD columns (databricks.com/product/pricing).
DBU_USD = 0.07

Prices: TypeAlias = Mapping[str, Any]
Part: TypeAlias = Literal["input", "output", "cache_read", "cache_write"]

INPUT = "input_cost_per_token"
OUTPUT = "output_cost_per_token"
CACHE_READ = "cache_read_input_token_cost"
CACHE_WRITE = "cache_creation_input_token_cost"
CACHE_WRITE_1H = "cache_creation_input_token_cost_above_1hr"
INPUT_AUDIO = "input_cost_per_audio_token"
INPUT_IMAGE = "input_cost_per_image_token"
OUTPUT_IMAGE = "output_cost_per_image_token"

_DBU = {INPUT: "input_dbu_cost_per_token", OUTPUT: "output_dbu_cost_per_token"}


class Price(Struct, frozen=True):
    """What one token, or several, cost in both units."""

    dbu: float
    usd: float


class Cost(Struct, frozen=True):
    """The cost of one call. The four parts add up to `usd`; `input_usd` is for input that was not cached.

    `dbu` follows the published DBU column where there is one (base input and output). That column and the
    USD column are rounded apart: they agree to 0.01 %, and so do `dbu` times the rate and `usd`.
    """

    dbu: float
    usd: float
    input_usd: float
    output_usd: float
    cache_read_usd: float
    cache_write_usd: float


def cost(
    prices: Prices | None,
    usage: Mapping[str, Any] | None,
    *,
    service_tier: str | None = None,
    dbu_usd: float = DBU_USD,
    overrides: Prices | None = None,
) -> Cost | None:
    """The cost of `usage`, in any shape that `usage.normalize` reads; None if a price it needs is unknown.

    `prices` are per token. `dbu_usd` is what the workspace pays for a DBU; processing inside a geography,
    billed 10 % above the published global rates (billing tables, 2026-09), is had by raising it.
    `overrides` are the caller's own prices, see `override`. A prompt above a price threshold is billed at
    the higher price from its first token on.

    Raises ValueError if `dbu_usd` is not above zero.
    """
    if not dbu_usd > 0:
        raise ValueError(f"dbu_usd is the price of a DBU in USD and must be above zero, not {dbu_usd}")
    if overrides:
        prices = override(prices or {}, overrides, dbu_usd=dbu_usd)
    if prices is None:
        return None
    usage = normalize(usage)
    tariff = Tariff(prices, _suffixes(prices, usage["prompt_tokens"], service_tier), dbu_usd)
    parts: dict[Part, float] = {"input": 0.0, "output": 0.0, "cache_read": 0.0, "cache_write": 0.0}
    dbu = 0.0
    for part, key, tokens in _lines(prices, usage):
        price = tariff.price(key)
        if price is None:
            return None
        dbu += price.dbu * tokens
        parts[part] += price.usd * tokens
    return Cost(dbu, sum(parts.values()), *parts.values())


def cost_per_token(
    prices: Prices | None,
    *,
    prompt_tokens: int = 0,
    completion_tokens: int = 0,
    cache_read_input_tokens: int = 0,
    cache_creation_input_tokens: int = 0,
    service_tier: str | None = None,
    dbu_usd: float = DBU_USD,
    overrides: Prices | None = None,
) -> tuple[float, float] | None:
    """LiteLLM's `cost_per_token`: USD for the prompt, cached tokens included, and for the completion."""
    usage = {
        "prompt_tokens": prompt_tokens,
        "completion_tokens": completion_tokens,
        "cache_read_input_tokens": cache_read_input_tokens,
        "cache_creation_input_tokens": cache_creation_input_tokens,
    }
    total = cost(prices, usage, service_tier=service_tier, dbu_usd=dbu_usd, overrides=overrides)
    return None if total is None else (total.usd - total.output_usd, total.output_usd)


def override(prices: Prices, own: Prices, *, dbu_usd: float = DBU_USD) -> dict[str, float]:
    """`prices` with the caller's `own` on top, for `cost` at the same `dbu_usd`.

    A price in USD is meant literally: it holds at every tier, and for cached tokens unless they have one of
    their own, as with LiteLLM's per-call prices. A base price in DBU, as a workspace states for its own
    endpoints, moves the published tiers and cache prices in proportion.
    """
    merged = {key: float(value) for key, value in prices.items() if _is_price(key, value)}
    for base in (INPUT, OUTPUT):
        factor = _factor(base, merged, own)
        side = [key for key in merged if key.startswith("output_") == (base == OUTPUT)]
        for key in side:
            if factor is None:
                del merged[key]
            else:
                merged[key] *= factor
    for key, value in own.items():
        if _is_price(key, value):
            merged[key] = float(value) if "_dbu_" in key else float(value) * DBU_USD / dbu_usd
    return merged


def _factor(base: str, prices: Prices, own: Prices) -> float | None:
    """By how much the caller's base price moves its side of the table; None if it replaces that side."""
    if own.get(base) is not None:
        return None
    stated = own.get(_DBU[base])
    if stated is None:
        return 1.0
    published = prices.get(_DBU[base]) or prices.get(base, 0.0) / DBU_USD
    return float(stated) / published if published else None


def _is_price(key: str, value: object) -> bool:
    return "_cost" in key and isinstance(value, int | float | str)


class Tariff(Struct, frozen=True):
    """The prices in force for one call. `suffixes` are the variants of a key to look for, best first."""

    prices: Prices
    suffixes: tuple[str, ...]
    dbu_usd: float

    def price(self, key: str) -> Price | None:
        """The price of one token under `key`, or None if it is not known."""
        # A cache price that is not published, or equals the input price, is the input price at every tier:
        # price lists repeat it at the base tier and leave it out above.
        if key in (CACHE_READ, CACHE_WRITE) and self.prices.get(key) in (None, self.prices.get(INPUT)):
            key = INPUT
        dbu = self.prices.get(_DBU.get(key, ""))
        for suffix in self.suffixes:
            usd = self.prices.get(key + suffix)
            if usd is not None:
                stated = dbu if dbu is not None and not suffix else float(usd) / DBU_USD
                return Price(float(stated), float(usd) * (self.dbu_usd / DBU_USD))
        return None if dbu is None else Price(float(dbu), float(dbu) * self.dbu_usd)


_TIER = f"{INPUT}_above_"


def _suffixes(prices: Prices, prompt_tokens: int, service_tier: str | None) -> tuple[str, ...]:
    """The variants of a price key: by length of the prompt, by service tier, and the base price last."""
    marks = [key[len(_TIER) :] for key in prices if key.startswith(_TIER) and key.endswith("k_tokens")]
    crossed = [int(mark.removesuffix("k_tokens")) for mark in marks]
    crossed = [mark for mark in crossed if prompt_tokens > mark * 1000]
    tier = f"_above_{max(crossed)}k_tokens" if crossed else ""
    if service_tier == "priority":
        return f"{tier}_priority", "_priority", tier, ""
    return tier, ""


def _lines(prices: Prices, usage: Mapping[str, Any]) -> Iterator[tuple[Part, str, int]]:
    """What is billed: the part it belongs to, its price key, and how many tokens; never none of them."""
    for part, key, tokens in (*_prompt_lines(prices, usage), *_completion_lines(prices, usage)):
        if tokens > 0:
            yield part, key, tokens


def _prompt_lines(prices: Prices, usage: Mapping[str, Any]) -> Iterator[tuple[Part, str, int]]:
    read, created = usage["cache_read_input_tokens"], usage["cache_creation_input_tokens"]
    yield "cache_read", CACHE_READ, read
    ages = usage.get("cache_creation")
    hour = min(created, (ages.get("ephemeral_1h_input_tokens") or 0) if isinstance(ages, Mapping) else 0)
    if hour and CACHE_WRITE_1H in prices:
        yield "cache_write", CACHE_WRITE_1H, hour
        created -= hour
    yield "cache_write", CACHE_WRITE, created
    fresh = usage["prompt_tokens"] - read - usage["cache_creation_input_tokens"]
    details = usage["prompt_tokens_details"]
    for key, tokens in ((INPUT_AUDIO, details["audio_tokens"]), (INPUT_IMAGE, details["image_tokens"])):
        if tokens and key in prices:
            yield "input", key, min(tokens, fresh)
            fresh -= min(tokens, fresh)
    yield "input", INPUT, fresh


def _completion_lines(prices: Prices, usage: Mapping[str, Any]) -> Iterator[tuple[Part, str, int]]:
    completion = usage["completion_tokens"]
    pictures = (usage["completion_tokens_details"] or {}).get("image_tokens") or 0
    if OUTPUT_IMAGE in prices:
        # An image model may have no price for text: then all that it puts out is picture.
        pictures = min(pictures, completion) if OUTPUT in prices else completion
        yield "output", OUTPUT_IMAGE, pictures
        completion -= pictures
    yield "output", OUTPUT, completion
