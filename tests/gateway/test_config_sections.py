"""What each section may say: values, the forms that LiteLLM takes as well, and mistakes."""

from __future__ import annotations

from typing import Any

import pytest

from lakeway.gateway.config import Config, load
from lakeway.gateway.problems import ConfigError, Problem

SHA = "ab" * 32


def read(text: str, environ: dict[str, str] | None = None) -> Config:
    loaded = load(text, environ or {})
    assert () == loaded.problems
    return loaded.config


def told(text: str) -> list[str]:
    try:
        problems = load(text, {}).problems
    except ConfigError as error:
        problems = error.problems
    return [str(problem) for problem in problems]


def value(config: Config, path: str) -> Any:
    found: Any = config
    for step in path.split("."):
        found = found[int(step)] if step.isdigit() else getattr(found, step)
    return found


@pytest.mark.parametrize(
    ("text", "path", "expected"),
    [
        ("router_settings: {num_retries: '3'}", "router_settings.num_retries", 3),
        ("router_settings: {cooldown_time: os.environ/N}", "router_settings.cooldown_time", 5),
        ("router_settings: {cooldown_time: os.environ/NOPE}", "router_settings.cooldown_time", None),
        ("router_settings: {disable_cooldowns: os.environ/YES}", "router_settings.disable_cooldowns", True),
        ("litellm_settings: {drop_params: null}", "litellm_settings.drop_params", False),
        ("litellm_settings: {callbacks: prometheus}", "litellm_settings.callbacks", ["prometheus"]),
        ("litellm_settings: {fallbacks: [{a: b}]}", "litellm_settings.fallbacks", [{"a": ["b"]}]),
        ("litellm_settings: {ssl_verify: /etc/ca.pem}", "litellm_settings.ssl_verify", "/etc/ca.pem"),
        ("litellm_settings: {ssl_verify: false}", "litellm_settings.ssl_verify", False),
        (
            "router_settings: {retry_policy: {TimeoutErrorRetries: 3, RateLimitErrorRetries: null}}",
            "router_settings.retry_policy",
            {"TimeoutErrorRetries": 3},
        ),
        (
            "router_settings: {allowed_fails_policy: {RateLimitErrorAllowedFails: 9}}",
            "router_settings.allowed_fails_policy",
            {"RateLimitErrorAllowedFails": 9},
        ),
        (
            "router_settings: {routing_strategy: latency-based-routing, routing_strategy_args: {ttl: '60'}}",
            "router_settings.routing_strategy_args.ttl",
            60,
        ),
        ("general_settings: {compat: litellm-1.8x}", "general_settings.compat", "litellm-1.8x"),
        (f"keys: [{{hash: '{SHA.upper()}'}}]", "keys.0.hash", SHA),
        ("keys: [{key: os.environ/KEY, rpm_limit: 5}]", "keys.0.key", "sk-5"),
        ("credential_list: []", "credential_list", []),
    ],
)
def test_values(text: str, path: str, expected: Any):
    """Numbers and booleans may come as text, as they do from the environment; one name is a list of one."""
    assert expected == value(read(text, {"N": "5", "YES": "true", "KEY": "sk-5"}), path)


