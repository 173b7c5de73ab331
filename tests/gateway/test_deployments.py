"""Rows of `model_list` as deployments: where they lead, what they carry, and what they keep to themselves."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Any

import pytest

from lakeway.auth.credentials import NoCredential, OAuthM2M, StaticToken, UnifiedAuth
from lakeway.core.http import Timeout
from lakeway.core.request import ChatRequest, EmbeddingRequest
from lakeway.core.usage import normalize
from lakeway.errors import BadRequestError
from lakeway.gateway.assembly import Assembly, assemble
from lakeway.gateway.config import load
from lakeway.gateway.deployments import Deployment
from lakeway.gateway.model_info import info
from lakeway.gateway.problems import ConfigError

HOST = "https://w.cloud.databricks.com"
ENVIRON = {"DATABRICKS_HOST": HOST, "DATABRICKS_TOKEN": "dapi-1"}


def assembled(text: str, environ: Mapping[str, str] = ENVIRON, host_of=None) -> Assembly:
    def nowhere(credential):
        raise BadRequestError("No workspace: the base URL is not set.")

    return assemble(load(textwrap.dedent(text), environ), host_of or nowhere)


def deployed(params: Mapping[str, Any], environ: Mapping[str, str] = ENVIRON, **more: Any) -> Deployment:
    written = {"model": "databricks/databricks-claude-sonnet-4-5", **params}
    lines = ["model_list:", "- model_name: a", f"  litellm_params: {written!r}"]
    (deployment,) = assembled("\n".join(lines), environ, **more).deployments
    return deployment


@pytest.mark.parametrize(
    ("params", "environ", "expected"),
    [
        ({}, ENVIRON, (HOST, StaticToken("dapi-1"))),
        ({"api_key": "dapi-2"}, ENVIRON, (HOST, StaticToken("dapi-2"))),
        (
            {"api_base": "https://other.azuredatabricks.net/serving-endpoints", "api_key": "dapi-2"},
            ENVIRON,
            ("https://other.azuredatabricks.net", StaticToken("dapi-2")),
        ),
        (
            {"client_id": "id", "client_secret": "secret"},
            ENVIRON,
            (HOST, OAuthM2M(f"{HOST}/oidc/v1/token", "id", "secret")),
        ),
        ({"api_key": "os.environ/OTHER"}, {**ENVIRON, "OTHER": "dapi-3"}, (HOST, StaticToken("dapi-3"))),
    ],
)
def test_where_a_row_leads(params, environ, expected):
    """The row's own address and credential, else those of the environment."""
    target = deployed(params, environ).target

    assert expected == (target.base.host_url, target.credential)


def test_a_workspace_that_only_a_login_names():
    """databricks-sdk's chain is asked at the start, once, and not for each request."""
    asked = []
    target = deployed({}, {}, host_of=lambda credential: asked.append(credential) or HOST).target

    assert (HOST, UnifiedAuth()) == (target.base.host_url, target.credential)
    assert set(asked) == {UnifiedAuth()}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, {"max_tokens": 20, "reasoning_effort": "low", "top_k": 3}),
        ({"max_tokens": 5}, {"max_tokens": 5, "reasoning_effort": "low", "top_k": 3}),
        ({"max_completion_tokens": 5}, {"max_completion_tokens": 5, "reasoning_effort": "low", "top_k": 3}),
        (
            {"thinking": {"type": "disabled"}},
            {"thinking": {"type": "disabled"}, "max_tokens": 20, "top_k": 3},
        ),
        ({"temperature": 1}, {"temperature": 1, "max_tokens": 20, "reasoning_effort": "low", "top_k": 3}),
    ],
)
def test_the_rows_parameters_are_defaults(given, expected):
    """The client's own win, and so does another spelling of the same wish."""
    deployment = deployed({"max_tokens": 20, "reasoning_effort": "low", "top_k": 3})

    assert expected == deployment.params(given)


