"""Which deployments a name means, which names follow it, and how often a group's calls are tried again."""

from __future__ import annotations

from typing import Any

import pytest

from lakeway.core.retry import RetryPolicy
from lakeway.errors import (
    BadRequestError,
    ContentPolicyViolationError,
    ContextWindowExceededError,
    LakewayError,
    RateLimitError,
)
from lakeway.gateway.access import Access
from lakeway.gateway.config import load
from lakeway.gateway.gateway import Gateway
from lakeway.gateway.groups import Fallbacks, Groups

ENVIRON = {"DATABRICKS_HOST": "https://w.cloud.databricks.com", "DATABRICKS_TOKEN": "dapi-1"}


def gateway(*rows: str, more: str = "") -> Gateway:
    listed = "\n".join(f"- {row}" for row in rows)
    return Gateway.of(load(f"model_list:\n{listed}\n{more}", ENVIRON), access=Access())


def groups(*rows: str, more: str = "") -> Groups:
    return gateway(*rows, more=more).groups


def row(name: str, model: str = "databricks/m", **params: float) -> str:
    extra = "".join(f", {key}: {value}" for key, value in params.items())
    return f"{{model_name: '{name}', litellm_params: {{model: '{model}'{extra}}}}}"


NAMED = (
    row("llama", "databricks/one"),
    row("databricks/*", "databricks/*"),
    row("team-*", "databricks/prod-*"),
    row("any/*/v2", "databricks/fixed"),
    row("*-to-*", "databricks/*-from-*"),
)
ALIASES = "router_settings: {model_group_alias: {alias: llama, hidden: {model: llama, hidden: true}}}"


@pytest.mark.parametrize(
    ("asked", "endpoint"),
    [
        ("llama", "one"),
        ("alias", "one"),
        ("hidden", "one"),
        ("databricks/x", "x"),
        ("x", "x"),
        ("databricks/databricks/x", "x"),
        ("databricks/catalog.schema.model", "catalog.schema.model"),
        ("team-red", "prod-red"),
        ("team-red-large", "prod-red-large"),
        ("any/thing/v2", "fixed"),
        ("a-to-b", "a-from-b"),
    ],
)
def test_which_endpoint_a_name_means(asked: str, endpoint: str):
    """Exactly, by an alias, by the longest wildcard that fits, or with the provider in front."""
    found = groups(*NAMED, more=ALIASES).get(asked)

    assert [endpoint] == [member.target.model for member in found.members]


@pytest.mark.parametrize("asked", ["", "databricks/", "unknown", "databricks/*", "*", "openai/a-b", "a-*"])
def test_names_that_mean_nothing(asked: str):
    """A wildcard is a way in for names, not a name of its own."""
    made = groups(row("llama"), row("databricks/a-*", "databricks/a-*"), row("a-*", "databricks/b-*"))

    with pytest.raises(BadRequestError) as caught:
        made.get(asked, "/chat/completions")

    assert "model" == caught.value.param
    assert (
        f"/chat/completions: Invalid model name passed in model={asked}. "
        "Call `/v1/models` to view available models for your key."
    ) == caught.value.message


def test_several_rows_of_one_name_are_one_group():
    """They share its traffic, in the order of the configuration; so do the rows of a wildcard."""
    made = groups(
        row("a", "databricks/one"), row("b"), row("a", "databricks/two"), row("x/*", "databricks/*"),
        row("x/*", "databricks/large-*"),
    )  # fmt: skip

    assert ["one", "two"] == [member.target.model for member in made.get("a").members]
    assert ["m", "large-m"] == [member.target.model for member in made.get("x/m").members]


def test_the_names_that_are_listed():
    """Groups and aliases, but those that are hidden."""
    assert ["llama", "databricks/*", "team-*", "any/*/v2", "*-to-*", "alias"] == (
        groups(*NAMED, more=ALIASES).names
    )


