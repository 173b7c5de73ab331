"""Where prices come from on Databricks: the published table, or the workspace's own list of endpoints."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from lakeway.core.cost import DBU_USD, Tariff, tariff
from lakeway.databricks.catalogue import find


@lru_cache(maxsize=512)
def published(name: str, dbu_usd: float = DBU_USD) -> Tariff | None:
    """The tariff of a hosted model under any name that `catalogue.find` knows; None for any other."""
    model = find(name)
    return tariff(model.prices, dbu_usd=dbu_usd) if model and model.prices else None


_STATED = (("input_price", "input_dbu_cost_per_token"), ("price", "output_dbu_cost_per_token"))


def stated(endpoint: Mapping[str, Any]) -> dict[str, float]:
    """The prices that a workspace states for one of its endpoints, in DBU per token: `overrides` of a cost.

    `endpoint` is a row of GET /api/2.0/serving-endpoints; its `foundation_model` holds DBU per million
    tokens as text (seen live, 2026-10). They beat the published ones: rates differ by workspace and region.
    """
    prices: dict[str, float] = {}
    for entity in (endpoint.get("config") or {}).get("served_entities") or ():
        model = entity.get("foundation_model") or {}
        for key, column in _STATED:
            if model.get(key) is not None:
                prices[column] = float(model[key]) / 1e6
    return prices
