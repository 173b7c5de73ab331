"""LiteLLM's config.yaml: the page's own two, references, mistakes, and what has no effect."""

from __future__ import annotations

import textwrap

import pytest

from lakeway.gateway.config import Loaded, load, of_models
from lakeway.gateway.problems import ConfigError

ENVIRON = {"DATABRICKS_API_KEY": "dapi-1", "DATABRICKS_API_BASE": "https://w.cloud.databricks.com"}

PAGE_CHAT = """\
model_list:
  - model_name: llama-3
    litellm_params:
      model: databricks/databricks-meta-llama-3-70b-instruct
      api_key: os.environ/DATABRICKS_API_KEY
      max_tokens: 20
      temperature: 0.5
"""
PAGE_EMBEDDING = """\
model_list:
  - model_name: bge-large
    litellm_params:
      model: databricks/databricks-bge-large-en
      api_key: os.environ/DATABRICKS_API_KEY
      api_base: os.environ/DATABRICKS_API_BASE
      instruction: "Represent this sentence for searching relevant passages:"
"""


def row(loaded: Loaded) -> dict:
    (only,) = loaded.config.model_list
    return {"model_name": only.model_name, **only.litellm_params.model_dump(exclude_unset=True)}


def mistakes(text: str, environ: dict[str, str] = ENVIRON) -> list[str]:
    """All that is told of a configuration without a look at the models."""
    try:
        problems = load(text, environ).problems
    except ConfigError as error:
        problems = error.problems
    return [str(problem) for problem in problems]


def test_the_first_configuration_of_the_litellm_page():
    """Word for word."""
    loaded = load(PAGE_CHAT, ENVIRON)

    assert row(loaded) == {
        "model_name": "llama-3",
        "model": "databricks/databricks-meta-llama-3-70b-instruct",
        "api_key": "dapi-1",
        "max_tokens": 20,
        "temperature": 0.5,
    }
    assert loaded.notes == ()


def test_the_second_configuration_of_the_litellm_page():
    """Word for word, the instruction included."""
    loaded = load(PAGE_EMBEDDING, ENVIRON)

    assert row(loaded) == {
        "model_name": "bge-large",
        "model": "databricks/databricks-bge-large-en",
        "api_key": "dapi-1",
        "api_base": "https://w.cloud.databricks.com",
        "instruction": "Represent this sentence for searching relevant passages:",
    }
    assert loaded.notes == ()


