"""A configuration as the values that a gateway is made from, and all of its mistakes in one report."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import pytest

from lakeway.core.cooldown import CooldownPolicy
from lakeway.core.retry import RetryPolicy, delay
from lakeway.core.routing import STRATEGIES
from lakeway.errors import BadRequestError, InternalServerError, RateLimitError, Timeout
from lakeway.gateway.assembly import Assembly, assemble
from lakeway.gateway.caller import Caller
from lakeway.gateway.config import load
from lakeway.gateway.problems import ConfigError

ENVIRON = {"DATABRICKS_HOST": "https://w.cloud.databricks.com", "DATABRICKS_TOKEN": "dapi-1"}
ROWS = """
model_list:
  - {model_name: a, litellm_params: {model: databricks/a}}
  - {model_name: b, litellm_params: {model: databricks/b}}
  - {model_name: "databricks/*", litellm_params: {model: "databricks/*"}}
"""
OTHER = ROWS + "  - {model_name: far, litellm_params: {model: azure/gpt-4o}}\n"


def nowhere(credential: object) -> str:
    raise BadRequestError("No workspace: the base URL is not set.")


def assembled(more: str = "", rows: str = ROWS, environ: Mapping[str, str] = ENVIRON) -> Assembly:
    return assemble(load(rows + textwrap.dedent(more), environ), nowhere)


def mistakes(more: str, rows: str = ROWS) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        assembled(more, rows)
    return [str(problem) for problem in caught.value.problems]


def test_what_nobody_said():
    """The defaults are LiteLLM's, or Lakeway's own."""
    made = assembled()

    assert ["a", "b", "databricks/*"] == [each.group for each in made.deployments]
    assert ("simple-shuffle", {}, True, 5) == (
        made.strategy,
        made.strategy_args,
        made.sticky,
        made.max_fallbacks,
    )
    assert (RetryPolicy(), {}, False) == (made.retry, made.retry_by_group, made.retries_stated)
    assert CooldownPolicy() == made.cooldowns
    assert ({}, {}, {}, {}) == (
        made.aliases,
        made.fallbacks,
        made.context_window_fallbacks,
        made.content_policy_fallbacks,
    )
    assert (32 * 1024 * 1024, 4096, 1000, 30) == (
        made.max_body,
        made.max_parallel,
        made.max_queued,
        made.queue_seconds,
    )
    assert (frozenset(), False, True, "litellm-1.109", ("*",)) == (
        made.callbacks,
        made.log_prompts,
        made.log_calls,
        made.compat,
        made.cors_origins,
    )
    assert (None, None, None, False, {}, ()) == (
        made.key_header,
        made.user_header,
        made.health_interval,
        made.enforce_user,
        made.callers,
        made.notes,
    )


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("general_settings: {global_max_parallel_requests: 50}", {"max_parallel": 50}),
        (
            "general_settings: {global_max_parallel_requests: 50, max_in_flight_requests_per_worker: 20}",
            {"max_parallel": 20},
        ),
        (
            "general_settings: {max_queued_requests: 0, queue_timeout: 2}",
            {"max_queued": 0, "queue_seconds": 2},
        ),
        (
            "general_settings: {max_queued_requests_per_worker: 7, admission_queue_timeout_seconds: 3}",
            {"max_queued": 7, "queue_seconds": 3},
        ),
        ("general_settings: {health_check_interval: 60}", {"health_interval": None}),
        ("general_settings: {background_health_checks: true}", {"health_interval": 300}),
        (
            "general_settings: {background_health_checks: true, health_check_interval: 60}",
            {"health_interval": 60},
        ),
        (
            "general_settings: {litellm_key_header_name: X-Key, user_header_name: X-User}",
            {"key_header": "X-Key", "user_header": "X-User"},
        ),
        (
            "general_settings: {enforce_user_param: true, compat: litellm-1.8x, log_calls: false}",
            {"enforce_user": True, "compat": "litellm-1.8x", "log_calls": False},
        ),
        ("general_settings: {cors_origins: ['https://a.example']}", {"cors_origins": ("https://a.example",)}),
        ("general_settings: {store_prompts_in_spend_logs: true}", {"log_prompts": True}),
        (
            "general_settings: {store_prompts_in_spend_logs: true}\n"
            "litellm_settings: {turn_off_message_logging: true}",
            {"log_prompts": False},
        ),
        (
            "litellm_settings: {callbacks: [prometheus, langfuse], success_callback: [otel]}",
            {"callbacks": {"prometheus", "otel"}},
        ),
        ("router_settings: {prompt_cache_stickiness: false}", {"sticky": False}),
        (
            "router_settings: {enable_tag_filtering: true, tag_filtering_match_any: false}",
            {"tag_filtering": True, "tags_match_any": False},
        ),
        (
            "router_settings: {routing_strategy: latency-based-routing,"
            " routing_strategy_args: {ttl: 60, max_latency_list_size: 3}}",
            {"strategy": "latency-based-routing", "strategy_args": {"ttl": 60}},
        ),
        ("litellm_settings: {max_fallbacks: 0}", {"max_fallbacks": 0}),
        (
            "router_settings: {cooldown_time: 60, allowed_fails: 2, disable_cooldowns: true}",
            {"cooldowns": CooldownPolicy(cooldown_time=60, allowed_fails=2, disabled=True)},
        ),
        (
            "router_settings: {allowed_fails_policy: {RateLimitErrorAllowedFails: 9}}",
            {"cooldowns": CooldownPolicy(allowed_fails_policy={"RateLimitErrorAllowedFails": 9})},
        ),
        ("litellm_settings: {num_retries: 4}", {"retry": RetryPolicy(retries=4), "retries_stated": True}),
        (
            "litellm_settings: {num_retries: 4}\nrouter_settings: {num_retries: 0}",
            {"retry": RetryPolicy(retries=0), "retries_stated": True},
        ),
        (
            "router_settings: {retry_policy: {TimeoutErrorRetries: 5}, model_group_retry_policy: "
            "{a: {RateLimitErrorRetries: 7}}}",
            {
                "retry": RetryPolicy(by_kind=((Timeout, 5),)),
                "retry_by_group": {"a": RetryPolicy(by_kind=((RateLimitError, 7),))},
                "retries_stated": False,
            },
        ),
        ("router_settings: {retry_policy: {DefaultRetries: 1}}", {"retries_stated": True}),
    ],
)
def test_settings(more: str, expected: dict[str, Any]):
    """Every section comes to one value, the narrower one where two say the same thing."""
    made = assembled(more)

    assert expected == {name: getattr(made, name) for name in expected}


@pytest.mark.parametrize("name", STRATEGIES)
def test_every_strategy_takes_its_arguments(name: str):
    """Whatever LiteLLM's names for them are, only those are handed on that the strategy knows."""
    args = "{ttl: 60, lowest_latency_buffer: 0.1, max_latency_list_size: 3, ttft_percentile: 0.5}"
    made = assembled(f"router_settings: {{routing_strategy: {name}, routing_strategy_args: {args}}}")

    assert isinstance(STRATEGIES[made.strategy](**made.strategy_args), STRATEGIES[name])


