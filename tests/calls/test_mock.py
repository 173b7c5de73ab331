"""Answers that no server gave: whole, streamed, as text completions and as vectors."""

from __future__ import annotations

from typing import Any

import pytest

import lakeway
from lakeway import errors
from lakeway.core.http import Timeout
from lakeway.errors import BadRequestError

BARE: dict[str, Any] = {"choices": [{"message": {"content": "hello there"}}]}
PARTS: dict[str, Any] = {
    "choices": [
        {"message": {"content": [{"type": "text", "text": "hello "}, {"type": "text", "text": "there"}]}}
    ]
}


@pytest.mark.parametrize("mocked", ["hello there", BARE, PARTS, lakeway.ModelResponse(**BARE)])
def test_the_same_in_every_form(workspace: Any, mocked: Any) -> None:
    """Whatever the mock leaves out is there: an id, a model, counts, an end."""
    whole = workspace.completion(mock_response=mocked)
    stream = list(workspace.completion(mock_response=mocked, stream=True))
    built = lakeway.stream_chunk_builder(stream)
    text = workspace.text_completion(mock_response=mocked)
    texts = list(workspace.text_completion(mock_response=mocked, stream=True))

    assert built is not None
    assert ["hello there"] * 4 == [
        whole.choices[0].message.content,
        built.choices[0].message.content,
        text.choices[0].text,
        "".join(chunk.choices[0].text for chunk in texts),
    ]
    assert ["stop"] * 3 == [reply.choices[0].finish_reason for reply in (whole, built, text)]
    assert all(reply.id and reply.created and reply.model for reply in (whole, built, text, *stream))
    assert whole.usage.total_tokens == text.usage.total_tokens >= 0
    assert [] == workspace.requests


def test_an_empty_answer_is_one(workspace: Any) -> None:
    """Nobody who mocks wants a request."""
    assert "" == workspace.completion(mock_response="").choices[0].message.content
    assert [] == workspace.requests


def test_several_choices(workspace: Any) -> None:
    """As many as were asked for, whole and streamed."""
    whole = workspace.completion(mock_response="hi", n=3)
    built = lakeway.stream_chunk_builder(list(workspace.completion(mock_response="hi", n=3, stream=True)))

    assert built is not None
    assert [(0, "hi"), (1, "hi"), (2, "hi")] == [(c.index, c.message.content) for c in whole.choices]
    assert [(0, "hi"), (1, "hi"), (2, "hi")] == [(c.index, c.message.content) for c in built.choices]


@pytest.mark.parametrize(
    "mocked",
    [
        5,
        True,
        {},
        {"a": 1},
        {"choices": "x"},
        {"choices": [None]},
        {"choices": [{}]},
        {"choices": [{"message": "hi"}]},
        {"choices": [{"message": {"content": 5}}]},
        {"choices": [{"message": {"content": ["a"]}}]},
        {"choices": [{"message": {"tool_calls": "x"}}]},
        {"choices": [{"message": {"tool_calls": [None]}}]},
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_what_is_no_answer(workspace: Any, mocked: Any, stream: bool) -> None:
    """A mock that could not have come from a server is a mistake."""
    for call in (workspace.completion, workspace.text_completion):
        with pytest.raises(BadRequestError, match="mock_response"):
            call(mock_response=mocked, stream=stream)


@pytest.mark.parametrize(
    ("keywords", "param"),
    [
        ({"mock_tool_calls": ["a"]}, "mock_tool_calls[0]"),
        ({"mock_tool_calls": "a"}, "mock_tool_calls"),
        ({"mock_response": "x", "mock_delay": "soon"}, "mock_delay"),
        ({"mock_timeout": True, "timeout": "soon"}, "timeout"),
        ({"mock_response": "x", "custom_llm_provider": 5}, "custom_llm_provider"),
        ({"mock_response": "x", "stream": True, "stream_options": "x"}, "stream_options"),
    ],
)
def test_other_mistakes(workspace: Any, keywords: Any, param: str) -> None:
    """Each by its name."""
    with pytest.raises(BadRequestError) as caught:
        workspace.completion(**keywords)

    assert param == caught.value.param


@pytest.mark.parametrize(
    ("keywords", "waits"),
    [
        ({"mock_timeout": True}, []),
        ({"mock_timeout": True, "timeout": 5}, [5.0]),
        ({"mock_timeout": True, "timeout": Timeout(1, 2, 3)}, [2.0]),
        ({"mock_timeout": True, "timeout": 5, "stream_timeout": 1, "stream": True}, [1.0]),
    ],
)
def test_timeout(workspace: Any, keywords: Any, waits: list[float]) -> None:
    """It takes as long as the caller would have waited."""
    with pytest.raises(errors.Timeout):
        workspace.completion(**keywords)

    assert waits == workspace.slept


@pytest.mark.parametrize(
    ("mocked", "texts", "expected"),
    [
        ([0.5, 1], "a", [[0.5, 1]]),
        ([0.5, 1], ["a", "b"], [[0.5, 1], [0.5, 1]]),
        ([[1.0], [2.0]], ["a", "b"], [[1.0], [2.0]]),
        ([], "a", [[]]),
    ],
)
def test_vectors(workspace: Any, mocked: Any, texts: Any, expected: Any) -> None:
    """One for every input, or one each."""
    answer = workspace.embedding(texts=texts, mock_response=mocked)

    assert expected == [row.embedding for row in answer.data]
    assert [*range(len(expected))] == [row.index for row in answer.data]
    assert ("e", 10, 10) == (answer.model, answer.usage.prompt_tokens, answer.usage.total_tokens)
    assert [] == workspace.requests


def test_vectors_as_base64(workspace: Any) -> None:
    """In the form that was asked for, as a server's."""
    answer = workspace.embedding(mock_response=[1.0], encoding_format="base64")

    assert "AACAPw==" == answer.data[0].embedding
    with pytest.raises(BadRequestError, match="encoding_format"):
        workspace.embedding(mock_response=[1.0], encoding_format="hex")


@pytest.mark.parametrize(
    ("mocked", "kind"),
    [
        ("litellm.RateLimitError", errors.RateLimitError),
        (errors.NotFoundError("gone"), errors.NotFoundError),
        (ValueError("boo"), errors.InternalServerError),
        ("some text", BadRequestError),
        (["a"], BadRequestError),
        ([[1.0], "b"], BadRequestError),
        ([[1.0], ["b"]], BadRequestError),
        ({"data": []}, BadRequestError),
        (5, BadRequestError),
    ],
)
def test_vectors_that_fail(workspace: Any, mocked: Any, kind: type[Exception]) -> None:
    """Errors to raise, and mocks that are no vectors."""
    with pytest.raises(kind):
        workspace.embedding(mock_response=mocked)
