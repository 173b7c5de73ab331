"""The catalogue: every spelling of a model's name, and data that cannot contradict itself."""

import re
from typing import get_args

import pytest

from lakeway.databricks.catalogue import (
    MODELS,
    Family,
    Mode,
    RateLimits,
    find,
    infer_family,
)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("databricks-claude-sonnet-5", "databricks-claude-sonnet-5"),
        ("claude-sonnet-5", "databricks-claude-sonnet-5"),
        ("system.ai.claude-sonnet-5", "databricks-claude-sonnet-5"),
        ("databricks/databricks-claude-sonnet-5", "databricks-claude-sonnet-5"),
        ("databricks/databricks/databricks-claude-3-7-sonnet", "databricks-claude-3-7-sonnet"),
        ("models/system.ai.databricks-claude-sonnet-4-6", "databricks-claude-sonnet-4-6"),
        ("Databricks-Claude-Sonnet-4-5", "databricks-claude-sonnet-4-5"),
        ("us.anthropic.claude-3-7-sonnet-20250219-v1:0", "databricks-claude-3-7-sonnet"),
        ("global.anthropic.claude-sonnet-5", "databricks-claude-sonnet-5"),
        ("claude-3-7-sonnet-20250219", "databricks-claude-3-7-sonnet"),
        ("claude-sonnet-4-5-20250929", "databricks-claude-sonnet-4-5"),
        ("claude-sonnet-4@20250514", "databricks-claude-sonnet-4"),
        ("claude-3-7-sonnet-latest", "databricks-claude-3-7-sonnet"),
        ("meta-llama-3.1-70b-instruct-072424", "databricks-meta-llama-3-1-70b-instruct"),
        ("meta-llama-3.1-405b-instruct", "databricks-meta-llama-3-1-405b-instruct"),
        ("meta-llama-4-maverick-040225", "databricks-llama-4-maverick"),
        ("dbrx-instruct-071224", "databricks-dbrx-instruct"),
        ("mixtral-8x7b-instruct-v0.1", "databricks-mixtral-8x7b-instruct"),
        ("llama-2-70b-chat", "databricks-llama-2-70b-chat"),
        ("gte-large-en-v1.5", "databricks-gte-large-en"),
        ("bge-large-en", "databricks-bge-large-en"),
        ("gpt-oss-20b", "databricks-gpt-oss-20b"),
        ("gpt-5-2025-08-07", "databricks-gpt-5"),
        ("databricks-gemini-2.5-flash", "databricks-gemini-2-5-flash"),
        ("deepseek-v4-pro-0813", "databricks-deepseek-v4-pro-0813"),
        ("deepseek-v4-1-flash-1017", "databricks-deepseek-v4-1-flash-1017"),
    ],
)
def test_spellings(name, expected):
    """A model is found under every name that callers, workspaces and replies use."""
    assert expected == find(name).name


@pytest.mark.parametrize(
    "name",
    [
        "",
        "my-claude-serving-endpoint",
        "databricks-",
        "databricks-claude",
        "main.llm.claude-sonnet-5",
        "claude-sonnet-5-preview",
        "databricks-gpt-5-nano-20250101-custom",
        "system.ai.",
    ],
)
def test_nothing_is_guessed(name):
    """A name that is nobody's spelling of a hosted model is unknown."""
    assert find(name) is None


@pytest.mark.parametrize("name", MODELS)
def test_every_model_is_found_under_its_own_names(name):
    """Endpoint name, Unity name and prefixed name lead to one and the same object."""
    model = MODELS[name]

    assert model is find(model.name)
    assert model is find(model.unity_name)
    assert model is find(f"databricks/{model.name}")
    assert model is find(model.name.removeprefix("databricks-"))


@pytest.mark.parametrize("name", MODELS)
def test_rows_are_sound(name):
    """Closed sets are kept, limits are positive, and the two price columns agree to 0.01 %."""
    model = MODELS[name]

    assert model.family in get_args(Family)
    assert model.mode in get_args(Mode)
    assert model.retired in (None, "unknown") or re.fullmatch(r"20\d\d-\d\d-\d\d", model.retired)
    assert model.successor is None or MODELS[model.successor].retired is None
    for limit in (model.max_input_tokens, model.max_output_tokens):
        assert limit is None or limit >= 512
    for side in ("input", "output"):
        dbu, usd = (model.prices.get(f"{side}_{unit}cost_per_token") for unit in ("dbu_", ""))
        assert dbu is None or dbu * 0.07 == pytest.approx(usd, rel=1e-4)
    assert all(0 <= price < 0.01 for price in model.prices.values())