@pytest.mark.parametrize("chance", [0.0, 0.999])
@pytest.mark.parametrize("least", [1, 12, 90])
def test_the_least_wait(least: int, chance: float):
    """`retry_after` is a bound, whatever chance says."""
    policy = assembled(f"router_settings: {{retry_after: {least}}}").retry
    waited = delay(policy, InternalServerError("x"), attempt=0, elapsed=0, chance=chance)

    assert waited is not None
    assert least <= waited <= 2 * least


@pytest.mark.parametrize(
    ("more", "aliases", "hidden"),
    [
        ("{x: a}", {"x": "a"}, set()),
        ("{x: y, y: {model: a, hidden: true}}", {"x": "a", "y": "a"}, {"y"}),
        ("{x: databricks/some}", {"x": "databricks/some"}, set()),
        ("{x: some}", {"x": "some"}, set()),
    ],
)
def test_aliases(more: str, aliases: dict[str, str], hidden: set[str]):
    """Each is told with the name that it comes to in the end."""
    made = assembled(f"router_settings: {{model_group_alias: {more}}}")

    assert (aliases, hidden) == (made.aliases, made.hidden)


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("litellm_settings: {fallbacks: [{a: [b]}]}", {"a": ("b",)}),
        ("litellm_settings: {fallbacks: [{a: [b]}, {a: [databricks/c]}]}", {"a": ("b",)}),
        ("litellm_settings: {default_fallbacks: [b]}", {"*": ("b",)}),
        (
            "router_settings: {fallbacks: [{a: [b]}], default_fallbacks: [a]}",
            {"a": ("b",), "*": ("a",)},
        ),
        ("router_settings: {fallbacks: [{'*': [b]}], default_fallbacks: [a]}", {"*": ("b",)}),
        (
            "litellm_settings: {fallbacks: [{a: [b]}]}\nrouter_settings: {fallbacks: [{b: [a]}]}",
            {"b": ("a",)},
        ),
        ("router_settings: {fallbacks: [{a: [databricks/new]}]}", {"a": ("databricks/new",)}),
    ],
)
def test_fallbacks(more: str, expected: dict[str, tuple[str, ...]]):
    """Under either section, in LiteLLM's form; the first chain of a name counts."""
    assert expected == assembled(more).fallbacks


