"""What a call costs: at whose prices, at which tier, and that a mistake shows before the call."""

from __future__ import annotations

from typing import Any

import pytest

import lakeway
from lakeway.calls.pricing import Pricing
from lakeway.core.usage import normalize
from lakeway.errors import BadRequestError
from lakeway.settings import Settings

USAGE = normalize({"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15})
OWN = {"input_cost_per_token": 1.0, "output_cost_per_token": 2.0}
GPT = "databricks-gpt-5-2"


def usd(control: dict[str, Any], model: str = "m", served: str | None = None, **more: Any) -> float | None:
    params = {"service_tier": more.pop("asked", None)}
    cost = Pricing.of(control, params, Settings()).cost(model, served, USAGE, **more)
    return cost and cost.usd


@pytest.mark.parametrize(
    ("control", "expected"),
    [
        ({}, None),
        (OWN, 20.0),
        ({"input_cost_per_token": "1"}, None),
        ({"model_info": OWN}, 20.0),
        ({"model_info": {**OWN, "id": "x"}, "output_cost_per_token": 4.0}, 30.0),
        ({"model_info": {"mode": "chat"}}, None),
    ],
)
def test_prices_of_ones_own(control: dict[str, Any], expected: float | None) -> None:
    """Those of the call, under them those of its model_info; a side without a price is unknown."""
    assert expected == usd(control)


def test_cached_tokens_of_ones_own() -> None:
    """LiteLLM's other prices count too, and go to no model."""
    cached = normalize({**USAGE, "cache_read_input_tokens": 4})
    pricing = Pricing.of({**OWN, "cache_read_input_token_cost": 0.5}, {}, Settings())

    assert pytest.approx(6 * 1.0 + 4 * 0.5 + 5 * 2.0) == pricing.cost("m", None, cached).usd  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("own", "expected"),
    [({}, None), (OWN, 20.0), ({"input_cost_per_token": 1.0}, None), ({"output_cost_per_token": 2.0}, None)],
)
def test_another_hosts_prices(own: dict[str, float], expected: float | None) -> None:
    """What Databricks publishes for a model of that name is not what another host charges for it."""
    cost = Pricing(dbu_usd=0.07, published=False, overrides=own).cost(GPT, "gpt-5-2", USAGE)

    assert expected == (cost and cost.usd)


def test_the_name_that_answered() -> None:
    """Where nothing is known of the name that was called."""
    assert usd({}, "my-endpoint", "gpt-5-2") == usd({}, GPT) is not None


@pytest.mark.parametrize(
    ("asked", "tier", "as_priority"),
    [
        (None, None, False),
        ("priority", None, True),
        ("priority", "default", False),
        ("auto", "priority", True),
        (None, "priority", True),
        (["priority"], {"a": 1}, False),
    ],
)
def test_the_tier_that_served(asked: Any, tier: Any, as_priority: bool) -> None:
    """What the reply says beats what was asked for."""
    standard, priority = usd({}, GPT), usd({}, GPT, asked="priority")

    assert priority is not None
    assert standard is not None
    assert priority > standard
    assert (priority if as_priority else standard) == usd({}, GPT, asked=asked, tier=tier)


@pytest.mark.parametrize(
    ("keywords", "param"),
    [
        ({"input_cost_per_token": "abc"}, "input_cost_per_token"),
        ({"cache_read_input_token_cost": -1}, "cache_read_input_token_cost"),
        ({"model_info": {"output_cost_per_token": "free"}}, "output_cost_per_token"),
        ({"model_info": [1]}, "model_info"),
    ],
)
def test_a_mistake_is_found_before_the_call(workspace: Any, keywords: Any, param: str) -> None:
    """A reply that was paid for is not lost to it."""
    for call in (workspace.completion, workspace.embedding):
        with pytest.raises(BadRequestError) as caught:
            call(**keywords)

        assert param == caught.value.param
    assert [] == workspace.requests


@pytest.mark.parametrize("rate", [0, -1, "0.07", None])
def test_a_rate_that_is_none(workspace: Any, monkeypatch: pytest.MonkeyPatch, rate: Any) -> None:
    """The same goes for the price of a DBU."""
    monkeypatch.setattr(lakeway, "dbu_usd", rate)
    with pytest.raises(BadRequestError, match="dbu_usd"):
        workspace.completion()

    assert [] == workspace.requests


def test_a_registered_price_that_is_none() -> None:
    """It is refused when it is registered, with the whole table that it came in."""
    with pytest.raises(BadRequestError, match="input_cost_per_token"):
        lakeway.register_model(
            {"databricks/half-known": OWN, "databricks/mistaken": {"input_cost_per_token": "x"}}
        )

    assert "databricks/half-known" not in lakeway.model_cost


@pytest.mark.parametrize("name", [5, None, ("a",), {}])
def test_names_that_are_none(name: Any) -> None:
    """A look-up of what cannot be a name finds nothing."""
    assert name not in lakeway.model_cost