@pytest.mark.parametrize("page", [PAGE_CHAT, PAGE_EMBEDDING])
@pytest.mark.parametrize(
    "pasted",
    [
        lambda page: textwrap.indent(page, "  "),
        lambda page: page.replace("\n    ", "\n  ").replace("\n  - ", "\n- "),
        lambda page: "\ufeff" + page,
        lambda page: page.replace("\n", "\r\n"),
    ],
    ids=["indented as a whole", "list not indented", "byte order mark", "windows lines"],
)
def test_pasting_does_not_matter(page: str, pasted):
    """However an editor or a page left the white space, it is the same configuration."""
    assert row(load(page, ENVIRON)) == row(load(pasted(page), ENVIRON))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: b: c", "not valid YAML in line 1, column 5: mapping values are not allowed here."),
        ("- 1", "the file holds no mapping. It begins with 'model_list:'."),
        (
            "model_list: 5",
            "model_list: must be a list.",
        ),
        ("model_list: [5]", "model_list[0]: must be a mapping."),
        (
            "model_list: [{model_name: a, litelm_params: {model: databricks/a}}]",
            "model_list[0]: 'litellm_params' is missing. Did you mean it by 'litelm_params'?",
        ),
        (
            "model_list: [{model_name: a, litellm_params: {api_key: b}}]",
            "model_list[0].litellm_params: 'model' is missing.",
        ),
        (
            "model_list: [{model_name: 5, litellm_params: {model: databricks/a}}]",
            "model_list[0].model_name: must be text. Put it in quotes.",
        ),
        (
            "model_list: [{model_name: a, litellm_params: {model: databricks/a, timeout: 0}}]",
            "model_list[0].litellm_params.timeout: must be above 0.",
        ),
        (
            "model_list: [{model_name: a, litellm_params: {model: databricks/a, rpm: many}}]",
            "model_list[0].litellm_params.rpm: must be a number.",
        ),
        ("litellm_settings: {drop_params: perhaps}", "litellm_settings.drop_params: must be true or false."),
        ("litellm_settings: {num_retries: 1.5}", "litellm_settings.num_retries: must be a whole number."),
        ("litellm_settings: {num_retries: -1}", "litellm_settings.num_retries: must be 0 or more."),
        ("general_settings: {master_key: ''}", "general_settings.master_key: is empty."),
        (
            "general_settings: {master_key: os.environ/NOPE}",
            "general_settings.master_key: the environment variable NOPE is not set. Set it, or remove the "
            "line: without it the gateway would let everybody in.",
        ),
        (
            PAGE_CHAT + PAGE_EMBEDDING,
            "'model_list' is written twice, in line 1 and in line 8. Put all rows under the first one.",
        ),
        (
            "model_list:\n- model_name: llama-3\nlitellm_params:\nmodel: databricks/x\n api_key: k",
            "not valid YAML in line 5, column 9: mapping values are not allowed here. The indentation seems "
            "to be lost: 'litellm_params:' belongs under its '- model_name:'.",
        ),
        (
            "model_list:\n\t- model_name: a",
            "not valid YAML in line 2, column 1: found character '\\t' that cannot start any token. "
            "YAML is indented with spaces, not with tabs.",
        ),
        (
            "model_list: !!python/object/apply:os.system ['true']",
            "not valid YAML in line 1, column 13: could not determine a constructor for the tag "
            "'tag:yaml.org,2002:python/object/apply:os.system'.",
        ),
    ],
)
def test_mistakes_name_their_place(text: str, expected: str):
    """A mistake is told with its path, or its line, and with the way out where there is one."""
    assert [expected] == mistakes(text)


def test_all_mistakes_at_once():
    """Nobody has to start the gateway five times to find five mistakes."""
    text = """
    model_list:
      - {model_name: a}
      - {litellm_params: {model: databricks/b, temperature: hot, order: first}}
    general_settings: {master_key: os.environ/NOPE, max_request_size_mb: 0}
    """

    assert {
        "general_settings.master_key",
        "general_settings.max_request_size_mb",
        "model_list[0]",
        "model_list[1]",
        "model_list[1].litellm_params.order",
        "model_list[1].litellm_params.temperature",
    } == {mistake.partition(": ")[0] for mistake in mistakes(text)}


def test_secrets_stay_out_of_mistakes():
    """A value that is wrong is not repeated: it may be a token."""
    text = "model_list: [{model_name: a, litellm_params: {model: databricks/a, api_key: [dapi-secret]}}]"

    assert "dapi-secret" not in "".join(mistakes(text))


def test_references_are_resolved_everywhere():
    """In lists and in nested mappings too; a number that comes from the environment is a number."""
    text = """
    model_list:
      - model_name: a
        litellm_params:
          model: databricks/a
          rpm: os.environ/RPM
          extra_headers: {x-team: os.environ/TEAM}
          additional_drop_params: [os.environ/DROPPED]
    """
    loaded = load(text, {"RPM": "60", "TEAM": "red", "DROPPED": "seed"})

    assert {
        "model_name": "a",
        "model": "databricks/a",
        "rpm": 60,
        "extra_headers": {"x-team": "red"},
        "additional_drop_params": ["seed"],
    } == row(loaded)


def test_environment_variables_of_the_file_itself():
    """They count like the process's own, and change nothing outside the gateway."""
    text = "environment_variables: {A: os.environ/B, N: 5}\ngeneral_settings: {master_key: os.environ/A}"
    environ = {"B": "sk-1"}
    loaded = load(text, environ)

    assert "sk-1" == loaded.config.general_settings.master_key
    assert {"B": "sk-1", "A": "sk-1", "N": "5"} == loaded.environ
    assert {"B": "sk-1"} == environ