def test_the_bridge_is_kept_by_a_wildcard():
    """`databricks/responses/x` through `databricks/*` asks for the Responses API."""
    (deployment,) = groups(row("databricks/*", "databricks/*")).get("databricks/responses/gpt").members

    assert ("gpt", True) == (deployment.target.model, deployment.target.bridge)


def test_a_provider_alone_means_nothing():
    """It fits a wildcard, and leaves no name of a model."""
    made = groups(row("databricks/*", "databricks/*"))

    assert [None, None] == [made.find(name) for name in ("databricks/databricks/", "databricks/responses/")]


def test_each_model_of_a_wildcard_fares_on_its_own():
    """One that is at its limit takes its workspace from no other."""
    made = groups(row("databricks/*", "databricks/*"))
    one, other, again = (made.get(f"databricks/{name}").members[0].load for name in "aba")

    assert (True, False) == (one is again, one is other)


@pytest.mark.parametrize("asked", ["databricks/m", "m"])
@pytest.mark.parametrize("written", ["databricks/m", "m", "databricks/*", "*"])
def test_a_chain_is_found_by_any_name_of_its_group(asked: str, written: str):
    """With the provider in front and without, and by the wildcard that lets the name in."""
    made = groups(row("databricks/*", "databricks/*"), row("spare"))
    followers = made.after(asked, Fallbacks(general={written: ["spare"]}), FAILED)

    assert ["spare"] == [name for name, _ in followers]


@pytest.mark.parametrize("name", ["databricks/{}", "{}"])
def test_many_wildcard_names_are_not_remembered_for_ever(name: str):
    """A client cannot fill the memory by making names up."""
    made = groups(row("databricks/*", "databricks/*"))
    for number in range(3000):
        made.find(name.format(number))

    assert len(made._matched) <= 1024


def test_a_wildcard_lets_in_no_name_of_any_length():
    """What a client made up is neither searched nor remembered; a long name of the file's own is good."""
    long = "m" * 2000
    made = groups(row("databricks/*", "databricks/*"), row(long))

    with pytest.raises(BadRequestError, match=r"model=databricks/m+… \(2011 characters; 1024 at most\)"):
        made.get(f"databricks/{long}")
    assert (None, long) == (made.find(f"databricks/{long}"), made.get(long).name)
    assert 1024 == len(made.get("databricks/" + "m" * 1013).members[0].target.alias)


@pytest.mark.parametrize("name", ["databricks/x", "x"])
def test_a_wildcard_is_filled_in_once(name: str):
    """The second call with a name is as quick as with a name of the configuration."""
    made = groups(row("databricks/*", "databricks/*"))

    assert made.get(name) is made.get(name)


FAILED = RateLimitError("busy")
TOO_LONG = ContextWindowExceededError("too long")
REFUSED = ContentPolicyViolationError("refused")
WRONG = BadRequestError("wrong")


