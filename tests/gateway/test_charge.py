"""Whom a call is charged to: what of a key, and of a request, reaches the workspace's usage tables."""

from __future__ import annotations

import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from lakeway.auth import StaticToken
from lakeway.calls.pricing import Pricing
from lakeway.core.exchange import Target
from lakeway.core.http import Timeout
from lakeway.core.request import Leniency
from lakeway.core.usage import normalize
from lakeway.gateway.call import Call
from lakeway.gateway.caller import ANYBODY, Caller
from lakeway.gateway.charge import add, attribute, unforged
from lakeway.gateway.deployments import Deployment
from lakeway.testing.workspace import RunningWorkspace

CHAT, VECTORS = "/v1/chat/completions", "/v1/embeddings"
CONFIG = """
model_list:
  - model_name: classic
    litellm_params: {model: databricks/databricks-meta-llama-3-3-70b-instruct}
  - model_name: tuned
    litellm_params: {model: databricks/databricks-meta-llama-3-3-70b-instruct, temperature: 0.5}
  - model_name: unity
    litellm_params: {model: databricks/databricks-claude-sonnet-4-5, api_base: os.environ/UNITY}
  - model_name: elsewhere
    litellm_params: {model: openai/databricks-meta-llama-3-3-70b-instruct, api_base: os.environ/BASE, api_key: os.environ/DATABRICKS_TOKEN}
  - model_name: vectors
    litellm_params: {model: databricks/databricks-bge-large-en}
  - model_name: unity-vectors
    litellm_params: {model: databricks/databricks-gte-large-en, api_base: os.environ/UNITY}
  - model_name: other-vectors
    litellm_params: {model: openai/databricks-bge-large-en, api_base: os.environ/BASE, api_key: os.environ/DATABRICKS_TOKEN}
keys:
  - key: sk-marked
    key_alias: batch
    user_id: ada
    team_id: red
    metadata: {cost_center: 42, prod: true}
  - {key: sk-bare}
litellm_settings: {num_retries: 0}
"""  # noqa: E501
MARKS = {"key_alias": "batch", "user_id": "ada", "team_id": "red", "cost_center": "42", "prod": "true"}

Send = Callable[..., dict[str, Any] | None]


@pytest.fixture
def marks(
    serve: Callable[..., str], ask: Callable[..., SimpleNamespace], workspace: RunningWorkspace
) -> Send:
    """The marks that a request leaves in the usage tables; None where it leaves none."""
    environ = {**workspace.environ, "UNITY": workspace.gateway_url, "BASE": workspace.base_url}
    address = serve(CONFIG, environ=environ)

    def send(model: str, key: str = "sk-marked", **fields: Any) -> dict[str, Any] | None:
        path = VECTORS if "vectors" in model else CHAT
        asked = {"input": "a"} if path == VECTORS else {"messages": [{"role": "user", "content": "Hello"}]}
        reply = ask(address, path, {"model": model, **asked, **fields}, key=key)
        assert 200 == reply.status, reply.body
        sent = workspace.requests[-1]
        tags = sent["headers"].get("databricks-ai-gateway-request-tags")
        assert tags is None or "usage_context" not in sent["body"]
        assert "metadata" not in sent["body"]
        return sent["body"].get("usage_context") if tags is None else json.loads(tags)

    return send


DATABRICKS = ["classic", "tuned", "unity", "vectors", "unity-vectors"]


@pytest.mark.parametrize("model", DATABRICKS)
def test_what_a_key_stands_for(marks: Send, model: str):
    """Its name, user and team, and the configuration's notes on it, as each surface takes them."""
    assert MARKS == marks(model)


@pytest.mark.parametrize("model", ["classic", "tuned", "unity"])
def test_what_a_key_stands_for_in_a_stream(marks: Send, model: str):
    """The same."""
    assert MARKS == marks(model, stream=True)


@pytest.mark.parametrize("model", DATABRICKS)
def test_what_a_client_says_itself(marks: Send, model: str):
    """Goes beside it: user, metadata, and attribution asked for by name."""
    said = {"user": "ann", "metadata": {"job": "nightly"}, "usage_context": {"run": 7}, "tags": ["a", "b"]}

    assert MARKS | {"user": "ann", "job": "nightly", "run": "7", "tags": "a,b"} == marks(model, **said)


FORGED = {"key_alias": "boss", "user_id": "boss", "team_id": "boss", "cost_center": "1", "prod": "no"}


@pytest.mark.parametrize("model", DATABRICKS)
def test_a_client_cannot_forge_metadata(marks: Send, model: str):
    """The key's own words stand, wherever a client writes others."""
    assert MARKS | {"job": "x"} == marks(model, metadata={**FORGED, "job": "x"})
    assert MARKS == marks(model, extra_body={"metadata": FORGED, "usage_context": FORGED})


@pytest.mark.parametrize("name", ["usage_context", "request_tags"])
@pytest.mark.parametrize("model", DATABRICKS)
def test_a_client_cannot_forge_attribution(marks: Send, model: str, name: str):
    """Also where it asks for it by name, which otherwise goes before metadata."""
    assert MARKS | {"job": "x"} == marks(model, **{name: {**FORGED, "job": "x"}})


@pytest.mark.parametrize("model", DATABRICKS)
def test_nor_drop_it(marks: Send, model: str):
    """Leniency is for what a model does not take."""
    assert MARKS == marks(model, drop_params=True, additional_drop_params=["metadata", "usage_context"])


