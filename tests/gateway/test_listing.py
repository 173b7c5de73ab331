"""`/v1/models` before a real workspace: what the key may use, wildcards as the workspace's own models."""

from __future__ import annotations

import pytest
from openai import NotFoundError, OpenAI

from lakeway.gateway.listing import CREATED
from lakeway.testing import emulator

MODELS = """
model_list:
  - model_name: llama
    litellm_params: {model: databricks/databricks-meta-llama-3-3-70b-instruct}
  - model_name: "databricks/*"
    litellm_params: {model: "databricks/*"}
  - model_name: "claude-*"
    litellm_params: {model: "databricks/databricks-claude-*"}
  - model_name: "fixed-*"
    litellm_params: {model: databricks/databricks-gpt-oss-20b}
router_settings:
  model_group_alias:
    public: llama
    secret: {model: llama, hidden: true}
keys:
  - {key: sk-few, models: ["llama", "databricks/databricks-gpt-*"]}
"""
ENDPOINTS = [
    {"name": "my-claude", "family": "claude"},
    {"name": "my-vectors", "task": "embeddings"},
    {"name": "asleep", "ready": False},
]


@pytest.fixture(scope="module")
def workspace():
    """A workspace with endpoints of its own."""
    with emulator(endpoints=ENDPOINTS) as running:
        yield running


@pytest.fixture
def gateway(serve, workspace):
    return serve(MODELS, environ=workspace.environ)


def ids(answer):
    return [row["id"] for row in answer.json["data"]]


def test_wildcards_are_the_workspaces_own_models(ask, gateway):
    """Its own endpoints too; none that is not ready, is retired, or takes no call of ours."""
    listed = ids(ask(gateway, "/v1/models"))

    assert {"llama", "public", "databricks/my-claude", "databricks/my-vectors"} <= {*listed}
    assert {"databricks/databricks-claude-sonnet-4-5", "claude-sonnet-4-5"} <= {*listed}
    assert {
        "databricks/asleep",
        "secret",
        "databricks/*",
        "databricks/databricks-claude-sonnet-4",
    }.isdisjoint(listed)
    assert len(listed) == len({*listed})
    assert not any(name.startswith("fixed-") for name in listed)


def test_the_workspace_is_asked_once(ask, serve, workspace):
    """And only when somebody wants the list: a call of a model does not wait for it."""
    gateway = serve(f"{MODELS}  # another", environ=workspace.environ)
    before = len(workspace.requests)
    ask(gateway, "/v1/chat/completions", {"model": "llama", "messages": [{"role": "user", "content": "hi"}]})
    paths = [request["path"] for request in workspace.requests[before:]]
    assert ["/serving-endpoints/chat/completions"] == paths

    assert ids(ask(gateway, "/v1/models")) == ids(ask(gateway, "/v1/models"))
    lists = [each["path"] for each in workspace.requests[before:] if each["path"].startswith("/api/")]
    assert ["/api/2.0/serving-endpoints"] == lists


def test_wildcards_themselves_on_demand(ask, gateway):
    """LiteLLM's `return_wildcard_routes`."""
    assert "databricks/*" in ids(ask(gateway, "/v1/models?return_wildcard_routes=true"))
    assert "databricks/*" not in ids(ask(gateway, "/v1/models?return_wildcard_routes=false"))
    assert 400 == ask(gateway, "/v1/models?return_wildcard_routes=perhaps").status


def test_what_a_key_may_use(ask, gateway):
    """Its models alone, wildcards of the key included; another name is not found."""
    listed = ids(ask(gateway, "/v1/models", key="sk-few"))

    assert "llama" == listed[0]
    assert len(listed) > 1
    assert all(name.startswith("databricks/databricks-gpt-") for name in listed[1:])
    assert 404 == ask(gateway, "/v1/models/claude-sonnet-4-5", key="sk-few").status
    assert 200 == ask(gateway, "/v1/models/llama", key="sk-few").status


def test_rows(ask, gateway):
    """LiteLLM's row: mode and limits where they are known."""
    rows = {row["id"]: row for row in ask(gateway, "/models").json["data"]}

    assert {
        "id": "llama",
        "object": "model",
        "created": CREATED,
        "owned_by": "databricks",
        "mode": "chat",
        "max_input_tokens": 128000,
        "max_output_tokens": 128000,
    } == rows["llama"]
    assert {"id", "object", "created", "owned_by"} == rows["databricks/my-claude"].keys()


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("llama", 200),
        ("public", 200),
        ("secret", 200),
        ("databricks/my-claude", 200),
        ("databricks/databricks-claude-sonnet-4-5", 200),
        ("databricks/system.ai.claude-sonnet-4-5", 200),
        ("databricks/nothing-of-the-kind", 404),
        ("nothing-of-the-kind", 404),
        ("fixed-anything", 200),
        ("somewhere/else", 404),
    ],
)
def test_one_model(ask, gateway, name, status):
    """A name that is served; behind a wildcard, one that the workspace has or that is published."""
    found = ask(gateway, f"/v1/models/{name}")

    assert status == found.status
    assert name == found.json["id"] if status == 200 else name in found.json["error"]["message"]


def test_anthropics_shape(ask, gateway):
    """For a client that says which version of Anthropic's API it speaks."""
    headers = {"anthropic-version": "2023-06-01"}
    page = ask(gateway, "/v1/models", headers=headers).json
    row = {"type": "model", "id": "llama", "display_name": "llama", "created_at": "2023-02-28T18:56:42Z"}

    assert row == page["data"][0] == ask(gateway, "/v1/models/llama", headers=headers).json
    assert (False, "llama", page["data"][-1]["id"]) == (page["has_more"], page["first_id"], page["last_id"])


def test_the_catalogue_stands_in(ask, serve):
    """Where the workspace does not say, what Databricks publishes is listed, and any name is believed."""
    with emulator(faults=["status=403,path=/api/"]) as closed:
        gateway = serve(MODELS, environ=closed.environ)

        assert "databricks/databricks-claude-sonnet-4-5" in ids(ask(gateway, "/v1/models"))
        assert 200 == ask(gateway, "/v1/models/databricks/my-own").status


def test_the_unity_gateways_names(ask, serve, workspace):
    """On that surface models have three-part names."""
    environ = {**workspace.environ, "DATABRICKS_API_BASE": workspace.gateway_url}

    listed = ids(ask(serve(MODELS, environ=environ), "/v1/models"))

    assert "databricks/system.ai.claude-sonnet-4-5" in listed
    assert not any(name.startswith("databricks/databricks-") for name in listed)


def test_the_official_client(gateway):
    """Lists, and retrieves one."""
    with OpenAI(base_url=f"{gateway}/v1", api_key="sk-few") as client:
        assert "llama" in [model.id for model in client.models.list()]
        assert "llama" == client.models.retrieve("llama").id
        with pytest.raises(NotFoundError):
            client.models.retrieve("claude-sonnet-4-5")
