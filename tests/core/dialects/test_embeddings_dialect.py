"""Inputs, batches, and vectors in both encodings."""

from __future__ import annotations

import base64
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lakeway.core.dialects import embeddings
from lakeway.errors import BadRequestError


@pytest.mark.parametrize(
    ("given_input", "expected"),
    [("a", ["a"]), (["a", "b"], ["a", "b"]), ([1, 2], [[1, 2]]), ([[1], [2]], [[1], [2]]), (("a",), ["a"])],
)
def test_inputs(given_input: Any, expected: Any) -> None:
    """A text, a list of them, or token lists: always a list of inputs."""
    assert expected == embeddings.inputs(given_input)


@pytest.mark.parametrize("given_input", [None, [], {}, {"a"}, 5, b"abc", bytearray(b"abc"), iter("abc")])
def test_what_is_no_input(given_input: Any) -> None:
    """Nothing, or what has no order."""
    with pytest.raises(BadRequestError, match="input must be"):
        embeddings.inputs(given_input)


vectors = st.lists(st.floats(width=32, allow_nan=False), max_size=50)


@given(vectors)
def test_there_and_back(vector: list[float]) -> None:
    """32-bit floats survive base64, little-endian as everywhere else."""
    reply = embeddings.encode({"data": [{"embedding": vector}]}, "base64")
    packed = reply["data"][0]["embedding"]

    assert struct.pack(f"<{len(vector)}f", *vector) == base64.b64decode(packed)
    assert [vector] == [row["embedding"] for row in embeddings.read_rows([{"embedding": packed}], 1)]


@given(st.permutations(range(6)))
def test_any_order(order: list[int]) -> None:
    """Rows come in any order; each goes back to its place."""
    rows = [{"index": place, "embedding": [float(place)]} for place in order]

    assert [[float(place)] for place in range(6)] == [
        row["embedding"] for row in embeddings.read_rows(rows, 6)
    ]
    assert order == [row["index"] for row in rows]


@given(st.lists(st.integers(), max_size=50), st.integers(1, 20))
def test_batches(items: list[int], size: int) -> None:
    """Every item once, in order, no batch over its size."""
    parts = list(embeddings.batches(items, size))

    assert items == [item for part in parts for item in part]
    assert all(0 < len(part) <= size for part in parts)


def test_merge() -> None:
    """Rows are numbered through, counts added up; the replies are left as they were."""
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
    assert [0, 0, 0] == [reply["data"][0]["index"] for reply in replies]  # type: ignore[index]


def test_encode_copies() -> None:
    """A reply that is encoded for one caller is left as it was for another."""
    reply = {"data": [{"index": 0, "embedding": [1.0]}]}

    assert [{"index": 0, "embedding": "AACAPw=="}] == embeddings.encode(reply, "base64")["data"]
    assert [{"index": 0, "embedding": [1.0]}] == reply["data"] == embeddings.encode(reply, None)["data"]


def test_unknown_encoding() -> None:
    """Only two are known."""
    with pytest.raises(BadRequestError, match="encoding_format"):
        embeddings.check_format({"encoding_format": "hex"})
