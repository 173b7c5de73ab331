"""What a call costs, in DBU and in USD, from published prices or the caller's own.

Prices are keyed as LiteLLM keys them (`input_cost_per_token`, `…_above_272k_tokens`, `…_priority`), so a
catalogue row, a cost-map entry and a deployment's `model_info` all serve. Published USD are DBU at $0.07:
they scale with the rate that a workspace really pays. An unknown price makes the cost unknown, never zero.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Mapping
from typing import Any, TypeAlias

from msgspec import Struct

from lakeway.core.usage import count
from lakeway.errors import BadRequestError

# The rate behind the published USD columns (databricks.com/product/pricing).
DBU_USD = 0.07

Prices: TypeAlias = Mapping[str, Any]

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


class Rates(Struct, frozen=True):
    """The prices in force at one length of prompt and one service tier; None where none is known."""

    input: Price | None
    output: Price | None
    cache_read: Price | None
    cache_write: Price | None
    cache_write_1h: Price | None
    input_audio: Price | None
    input_image: Price | None
    output_image: Price | None


class Tariff(Struct, frozen=True):
    """A price table made ready: worked out once per model by `tariff`, then a cost takes microseconds.

    A prompt of more than `thresholds[i]` tokens is billed at rates `i + 1`, from its first token on.
    """

    thresholds: tuple[int, ...]
    standard: tuple[Rates, ...]
    priority: tuple[Rates, ...]

    def cost(self, usage: Mapping[str, Any], service_tier: str | None = None) -> Cost | None:
        """The cost of a usage in the shape that `usage.normalize` gives; None if a price is unknown."""
        tiers = self.priority if service_tier == "priority" else self.standard
        rates = tiers[bisect_left(self.thresholds, usage["prompt_tokens"])]
        if rates.input is not None and rates.output is not None and _is_simple(usage):
            return _simple(rates.input, rates.output, usage)
        fresh, output = _input(rates, usage), _output(rates, usage)
        read = _bill((rates.cache_read, usage["cache_read_input_tokens"]))
        write = _cache_write(rates, usage)
        if fresh is None or output is None or read is None or write is None:
            return None
        return Cost(
            fresh.dbu + output.dbu + read.dbu + write.dbu,
            fresh.usd + output.usd + read.usd + write.usd,
            fresh.usd,
            output.usd,
            read.usd,
            write.usd,
        )


def _is_simple(usage: Mapping[str, Any]) -> bool:
    """Whether there are tokens in and out and nothing else, as of most calls."""
    if usage["cache_read_input_tokens"] or usage["cache_creation_input_tokens"]:
        return False
    details = usage.get("prompt_tokens_details") or {}
    return (
        usage.get("completion_tokens_details") is None
        and not details.get("audio_tokens")
        and not details.get("image_tokens")
    )


def _simple(inward: Price, outward: Price, usage: Mapping[str, Any]) -> Cost:
    fresh, made = usage["prompt_tokens"], usage["completion_tokens"]
    fresh_usd, made_usd = inward.usd * fresh, outward.usd * made
    dbu = inward.dbu * fresh + outward.dbu * made
    return Cost(dbu, fresh_usd + made_usd, fresh_usd, made_usd, 0.0, 0.0)


def tariff(
    prices: Prices | None, *, dbu_usd: float = DBU_USD, overrides: Prices | None = None
) -> Tariff | None:
    """The tariff of a price table, per token; None if there is neither a table nor a price of one's own.

    `dbu_usd` is what the workspace pays for a DBU; processing inside a geography, billed 10 % above the
    published global rates (billing tables, 2026-09), is had by raising it. `overrides` are the caller's own
    prices, see `override`.

    Raises BadRequestError for a price that is none, and unless `dbu_usd` is above zero.
    """
    check_rate(dbu_usd)
    if overrides:
        prices = override(prices or {}, overrides, dbu_usd=dbu_usd)
    if prices is None:
        return None
    marks = _marks(prices)
    tiers = ("", *(f"_above_{mark}k_tokens" for mark in marks))
    return Tariff(
        tuple(mark * 1000 for mark in marks),
        tuple(_rates(prices, (tier, ""), dbu_usd) for tier in tiers),
        tuple(_rates(prices, (f"{tier}_priority", "_priority", tier, ""), dbu_usd) for tier in tiers),
    )


def check_rate(dbu_usd: float) -> None:
    """Raises BadRequestError unless a DBU has a price: at none, everything would be free in silence."""
    if isinstance(dbu_usd, bool) or not isinstance(dbu_usd, int | float) or not 0 < dbu_usd < math.inf:
        raise BadRequestError("dbu_usd is the price of a DBU in USD, a number above 0.", param="dbu_usd")


def is_price(name: str) -> bool:
    """Whether a keyword is the name of a price: LiteLLM's names all say what a token, or a query, costs."""
    return "_cost_per_" in name or "_token_cost" in name


def read_prices(given: Mapping[str, Any]) -> dict[str, float]:
    """The prices per token among `given`, as numbers; a YAML file may have them as text.

    What has a price list of its own, such as `search_context_cost_per_query`, is left out. Raises
    BadRequestError for a price that is none.
    """
    named = ((name, value) for name, value in given.items() if is_price(name) and value is not None)
    return {name: _read_price(name, value) for name, value in named if not _is_list(name, value)}


