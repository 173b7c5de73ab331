"""Probes: alive, ready, and whether the models answer."""

from __future__ import annotations

import pytest

from lakeway.gateway.access import Access
from lakeway.gateway.config import load
from lakeway.gateway.gateway import Gateway
from lakeway.gateway.server import running
from lakeway.version import __version__

KEY = "sk-gateway-tests"
CONFIG = """
model_list:
  - model_name: llama
    litellm_params:
      model: databricks/databricks-meta-llama-3-3-70b-instruct
      api_key: os.environ/DATABRICKS_TOKEN
    model_info: {id: llama-one}
  - model_name: claude
    litellm_params:
      model: databricks/databricks-claude-sonnet-4-5
      thinking: {type: enabled, budget_tokens: 2048}
  - model_name: gpt
    litellm_params: {model: databricks/databricks-gpt-5-5}
  - model_name: vectors
    litellm_params: {model: databricks/my-own}
    model_info: {mode: embedding, health_check_timeout: 0.3}
  - model_name: "databricks/*"
    litellm_params: {model: "databricks/*"}
  - model_name: "named/*"
    litellm_params: {model: "databricks/*"}
    model_info: {health_check_model: databricks/databricks-bge-large-en}
keys:
  - {key: sk-somebody}
"""


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/health/liveliness", "I'm alive!"),
        ("/health/liveness", "I'm alive!"),
        ("/health/readiness", {"status": "healthy", "db": "Not connected", "lakeway_version": __version__}),
    ],
)
def test_probes(ask, address, path, expected):
    """LiteLLM's words, without a key, and as HEAD too."""
    assert (200, expected) == ((answer := ask(address, path, key=None)).status, answer.json)
    assert (200, b"") == ((answer := ask(address, path, key=None, method="HEAD")).status, answer.body)


def test_details(ask, address):
    """With a key alone: what LiteLLM's readiness once told everybody."""
    details = ask(address, "/health/readiness/details").json

    assert ("healthy", None, "litellm-1.109") == (details["status"], details["cache"], details["compat"])
    assert (4, 0, 0) == (details["deployments"], details["running"], details["waiting"])
    assert 401 == ask(address, "/health/readiness/details", key=None).status


def test_draining(ask, workspace):
    """A gateway that shuts down is not ready, and says so, until its last call is done."""
    gateway = Gateway.of(load(CONFIG, workspace.environ), access=Access.by_key(KEY))
    with running(gateway) as address:
        gateway.state.draining = True

        for path in ("/health/liveliness", "/health/readiness", "/health/readiness/details"):
            answer = ask(address, path)
            assert (503, "shutting_down") == (answer.status, answer.json["status"])


@pytest.fixture
def gateway(serve):
    return serve(CONFIG)


def test_every_model_is_asked(ask, gateway, workspace):
    """A word of each chat model, a vector, the list of a wildcard's host: and nobody's secret."""
    answer = ask(gateway, "/health")

    assert 200 == answer.status
    assert (5, 1) == (answer.json["healthy_count"], answer.json["unhealthy_count"])
    assert "llama-one" == answer.json["healthy_endpoints"][0]["model_id"]
    assert "databricks/my-own" == answer.json["unhealthy_endpoints"][0]["model"]
    assert "does not exist" in answer.json["unhealthy_endpoints"][0]["error"]
    assert workspace.token not in answer.body.decode()
    sent = {each["body"]["model"]: each["body"] for each in workspace.requests if each["body"]}
    assert 1 == sent["databricks-meta-llama-3-3-70b-instruct"]["max_tokens"]
    assert "thinking" not in sent["databricks-claude-sonnet-4-5"]
    assert "input" in sent["databricks-bge-large-en"]
    assert "/api/2.0/serving-endpoints" in [each["path"] for each in workspace.requests]


@pytest.mark.parametrize(
    ("query", "status", "counts"),
    [
        ("model=llama", 200, (1, 0)),
        ("model=databricks/databricks-gpt-5-5", 200, (1, 0)),
        ("model_id=llama-one", 200, (1, 0)),
        ("model=llama&model_id=llama-one", 200, (1, 0)),
        ("model=vectors", 503, (0, 1)),
        ("model=", 200, (5, 1)),
    ],
)
def test_by_name(ask, gateway, query, status, counts):
    """By public name, by the row's own, or by id: 503 when nothing of it is well."""
    answer = ask(gateway, f"/health?{query}")

    assert (status, counts) == (
        answer.status,
        (answer.json["healthy_count"], answer.json["unhealthy_count"]),
    )


def test_nothing_of_that_name(ask, gateway, workspace):
    """It is not found, and nobody is asked."""
    assert (404, "model") == (
        (answer := ask(gateway, "/health?model=nope")).status,
        answer.json["error"]["param"],
    )
    assert (404, "model_id") == (
        (answer := ask(gateway, "/health?model=llama&model_id=nope")).status,
        answer.json["error"]["param"],
    )
    assert [] == workspace.requests


def test_a_model_that_takes_too_long(ask, gateway, workspace):
    """Its own limit of time holds, and the others are not kept waiting."""
    workspace.fault("delay=5,model=my-own")

    answer = ask(gateway, "/health?model=vectors")

    assert (503, 1) == (answer.status, answer.json["unhealthy_count"])
    assert "Timeout" in answer.json["unhealthy_endpoints"][0]["error"]


def test_who_may_ask(ask, gateway, serve, workspace):
    """It costs money: the master key, or anybody on the machine where there is none."""
    assert 401 == ask(gateway, "/health", key=None).status
    assert 403 == ask(gateway, "/health", key="sk-somebody").status
    assert [] == workspace.requests

    open_to_all = "model_list: [{model_name: a, litellm_params: {model: databricks/databricks-bge-large-en}}]"
    assert 200 == ask(serve(open_to_all, key=None), "/health", key=None).status


def test_a_deployment_that_fails(ask, gateway, workspace):
    """Reasons are the workspace's own; the status says that the gateway answered."""
    workspace.fault("status=403,path=/serving-endpoints/chat")

    answer = ask(gateway, "/health")

    assert (200, 3) == (answer.status, answer.json["unhealthy_count"])
    assert {"PermissionDeniedError"} < {
        each["error"].partition(":")[0] for each in answer.json["unhealthy_endpoints"]
    }


def test_metrics_need_a_key(ask, address):
    """They tell who uses what."""
    assert 401 == ask(address, "/metrics", key=None).status

    answer = ask(address, "/metrics")
    assert 200 == answer.status
    assert answer.headers["content-type"].startswith("text/plain")
    assert b"litellm_" in answer.body