@pytest.mark.parametrize("name", MODELS)
def test_the_name_suggests_the_right_family(name):
    """What is inferred from a name agrees with what is known about the model of that name."""
    assert MODELS[name].family == infer_family(name)


@pytest.mark.parametrize(
    "name",
    [
        *("claude-3-7-sonnet", "meta-llama-3-1-70b-instruct", "meta-llama-3-1-405b-instruct"),
        *("dbrx-instruct", "meta-llama-3-70b-instruct", "llama-2-70b-chat", "mixtral-8x7b-instruct"),
        *("mpt-30b-instruct", "mpt-7b-instruct"),
    ],
)
def test_retired_models_keep_working_as_names(name):
    """Every chat model on LiteLLM's Databricks page is known, as retired, and has no made-up price."""
    model = MODELS[f"databricks-{name}"]

    assert "chat" == model.mode
    assert model.retired
    assert {} == model.prices


def test_every_claude_sees():
    """All Claude models accept images (Databricks docs, vision)."""
    blind = [name for name, m in MODELS.items() if m.family == "claude" and not m.supports("vision")]

    assert [] == blind


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("my-claude-serving-endpoint", "claude"),
        ("MY-CLAUDE-PROD", "claude"),
        ("anthropic-prod", "claude"),
        ("our-gpt-oss", "gpt-oss"),
        ("gpt_oss_ft", "gpt-oss"),
        ("chatgpt-4o", "gpt"),
        ("gpt-image-prod", "gpt-image"),
        ("gemini-proxy", "gemini"),
        ("deepseek-r1-distill-llama-8b", "deepseek"),
        ("ft-llama3", "llama"),
        ("meta-llama-3.1-70b-instruct", "llama"),
        ("glm-x", "glm"),
        ("chatglm3", "glm"),
        ("kimi", "kimi"),
        ("qwen2-ft", "qwen"),
        ("qwen3-embedding-0-6b", "embed"),
        ("text-embedding-3-large", "embed"),
        ("my_bge_endpoint", "embed"),
        ("gte-small", "embed"),
        ("mpt-7b", "mpt"),
        ("prod.gpt_team.my_llama", "llama"),
        ("prod.gpt_team.assistant", "other"),
        ("prompt-router", "other"),
        ("ngrok-tunnel", "other"),
        ("sprinkling", "other"),
        ("", "other"),
    ],
)
def test_infer_family(name, expected):
    """A custom endpoint's family is read off its name; a word inside another word does not count."""
    assert expected == infer_family(name)


def test_abilities_have_a_default_for_what_is_not_published():
    """A published flag wins over the default, an unpublished one is the default."""
    model = MODELS["databricks-claude-opus-5"]

    assert False is model.supports("sampling_params", default=True)
    assert True is model.supports("adaptive_thinking")
    assert False is model.supports("telepathy")
    assert True is model.supports("telepathy", default=True)
    assert True is MODELS["databricks-claude-fable-5"].flag("thinking_always_on")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("databricks-claude-sonnet-5", RateLimits(1_000_000, 100_000, 360_000)),
        ("databricks-bge-large-en", RateLimits(None, None, 2_160_000)),
        ("databricks-kimi-k3", RateLimits(2_000_000, 40_000, 7_200)),
        ("databricks-claude-haiku-5-5", None),
    ],
)
def test_rate_limits(name, expected):
    """Published limits are numbers; a doubtful one counts, an absent one is None."""
    assert expected == MODELS[name].rate_limits


def test_priority_tier():
    """Only models with a published priority price are sold with priority."""
    assert MODELS["databricks-gpt-5"].priority_tier
    assert not MODELS["databricks-claude-sonnet-5"].priority_tier


def test_rows_cannot_be_changed_through_a_model():
    """The catalogue is shared, so what `find` answers is read-only."""
    with pytest.raises(TypeError):
        MODELS["databricks-gpt-5"].row["mode"] = "embedding"


def test_an_unknown_endpoint_is_a_key_error():
    """MODELS is a plain mapping: what it does not hold raises KeyError."""
    assert "databricks-nope" not in MODELS
    with pytest.raises(KeyError):
        MODELS["databricks-nope"]
