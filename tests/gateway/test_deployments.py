"""Rows of `model_list` as deployments: where they lead, what they carry, and what they keep to themselves."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Any

import pytest

from lakeway.auth.credentials import OAuthM2M, StaticToken, UnifiedAuth
from lakeway.core.http import Timeout
from lakeway.errors import BadRequestError
from lakeway.gateway.access import Access
from lakeway.gateway.config import load
from lakeway.gateway.deployments import Deployment
from lakeway.gateway.gateway import Gateway
from lakeway.gateway.problems import ConfigError

HOST = "https://w.cloud.databricks.com"
ENVIRON = {"DATABRICKS_HOST": HOST, "DATABRICKS_TOKEN": "dapi-1"}


def gateway(text: str, environ: Mapping[str, str] = ENVIRON, host_of=None) -> Gateway:
    def nowhere(credential):
        raise BadRequestError("No workspace: the base URL is not set.")

    loaded = load(textwrap.dedent(text), environ)
    return Gateway.of(loaded, access=Access(), host_of=host_of or nowhere)


def deployed(params: Mapping[str, Any], environ: Mapping[str, str] = ENVIRON, **more: Any) -> Deployment:
    written = {"model": "databricks/databricks-claude-sonnet-4-5", **params}
    lines = ["model_list:", "- model_name: a", f"  litellm_params: {written!r}"]
    (deployment,) = gateway("\n".join(lines), environ, **more).groups.find("a")
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
    assert (2, 5, 6, 1, 4) == (
        deployment.weight,
        deployment.rpm,
        deployment.tpm,
        deployment.order,
        deployment.retries,
    )
    assert {"input_cost_per_token": 0.1, "cache_read_input_token_cost": 0.2} == deployment.pricing.overrides
    assert ("x-a", "b") in deployment.target.headers


@pytest.mark.parametrize(
    ("settings", "params", "expected"),
    [
        ("{}", {}, (2, Timeout(10, 600), Timeout(10, 600), False)),
        (
            "{num_retries: 5, request_timeout: 8, drop_params: true}",
            {},
            (5, Timeout(8, 8, 8), Timeout(8, 8, 8), True),
        ),
        (
            "{num_retries: 5, request_timeout: 8, drop_params: true}",
            {"num_retries": 0, "timeout": 4, "stream_timeout": 2, "drop_params": False},
            (0, Timeout(4, 4, 4), Timeout(2, 2, 2), False),
        ),
    ],
)
def test_settings_hold_where_a_row_says_nothing(settings, params, expected):
    """litellm_settings are the defaults of every row."""
    written = {"model": "databricks/a", **params}
    text = f"litellm_settings: {settings}\nmodel_list: [{{model_name: a, litellm_params: {written!r}}}]"
    (deployment,) = gateway(text).groups.find("a")

    assert expected == (deployment.retries, *deployment.limits, deployment.leniency.drop)


def test_router_settings_beat_litellm_settings():
    """The narrower section counts."""
    text = """
    model_list: [{model_name: a, litellm_params: {model: databricks/a}}]
    litellm_settings: {num_retries: 5, request_timeout: 50}
    router_settings: {num_retries: 1, timeout: 10}
    """
    (deployment,) = gateway(text).groups.find("a")

    assert (1, 10) == (deployment.retries, deployment.limits[0].total)


def mistakes(text: str, environ: Mapping[str, str] = ENVIRON) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        gateway(text, environ)
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
      - {model_name: gpt, litellm_params: {model: openai/gpt-4o}}
      - {model_name: a, litellm_params: {model: databricks/a}}
    """
    made = gateway(text)

    assert ["a"] == made.groups.names
    assert ("model_list[0]: left out, 'openai/gpt-4o' is not a Databricks model",) == made.notes
