"""Other models when the first has failed: which, called how, and never before."""

from __future__ import annotations

from typing import Any

import pytest

import lakeway
from lakeway import errors
from lakeway.calls.fallbacks import read
from lakeway.errors import BadRequestError

OTHER = "https://adb-2.azuredatabricks.net"
SHORT = errors.ContextWindowExceededError("too long")
BUSY = errors.RateLimitError("busy")


@pytest.mark.parametrize(
    ("control", "error", "expected"),
    [
        ({}, BUSY, []),
        ({"fallbacks": ["b", {"model": "c", "n": 2}]}, BUSY, [("b", {}), ("c", {"n": 2})]),
        ({"fallbacks": [{"api_base": "x"}]}, BUSY, [("a", {"api_base": "x"})]),
        ({"context_window_fallback_dict": {"a": "big"}}, SHORT, [("big", {})]),
        ({"context_window_fallback_dict": {"a": "big"}}, BUSY, []),
        ({"context_window_fallback_dict": {"z": "big"}, "fallbacks": ("b",)}, SHORT, [("b", {})]),
        ({"context_window_fallback_dict": {"a": "big"}, "fallbacks": ["b"]}, SHORT, [("big", {})]),
    ],
)
def test_which(control: dict[str, Any], error: Any, expected: list[Any]) -> None:
    """Names, or objects with keywords of their own; a larger model where length was the trouble."""
    after = read(control, "a")

    assert expected == [(each.model, each.overrides) for each in after(error)]


@pytest.mark.parametrize(
    ("control", "param"),
    [
        ({"fallbacks": "databricks/b"}, "fallbacks"),
        ({"fallbacks": {"model": "b"}}, "fallbacks"),
        ({"fallbacks": [None]}, "fallbacks[0]"),
        ({"fallbacks": ["b", 5]}, "fallbacks[1]"),
        ({"fallbacks": [{"model": 5}]}, "fallbacks[0].model"),
        ({"context_window_fallback_dict": ["a"]}, "context_window_fallback_dict"),
    ],
)
def test_what_are_none(control: dict[str, Any], param: str) -> None:
    """They are refused at once, needed or not: a text alone would be read letter by letter."""
    with pytest.raises(BadRequestError) as caught:
        read(control, "a")

    assert param == caught.value.param


@pytest.mark.parametrize(
    "broken",
    [
        "openai/gpt-4o",
        {"api_base": "ftp://x"},
        {"client_id": "id"},
        {"timeout": -1},
        {"input_cost_per_token": "free"},
        {"messages": "hi"},
    ],
)
def test_a_broken_one_does_not_fail_a_healthy_call(workspace: Any, broken: Any) -> None:
    """It is not even looked at; when it is, it is one more failure, and the next one is tried."""
    assert "hello" == workspace.completion(fallbacks=[broken]).choices[0].message.content

    workspace.answers = [503, workspace.reply("from c")]
    reply = workspace.completion(fallbacks=[broken, "databricks/c"])

    assert ("from c", 2) == (
        reply.choices[0].message.content,
        reply._hidden_params["attempted_fallbacks"],
    )


def test_all_fail(workspace: Any) -> None:
    """The first model's error is raised, and says what became of the others."""
    workspace.answers = [503, 500]
    with pytest.raises(errors.ServiceUnavailableError) as caught:
        workspace.completion("databricks/a", fallbacks=["openai/x", "databricks/c"])

    assert [
        "Fallback openai/x failed too: UnknownProviderError",
        "Fallback databricks/c failed too: InternalServerError",
    ] == [": ".join(note.split(": ")[:2]) for note in caught.value.__notes__]


def test_a_fallback_is_called_with_its_own_keywords(workspace: Any) -> None:
    """Over those of the call, its messages and retries among them."""
    workspace.answers = [400, 503, workspace.reply()]
    own = {
        "model": "databricks/b",
        "max_tokens": 9,
        "messages": [{"role": "user", "content": "shorter"}],
        "num_retries": 1,
    }
    reply = workspace.completion("databricks/a", max_tokens=5, temperature=0.5, fallbacks=[own])

    assert ["a", "b", "b"] == workspace.asked
    assert {
        "model": "b",
        "max_tokens": 9,
        "temperature": 0.5,
        "messages": [{"role": "user", "content": "shorter"}],
    } == workspace.bodies[-1]
    assert 1 == reply._hidden_params["attempted_retries"]


@pytest.mark.parametrize("call", ["completion", "embedding"])
def test_another_host_gets_no_credential_of_the_call(workspace: Any, monkeypatch: Any, call: str) -> None:
    """Neither the key nor an Authorization; what is set for all calls goes there, as it would alone."""
    monkeypatch.setenv("DATABRICKS_TOKEN", "for-all")
    good = workspace.vectors if call == "embedding" else workspace.reply()
    workspace.answers = [503, good]
    secret = {"Authorization": "Bearer for-this-one", "x-team": "search"}
    getattr(workspace, call)(api_key="for-this-one", headers=secret, fallbacks=[{"api_base": OTHER}])
    first, second = workspace.requests

    assert (workspace.base, OTHER) == tuple(request.url[: len(OTHER)] for request in (first, second))
    assert "Bearer for-this-one" in dict(first.headers).values()
    assert ("Bearer for-all", "search") == tuple(
        dict(second.headers)[name] for name in ("authorization", "x-team")
    )
    assert "for-this-one" not in str(second.headers)


def test_the_price_is_the_answering_models(workspace: Any) -> None:
    """At its own prices, and at the tier that it was called with."""
    workspace.answers = [503, workspace.reply()]
    prices = {"input_cost_per_token": 1.0, "output_cost_per_token": 1.0}
    own = {"model": "databricks/b", "input_cost_per_token": 2.0}
    reply = workspace.completion("databricks/a", fallbacks=[own], **prices)

    assert 2.0 * 10 + 1.0 * 5 == reply._hidden_params["response_cost"]


def test_a_stream_falls_back_before_it_begins(workspace: Any) -> None:
    """As a whole answer does."""
    workspace.answers = [503, [workspace.chunk("hi"), workspace.chunk(finish="stop"), "[DONE]"]]
    stream = workspace.completion("databricks/a", stream=True, fallbacks=["databricks/b"])

    assert "hi" == "".join(chunk.choices[0].delta.content or "" for chunk in stream)
    assert 1 == stream._hidden_params["attempted_fallbacks"]


def test_arguments_are_left_alone(workspace: Any) -> None:
    """A list of fallbacks serves many calls."""
    workspace.answers = [503]
    given = [{"model": "databricks/b", "n": 2}]
    with pytest.raises(lakeway.ServiceUnavailableError):
        workspace.completion(fallbacks=given)

    assert [{"model": "databricks/b", "n": 2}] == given
