"""The table of endpoints: which path means what, and what stands at none."""

from __future__ import annotations

import pytest

from lakeway.gateway import endpoints
from lakeway.gateway.endpoints import ALIVE, CHAT, EMBEDDINGS, MODELS, READY, WELCOME


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/v1/chat/completions", (CHAT, None)),
        ("/chat/completions", (CHAT, None)),
        ("/chat/completions/", (CHAT, None)),
        ("/openai/deployments/llama/chat/completions", (CHAT, "llama")),
        ("/openai/deployments/databricks/llama/chat/completions", (CHAT, "databricks/llama")),
        ("/engines/llama/chat/completions", (CHAT, "llama")),
        ("/v1/embeddings", (EMBEDDINGS, None)),
        ("/embeddings", (EMBEDDINGS, None)),
        ("/openai/deployments/bge/embeddings", (EMBEDDINGS, "bge")),
        ("/engines/bge/embeddings", (EMBEDDINGS, "bge")),
        ("/v1/models", (MODELS, None)),
        ("/models", (MODELS, None)),
        ("/v1/models/", (MODELS, None)),
        ("/v1/models/databricks/llama", (MODELS, "databricks/llama")),
        ("/models/llama", (MODELS, "llama")),
        ("/health/liveliness", (ALIVE, None)),
        ("/health/liveness", (ALIVE, None)),
        ("/health/readiness", (READY, None)),
        ("/", (WELCOME, None)),
    ],
)
def test_paths(path, expected):
    """With and without /v1, in OpenAI's form, in Azure's, and in the old one."""
    assert expected == endpoints.find(path)


@pytest.mark.parametrize(
    "path",
    ["", "/v1", "/v1/chat", "/v2/models", "/openai/deployments//chat/completions", "/engines/embeddings"],
)
def test_paths_of_nothing(path):
    """An unknown path is none."""
    assert endpoints.find(path) is None


def test_only_health_and_the_front_page_need_no_key():
    """Whatever lists or calls models does."""
    public = {path for path, endpoint in endpoints.TABLE.items() if endpoint.public}

    assert {"/", "/health/liveliness", "/health/liveness", "/health/readiness"} == public
    assert not any(endpoint.public for _, _, endpoint in endpoints.AROUND_A_MODEL)
