"""What the calls of the demo came to: tokens, DBU, USD and time, call by call and in sum."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from lakeway.calls.pricing import Pricing
from lakeway.core.usage import normalize
from lakeway.settings import current


class Spent(Struct, frozen=True, kw_only=True):
    """One call, or several. `dbu` and `usd` are None where no price is known."""

    calls: int = 1
    tokens_in: int = 0
    tokens_out: int = 0
    dbu: float | None = 0.0
    usd: float | None = 0.0
    seconds: float = 0.0

    def __add__(self, other: Spent) -> Spent:
        return Spent(
            calls=self.calls + other.calls,
            tokens_in=self.tokens_in + other.tokens_in,
            tokens_out=self.tokens_out + other.tokens_out,
            dbu=_sum(self.dbu, other.dbu),
            usd=_sum(self.usd, other.usd),
            seconds=self.seconds + other.seconds,
        )


NOTHING = Spent(calls=0, dbu=None, usd=None)


def spent(model: str, usage: Any, seconds: float) -> Spent:
    """The price of one call of the endpoint `model`, by the usage that the server reported."""
    counted = normalize(usage if isinstance(usage, Mapping) else usage.model_dump())
    price = Pricing(dbu_usd=current().dbu_usd).cost(model, None, counted)
    return Spent(
        tokens_in=counted["prompt_tokens"],
        tokens_out=counted["completion_tokens"],
        dbu=price.dbu if price else None,
        usd=price.usd if price else None,
        seconds=seconds,
    )


def _sum(one: float | None, other: float | None) -> float | None:
    """A price that is not known adds nothing: the sum is of what is known."""
    if one is None or other is None:
        return one if other is None else other
    return one + other