@pytest.mark.parametrize(
    ("text", "notes"),
    [
        ("litellm_settings: {drop_params: true, set_verbose: true}", []),
        (
            "litellm_setings: {drop_params: true}",
            ["litellm_setings: unknown, has no effect. Did you mean 'litellm_settings'?"],
        ),
        ("litellm_settings: {frobnicate: 1}", ["litellm_settings.frobnicate: unknown, has no effect"]),
        (
            "general_settings: {database_url: postgres://x}",
            [
                "general_settings.database_url: has no effect: there is no database. Keys stand in the "
                "configuration, under 'keys:'; see `lakeway keys new`."
            ],
        ),
        ("router_settings: {routing_strategy: least-busy, optional_pre_call_checks: [prompt_caching]}", []),
        ("litellm_settings: {cache: false, callbacks: prometheus}", []),
        (
            "litellm_settings: {success_callback: [langfuse, otel]}",
            [
                "litellm_settings.success_callback.langfuse: has no effect: calls are not exported to this "
                "service. There are metrics, and OpenTelemetry spans."
            ],
        ),
        (
            "router_settings: {optional_pre_call_checks: [prompt_cashing]}",
            [
                "router_settings.optional_pre_call_checks.prompt_cashing: unknown, has no effect. "
                "Did you mean 'prompt_caching'?"
            ],
        ),
        (
            "model_list: [{model_name: a, litellm_params: {model: databricks/a, api_bse: b, top_k: 1}}]",
            [
                "model_list[0].litellm_params.api_bse: unknown, goes to the model as it is. "
                "Did you mean 'api_base'?"
            ],
        ),
        (
            "model_list: [{model_name: a, litellm_params: {model: databricks/a, api_key: os.environ/NOPE}}]",
            ["model_list[0].litellm_params.api_key: NOPE is not set, so it counts as absent"],
        ),
    ],
)
def test_keys_without_effect_are_listed(text: str, notes: list[str]):
    """Whoever moves a configuration here learns what it will not do; a slip of the pen is told from that."""
    assert notes == list(load(text, ENVIRON).notes)


def test_an_empty_file_is_a_configuration():
    """Of defaults; that it has no model is found where models are looked for."""
    assert [] == load("", {}).config.model_list


def identities(text: str, environ: dict[str, str] = ENVIRON) -> tuple[str, ...]:
    return load(text, environ).identities


def test_ids_are_stable_and_tell_nothing_of_secrets():
    """A row's id survives the rotation of its key and the order of its keys, and changes with the row."""
    written = "model_list: [{{model_name: a, litellm_params: {{model: databricks/a, {}}}}}]"
    (first,) = identities(written.format("api_key: dapi-1, max_tokens: 5"))

    assert (first,) == identities(written.format("max_tokens: 5, api_key: dapi-2"))
    assert (first,) != identities(written.format("max_tokens: 6, api_key: dapi-1"))
    assert 64 == len(first)


def test_ids_of_rows_that_differ_in_their_key_alone():
    """Two keys of one workspace are two deployments."""
    rows = "[{model_name: a, litellm_params: {model: databricks/a, api_key: %s}}, "
    rows += "{model_name: a, litellm_params: {model: databricks/a, api_key: %s}}]"

    for keys in (("one", "two"), ("os.environ/ONE", "os.environ/TWO")):
        assert 2 == len(set(identities("model_list: " + rows % keys)))


def test_an_id_of_the_users_own():
    """`model_info.id`, as LiteLLM has it."""
    text = "model_list: [{model_name: a, litellm_params: {model: databricks/a}, model_info: {id: mine}}]"

    assert ("mine",) == identities(text)


def test_models_without_a_file():
    """`--model` is a row under the name that was given."""
    loaded = of_models(("databricks/a", "databricks/b"), ENVIRON)

    assert ["databricks/a", "databricks/b"] == [row.model_name for row in loaded.config.model_list]
