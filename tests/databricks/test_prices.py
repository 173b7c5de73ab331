"""Where prices come from: the published table and the workspace's own list."""

import pytest

from lakeway.core.cost import cost, tariff
from lakeway.core.usage import normalize
from lakeway.databricks.catalogue import MODELS
from lakeway.databricks.prices import published, stated

USAGE = normalize({"prompt_tokens": 1000, "completion_tokens": 100})


def test_published_tariffs_are_found_under_any_spelling():
    """The model's name in a reply prices as its endpoint does, at the rate that is asked for."""
    endpoint = published("databricks-claude-sonnet-5").cost(USAGE)

    assert endpoint == published("global.anthropic.claude-sonnet-5").cost(USAGE)
    assert endpoint == cost(MODELS["databricks-claude-sonnet-5"].prices, USAGE)
    assert pytest.approx(2 * endpoint.usd) == published("claude-sonnet-5", 0.14).cost(USAGE).usd


@pytest.mark.parametrize("name", ["my-endpoint", "databricks-dbrx-instruct", ""])
def test_without_a_published_price_there_is_no_tariff(name):
    """A custom endpoint and a retired model have no published price."""
    assert published(name) is None


@pytest.mark.parametrize(
    ("endpoint", "expected"),
    [
        (
            {
                "name": "databricks-claude-sonnet-5",
                "config": {
                    "served_entities": [
                        {"foundation_model": {"input_price": "28.57142857", "price": "142.8571429"}}
                    ]
                },
            },
            {"input_dbu_cost_per_token": 28.57142857e-6, "output_dbu_cost_per_token": 142.8571429e-6},
        ),
        (
            {"config": {"served_entities": [{"foundation_model": {"input_price": "1.5"}}]}},
            {"input_dbu_cost_per_token": 1.5e-6},
        ),
        ({"config": {"served_entities": [{"external_model": {}}]}}, {}),
        ({"config": {}}, {}),
        ({}, {}),
    ],
)
def test_stated(endpoint, expected):
    """A workspace's endpoint list states DBU per million tokens, as text, for hosted models alone."""
    assert pytest.approx(expected) == stated(endpoint)


def test_stated_prices_override_published_ones():
    """What the workspace states for its endpoint is what a call to it costs."""
    own = {"input_dbu_cost_per_token": 1e-4, "output_dbu_cost_per_token": 3e-4}

    actual = tariff(MODELS["databricks-claude-sonnet-5"].prices, overrides=own).cost(USAGE)

    assert pytest.approx(1000 * 1e-4 + 100 * 3e-4) == actual.dbu
