"""The published prices of hosted models."""

import pytest

from lakeway.core.cost import tariff
from lakeway.core.usage import normalize
from lakeway.databricks.catalogue import MODELS
from lakeway.databricks.prices import published

USAGE = normalize({"prompt_tokens": 1000, "completion_tokens": 100})


def test_published_tariffs_are_found_under_any_spelling():
    """The model's name in a reply prices as its endpoint does, at the rate that is asked for."""
    endpoint = published("databricks-claude-sonnet-5").cost(USAGE)

    assert endpoint == published("global.anthropic.claude-sonnet-5").cost(USAGE)
    assert endpoint == tariff(MODELS["databricks-claude-sonnet-5"].prices).cost(USAGE)
    assert pytest.approx(2 * endpoint.usd) == published("claude-sonnet-5", 0.14).cost(USAGE).usd


@pytest.mark.parametrize("name", ["my-endpoint", "databricks-dbrx-instruct", ""])
def test_without_a_published_price_there_is_no_tariff(name):
    """A custom endpoint and a retired model have no published price."""
    assert published(name) is None