@pytest.mark.parametrize(
    ("chains", "error", "expected"),
    [
        ({"fallbacks": [{"a": ["b", "c"]}]}, FAILED, ["b", "c"]),
        ({"fallbacks": [{"a": ["b", "c"]}]}, WRONG, ["b", "c"]),
        ({"fallbacks": [{"b": ["c"]}]}, FAILED, []),
        ({"fallbacks": [{"*": ["c"]}]}, FAILED, ["c"]),
        ({"fallbacks": [{"*": ["c"]}, {"a": ["b"]}]}, FAILED, ["b"]),
        ({"fallbacks": [{"a": ["b"]}], "default_fallbacks": ["c"]}, FAILED, ["b"]),
        ({"default_fallbacks": ["c", "a"]}, FAILED, ["c"]),
        ({"context_window_fallbacks": [{"a": ["c"]}]}, TOO_LONG, ["c"]),
        ({"context_window_fallbacks": [{"a": ["c"]}]}, FAILED, []),
        ({"context_window_fallbacks": [{"a": ["c"]}], "fallbacks": [{"a": ["b"]}]}, TOO_LONG, ["c"]),
        ({"context_window_fallbacks": [{"b": ["c"]}], "fallbacks": [{"a": ["b"]}]}, TOO_LONG, ["b"]),
        ({"context_window_fallbacks": [{"a": ["c"]}], "fallbacks": [{"a": ["b"]}]}, REFUSED, ["b"]),
        ({"content_policy_fallbacks": [{"a": ["c"]}], "fallbacks": [{"a": ["b"]}]}, REFUSED, ["c"]),
        ({"content_policy_fallbacks": [{"*": ["c"]}]}, REFUSED, ["c"]),
        ({"fallbacks": [{"a": ["b", "c", "d"]}], "max_fallbacks": 2}, FAILED, ["b", "c"]),
        ({"fallbacks": [{"a": ["a", "b"]}]}, FAILED, ["b"]),
        ({"fallbacks": [{"a": ["alias", "b"]}]}, FAILED, ["b"]),
        ({"fallbacks": [{"a": ["to-b"]}]}, FAILED, ["b"]),
    ],
)
def test_what_follows_a_group(chains: dict[str, Any], error: LakewayError, expected: list[str]):
    """The chain for the kind of error, else the general one; the group's own before "*"; never itself."""
    more = f"router_settings: {chains | {'model_group_alias': {'alias': 'a', 'to-b': 'b'}}}"
    made = gateway(row("a"), row("b"), row("c"), row("d"), more=more)

    assert expected == [group.name for _, group in made.groups.after("a", made.fallbacks, error)]


@pytest.mark.parametrize(
    ("chains", "expected"),
    [
        ([{"a": ["b"]}], ["b"]),
        ([{"alias": ["c"]}], ["c"]),
        ([{"alias": ["c"]}, {"a": ["b"]}], ["c"]),
        ([{"*": ["a", "b"]}], ["b"]),
    ],
)
def test_what_follows_an_alias(chains: list[dict[str, list[str]]], expected: list[str]):
    """Its own chain, as with LiteLLM, else that of its group."""
    more = f"router_settings: {{fallbacks: {chains}, model_group_alias: {{alias: a}}}}"
    made = gateway(row("a"), row("b"), row("c"), more=more)

    assert expected == [group.name for _, group in made.groups.after("alias", made.fallbacks, FAILED)]


def test_one_model_of_a_wildcard_may_follow_another():
    """They are of one row, and two groups all the same."""
    made = groups(row("databricks/*", "databricks/*"))
    chains = Fallbacks(general={"databricks/a": ["a", "databricks/b"]})
    ((_, other),) = made.after("databricks/a", chains, FAILED)

    assert ["b"] == [member.target.model for member in other.members]


FIVE = tuple(row("a", f"databricks/{number}") for number in range(5))


@pytest.mark.parametrize(
    ("rows", "more", "expected"),
    [
        (FIVE[:1], "", 2),
        (FIVE[:3], "", 2),
        (FIVE, "", 4),
        (FIVE, "router_settings: {num_retries: 1}", 1),
        (FIVE, "litellm_settings: {num_retries: 0}", 0),
        (FIVE, "router_settings: {retry_policy: {DefaultRetries: 1}}", 1),
        (FIVE, "router_settings: {retry_policy: {TimeoutErrorRetries: 1}}", 4),
        (FIVE, "router_settings: {model_group_retry_policy: {a: {DefaultRetries: 1}}}", 1),
    ],
)
def test_retries_reach_every_deployment(rows: tuple[str, ...], more: str, expected: int):
    """As long as nobody has said how often a call is to be tried again."""
    assert expected == groups(*rows, more=more).get("a").policy.retries


def test_a_policy_of_ones_own_is_for_that_group_alone():
    """`model_group_retry_policy`, beside the general one."""
    more = "router_settings: {num_retries: 3, model_group_retry_policy: {a: {RateLimitErrorRetries: 7}}}"
    made = groups(row("a"), row("b"), more=more)

    assert (7, 3) == tuple(made.get(name).policy.allowed(FAILED) for name in "ab")
    assert RetryPolicy(retries=3) == made.get("b").policy
