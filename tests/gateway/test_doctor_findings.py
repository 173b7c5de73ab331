"""The doctor: what he says of a file, that his table has every key, and that it says what the sections do."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from pydantic import BaseModel

from lakeway.calls.keywords import CONTROL
from lakeway.gateway import key_table as table
from lakeway.gateway.config import (
    Config,
    CredentialRow,
    GeneralSettings,
    KeyRow,
    LiteLLMParams,
    LiteLLMSettings,
    ModelInfo,
    ModelRow,
    RouterSettings,
    load,
)
from lakeway.gateway.config.routing import StrategyArgs
from lakeway.gateway.doctor import UNSEEN, Diagnosis, diagnose, examine

ENVIRON = {
    "EAST": "https://east.cloud.databricks.com",
    "WEST": "https://west.cloud.databricks.com",
    "EAST_KEY": "dapi-1",
    "WEST_ID": "id",
    "WEST_SECRET": "secret",
    "MASTER": "sk-master",
}
# Two workspaces, fallbacks and a wildcard, as people write it for LiteLLM.
TWO_WORKSPACES = """
model_list:
  - model_name: claude
    litellm_params:
      model: databricks/databricks-claude-sonnet-4-5
      api_base: os.environ/EAST
      api_key: os.environ/EAST_KEY
      rpm: 100
  - model_name: claude
    litellm_params:
      model: databricks/databricks-claude-sonnet-4-5
      api_base: os.environ/WEST
      client_id: os.environ/WEST_ID
      client_secret: os.environ/WEST_SECRET
      rpm: 300
    model_info: {id: west, mode: chat}
  - model_name: llama
    litellm_params:
      model: databricks/databricks-meta-llama-3-3-70b-instruct
      api_base: os.environ/EAST
      api_key: os.environ/EAST_KEY
  - model_name: "databricks/*"
    litellm_params: {model: "databricks/*", api_base: os.environ/EAST, api_key: os.environ/EAST_KEY}
litellm_settings:
  drop_params: true
  num_retries: 2
  request_timeout: 120
  set_verbose: false
  cache: false
  callbacks: [prometheus]
  fallbacks: [{claude: [llama]}]
  context_window_fallbacks: [{llama: [claude]}]
router_settings:
  routing_strategy: usage-based-routing-v2
  model_group_alias: {gpt-4: claude}
  cooldown_time: 30
  enable_pre_call_checks: true
general_settings:
  master_key: os.environ/MASTER