def test_fallbacks_for_what_went_wrong():
    """Too long a prompt and refused content have their own."""
    made = assembled(
        """
        litellm_settings: {context_window_fallbacks: [{a: [b]}], content_policy_fallbacks: [{b: [a]}]}
        """
    )

    assert ({"a": ("b",)}, {"b": ("a",)}) == (made.context_window_fallbacks, made.content_policy_fallbacks)


def test_rows_of_other_providers():
    """They are left out with all that leads to them, and it is said."""
    made = assembled(
        """
        router_settings:
          fallbacks: [{a: [far, b]}]
          model_group_alias: {x: far}
        keys: [{key: sk-1, models: [far]}]
        """,
        OTHER,
    )

    assert ({"a": ("b",)}, {}, {3}) == (made.fallbacks, made.aliases, made.left_out)
    assert made.notes == (
        "model_list[3]: left out, 'azure/gpt-4o' is not a Databricks model",
        "router_settings.fallbacks: 'far' is left out with its row",
        "router_settings.model_group_alias: 'far' is left out with its row",
        "keys[0].key: stands in the file as it is. Put its hash there: lakeway keys hash.",
    )


ROW_DEFAULTS = """
model_list:
  - model_name: a
    litellm_params: {model: databricks/a, timeout: 5, litellm_credential_name: east}
  - model_name: b
    litellm_params: {model: databricks/b, max_parallel_requests: 2, stream_timeout: 9}
credential_list:
  - credential_name: east
    credential_values: {api_base: 'https://east.cloud.databricks.com', api_key: os.environ/EAST}
router_settings:
  default_litellm_params: {timeout: 50, drop_params: true, max_tokens: 7}
  default_max_parallel_requests: 3
  stream_timeout: 8
"""


def test_what_all_rows_have():
    """Credentials by name, and defaults of every row; its own parameters win."""
    east, other = assembled(rows=ROW_DEFAULTS, environ={**ENVIRON, "EAST": "dapi-east"}).deployments

    assert ["https://east.cloud.databricks.com", "https://w.cloud.databricks.com"] == [
        east.target.base.host_url,
        other.target.base.host_url,
    ]
    assert "dapi-east" == east.target.credential.token
    assert [(5, 8, 3), (50, 9, 2)] == [
        (each.limits[0].total, each.limits[1].total, each.share.max_parallel) for each in (east, other)
    ]
    assert [True, True] == [each.leniency.drop for each in (east, other)]
    assert {"max_tokens": 7} == east.params({})


def test_callers():
    """By the digest of the key, with all that the row says; groups of models stand for their models."""
    digest = sha256(b"sk-2").hexdigest()
    rows = ROWS.replace("databricks/b}}", "databricks/b}, model_info: {access_groups: [beta]}}")
    made = assembled(
        f"""
        general_settings: {{max_parallel_requests: 9, master_key: sk-master}}
        keys:
          - key: os.environ/ONE
            key_alias: ci
            models: [a, "databricks/*", beta, some-hosted-model]
            rpm_limit: 60
            tpm: 1000
            user_id: u
            team_id: t
            metadata: {{cost: 5, live: true, name: x}}
          - {{hash: '{digest}', max_parallel_requests: 2, rpm: 0}}
        """,
        rows,
        {**ENVIRON, "ONE": "sk-1"},
    )
    one = sha256(b"sk-1")

    assert made.callers == {
        one.digest(): Caller(
            key=one.hexdigest(),
            alias="ci",
            user="u",
            team="t",
            models=("a", "databricks/*", "b", "some-hosted-model"),
            metadata={"cost": "5", "live": "true", "name": "x"},
            rpm=60,
            tpm=1000,
            max_parallel=9,
        ),
        bytes.fromhex(digest): Caller(key=digest, rpm=0, max_parallel=2),
    }
    assert () == made.notes


@pytest.mark.parametrize(
    "models",
    ["[a]", "['*']", "[all-team-models]", "[x]", "[databricks/llama-*]", "['*-b', 'd*']", "['x*']", "[]"],
)
def test_models_of_a_key(models: str):
    """Names, aliases, wildcards that may match, and LiteLLM's words for all."""
    more = f"router_settings: {{model_group_alias: {{x: a}}}}\nkeys: [{{key: sk-1, models: {models}}}]"

    assert 1 == len(assembled(more).callers)


