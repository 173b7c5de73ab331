"""Names to groups, groups to an order: a table and a property, with chance as an argument."""

from __future__ import annotations

from collections import Counter
from itertools import cycle
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lakeway.errors import BadRequestError
from lakeway.gateway.access import Access
from lakeway.gateway.config import load
from lakeway.gateway.gateway import Gateway
from lakeway.gateway.groups import Groups, order

ENVIRON = {"DATABRICKS_HOST": "https://w.cloud.databricks.com", "DATABRICKS_TOKEN": "dapi-1"}


def groups(*rows: str, more: str = "") -> Groups:
    listed = "\n".join(f"- {row}" for row in rows)
    return Gateway.of(load(f"model_list:\n{listed}\n{more}", ENVIRON), access=Access()).groups


def row(name: str, model: str = "databricks/m", **params: float) -> str:
    extra = "".join(f", {key}: {value}" for key, value in params.items())
    return f"{{model_name: '{name}', litellm_params: {{model: '{model}'{extra}}}}}"


@pytest.mark.parametrize(
    ("asked", "endpoint"),
    [
        ("llama", "one"),
        ("alias", "one"),
        ("object-alias", "one"),
        ("databricks/x", "x"),
        ("x", "x"),
        ("databricks/databricks/x", "x"),
        ("databricks/catalog.schema.model", "catalog.schema.model"),
        ("team-red", "prod-red"),
        ("team-red-large", "prod-red-large"),
        ("any/thing/v2", "fixed"),
    ],
)
def test_which_endpoint_a_name_means(asked: str, endpoint: str):
    """Exactly, by an alias, by the longest wildcard that fits, or with the provider in front."""
    found = groups(
        row("llama", "databricks/one"),
        row("databricks/*", "databricks/*"),
        row("team-*", "databricks/prod-*"),
        row("any/*/v2", "databricks/fixed"),
        more="router_settings: {model_group_alias: {alias: llama, object-alias: {model: llama}}}",
    ).find(asked)

    assert found is not None
    assert endpoint == found[0].target.model


@pytest.mark.parametrize("asked", ["", "databricks/", "unknown", "databricks/*", "*", "openai/a-b"])
def test_names_that_mean_nothing(asked: str):
    """A wildcard is a way in for names, not a name of its own."""
    assert groups(row("llama"), row("databricks/a-*", "databricks/a-*")).find(asked) is None


def test_the_bridge_is_kept_by_a_wildcard():
    """`databricks/responses/x` through `databricks/*` asks for the Responses API."""
    (deployment,) = groups(row("databricks/*", "databricks/*")).find("databricks/responses/gpt")

    assert ("gpt", True) == (deployment.target.model, deployment.target.bridge)


def test_many_wildcard_names_are_not_remembered_for_ever():
    """A client cannot fill the memory by making names up."""
    made = groups(row("databricks/*", "databricks/*"))
    for number in range(3000):
        made.find(f"databricks/{number}")

    assert len(made._matched) <= 1024


@pytest.mark.parametrize(
    ("rows", "chance", "expected"),
    [
        ([row("g", weight=1), row("g", weight=3)], 0.0, [1, 3]),
        ([row("g", weight=1), row("g", weight=3)], 0.24, [1, 3]),
        ([row("g", weight=1), row("g", weight=3)], 0.26, [3, 1]),
        ([row("g"), row("g", weight=3)], 0.0, [3, 0]),
        ([row("g", weight=1, order=2), row("g", weight=2, order=1)], 0.0, [2, 1]),
    ],
)
def test_the_order_of_a_group(rows, chance, expected):
    """Lower `order` first, then by weight; a row without the measure that others have comes last."""
    drawn = order(groups(*rows).find("g"), lambda: chance)

    assert expected == [deployment.weight for deployment in drawn]


@pytest.mark.parametrize("measure", ["weight", "rpm", "tpm"])
def test_traffic_follows_the_measure(measure: str):
    """Over many draws each row is first about as often as its share says."""
    group = groups(row("g", **{measure: 1}), row("g", **{measure: 3})).find("g")
    random = Random(7)
    firsts = Counter(getattr(order(group, random.random)[0], measure) for _ in range(2000))

    assert 0.7 < firsts[3] / 2000 < 0.8


@given(st.lists(st.sampled_from([0, 0.5, 1, 7]), min_size=1, max_size=5), st.floats(0, 1, exclude_max=True))
def test_every_row_has_its_turn(weights: list[float], chance: float):
    """Whatever the weights and the luck, an order holds every row once."""
    group = groups(*(row("g", weight=weight) for weight in weights)).find("g")

    assert sorted(d.id for d in group) == sorted(d.id for d in order(group, lambda: chance))


CHAIN = """
litellm_settings:
  fallbacks: [{a: [b, c]}]
  default_fallbacks: [c]
  context_window_fallbacks: [{a: [c]}]
"""


@pytest.mark.parametrize(
    ("asked", "own", "expected"),
    [
        ("a", None, [("a", 0, False), ("b", 1, False), ("c", 2, False), ("c", 1, True)]),
        ("b", None, [("b", 0, False), ("c", 1, False)]),
        ("c", None, [("c", 0, False)]),
        ("a", ["c"], [("a", 0, False), ("c", 1, False), ("c", 1, True)]),
        ("b", [], [("b", 0, False)]),
    ],
)
def test_what_follows_a_group(asked, own, expected):
    """The configured fallbacks of the group, else the default ones, else the client's instead of both."""
    made = groups(row("a"), row("b"), row("c"), more=CHAIN)
    tried = made.attempts(asked, cycle([0.0]).__next__, fallbacks=own)

    assert expected == [(each.deployment.group, each.group, each.larger) for each in tried]


def test_an_unknown_model_is_told_in_litellms_words():
    """Programs match on them."""
    with pytest.raises(BadRequestError) as caught:
        groups(row("a")).attempts("nope", lambda: 0.0, endpoint="/chat/completions")

    assert "model" == caught.value.param
    assert (
        "/chat/completions: Invalid model name passed in model=nope. "
        "Call `/v1/models` to view available models for your key."
    ) == caught.value.message
