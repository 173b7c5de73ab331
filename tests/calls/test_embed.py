"""Vectors for long lists: all from one model, whatever goes wrong on the way."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lakeway import errors
from lakeway.core.http import HttpRequest
from lakeway.databricks.embeddings import BATCH

TEXTS = ["x" * (i % 7) for i in range(2 * BATCH + 10)]


class Failing:
    """Fails each request of `model` whose number is among `numbers`."""

    def __init__(self, workspace: Any, model: str, *numbers: int) -> None:
        self._workspace, self._model, self._numbers = workspace, model, numbers
        self._count = 0

    def __call__(self, request: HttpRequest) -> Any:
        if json.loads(request.body)["model"] == self._model:
            self._count += 1
            if self._count in self._numbers:
                return 503
        return self._workspace.vectors(request)


def test_batches_come_back_in_order(workspace: Any) -> None:
    """Three requests, one answer, usage added up."""
    workspace.answers = [workspace.vectors]
    answer = workspace.embedding(texts=TEXTS)

    assert [BATCH, BATCH, 10] == [len(body["input"]) for body in workspace.bodies]
    assert [[1.0, float(len(text))] for text in TEXTS] == [row.embedding for row in answer.data]
    assert [*range(len(TEXTS))] == [row.index for row in answer.data]
    assert len(TEXTS) == answer.usage.prompt_tokens


@pytest.mark.parametrize("failing", [1, 2, 3])
def test_a_fallback_owns_the_whole_input(workspace: Any, failing: int) -> None:
    """Vectors of two models cannot be compared, so none are mixed: all batches start again."""
    workspace.answers = [Failing(workspace, "aa", failing)]
    answer = workspace.embedding("databricks/aa", TEXTS, fallbacks=["databricks/bbb"])

    assert {3.0} == {row.embedding[0] for row in answer.data}
    assert (len(TEXTS), "bbb") == (len(answer.data), answer.model)
    assert ["aa"] * failing + ["bbb"] * 3 == workspace.asked
    assert 1 == answer._hidden_params["attempted_fallbacks"]


def test_a_retry_repeats_its_batch_alone(workspace: Any) -> None:
    """What was answered is not asked again."""
    workspace.answers = [Failing(workspace, "aa", 2)]
    answer = workspace.embedding("databricks/aa", TEXTS, num_retries=1)

    assert 4 == len(workspace.requests)
    assert (len(TEXTS), 1) == (len(answer.data), answer._hidden_params["attempted_retries"])


def test_overrides_of_a_fallback(workspace: Any) -> None:
    """Its address, its key, its parameters; without a name it is the same model."""
    workspace.answers = [503, workspace.vectors]
    other = {"api_base": "https://adb-2.azuredatabricks.net", "api_key": "other", "instruction": "i"}
    workspace.embedding("databricks/aa", fallbacks=[other])
    request = workspace.requests[-1]

    assert request.url.startswith("https://adb-2.azuredatabricks.net/")
    assert ("authorization", "Bearer other") in request.headers
    assert ("aa", "i") == (workspace.bodies[-1]["model"], workspace.bodies[-1]["instruction"])


def test_no_model_answers(workspace: Any) -> None:
    """The first one's error, with the others' as notes."""
    workspace.answers = [503, 500]
    with pytest.raises(errors.ServiceUnavailableError) as caught:
        workspace.embedding(fallbacks=["openai/x", "databricks/b"])

    assert 2 == len(caught.value.__notes__)


def test_too_few_vectors_fall_back_too(workspace: Any) -> None:
    """An answer that is none is a failure like any other."""
    workspace.answers = [{"data": []}, workspace.vectors]
    answer = workspace.embedding("databricks/a", fallbacks=["databricks/bb"])

    assert [2.0, 1.0] == answer.data[0].embedding


def test_prices_and_attribution(workspace: Any) -> None:
    """They go with a call as they do for chat."""
    workspace.answers = [workspace.vectors]
    answer = workspace.embedding(
        texts=TEXTS,
        input_cost_per_token=2.0,
        request_tags={"team": "t"},
        client_request_id="r",
        metadata={"a": 1},
    )

    assert 2.0 * len(TEXTS) == answer._hidden_params["response_cost"]
    assert ({"team": "t"}, "r") == (
        workspace.bodies[0]["usage_context"],
        workspace.bodies[0]["client_request_id"],
    )
    assert {"model", "input", "usage_context", "client_request_id"} == workspace.bodies[0].keys()


@pytest.mark.parametrize("model", [None, 5, {}, ""])
def test_a_reply_without_a_model(workspace: Any, model: Any) -> None:
    """It has the one that was asked."""
    workspace.answers = [lambda request: {**workspace.vectors(request), "model": model}]
    answer = workspace.embedding("databricks/databricks-gte-large-en")

    assert "databricks-gte-large-en" == answer.model
    assert answer._hidden_params["response_cost"] > 0