ONLY_A = "model_list: [{model_name: llama, litellm_params: {model: databricks/a}}]\n"


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        (
            "router_settings: {model_group_alias: {x: y, y: z, z: x, v: v}}",
            [f"router_settings.model_group_alias.{name}: leads back to itself." for name in "xyzv"],
        ),
        (
            "router_settings: {model_group_alias: {x: lama}}",
            ["router_settings.model_group_alias: there is no model 'lama'. Did you mean 'llama'?"],
        ),
        (
            "router_settings: {content_policy_fallbacks: [{lama: [gone, gone]}]}",
            [
                "router_settings.content_policy_fallbacks: there is no model 'lama'. Did you mean 'llama'?",
                "router_settings.content_policy_fallbacks: there is no model 'gone'.",
            ],
        ),
        (
            "router_settings: {model_group_retry_policy: {lama: {}}}",
            ["router_settings.model_group_retry_policy: there is no model 'lama'. Did you mean 'llama'?"],
        ),
        (
            "litellm_settings: {default_fallbacks: [lama]}\nrouter_settings: {default_fallbacks: [llama]}",
            ["litellm_settings.default_fallbacks: there is no model 'lama'. Did you mean 'llama'?"],
        ),
        (
            "keys: [{key: sk-1, models: [llama, lama, 'gpt-*']}]",
            [
                "keys[0].models[1]: there is no model 'lama'. Did you mean 'llama'?",
                "keys[0].models[2]: there is no model 'gpt-*'.",
            ],
        ),
        (
            f"keys: [{{key: sk-1}}, {{hash: {sha256(b'sk-1').hexdigest()}}}]",
            ["keys[1]: its key is that of keys[0]."],
        ),
        (
            "general_settings: {master_key: sk-1}\nkeys: [{key: sk-1}]",
            ["keys[0]: its key is the master key."],
        ),
        (
            "keys: [{key: sk-1, key_alias: ci}, {key: sk-2, key_alias: ci}]",
            ["keys[1]: its alias is that of keys[0]."],
        ),
    ],
)
def test_names_that_lead_nowhere(more: str, expected: list[str]):
    """Or to one place where two were meant."""
    assert expected == mistakes(more, ONLY_A)


def test_an_unknown_credential():
    """It is named where the row names it."""
    rows = (
        "model_list: [{model_name: a, litellm_params: {model: databricks/a, litellm_credential_name: est}}]\n"
    )
    more = "credential_list: [{credential_name: east, credential_values: {}}]"

    assert [
        "model_list[0].litellm_params.litellm_credential_name: there is no credential 'est'. "
        "Did you mean 'east'?"
    ] == mistakes(more, rows)


EVERYTHING = """
model_list:
  - {model_name: a, litellm_params: {model: databricks/a}}
  - {model_name: b, litellm_params: {model: databricks/b, timeout: soon}}
  - {model_name: c, litellm_params: {model: databrick/c}}
  - {model_name: d, litellm_params: {model: databricks/d, api_base: 'x y'}}
litellm_settings: {num_retries: many, fallbacks: [{a: [b, c, nobody]}]}
litellm_settings: {max_fallbacks: 3}
general_settings: {master_key: os.environ/NOPE}
router_settings: {model_group_alias: {x: x}}
include: [nowhere.yaml]
keys: [{key: sk-1, models: [somebody]}, {hash: 5}]
"""


def test_all_mistakes_of_all_stages():
    """Reading, joining, resolving, checking, deploying and naming: what one stage finds hides no other's."""
    assert [
        "'litellm_settings' is written twice, in line 7 and in line 8. Keep one of them.",
        "include[0]: 'nowhere.yaml' cannot be found from a text without a file.",
        "general_settings.master_key: the environment variable NOPE is not set. Set it, or remove the line: "
        "without it the gateway would let everybody in.",
        "model_list[1].litellm_params.timeout: must be a number.",
        "litellm_settings.num_retries: must be a whole number.",
        "keys[1].hash: must be text. Put it in quotes.",
        "model_list[2].litellm_params.model: 'databrick/c': 'databrick' is not a provider known here. For "
        "Databricks pass model='databricks/databrick/c'.",
        "model_list[3].litellm_params: api_base cannot be used: it holds white space.",
        "router_settings.model_group_alias.x: leads back to itself.",
        "litellm_settings.fallbacks: there is no model 'nobody'.",
        "keys[0].models[0]: there is no model 'somebody'.",
    ] == mistakes("", EVERYTHING)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "there is no model. List one under 'model_list:', or pass --model."),
        ("model_list: 5", "model_list: must be a list."),
        ("model_list: [{model_name: a}]", "model_list[0]: 'litellm_params' is missing."),
    ],
)
def test_no_model_at_all(text: str, expected: str):
    """It is said once, and not where the reason has been said."""
    assert [expected] == mistakes("", text)
