"""Embeddings: sizes, lengths, likeness, and what is refused."""

from __future__ import annotations

import math
from typing import Any

import pytest

PATH = "/serving-endpoints/embeddings"
BGE, GTE, QWEN = "databricks-bge-large-en", "databricks-gte-large-en", "databricks-qwen3-embedding-0-6b"


def vectors(caller: Any, model: str, value: Any, path: str = PATH, **fields: Any) -> list[list[float]]:
    status, body = caller.post(path, {"model": model, "input": value, **fields})
    assert status == 200, body
    assert [row["index"] for row in body["data"]] == list(range(len(body["data"])))
    return [row["embedding"] for row in body["data"]]


def cosine(one: list[float], other: list[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True)) / (math.hypot(*one) * math.hypot(*other))


@pytest.mark.parametrize(
    ("model", "path", "length"),
    [
        (BGE, PATH, 1.0),
        (GTE, f"/serving-endpoints/{GTE}/invocations", 21.0),
        ("system.ai.qwen3-embedding-0-6b", "/ai-gateway/mlflow/v1/embeddings", 1.0),
    ],
)
def test_sizes_and_lengths(caller: Any, model: str, path: str, length: float) -> None:
    """1024 floats; of length one, but for gte."""
    (vector,) = vectors(caller, model, "What is Databricks?", path)

    assert len(vector) == 1024
    assert math.isclose(math.hypot(*vector), length, rel_tol=1e-6)


def test_one_vector_per_text(caller: Any) -> None:
    """A list has as many vectors as texts; the same text has the same vector."""
    first, second, third = vectors(caller, BGE, ["hello", "lake", "hello"])

    assert first == third != second


def test_like_texts_are_close(caller: Any) -> None:
    """Shared words make likeness."""
    cat, kitten, tax = vectors(caller, BGE, ["the cat sat on a mat", "a cat on the mat", "corporate tax law"])

    assert cosine(cat, kitten) > 0.5 > abs(cosine(cat, tax))


def test_instruction_moves_the_vector(caller: Any) -> None:
    """With an instruction the same text lies elsewhere, yet near."""
    (plain,) = vectors(caller, BGE, "good morning")
    (led,) = vectors(caller, BGE, "good morning", instruction="Represent this sentence for searching:")

    assert plain != led
    assert cosine(plain, led) > 0.5


@pytest.mark.parametrize("dims", [32, 256, 1024])
def test_matryoshka(caller: Any, dims: int) -> None:
    """qwen3 can be cut to set sizes."""
    assert len(vectors(caller, QWEN, "x", dimensions=dims)[0]) == dims


def test_reply_around_the_vectors(caller: Any) -> None:
    """List, served name, token counts; base64 is tolerated and answered with floats."""
    _, body = caller.post(PATH, {"model": GTE, "input": ["a", "b"], "encoding_format": "base64"})

    assert (body["object"], body["model"]) == ("list", "gte-large-en-v1.5")
    assert body["usage"] == {"prompt_tokens": 6, "total_tokens": 6}
    assert isinstance(body["data"][0]["embedding"][0], float)


@pytest.mark.parametrize(
    ("model", "change", "message"),
    [
        (
            QWEN,
            {"dimensions": 123},
            "Invalid matryoshka_dimension 123, must be one of [32, 64, 128, 256, 512, 1024].\n",
        ),
        (BGE, {"dimensions": 32}, "dimensions: Extra inputs are not permitted"),
        (BGE, {"input": ["x"] * 151}, "input: at most 150 texts are supported, got 151"),
        (BGE, {"input": []}, "input: List should have at least 1 item after validation, not 0"),
        (BGE, {"input": [1]}, "input.0: Input should be a valid string"),
        (BGE, {"input": None}, "input: Input should be a valid list"),
        (BGE, {"truncate": True}, "truncate: Extra inputs are not permitted"),
        (BGE, {"encoding_format": "hex"}, "encoding_format: Input should be 'float' or 'base64'"),
        (
            BGE,
            {"input": "word " * 500},
            f"Input is too long: 627 tokens exceed the maximum of 512 tokens for {BGE}",
        ),
    ],
)
def test_refused(caller: Any, model: str, change: Any, message: str) -> None:
    """Closed fields, sizes and counts."""
    assert (400, message) == caller.refusal({"model": model, "input": "x", **change}, PATH)
