"""What one call costs: at the caller's own prices, else at those of the model that answered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from lakeway.calls import checked
from lakeway.core.cost import Cost, Tariff, check_rate, read_prices
from lakeway.pricing import tariff_elsewhere, tariff_for
from lakeway.settings import Settings


class Pricing(Struct, frozen=True, kw_only=True):
    """`overrides` are the caller's prices, by LiteLLM's names; `dbu_usd` is what one DBU costs in USD.

    `service_tier` is the tier that was asked for; a reply that names the one it was served at knows better.
    `published` is whether what Databricks publishes counts: not for a host that has prices of its own.
    """

    dbu_usd: float
    published: bool = True
    service_tier: str | None = None
    overrides: Mapping[str, float] = {}

    @classmethod
    def of(cls, control: Mapping[str, Any], params: Mapping[str, Any], settings: Settings) -> Pricing:
        """A call's prices are its own, under them those of its `model_info`.

        Raises BadRequestError for a price that is none: before the call, since what was answered and paid for
        must not be lost to a mistake about money.
        """
        check_rate(settings.dbu_usd)
        prices = read_prices(control)
        if "model_info" in control:
            prices = read_prices(checked.mapping(control, "model_info")) | prices
        return cls(dbu_usd=settings.dbu_usd, service_tier=_text(params.get("service_tier")), overrides=prices)

    def cost(
        self, model: str, served: str | None, usage: Mapping[str, Any], tier: object = None
    ) -> Cost | None:
        """For a normalized usage, and the `tier` in the reply. The name that was called counts, then the one
        that answered; None where no price is known."""
        known = self.tariff(model) or (self.tariff(served) if served else None)
        return known.cost(usage, _text(tier) or self.service_tier) if known and usage else None

    def tariff(self, name: str) -> Tariff | None:
        """The prices of that model; None where none is known."""
        if not self.published:
            return tariff_elsewhere(self.overrides, dbu_usd=self.dbu_usd)
        return tariff_for(name, dbu_usd=self.dbu_usd, overrides=self.overrides)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