def _is_list(name: str, value: Any) -> bool:
    return isinstance(value, Mapping | list) and "token" not in name


def _read_price(name: str, value: Any) -> float:
    try:
        price = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        price = math.nan
    if not 0 <= price < math.inf:
        raise BadRequestError(f"{name} must be a price, a number of 0 or more.", param=name)
    return price


def override(prices: Prices, own: Prices, *, dbu_usd: float = DBU_USD) -> dict[str, float]:
    """`prices` with the caller's `own` on top, for `cost` at the same `dbu_usd`.

    A price in USD is meant literally: it holds at every tier, and for cached tokens unless they have one of
    their own, as with LiteLLM's per-call prices. A base price in DBU, as a workspace states for its own
    endpoints, moves the published tiers and cache prices in proportion.
    """
    merged, own = read_prices(prices), read_prices(own)
    for base in (INPUT, OUTPUT):
        factor = _factor(base, merged, own)
        side = [key for key in merged if key.startswith("output_") == (base == OUTPUT)]
        for key in side:
            if factor is None:
                del merged[key]
            else:
                merged[key] *= factor
    for key, value in own.items():
        merged[key] = value if "_dbu_" in key else value * DBU_USD / dbu_usd
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


_TIER = f"{INPUT}_above_"


def _marks(prices: Prices) -> list[int]:
    """The lengths of prompt, in thousands of tokens, from which the table has other prices."""
    names = (key[len(_TIER) :] for key in prices if key.startswith(_TIER) and key.endswith("k_tokens"))
    return sorted(int(name.removesuffix("k_tokens")) for name in names)


def _rates(prices: Prices, suffixes: tuple[str, ...], dbu_usd: float) -> Rates:
    """The rates under the first of `suffixes` that each price has."""

    def price(key: str) -> Price | None:
        return _price(prices, key, suffixes, dbu_usd)

    output_image = price(OUTPUT_IMAGE)
    cache_write = price(_cached(prices, CACHE_WRITE))
    return Rates(
        input=price(INPUT),
        # An image model may have no price for text: then all that it puts out is picture.
        output=price(OUTPUT) or output_image,
        cache_read=price(_cached(prices, CACHE_READ)),
        cache_write=cache_write,
        cache_write_1h=price(CACHE_WRITE_1H) or cache_write,
        input_audio=price(INPUT_AUDIO),
        input_image=price(INPUT_IMAGE),
        output_image=output_image,
    )


def _cached(prices: Prices, key: str) -> str:
    """The key that a cache price is under. One that is not published, or equals the input price, is the
    input price at every tier: price lists repeat it at the base tier and leave it out above."""
    return INPUT if prices.get(key) in (None, prices.get(INPUT)) else key


def _price(prices: Prices, key: str, suffixes: tuple[str, ...], dbu_usd: float) -> Price | None:
    dbu = prices.get(_DBU.get(key, ""))
    for suffix in suffixes:
        usd = prices.get(key + suffix)
        if usd is not None:
            stated = dbu if dbu is not None and not suffix else float(usd) / DBU_USD
            return Price(float(stated), float(usd) * (dbu_usd / DBU_USD))
    return None if dbu is None else Price(float(dbu), float(dbu) * dbu_usd)


def _bill(*lines: tuple[Price | None, int]) -> Price | None:
    """What so many tokens at each price cost together, or None if a price that is needed is unknown."""
    dbu = usd = 0.0
    for price, tokens in lines:
        if tokens > 0:
            if price is None:
                return None
            dbu += price.dbu * tokens
            usd += price.usd * tokens
    return Price(dbu, usd)


def _input(rates: Rates, usage: Mapping[str, Any]) -> Price | None:
    fresh = usage["prompt_tokens"] - usage["cache_read_input_tokens"] - usage["cache_creation_input_tokens"]
    if rates.input_audio is None and rates.input_image is None:
        return _bill((rates.input, fresh))
    details = usage["prompt_tokens_details"]
    audio = min(details["audio_tokens"] or 0, fresh) if rates.input_audio else 0
    image = min(details["image_tokens"] or 0, fresh - audio) if rates.input_image else 0
    return _bill((rates.input, fresh - audio - image), (rates.input_audio, audio), (rates.input_image, image))


def _output(rates: Rates, usage: Mapping[str, Any]) -> Price | None:
    completion = usage["completion_tokens"]
    if rates.output_image is None:
        return _bill((rates.output, completion))
    image = min((usage["completion_tokens_details"] or {}).get("image_tokens") or 0, completion)
    return _bill((rates.output, completion - image), (rates.output_image, image))


def _cache_write(rates: Rates, usage: Mapping[str, Any]) -> Price | None:
    created = usage["cache_creation_input_tokens"]
    ages = usage.get("cache_creation")
    hour = min(created, count(ages.get("ephemeral_1h_input_tokens")) if isinstance(ages, dict) else 0)
    return _bill((rates.cache_write, created - hour), (rates.cache_write_1h, hour))
