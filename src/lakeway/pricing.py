"""What models cost: the catalogue's prices, and those that a program registered over them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from lakeway.core.cost import Tariff, read_prices, tariff
from lakeway.databricks.catalogue import MODELS, Model, find
from lakeway.databricks.prices import published

Row = Mapping[str, Any]


class CostMap(Mapping[str, Row]):
    """LiteLLM's `model_cost`: every catalogued model by `databricks/<endpoint>`, and what was registered.

    Any name that the catalogue knows is a key for look-ups, whichever way it is spelled.
    """

    def __init__(self) -> None:
        self._registered: dict[str, dict[str, Any]] = {}

    def __getitem__(self, name: str) -> Row:
        if not isinstance(name, str):
            raise KeyError(name)
        known, registered = find(name), self.registered(name)
        if known is None and registered is None:
            raise KeyError(name)
        return {**(_row(known) if known else {}), **(registered or {})}

    def __iter__(self) -> Iterator[str]:
        yield from (f"databricks/{name}" for name in MODELS)
        yield from (f"databricks/{name}" for name in self._registered if find(name) is None)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def registered(self, name: str) -> Row | None:
        return self._registered.get(_key(name)) if self._registered else None

    def register(self, rows: Mapping[str, Row]) -> None:
        """Add to what is known of each model; nothing, and a BadRequestError, where a price is none."""
        for row in rows.values():
            read_prices(row)
        for name, row in rows.items():
            self._registered.setdefault(_key(name), {}).update(row)


def _key(name: str) -> str:
    known = find(name)
    return known.name if known else name.removeprefix("databricks/")


def _row(model: Model) -> dict[str, Any]:
    return {**model.row, "litellm_provider": "databricks", "mode": model.mode}


model_cost = CostMap()


def register_model(rows: Mapping[str, Row]) -> Mapping[str, Row]:
    """Add or change rows of `model_cost`, by model name; prices are USD per token, under LiteLLM's keys.

    Raises BadRequestError for a price that is none.
    """
    model_cost.register(rows)
    return model_cost


def tariff_for(name: str, *, dbu_usd: float, overrides: Row | None = None) -> Tariff | None:
    """The prices of a model; None where none is known. `overrides` are a call's own.

    Raises BadRequestError for an override that is no price.
    """
    own = read_prices({**(model_cost.registered(name) or {}), **(overrides or {})})
    if not own:
        return published(name, dbu_usd)
    known = find(name)
    return _tariff(known.name if known else None, dbu_usd, tuple(own.items()))


def tariff_elsewhere(prices: Mapping[str, float], *, dbu_usd: float) -> Tariff | None:
    """The tariff of a model that is not Databricks': nothing is published of it, but one's own `prices`, as
    `read_prices` gives them, may be known."""
    return _tariff(None, dbu_usd, tuple(prices.items())) if prices else None


@lru_cache(maxsize=512)
def _tariff(name: str | None, dbu_usd: float, own: tuple[tuple[str, float], ...]) -> Tariff | None:
    """A gateway asks for the same few with every call, and one takes longer to make than a call may."""
    known = find(name) if name else None
    return tariff(known.prices if known else None, dbu_usd=dbu_usd, overrides=dict(own))
