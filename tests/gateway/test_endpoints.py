"""The table of endpoints: which path means what, and what stands at none."""

from __future__ import annotations

import pytest

from lakeway.gateway import endpoints
from lakeway.gateway.endpoints import (
    ALIVE,
    CHAT,
    COMPLETIONS,
    DETAILS,
    DOCS,
    EMBEDDINGS,
    HEALTH,
    METRICS,
    MODEL,
    MODEL_GROUP_INFO,
    MODEL_INFO,
    MODELS,
    OPENAPI,
    READY,
    WELCOME,
)


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
        ("/v1/models/databricks/llama", (MODEL, "databricks/llama")),
        ("/models/llama", (MODEL, "llama")),
        ("/v1/completions", (COMPLETIONS, None)),
        ("/completions", (COMPLETIONS, None)),
        ("/openai/deployments/llama/completions", (COMPLETIONS, "llama")),
        ("/engines/databricks/llama/completions", (COMPLETIONS, "databricks/llama")),
        ("/v1/model/info", (MODEL_INFO, None)),
        ("/model/info", (MODEL_INFO, None)),
        ("/model_group/info", (MODEL_GROUP_INFO, None)),
        ("/health", (HEALTH, None)),
        ("/health/", (HEALTH, None)),
        ("/health/readiness/details", (DETAILS, None)),
        ("/metrics", (METRICS, None)),
        ("/metrics/", (METRICS, None)),
        ("/openapi.json", (OPENAPI, None)),
        ("/docs", (DOCS, None)),
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
    [
        "",
        "/v1",
        "/v1/chat",
        "/v2/models",
        "/openai/deployments//chat/completions",
        "/engines/embeddings",
        "/engines//completions",
        "/engines/chat/completions",
        "/engines/llama",
    ],
)
def test_paths_of_nothing(path):
    """An unknown path is none."""
    assert endpoints.find(path) is None


def test_only_probes_and_pages_need_no_key():
    """Whatever lists, counts or calls models does."""
    public = {path for path, endpoint in endpoints.TABLE.items() if endpoint.public}

    probes = {"/health/liveliness", "/health/liveness", "/health/readiness"}
    assert {"/", "/docs", "/openapi.json", *probes} == public
    assert not any(endpoint.public for _, _, endpoint in endpoints.AROUND_A_MODEL)


def test_calls_of_models():
    """They alone are admitted, queued and counted against limits."""
    assert {CHAT, COMPLETIONS, EMBEDDINGS} == {each for _, each in endpoints.entries() if each.calls}
