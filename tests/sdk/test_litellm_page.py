"""The snippets of LiteLLM's Databricks page, pasted, with `import lakeway as litellm`."""

from __future__ import annotations

import re

import pytest

import lakeway as litellm
from lakeway import completion, embedding

pytestmark = pytest.mark.usefixtures("databricks_environment")

# Everything of the page's tables that is still served, and what a workspace says to the rest.
SERVED = ["databricks-meta-llama-3-3-70b-instruct"]
RETIRED = [
    "databricks-meta-llama-3-1-70b-instruct",
    "databricks-meta-llama-3-1-405b-instruct",
    "databricks-dbrx-instruct",
    "databricks-meta-llama-3-70b-instruct",
    "databricks-llama-2-70b-chat",
    "databricks-mixtral-8x7b-instruct",
    "databricks-mpt-30b-instruct",
    "databricks-mpt-7b-instruct",
    "databricks-claude-3-7-sonnet",
]


@pytest.fixture
def all_served(databricks_environment, monkeypatch):
    """A workspace of the page's day, on which its models still answer."""
    from lakeway.testing import emulator

    with emulator(retired="answer") as workspace:
        for name, value in workspace.environ.items():
            monkeypatch.setenv(name, value)
        yield workspace


def test_example_call(all_served):
    """ "Example Call": dbrx-instruct says hello."""
    response = completion(
        model="databricks/databricks-dbrx-instruct",
        messages=[{"content": "Hello, how are you?", "role": "user"}],
    )

    assert response.choices[0].message.content
    assert "assistant" == response["choices"][0]["message"]["role"]


def test_additional_params(all_served):
    """ "Passing additional params": they arrive."""
    completion(
        model="databricks/databricks-dbrx-instruct",
        messages=[{"content": "Hello, how are you?", "role": "user"}],
        max_tokens=20,
        temperature=0.5,
    )

    sent = all_served.requests[-1]["body"]
    assert (20, 0.5) == (sent["max_tokens"], sent["temperature"])


SHAPE = (
    r"ModelResponse\(.*id='.+', created=\d+, .*choices=\[Choices\(finish_reason='stop', index=0, "
    r"message=Message\(content='The capital of France is Paris\.', role='assistant', tool_calls=None, "
    r"function_call=None, .*\)\)\], usage=Usage\(completion_tokens=\d+, prompt_tokens=\d+, total_tokens=\d+, "
    r"completion_tokens_details=None, prompt_tokens_details=PromptTokensDetailsWrapper\(audio_tokens=None, "
    r"cached_tokens=0, text_tokens=None, image_tokens=None.*\).*\)\)"
)


def test_reasoning_effort(all_served):
    """ "Usage - Thinking": the expected response, in shape and in every place that the page names."""
    resp = completion(
        model="databricks/databricks-claude-3-7-sonnet",
        messages=[{"role": "user", "content": "What is the capital of France?"}],
        reasoning_effort="low",
    )

    message, usage = resp.choices[0].message, resp.usage
    blocks = message.thinking_blocks
    assert re.fullmatch(SHAPE, repr(resp), re.DOTALL)
    assert {"type", "thinking", "signature"} == blocks[0].keys()
    assert blocks == message.provider_specific_fields["thinking_blocks"]
    assert message.provider_specific_fields["citations"] is None
    assert blocks[0]["thinking"] == message.reasoning_content
    assert (blocks, message.reasoning_content) == (
        resp.choices[0].thinking_blocks,
        resp.choices[0].reasoning_content,
    )
    assert (0, 0) == (usage.cache_creation_input_tokens, usage.cache_read_input_tokens)
    assert resp.system_fingerprint is None
    assert {"type": "enabled", "budget_tokens": 1024} == all_served.requests[-1]["body"]["thinking"]


def test_thinking(all_served):
    """ "Pass thinking to Anthropic models": as it was given."""
    response = litellm.completion(
        model="databricks/databricks-claude-3-7-sonnet",
        messages=[{"role": "user", "content": "What is the capital of France?"}],
        thinking={"type": "enabled", "budget_tokens": 1024},
    )

    assert response.choices[0].message.reasoning_content
    assert {"type": "enabled", "budget_tokens": 1024} == all_served.requests[-1]["body"]["thinking"]


@pytest.mark.parametrize("model", [*SERVED, *RETIRED])
def test_supported_models(all_served, model):
    """Every row of the table answers; the doubled prefix of the first row too."""
    for name in (f"databricks/{model}", f"databricks/databricks/{model}"):
        response = completion(model=name, messages=[{"role": "user", "content": "Hello"}])

        assert response.choices[0].message.content
        assert model == all_served.requests[-1]["body"]["model"]


@pytest.mark.parametrize("model", RETIRED)
def test_retired_models_say_so(model):
    """Today a workspace lists some of them and serves none: the error tells why."""
    with pytest.raises(litellm.NotFoundError, match=r"retired|does not exist"):
        completion(model=f"databricks/{model}", messages=[{"role": "user", "content": "Hello"}])


def test_embedding_instruction(databricks_environment):
    """ "Embedding Models": instruction goes along, the vector comes back."""
    response = litellm.embedding(
        model="databricks/databricks-bge-large-en",
        input=["good morning from litellm"],
        instruction="Represent this sentence for searching relevant passages:",
    )

    assert 1024 == len(response.data[0]["embedding"])
    assert (
        "Represent this sentence for searching relevant passages:"
        == (databricks_environment.requests[-1]["body"]["instruction"])
    )


@pytest.mark.parametrize("model", ["databricks-bge-large-en", "databricks-gte-large-en"])
def test_embedding_models(model):
    """Both models of the table."""
    assert 1024 == len(embedding(model=f"databricks/{model}", input=["hi"]).data[0].embedding)
