"""`/model/info` and `/model_group/info`: rows without secrets, with what is published and what is charged."""

from __future__ import annotations

import pytest

CONFIG = """
model_list:
  - model_name: claude
    litellm_params:
      model: databricks/databricks-claude-sonnet-4-5
      api_key: os.environ/DATABRICKS_TOKEN
      temperature: 0.2
      rpm: 10
    model_info: {id: claude-one, team: search}
  - model_name: claude
    litellm_params:
      model: databricks/databricks-claude-haiku-4-5
      input_cost_per_token: 0.5
      output_cost_per_token: 0.75
      rpm: 5
  - model_name: own
    litellm_params: {model: databricks/my-own, api_key: dapi0123456789abcdef}
    model_info: {mode: chat, max_tokens: 77}
  - model_name: other
    litellm_params: {model: openai/gpt-5, api_base: "https://other.example/v1", api_key: sk-other-provider}
litellm_settings: {dbu_usd: 0.14}
keys:
  - {key: sk-own-only, models: [own]}
"""


@pytest.fixture
def gateway(serve):
    return serve(CONFIG)


@pytest.fixture
def rows(ask, gateway):
    return ask(gateway, "/model/info").json["data"]


def test_rows_in_order(rows):
    """One for each row of the file, under its public name."""
    assert ["claude", "claude", "own", "other"] == [row["model_name"] for row in rows]
    assert {False} == {row["model_info"]["db_model"] for row in rows}
    assert 4 == len({row["model_info"]["id"] for row in rows})


def test_no_secrets(ask, gateway, workspace):
    """Parameters are there, keys are not."""
    answer = ask(gateway, "/v1/model/info")

    first = answer.json["data"][0]["litellm_params"]
    assert {"model": "databricks/databricks-claude-sonnet-4-5", "temperature": 0.2, "rpm": 10} == first
    for secret in (workspace.token, "dapi0123456789abcdef", "sk-other-provider"):
        assert secret not in answer.body.decode()


def test_what_is_known_of_a_model(rows):
    """Its limits and abilities, and its prices at this configuration's rate for a DBU."""
    info = rows[0]["model_info"]

    assert ("claude-one", "search", "chat") == (info["id"], info["team"], info["mode"])
    assert (200_000, 64_000) == (info["max_input_tokens"], info["max_output_tokens"])
    assert info["supports_function_calling"]
    assert pytest.approx((6e-6, 30e-6), rel=1e-3) == (
        info["input_cost_per_token"],
        info["output_cost_per_token"],
    )


def test_the_rows_own_words_count_most(rows):
    """Prices and limits of a row are those of its calls."""
    assert (0.5, 0.75) == tuple(rows[1]["model_info"][f"{way}_cost_per_token"] for way in ("input", "output"))
    assert {"id", "db_model", "litellm_provider", "mode", "max_tokens"} == rows[2]["model_info"].keys()
    assert 77 == rows[2]["model_info"]["max_tokens"]


def test_another_host_is_no_workspace(rows):
    """What Databricks publishes of a model says nothing about it elsewhere."""
    assert {"id", "db_model", "litellm_provider"} == rows[3]["model_info"].keys()
    assert "openai" == rows[3]["model_info"]["litellm_provider"]


def test_one_row(ask, gateway):
    """By its id; one that is nobody's is a mistake of the caller's."""
    found = ask(gateway, "/model/info?litellm_model_id=claude-one").json["data"]
    missing = ask(gateway, "/model/info?litellm_model_id=nope")

    assert ["claude"] == [row["model_name"] for row in found]
    assert (400, "litellm_model_id") == (missing.status, missing.json["error"]["param"])


def test_what_a_key_may_see(ask, gateway):
    """The models that it may use; of others it learns nothing, not even by id."""
    assert ["own"] == [
        row["model_name"] for row in ask(gateway, "/model/info", key="sk-own-only").json["data"]
    ]
    assert 400 == ask(gateway, "/model/info?litellm_model_id=claude-one", key="sk-own-only").status
    assert ["own"] == [
        row["model_group"] for row in ask(gateway, "/model_group/info", key="sk-own-only").json["data"]
    ]
    assert 401 == ask(gateway, "/model/info", key=None).status


def test_groups(ask, gateway):
    """Of several deployments the largest limit and price, and all of their requests per minute."""
    groups = {group["model_group"]: group for group in ask(gateway, "/model_group/info").json["data"]}

    claude = groups["claude"]
    assert ["claude", "own", "other"] == [*groups]
    assert (["databricks"], "chat", 15, None) == tuple(
        claude[name] for name in ("providers", "mode", "rpm", "tpm")
    )
    assert (0.5, 0.75) == (claude["input_cost_per_token"], claude["output_cost_per_token"])
    assert claude["supports_reasoning"]
    assert (None, None) == (groups["other"]["mode"], groups["other"]["max_tokens"])


def test_one_group(ask, gateway):
    """By name; an unknown one is an empty list."""
    assert ["own"] == [
        each["model_group"] for each in ask(gateway, "/model_group/info?model_group=own").json["data"]
    ]
    assert [] == ask(gateway, "/model_group/info?model_group=nope").json["data"]