"""
SMALL = "model_list: [{model_name: a, litellm_params: {model: databricks/a, api_base: os.environ/EAST,"
SMALL += " api_key: os.environ/EAST_KEY}}]\nlitellm_settings: {request_timeout: 5}\n"


def examined(text: str, environ: Mapping[str, str] = ENVIRON) -> Diagnosis:
    return examine(load(text, environ))


def statuses(diagnosis: Diagnosis) -> dict[str, str]:
    return {".".join(map(str, finding.path)): finding.status for finding in diagnosis.findings}


def test_two_workspaces_with_fallbacks_and_a_wildcard():
    """The configuration that this gateway is for comes out clean, every key by its path."""
    diagnosis = examined(TWO_WORKSPACES)
    told = statuses(diagnosis)

    assert (0, (), ()) == (diagnosis.status, diagnosis.mistakes, diagnosis.notes)
    assert {"used", "differs", "harmless"} == set(told.values())
    assert "used" == told["model_list.1.litellm_params.client_secret"]
    assert ("harmless", "used", "differs") == (
        told["litellm_settings.cache"],
        told["model_list.1.model_info.mode"],
        told["router_settings.cooldown_time"],
    )
    assert len(told) == len(diagnosis.findings) == 34


@pytest.mark.parametrize(
    ("more", "path", "status", "said"),
    [
        ("general_settings: {custom_auth: x.y}", "general_settings.custom_auth", "missing", "No code"),
        ("general_settings: {alerting: []}", "general_settings.alerting", "harmless", "Is switched off"),
        ("litellm_setings: {}", "litellm_setings", "unknown", "Has no effect"),
        ("guardrails: [{guardrail_name: x}]", "guardrails", "missing", "No guardrails"),
        (
            "router_settings: {optional_pre_call_checks: [prompt_caching, session_affinity]}",
            "router_settings.optional_pre_call_checks.session_affinity",
            "harmless",
            "A conversation stays",
        ),
        (
            "router_settings: {routing_strategy_args: {ttft_percentile: 0.5}}",
            "router_settings.routing_strategy_args.ttft_percentile",
            "missing",
            "The mean",
        ),
        (
            "litellm_settings: {require_auth_for_metrics_endpoint: false}",
            "litellm_settings.require_auth_for_metrics_endpoint",
            "differs",
            "/metrics wants a key",
        ),
        ("environment_variables: {A: b}", "environment_variables.A", "used", ""),
        ("keys: [{key: sk-1, colour: red}]", "keys.0.colour", "unknown", "Has no effect"),
    ],
)
def test_keys(more: str, path: str, status: str, said: str):
    """Each has a status, and what is to be known about it."""
    (finding,) = (each for each in examined(SMALL + more).findings if ".".join(map(str, each.path)) == path)

    assert (status, said) == (finding.status, finding.remark[: len(said)])


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ("top_k: 1", "used"),
        ("cache_read_input_token_cost: 0.1", "used"),
        ("reasoning_effort: low", "used"),
        ("my_own_field: 1", "used"),
        ("api_bse: x", "unknown"),
        ("rpd: 5", "missing"),
        ("mock_response: hi", "missing"),
        ("stream: true", "harmless"),
        ("caching: true", "harmless"),
        ("api_version: x", "harmless"),
    ],
)
def test_parameters_of_a_row(params: str, expected: str):
    """What is for the model goes to the model; what only looks like a parameter of ours is doubted."""
    text = SMALL.replace("{model: databricks/a,", f"{{model: databricks/a, {params},")
    name = params.partition(":")[0]

    assert expected == statuses(examined(text))[f"model_list.0.litellm_params.{name}"]


@pytest.mark.parametrize(
    ("text", "status"),
    [
        (SMALL, 0),
        (SMALL + "general_settings: {database_url: x}", 1),
        (SMALL + "general_settings: {max_request_size_bm: 1}", 1),
        (SMALL + "general_settings: {max_request_size_mb: many, database_url: x}", 2),
        (SMALL.replace("databricks/a", "azure/a"), 2),
        (
            SMALL.replace(
                "model_list: [", "model_list: [{model_name: b, litellm_params: {model: azure/b}}, "
            ),
            1,
        ),
    ],
)
def test_the_status(text: str, status: int):
    """0 when nobody will miss anything, 1 when somebody might, 2 for mistakes."""
    assert status == examined(text).status


def test_a_row_that_is_left_out():
    """There is one thing to say about it."""
    text = SMALL.replace(
        "model_list: [", "model_list: [{model_name: b, litellm_params: {model: azure/b, api_version: x}}, "
    )
    diagnosis = examined(text)
    findings = [each for each in diagnosis.findings if each.path[:2] == ("model_list", 0)]

    assert [(("model_list", 0), "missing")] == [(each.path, each.status) for each in findings]
    assert () == diagnosis.notes


@pytest.mark.parametrize(
    ("text", "begins", "there"),
    [
        (SMALL, "A client's api_key", True),
        (SMALL, "A call without a timeout", False),
        (SMALL.replace("{request_timeout: 5}", "{}"), "A call without a timeout", True),
        (SMALL, "A wildcard", False),
        (TWO_WORKSPACES, "A wildcard", True),
        (SMALL, "Without a master key", True),
        (TWO_WORKSPACES, "Without a master key", False),
        (SMALL + "keys: [{key: sk-1}]", "Without a master key", False),
        (SMALL + "general_settings: {master_key: sk-1234}", "sk-1234", True),
        (TWO_WORKSPACES, "sk-1234", False),
        (SMALL, "A model's only deployment", True),
        (SMALL + "router_settings: {disable_cooldowns: true}", "A model's only deployment", False),
        (TWO_WORKSPACES, "When all deployments", True),
        (SMALL, "When all deployments", False),
        (TWO_WORKSPACES, "OAuth tokens", True),
        (SMALL, "OAuth tokens", False),
    ],
)
def test_differences(text: str, begins: str, there: bool):
    """What is not as with LiteLLM whatever the keys say is told to those whom it concerns."""
    assert there == any(each.startswith(begins) for each in examined(text).differences)


def test_nobody_is_called():
    """A workspace that only a login names is taken on trust, and that is said."""
    diagnosis = examined("model_list: [{model_name: a, litellm_params: {model: databricks/a}}]", {})

    assert ((), (UNSEEN,)) == (diagnosis.mistakes, diagnosis.notes)


def test_notes():
    """What is not a matter of a key: a reference that leads nowhere, a key in plain text."""
    diagnosis = examined(SMALL + "general_settings: {compat: os.environ/NOPE}\nkeys: [{key: sk-1}]")

    assert diagnosis.notes == (
        "general_settings.compat: NOPE is not set, so it counts as absent",
        "keys[0].key: stands in the file as it is. Put its hash there: lakeway keys hash.",
    )


def test_a_file(tmp_path: Path):
    """With the names of those that it includes; and one that is none."""
    (tmp_path / "main.yaml").write_text(SMALL + "include: [more.yaml]")
    (tmp_path / "more.yaml").write_text("general_settings: {frobnicate: 1}")
    (tmp_path / "bad.yaml").write_text("a: b: c")
    found = diagnose(tmp_path / "main.yaml", ENVIRON).findings

    assert ("more.yaml", ("general_settings", "frobnicate"), "unknown") in [
        (each.file, each.path, each.status) for each in found
    ]
    assert 2 == diagnose(tmp_path / "bad.yaml", ENVIRON).status


DECLARED: list[tuple[type[BaseModel], Mapping[str, table.Key]]] = [
    (Config, table.TOP),
    (LiteLLMSettings, table.LITELLM),
    (GeneralSettings, table.GENERAL),
    (RouterSettings, table.ROUTER),
    (ModelRow, table.MODEL_ROW),
    (LiteLLMParams, table.ROW),
    (ModelInfo, table.MODEL_INFO),
    (KeyRow, table.KEYS),
    (CredentialRow, table.CREDENTIALS),
]


@pytest.mark.parametrize(("section", "known"), DECLARED)
def test_the_table_and_the_sections(section: type[BaseModel], known: Mapping[str, table.Key]):
    """What the table calls used is read, and what is read the table calls used. One thing is as it is,
    whatever the key says."""
    used = {name for name, key in known.items() if key.status in ("used", "differs")}
    described, fixed = {"credential_info"}, {"require_auth_for_metrics_endpoint"}

    assert set(section.model_fields) - described == used - fixed


def test_the_table_and_the_parts():
    """Likewise for the arguments of the strategies."""
    assert set(StrategyArgs.model_fields) == set(table.STRATEGY_ARGS)


@pytest.mark.parametrize(
    "known", [each for _, each in DECLARED] + [table.CALLBACKS, table.PRE_CALL_CHECKS, table.STRATEGY_ARGS]
)
def test_remarks_are_sentences(known: Mapping[str, table.Key]):
    """Everything but plain use is explained; a remark ends open, an advice with a full stop."""
    for name, key in known.items():
        assert ("used" == key.status) == (not key.remark), name
        assert not key.remark.endswith("."), name
        assert not key.advice or key.advice.endswith("."), name


def test_every_keyword_of_a_call_has_a_place():
    """No parameter of a row that steers a call is taken for one of the model's."""
    text = SMALL.replace("{model: databricks/a,", "{model: databricks/a, %s: os.environ/NOPE,")
    given = (name for name in CONTROL if name not in ("api_base", "api_key"))

    assert "unknown" not in {status for name in given for status in statuses(examined(text % name)).values()}
