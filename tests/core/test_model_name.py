"""Model strings: every accepted spelling, and what a refusal says."""

import pytest

from lakeway.core.model_name import ModelName, is_unity_name, parse
from lakeway.errors import BadRequestError, UnknownProviderError


@pytest.mark.parametrize(
    ("model", "custom_llm_provider", "expected"),
    [
        ("databricks/databricks-dbrx-instruct", None, ModelName("databricks", "databricks-dbrx-instruct")),
        ("databricks/my-endpoint", None, ModelName("databricks", "my-endpoint")),
        ("databricks/databricks/my-endpoint", None, ModelName("databricks", "my-endpoint")),
        (
            "databricks/databricks/databricks-claude-3-7-sonnet",
            None,
            ModelName("databricks", "databricks-claude-3-7-sonnet"),
        ),
        ("databricks/system.ai.kimi-k3", None, ModelName("databricks", "system.ai.kimi-k3")),
        ("databricks/main.llm.assistant", None, ModelName("databricks", "main.llm.assistant")),
        ("databricks/responses/gpt-x", None, ModelName("databricks", "gpt-x", "responses")),
        ("databricks/responses/databricks/gpt-x", None, ModelName("databricks", "gpt-x", "responses")),
        ("databricks/apps/my-agent", None, ModelName("databricks", "apps/my-agent")),
        ("databricks-claude-sonnet-5", None, ModelName("databricks", "databricks-claude-sonnet-5")),
        ("system.ai.claude-sonnet-5", None, ModelName("databricks", "system.ai.claude-sonnet-5")),
        ("main.llm.assistant", None, ModelName("databricks", "main.llm.assistant")),
        ("my-endpoint", "databricks", ModelName("databricks", "my-endpoint")),
        ("databricks/my-endpoint", "databricks", ModelName("databricks", "my-endpoint")),
        ("responses/gpt-x", "databricks", ModelName("databricks", "gpt-x", "responses")),
        ("gpt-4o", "openai", ModelName("openai", "gpt-4o")),
        ("openai/gpt-4o", "openai", ModelName("openai", "gpt-4o")),
    ],
)
def test_spellings(model, custom_llm_provider, expected):
    """Each spelling gives the provider, the name for the wire, and the bridge."""
    actual = parse(model, custom_llm_provider)

    assert expected == actual


def test_other_providers_are_known_only_when_given():
    """A prefix counts as a provider exactly if the caller says that it can serve it."""
    assert ModelName("openai", "gpt-4o") == parse("openai/gpt-4o", providers=("databricks", "openai"))
    with pytest.raises(UnknownProviderError):
        parse("openai/gpt-4o")


@pytest.mark.parametrize(
    ("model", "hint"),
    [
        ("my-endpoint", "model='databricks/my-endpoint'"),
        ("gpt-4o", "custom_llm_provider='databricks'"),
        ("Databricks/foo", "case-sensitive: model='databricks/foo'"),
        ("openai/gpt-4o", "'openai' is not a provider known here"),
        ("databricks/", "no name after the prefix"),
        ("databricks/responses/", "no name after the prefix"),
        ("us.anthropic.claude-3-7-sonnet-20250219-v1:0", "model='databricks/us.anthropic"),
        ("", "model is empty"),
        ("  ", "model is empty"),
        (None, "model is empty"),
    ],
)
def test_refusals(model, hint):
    """Anything else is refused with LiteLLM's sentence, followed by what to do."""
    with pytest.raises(BadRequestError) as caught:
        parse(model)

    first, _, second = caught.value.message.partition("\n")
    assert (
        "LLM Provider NOT provided. Pass in the LLM provider you are trying to call. "
        f"You passed model={model}"
    ) == first
    assert hint in second


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("system.ai.claude-sonnet-5", True),
        ("main.llm.assistant", True),
        ("dev1.2024.model", True),
        ("system.ai.gemini-2.5-flash", True),
        ("a.b.c.d", True),
        ("databricks-claude-sonnet-5", False),
        ("databricks-gemini-2.5-flash", False),
        ("meta-llama-3.1-70b-instruct", False),
        ("meta-llama-3.1-70b-instruct-v0.1", False),
        ("schema.model", False),
        ("us.anthropic.claude-3-7-sonnet-20250219-v1:0", False),
        ("apps/a.b.c", False),
        ("", False),
    ],
)
def test_unity_names(model, expected):
    """Two dots make a Unity name, unless all of them belong to version numbers."""
    assert expected == is_unity_name(model)