def test_what_steers_a_row_is_not_sent():
    """Credentials, limits, prices and routing stay here."""
    deployment = deployed(
        {
            "api_key": "k",
            "api_base": HOST,
            "rpm": 5,
            "tpm": 6,
            "weight": 2,
            "order": 1,
            "tags": ["a"],
            "max_parallel_requests": 7,
            "cooldown_time": 8,
            "timeout": 3,
            "num_retries": 4,
            "input_cost_per_token": 0.1,
            "drop_params": True,
            "extra_headers": {"x-a": "b"},
            "cache_read_input_token_cost": 0.2,
            "max_budget": 3,
            "stream": True,
            "mock_response": "no",
        }
    )

    assert () == deployment.defaults
    assert {"drop_params": True} == deployment.control
    share = deployment.share
    assert (2, 5, 6, 1, 7) == (share.weight, share.rpm, share.tpm, share.order, share.max_parallel)
    assert (4, 8, ("a",)) == (deployment.retries, deployment.cooldown_time, deployment.tags)
    assert {"input_cost_per_token": 0.1, "cache_read_input_token_cost": 0.2} == deployment.pricing.overrides
    assert ("x-a", "b") in deployment.target.headers


@pytest.mark.parametrize(
    ("settings", "params", "expected"),
    [
        ("{}", {}, (None, Timeout(10, 600), Timeout(10, 600), False)),
        (
            "{num_retries: 5, request_timeout: 8, drop_params: true}",
            {},
            (None, Timeout(8, 8, 8), Timeout(8, 8, 8), True),
        ),
        (
            "{num_retries: 5, request_timeout: 8, drop_params: true}",
            {"num_retries": 0, "timeout": 4, "stream_timeout": 2, "drop_params": False},
            (0, Timeout(4, 4, 4), Timeout(2, 2, 2), False),
        ),
    ],
)
def test_settings_hold_where_a_row_says_nothing(settings, params, expected):
    """litellm_settings are the defaults of every row; retries are its group's, unless it says so itself."""
    written = {"model": "databricks/a", **params}
    text = f"litellm_settings: {settings}\nmodel_list: [{{model_name: a, litellm_params: {written!r}}}]"
    (deployment,) = assembled(text).deployments

    assert expected == (deployment.retries, *deployment.limits, deployment.leniency.drop)


def test_router_settings_beat_litellm_settings():
    """The narrower section counts."""
    text = """
    model_list: [{model_name: a, litellm_params: {model: databricks/a}}]
    litellm_settings: {num_retries: 5, request_timeout: 50}
    router_settings: {num_retries: 1, timeout: 10}
    """
    made = assembled(text)

    assert (1, 10) == (made.retry.retries, made.deployments[0].limits[0].total)


OTHER = {"model": "openai/gpt-4o", "api_base": "https://api.example/v1", "api_key": "sk-1"}
KEYS = {"OPENAI_API_KEY": "sk-2", **ENVIRON}


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        (OTHER, ("https://api.example/v1", StaticToken("sk-1"), "gpt-4o")),
        ({"model": "openai/gpt-4o"}, ("https://api.openai.com/v1", StaticToken("sk-2"), "gpt-4o")),
        (
            {"model": "gpt-4o", "custom_llm_provider": "openai"},
            ("https://api.openai.com/v1", StaticToken("sk-2"), "gpt-4o"),
        ),
        (
            {"model": "hosted_vllm/meta/llama", "api_base": "http://vllm:8000/v1"},
            ("http://vllm:8000/v1", NoCredential(), "meta/llama"),
        ),
        ({}, (f"{HOST}/serving-endpoints", StaticToken("dapi-1"), "databricks-claude-sonnet-4-5")),
    ],
)
def test_rows_of_both_kinds_lead_somewhere(params, expected):
    """The prefix says what kind of host it is, and `api_base` is where, for all of them alike."""
    deployment = deployed(params, KEYS)

    assert expected == (deployment.api_base, deployment.target.credential, deployment.target.model)


@pytest.mark.parametrize(
    ("params", "expected"), [({"organization": "org-1"}, {"OpenAI-Organization": "org-1"}), ({}, {})]
)
def test_an_organization(params, expected):
    """OpenAI's other mark of whom a call is for goes where it reads it."""
    headers = deployed({**OTHER, **params}).target.headers

    assert expected == {name: value for name, value in headers if name != "User-Agent"}