@pytest.mark.parametrize("model", ["elsewhere", "other-vectors"])
def test_other_hosts_are_told_nothing(marks: Send, model: str):
    """Of our keys, nor of what a client says for the usage tables of Databricks."""
    assert None is marks(model)
    assert None is marks(model, metadata={"job": "x"}, usage_context={"run": 1}, tags=["a"])


@pytest.mark.parametrize("model", ["classic", "vectors"])
def test_without_marks_nothing_is_added(marks: Send, model: str):
    """A key of which nothing is known, and the master key, which may say what it likes."""
    assert None is marks(model, key="sk-bare")
    assert None is marks(model, key="sk-gateway-tests")
    assert FORGED == marks(model, key="sk-gateway-tests", metadata=FORGED)


def test_a_key_without_a_name_cannot_take_another_ones(marks: Send):
    """Name and team are the configuration's to tell, or nobody's; of users a client may tell its own."""
    said = {"key_alias": "batch", "team_id": "red", "user_id": "ann", "job": "x"}

    assert {"user_id": "ann", "job": "x"} == marks("classic", key="sk-bare", metadata=said)


@pytest.mark.parametrize("metadata", ["text", ["a"], 5])
@pytest.mark.parametrize(("path", "model"), [(CHAT, "classic"), (VECTORS, "vectors")])
def test_metadata_that_are_none(
    serve: Callable[..., str],
    ask: Callable[..., SimpleNamespace],
    workspace: RunningWorkspace,
    metadata: Any,
    path: str,
    model: str,
):
    """A mistake of the client, whoever it is."""
    environ = {**workspace.environ, "UNITY": workspace.gateway_url, "BASE": workspace.base_url}
    body = {"model": model, "messages": [], "input": "a", "metadata": metadata}
    reply = ask(serve(CONFIG, environ=environ), path, body, key="sk-marked")

    assert (400, "metadata") == (reply.status, reply.json["error"]["param"])


def row(provider: str = "databricks") -> Deployment:
    return Deployment(
        id="d",
        group="g",
        target=Target(provider=provider, model="m", alias="g", credential=StaticToken("dapi")),
        limits=(Timeout(), Timeout()),
        control={},
        defaults=(),
        leniency=Leniency(),
        pricing=Pricing(dbu_usd=0.07),
        retries=0,
    )


MARKED = Caller(key="a" * 64, alias="batch", metadata={"tags": "nightly"})


@pytest.mark.parametrize("given", [{}, {"metadata": {}}, {"metadata": {"a": 1, "tags": "mine"}}])
def test_a_request_is_not_changed(given: dict[str, Any]):
    """It is read again for every attempt."""
    before = msgspec.json.encode(given)
    params = dict(given)
    attribute(params, MARKED, row())

    assert before == msgspec.json.encode(given)
    assert {"tags": "nightly", "key_alias": "batch"}.items() <= params["metadata"].items()


def test_a_keys_marks_come_first():
    """Responses takes sixteen, and a client cannot crowd them out."""
    params: dict[str, Any] = {"metadata": {str(number): "x" for number in range(50)}}
    attribute(params, MARKED, row())

    assert ["tags", "key_alias", "0"] == list(params["metadata"])[:3]


@pytest.mark.parametrize(
    ("caller", "control", "expected"),
    [
        (MARKED, {}, {}),
        (MARKED, {"timeout": 5}, {"timeout": 5}),
        (MARKED, {"tags": ["a"], "timeout": 5}, {"timeout": 5}),
        (
            MARKED,
            {
                "usage_context": {"key_alias": "boss", "a": 1},
                "request_tags": {"team_id": "boss", "tags": "x"},
            },
            {"usage_context": {"a": 1}, "request_tags": {}},
        ),
        (Caller(key="a" * 64), {"tags": ["a"]}, {"tags": ["a"]}),
        (Caller(key="a" * 64, admin=True), {"usage_context": FORGED}, {"usage_context": FORGED}),
        (ANYBODY, {"usage_context": FORGED}, {"usage_context": FORGED}),
    ],
)
def test_control_without_forgeries(caller: Caller, control: dict[str, Any], expected: dict[str, Any]):
    """What a client asks for by name, less the names that are the key's."""
    before = msgspec.json.encode(control)

    assert expected == unforged(control, caller)
    assert before == msgspec.json.encode(control)


def test_a_host_that_is_not_databricks_gets_no_marks():
    """Not among its metadata either, which some hosts store."""
    params: dict[str, Any] = {"metadata": {"a": 1}}
    attribute(params, MARKED, row("openai"))

    assert {"metadata": {"a": 1}} == params


USAGE = normalize({"prompt_tokens": 10, "completion_tokens": 1, "total_tokens": 11})
PRICES = {"input_cost_per_token": 0.5, "output_cost_per_token": 2.0}


@pytest.mark.parametrize(
    ("priced", "expected"),
    [
        ([True, True], 14.0),
        ([True, False], 7.0),
        ([False, True], 7.0),
        ([False, True, False, True], 14.0),
        ([False, False], None),
    ],
)
def test_several_requests_of_one_call(priced: list[bool], expected: float | None):
    """What is known to be spent stays, whatever else the call came to; without any price it is unknown."""
    call = Call(id="c", head=b"", endpoint="/completions", caller=ANYBODY, began=0.0)
    for known in priced:
        prices = Pricing(dbu_usd=0.07, overrides=PRICES if known else {})
        call.deployment = msgspec.structs.replace(row(), pricing=prices)
        add(call, USAGE, None, {})

    assert expected == (call.cost and pytest.approx(call.cost.usd))
    assert 11 * len(priced) == (call.usage or {})["total_tokens"]