def test_aliases_in_both_forms():
    """A name alone, or with what goes with it."""
    text = "router_settings: {model_group_alias: {a: b, c: {model: d, hidden: true}}}"
    aliases = read(text).router_settings.model_group_alias

    assert {"a": ("b", False), "c": ("d", True)} == {
        name: (alias.model, alias.hidden) for name, alias in aliases.items()
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "router_settings: {routing_strategy: least-bussy}",
            "router_settings.routing_strategy: 'least-bussy' is unknown. Did you mean 'least-busy'? Valid: "
            "simple-shuffle, least-busy, latency-based-routing, usage-based-routing, usage-based-routing-v2, "
            "cost-based-routing.",
        ),
        (
            "router_settings: {routing_strategy: dice}",
            "router_settings.routing_strategy: 'dice' is unknown. Valid: simple-shuffle, least-busy, "
            "latency-based-routing, usage-based-routing, usage-based-routing-v2, cost-based-routing.",
        ),
        (
            "router_settings: {retry_policy: {TimeoutErrorRetries: -1}}",
            "router_settings.retry_policy.TimeoutErrorRetries: must be 0 or more.",
        ),
        (
            "router_settings: {default_litellm_params: {timeout: soon}}",
            "router_settings.default_litellm_params.timeout: must be a number.",
        ),
        ("router_settings: {fallbacks: {a: [b]}}", "router_settings.fallbacks: must be a list."),
        (
            "router_settings: {fallbacks: [{a: [1]}]}",
            "router_settings.fallbacks[0].a[0]: must be text. Put it in quotes.",
        ),
        (
            "general_settings: {compat: litellm-2}",
            "general_settings.compat: must be 'litellm-1.109' or 'litellm-1.8x'.",
        ),
        (
            "general_settings: {user_header_name: 'x y'}",
            "general_settings.user_header_name: must be the name of a header.",
        ),
        (
            "general_settings: {max_request_size_mb: .inf}",
            "general_settings.max_request_size_mb: must be a number.",
        ),
        ("litellm_settings: {callbacks: true}", "litellm_settings.callbacks: must be a list."),
        ("general_settings: 5", "general_settings: must be a mapping."),
        ("keys: [{hash: abc}]", "keys[0].hash: must be a SHA-256 in hex, 64 digits."),
        ("keys: [{}]", "keys[0]: needs either 'hash' or 'key'."),
        (f"keys: [{{hash: '{SHA}', key: sk-1}}]", "keys[0]: needs either 'hash' or 'key'."),
        (
            f"keys: [{{hash: '{SHA}', metadata: {{a: [1]}}}}]",
            "keys[0].metadata.a: must be text, a number, or true or false.",
        ),
        (
            "keys: [{key: os.environ/NOPE}]",
            "keys[0].key: the environment variable NOPE is not set. Set it, or remove the row.",
        ),
        (
            "credential_list: [{credential_name: a, credential_values: {timeout: 0}}]",
            "credential_list[0].credential_values.timeout: must be above 0.",
        ),
        ("1: 2", "[1]: keys must be text."),
        ("a: &a [*a]", "is nested too deeply, or in itself."),
    ],
)
def test_mistakes(text: str, expected: str):
    """Each with its path, and with the way out where there is one."""
    assert [expected] == told(text)


def test_what_can_be_read_is_read():
    """A row with a mistake is left out whole, of other sections only the key with the mistake."""
    text = """
    model_list:
      - {model_name: a, litellm_params: {model: databricks/a, timeout: soon}}
      - {model_name: b, litellm_params: {model: databricks/b}}
    litellm_settings: {num_retries: many, drop_params: true}
    keys: [{}, {key: sk-1}]
    """
    loaded = load(text, {})

    assert ["b"] == [row.model_name for row in loaded.config.model_list]
    assert ((1,), frozenset({"a"})) == (loaded.indices, loaded.unreadable)
    assert (None, True) == (
        loaded.config.litellm_settings.num_retries,
        loaded.config.litellm_settings.drop_params,
    )
    assert ["sk-1"] == [row.key for row in loaded.config.keys]
    assert 3 == len(loaded.problems)


def test_what_is_written_twice_is_read_twice():
    """Both lists of rows are checked, so that the mistakes in them are not hidden by the one of being two."""
    text = "model_list: [{model_name: a}]\nmodel_list: [{model_name: b}]"
    problems = load(text, {}).problems

    assert problems == (
        Problem(
            (),
            "'model_list' is written twice, in line 1 and in line 2",
            "Put all rows under the first one.",
        ),
        Problem(("model_list", 0), "'litellm_params' is missing"),
        Problem(("model_list", 1), "'litellm_params' is missing"),
    )


def test_secrets_stay_out_of_sight():
    """Neither the environment nor the file shows when what was read does."""
    loaded = load("general_settings: {master_key: os.environ/KEY}", {"KEY": "sk-secret"})

    assert "sk-secret" not in repr(loaded)