@pytest.mark.parametrize(
    ("params", "chat", "embeddings"),
    [
        (OTHER, "https://api.example/v1/chat/completions", "https://api.example/v1/embeddings"),
        ({}, f"{HOST}/serving-endpoints/chat/completions", f"{HOST}/serving-endpoints/embeddings"),
    ],
)
def test_a_provider_makes_the_exchanges(params, chat, embeddings):
    """Who asks a deployment need not know its kind."""
    deployment = deployed(params)
    asked = ChatRequest(messages=[{"role": "user", "content": "hi"}])
    chatting = deployment.provider.chat(deployment.target, asked)
    embedding = deployment.provider.embeddings(deployment.target, EmbeddingRequest(input=["a"]))

    assert [chat, embeddings] == [each.write_request(()).url for each in (chatting, embedding)]


@pytest.mark.parametrize(
    ("params", "asked", "expected"),
    [
        ({"model": "databricks/*"}, "databricks/x", "x"),
        ({"model": "databricks/prod-*"}, "databricks/prod-red", "prod-red"),
        ({"model": "*", "custom_llm_provider": "databricks"}, "x", "x"),
        ({**OTHER, "model": "openai/*"}, "openai/gpt-4o", "gpt-4o"),
        ({**OTHER, "model": "hosted_vllm/*"}, "hosted_vllm/openai/oss", "openai/oss"),
        ({**OTHER, "model": "*", "custom_llm_provider": "hosted_vllm"}, "openai/oss", "openai/oss"),
    ],
)
def test_a_wildcard_serves_any_model(params, asked, expected):
    """Its host, its credential and its load stay; the model's name and price are those of the request."""
    wild = deployed(params)
    deployment = wild.serving(asked)

    assert (expected, asked) == (deployment.target.model, deployment.target.alias)
    assert wild.target.credential == deployment.target.credential
    assert wild.load is deployment.load


def test_the_price_of_a_wildcards_model():
    """The row has none; the hosted model that it is asked for has."""
    wild = deployed({"model": "databricks/*"})

    assert wild.share.price > wild.serving("databricks/databricks-claude-sonnet-4-5").share.price > 0


USAGE = normalize({"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100})
PRICES = {"input_cost_per_token": 1e-6, "output_cost_per_token": 2e-6}


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({**OTHER, "model": "openai/gpt-5-mini"}, None),
        ({**OTHER, "model": "openai/gpt-5-mini", "input_cost_per_token": 1e-6}, None),
        ({**OTHER, **PRICES}, 0.0012),
        ({**PRICES}, 0.0012),
        ({}, 0.0045),
    ],
)
def test_what_a_call_costs(params, expected):
    """Another host's prices are its own, even for a model that Databricks has too: unknown unless stated."""
    deployment = deployed(params)
    cost = deployment.pricing.cost(deployment.target.model, "gpt-5-mini-2025-08-07", USAGE)

    assert expected == (cost and pytest.approx(cost.usd, rel=1e-4))


BASED = """
model_list:
  - model_name: a
    litellm_params: {{model: {model}, api_base: "{host}", api_key: k{more}}}
    model_info: {{base_model: {base}}}
"""
SONNET = "databricks/databricks-claude-sonnet-4-5"


@pytest.mark.parametrize(
    ("model", "base", "more", "expected"),
    [
        ("databricks/my-endpoint", SONNET, "", 0.0045),
        ("databricks/my-endpoint", "databricks-claude-sonnet-4-5", "", 0.0045),
        ("databricks/my-endpoint", "no-such", "", None),
        ("databricks/my-endpoint", "''", "", None),
        ("databricks/databricks-gpt-5-mini", SONNET, "", 0.0045),
        (SONNET, "no-such", "", 0.0045),
        (
            "databricks/my-endpoint",
            SONNET,
            ", input_cost_per_token: 1e-6, output_cost_per_token: 2e-6",
            0.0012,
        ),
        ("databricks/my-endpoint", SONNET, ", input_cost_per_token: 1e-6", None),
        ("openai/my-endpoint", SONNET, "", None),
    ],
)
def test_a_base_model(model: str, base: str, more: str, expected: float | None):
    """An endpoint with a name of its own costs what the model behind it costs, unless the row states prices;
    prices of Databricks hold on Databricks alone."""
    text = BASED.format(model=model, host=HOST, base=base, more=more)
    (deployment,) = assembled(text).deployments
    cost = deployment.cost(None, USAGE, None, None)
    shown = info(deployment)
    given, made = shown.get("input_cost_per_token"), shown.get("output_cost_per_token")

    assert expected == (cost and pytest.approx(cost.usd, rel=1e-4))
    if expected is not None:
        assert (given + made) == pytest.approx(deployment.share.price)
        assert 1000 * given + 100 * made == pytest.approx(expected, rel=1e-4)


