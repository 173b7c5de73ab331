"""Outcomes as objects: what the server left out, what a stream's chunks share, what an end settles."""

from __future__ import annotations

from typing import Any

import pytest

import lakeway
from lakeway.core.http import Disconnected

PRICES = {"input_cost_per_token": 1.0, "output_cost_per_token": 1.0}
COUNTED = {"usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}}


@pytest.mark.parametrize("wrong", [None, "", 5, {}, ["m"], True])
def test_what_is_missing_is_made_up(workspace: Any, wrong: Any) -> None:
    """An id, a time and a model, whatever stood in their place; and the cost is worked out all the same."""
    workspace.answers = [workspace.reply(id=wrong, model=wrong, created=None)]
    reply = workspace.completion("databricks/databricks-gpt-5-2")

    assert reply.id.startswith("chatcmpl-")
    assert ("databricks-gpt-5-2", True) == (reply.model, reply.created > 1_700_000_000)
    assert reply._hidden_params["response_cost"] == pytest.approx(10 * 1.75e-6 + 5 * 14e-6)
    assert lakeway.completion_cost(reply) == reply._hidden_params["response_cost"]


@pytest.mark.parametrize("later", [{}, {"id": "b", "created": 8, "model": "y"}, {"id": 5, "model": None}])
def test_all_chunks_have_the_identity_of_the_first(workspace: Any, later: Any) -> None:
    """Whatever the later ones say, or do not say."""
    first = {"id": "a", "created": 7, "model": "x"}
    workspace.answers = [[workspace.chunk("a", **first), workspace.chunk("b", "stop", **later), "[DONE]"]]
    chunks = list(workspace.completion(stream=True))

    assert [("a", 7, "x")] * len(chunks) == [(chunk.id, chunk.created, chunk.model) for chunk in chunks]
    assert len(chunks) >= 2


@pytest.mark.parametrize("first", [{}, {"id": "", "model": 5, "created": None}])
def test_an_identity_is_made_up_once(workspace: Any, first: Any) -> None:
    """A later id does not replace it in the middle of a stream."""
    later = {"id": "b", "created": 8, "model": "y"}
    workspace.answers = [[workspace.chunk("a", **first), workspace.chunk("b", "stop", **later), "[DONE]"]]
    found = {(chunk.id, chunk.created, chunk.model) for chunk in workspace.completion(stream=True)}
    [(identity, created, model)] = found

    assert identity.startswith("chatcmpl-")
    assert (True, "m") == (created > 1_700_000_000, model)


def test_an_end_settles_usage_and_cost(workspace: Any) -> None:
    """Both are unknown before."""
    workspace.answers = [[workspace.chunk("a"), workspace.chunk("b", "stop", **COUNTED), "[DONE]"]]
    stream = workspace.completion(stream=True, **PRICES)

    assert stream.response_cost is None
    assert ["a", "b"] == [text for chunk in stream if (text := chunk.choices[0].delta.content)]
    assert (15.0, 15) == (stream.response_cost, stream._hidden_params["usage"]["total_tokens"])


def test_closing_early_settles_what_was_used(workspace: Any) -> None:
    """Whoever leaves pays for what came until then."""
    workspace.answers = [[workspace.chunk("a", **COUNTED), workspace.chunk("b", "stop"), "[DONE]"]]
    with workspace.completion(stream=True, **PRICES) as stream:
        next(stream)

    assert 15.0 == stream.response_cost
    assert [] == list(stream)


def test_a_broken_stream_settles_what_was_used(workspace: Any) -> None:
    """The server's counts are not lost with the rest."""
    workspace.answers = [[workspace.chunk("a", **COUNTED), workspace.chunk("b")]]
    stream = workspace.completion(stream=True, **PRICES)
    chunks = [next(stream), next(stream)]
    with pytest.raises(lakeway.StreamCutError):
        next(stream)
    built = lakeway.stream_chunk_builder(chunks)

    assert built is not None
    assert (15.0, 15) == (stream.response_cost, built.usage.total_tokens)


def test_the_tier_of_a_stream(workspace: Any) -> None:
    """Chunks say which tier served, as whole replies do."""
    gpt = "databricks/databricks-gpt-5-2"
    costs = []
    for tier in ("default", "priority"):
        workspace.answers = [[workspace.chunk("a", "stop", service_tier=tier, **COUNTED), "[DONE]"]]
        stream = workspace.completion(gpt, stream=True, service_tier="priority")
        assert list(stream)
        costs.append(stream.response_cost)

    assert costs[0] < costs[1]


def test_a_connection_lost_at_once(workspace: Any) -> None:
    """There is nothing to settle, and an error to raise."""
    workspace.answers = [Disconnected("gone", sent=True)]
    with pytest.raises(lakeway.APIConnectionError):
        workspace.completion(stream=True)
