"""What a model is said to take is what a call with it takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

import lakeway
from lakeway.calls import supported

MODELS = [
    "databricks-claude-sonnet-4-5",
    "databricks-claude-opus-5-5",
    "databricks-gpt-5-2",
    "databricks-gpt-5-5",
    "databricks-gpt-oss-20b",
    "databricks-gemini-3-1-pro",
    "databricks-meta-llama-3-3-70b-instruct",
    "system.ai.gpt-5-5",
    "my-own-endpoint",
]


@pytest.mark.parametrize("model", MODELS)
def test_what_is_listed_is_taken(workspace: Any, model: str) -> None:
    """A call with a listed parameter is sent, one with any other is refused by that name."""
    listed = lakeway.get_supported_openai_params(model, custom_llm_provider="databricks")
    workspace.answers = [500]

    assert listed == [name for name, params in supported.CHAT.items() if _is_sent(workspace, model, params)]
    assert {"max_tokens", "response_format", "stream", "user"} <= set(listed)


def _is_sent(workspace: Any, model: str, params: Mapping[str, Any]) -> bool:
    with pytest.raises(lakeway.LakewayError) as caught:
        workspace.completion(f"databricks/{model}", **params)
    return isinstance(caught.value, lakeway.InternalServerError)


@pytest.mark.parametrize(
    ("model", "refused"),
    [
        ("databricks-claude-sonnet-4-5", {"parallel_tool_calls", "n", "seed"}),
        ("databricks-gpt-5-5", {"n", "stop", "temperature"}),
        ("databricks-meta-llama-3-3-70b-instruct", {"reasoning_effort", "thinking", "parallel_tool_calls"}),
        ("my-own-endpoint", set()),
    ],
)
def test_what_is_not_listed(model: str, refused: set[str]) -> None:
    """Some things that a list for all models would promise."""
    listed = lakeway.get_supported_openai_params(model, custom_llm_provider="databricks")

    assert not refused & set(listed)


def test_embeddings() -> None:
    """Only one hosted model has more than one size."""
    asked = {"custom_llm_provider": "databricks", "request_type": "embeddings"}

    assert "dimensions" not in lakeway.get_supported_openai_params("databricks-gte-large-en", **asked)
    assert ["dimensions", "encoding_format", "instruction", "user"] == lakeway.get_supported_openai_params(
        "databricks-qwen3-embedding-0-6b", **asked
    )
    assert [] == lakeway.get_supported_openai_params("x", "databricks", request_type="transcription")


def test_a_list_is_the_callers() -> None:
    """Changing it changes nothing for the next one."""
    lakeway.get_supported_openai_params("databricks/x").clear()

    assert lakeway.get_supported_openai_params("databricks/x")