def test_a_base_model_behind_a_wildcard():
    """It says what all the models cost that the row lets in."""
    text = BASED.format(model="databricks/*", host=HOST, base=SONNET, more="")
    (wild,) = assembled(text).deployments
    deployment = wild.serving("databricks/red")

    assert wild.share.price == deployment.share.price < 1
    assert deployment.cost(None, USAGE, None, None) is not None


def test_a_rows_own_words():
    """`model_info` with the id, and the parameters without what is secret."""
    text = """
    model_list:
      - model_name: a
        litellm_params: {model: openai/m, api_base: "https://api.example/v1", api_key: sk-1, rpm: 3}
        model_info: {mode: chat, team: red}
    """
    (deployment,) = assembled(text).deployments

    assert {"id": deployment.id, "mode": "chat", "team": "red"} == deployment.model_info
    assert {"model": "openai/m", "api_base": "https://api.example/v1", "rpm": 3} == deployment.public


def mistakes(text: str, environ: Mapping[str, str] = ENVIRON) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        assembled(text, environ)
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{}", "there is no model. List one under 'model_list:', or pass --model."),
        (
            "model_list: [{model_name: a, litellm_params: {model: databrick/a}}]",
            "model_list[0].litellm_params.model: 'databrick/a': 'databrick' is not a provider known here. "
            "For Databricks pass model='databricks/databrick/a'.",
        ),
        (
            "model_list: [{model_name: a, litellm_params: {model: gpt-4o}}]",
            "model_list[0].litellm_params.model: 'gpt-4o': For Databricks pass model='databricks/gpt-4o', "
            "or custom_llm_provider='databricks'.",
        ),
        (
            "model_list: [{model_name: a, litellm_params: {model: databricks/a, api_base: 'x y'}}]",
            "model_list[0].litellm_params: api_base cannot be used: it holds white space.",
        ),
        (
            "model_list: [{model_name: a, litellm_params: {model: openai/gpt-4o}}]",
            "model_list[0].litellm_params: There is no key for https://api.openai.com/v1: api_key and "
            "OPENAI_API_KEY are not set.",
        ),
        (
            "model_list: [{model_name: a, litellm_params: {model: openai_like/m}}]",
            "model_list[0].litellm_params: api_base is missing: where 'openai_like/m' is served is not "
            "known, and OPENAI_LIKE_API_BASE is not set.",
        ),
        (
            "model_list: [{model_name: a, litellm_params: {model: bedrock/claude}}]",
            "model_list: no row is a Databricks model.",
        ),
        (
            "model_list: [{model_name: llama, litellm_params: {model: databricks/a}}]\n"
            "litellm_settings: {fallbacks: [{llama: [lama]}]}",
            "litellm_settings.fallbacks: there is no model 'lama'. Did you mean 'llama'?",
        ),
    ],
)
def test_rows_that_cannot_be_served(text: str, expected: str):
    """A mistake that shows only where rows meet the world is told with its place as well."""
    assert [expected] == mistakes(text)


def test_a_reference_that_led_nowhere_is_named_where_it_is_missed():
    """Who forgot to export a variable reads its name."""
    text = "model_list: [{model_name: a, litellm_params: {model: databricks/a, api_key: os.environ/KEY}}]"

    assert ["model_list[0].litellm_params: No workspace: the base URL is not set. Not set: KEY."] == mistakes(
        text, {}
    )


def test_rows_of_other_providers_are_left_out():
    """A mixed configuration serves what is Databricks', and says what it does not serve."""
    text = """
    model_list:
      - {model_name: gpt, litellm_params: {model: bedrock/claude}}
      - {model_name: a, litellm_params: {model: databricks/a}}
    """
    made = assembled(text)

    assert ["a"] == [deployment.group for deployment in made.deployments]
    assert ("model_list[0]: left out, 'bedrock/claude' is not a Databricks model",) == made.notes
