"""The published prices of hosted models, made ready for use."""

from __future__ import annotations

from functools import lru_cache

from lakeway.core.cost import DBU_USD, Tariff, tariff
from lakeway.databricks.catalogue import find


@lru_cache(maxsize=512)
def published(name: str, dbu_usd: float = DBU_USD) -> Tariff | None:
    """The tariff of a hosted model under any name that `catalogue.find` knows; None for any other."""
    model = find(name)
    return tariff(model.prices, dbu_usd=dbu_usd) if model and model.prices else None
