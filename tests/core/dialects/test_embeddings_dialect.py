"""Inputs, batches, and vectors in both encodings."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lakeway.core.dialects import embeddings
from lakeway.errors import BadRequestError


@pytest.mark.parametrize(
    ("given_input", "expected"),
    [("a", ["a"]), (["a", "b"], ["a", "b"]), ([1, 2], [[1, 2]]), ([[1], [2]], [[1], [2]])],
)
def test_inputs(given_input: Any, expected: Any) -> None:
    """A text, a list of them, or token lists: always a list of inputs."""
    assert expected == embeddings.inputs(given_input)


@given(st.lists(st.floats(width=32, allow_nan=False), min_size=1, max_size=50))
def test_there_and_back(vector: list[float]) -> None:
    """32-bit floats survive base64."""
    assert vector == embeddings.as_floats(embeddings.as_base64(vector))


@given(st.lists(st.integers(), max_size=50), st.integers(1, 20))
def test_batches(items: list[int], size: int) -> None:
    """Every item once, in order, no batch over its size."""
    parts = list(embeddings.batches(items, size))

    assert items == [item for part in parts for item in part]
    assert all(0 < len(part) <= size for part in parts)


def test_merge() -> None:
    """Rows are numbered through, counts added up."""
    replies = [
        {
            "model": "m",
            "data": [{"index": 0, "embedding": [i]}],
            "usage": {"prompt_tokens": 2, "details": None},
        }
        for i in range(3)
    ]
    merged = embeddings.merge(replies)

    assert [(0, [0]), (1, [1]), (2, [2])] == [(row["index"], row["embedding"]) for row in merged["data"]]
    assert {"prompt_tokens": 6} == merged["usage"]


def test_encode_copies() -> None:
    """A reply that is encoded for one caller is left as it was for another."""
    reply = {"data": [{"index": 0, "embedding": [1.0]}]}

    assert [{"index": 0, "embedding": "AACAPw=="}] == embeddings.encode(reply, "base64")["data"]
    assert [{"index": 0, "embedding": [1.0]}] == reply["data"] == embeddings.encode(reply, None)["data"]
    assert [1.0] == embeddings.encode(embeddings.encode(reply, "base64"), "float")["data"][0]["embedding"]


def test_unknown_encoding() -> None:
    """Only two are known."""
    with pytest.raises(BadRequestError, match="encoding_format"):
        embeddings.check_format({"encoding_format": "hex"})
