"""Embeddings without a model: word n-grams hashed onto the axes, so that like texts lie close together.

The same text has the same vector everywhere, an `instruction` moves it, bge's are of length one and gte's
are not. Databricks docs, FM API reference; the limit of 150 inputs and the text for over-long ones are
unverified.
"""

from __future__ import annotations

import hashlib
import math
import re
import struct
from itertools import pairwise
from typing import Any

from lakeway.emulator.answers.tokens import estimate
from lakeway.emulator.envelopes import bad_request
from lakeway.emulator.exchange import Outcome, Request, as_json
from lakeway.emulator.models import Model
from lakeway.emulator.validation import shapes
from lakeway.emulator.validation.wording import Json, Surface, Words
from lakeway.emulator.workspace import Workspace

MOST_INPUTS = 150
MATRYOSHKA = (32, 64, 128, 256, 512, 1024)
_GTE_LENGTH = 21.0
_INSTRUCTION_WEIGHT = 0.3
_TEMPLATE_TOKENS = 2


def embeddings(
    workspace: Workspace, request: Request, surface: Surface, name: str, body: Json, model: Model
) -> Outcome:
    """Answer an embeddings request for `model`."""
    texts = check_embeddings(surface, model, body)
    instruction = body.get("instruction") or ""
    tokens = sum(_tokens(instruction + text) for text in texts)
    workspace.limiter.admit(surface, model, name, tokens, 1)
    dims = int(body.get("dimensions") or model.dims)
    data = [
        {
            "object": "embedding",
            "index": index,
            "embedding": embed(text, instruction, dims, length=_length(model)),
        }
        for index, text in enumerate(texts)
    ]
    usage = {"prompt_tokens": tokens, "total_tokens": tokens}
    workspace.usage.add(surface, request, name, body, usage)
    return as_json(
        {"id": request.request_id, "object": "list", "model": model.served, "data": data, "usage": usage}
    )


def check_embeddings(surface: Surface, model: Model, body: Json) -> list[str]:
    """The texts to embed; raises `ApiError` for what the service refuses."""
    words = Words(surface)
    fields = ["model", "input", "instruction", "dimensions", "encoding_format"]
    classic = ["usage_context", "client_request_id", "user"] if surface == "classic" else []
    shapes.closed(words, (), body, [*fields, *classic], ("input",))
    texts = _texts(words, body["input"])
    if body.get("instruction") is not None:
        shapes.text(words, ("instruction",), body["instruction"])
    if body.get("encoding_format") is not None:
        shapes.one_of("float", "base64")(words, ("encoding_format",), body["encoding_format"])
    if body.get("dimensions") is not None:
        _check_dimensions(words, model, body["dimensions"])
    _check_lengths(model, texts, body.get("instruction") or "")
    return texts


def embed(text: str, instruction: str, dims: int, *, length: float) -> list[float]:
    """A vector of `dims` float32 values and of the wanted length."""
    vector = _direction(text, dims)
    if instruction:
        moved = _direction(instruction, dims)
        vector = [own + _INSTRUCTION_WEIGHT * other for own, other in zip(vector, moved, strict=True)]
    norm = math.sqrt(sum(value * value for value in vector)) or 1.0
    scale = length / norm
    return _float32([value * scale for value in vector])


def _direction(text: str, dims: int) -> list[float]:
    vector = [0.0] * dims
    for gram, weight in _grams(text):
        digest = hashlib.blake2b(gram.encode(), digest_size=16).digest()
        for start in range(0, 16, 4):
            spot = int.from_bytes(digest[start : start + 3], "big") % dims
            vector[spot] += weight if digest[start + 3] & 1 else -weight
    norm = math.sqrt(sum(value * value for value in vector)) or 1.0
    return [value / norm for value in vector]


def _grams(text: str) -> list[tuple[str, float]]:
    """Words, pairs of words, and the letters' trigrams of each word."""
    words = re.findall(r"\w+", text.lower()) or [text]
    pairs = [f"{first} {second}" for first, second in pairwise(words)]
    trigrams = [word[start : start + 3] for word in words for start in range(max(len(word) - 2, 1))]
    return [
        *((word, 1.0) for word in words),
        *((pair, 0.5) for pair in pairs),
        *((t, 0.25) for t in trigrams),
    ]


def _float32(vector: list[float]) -> list[float]:
    """Rounded to what a float32 keeps, printed with the digits that it has."""
    packed = struct.pack(f"{len(vector)}f", *vector)
    return [float(f"{value:.8g}") for value in struct.unpack(f"{len(vector)}f", packed)]


def _length(model: Model) -> float:
    return _GTE_LENGTH if "gte" in model.name else 1.0


def _tokens(text: str) -> int:
    return estimate(text) + _TEMPLATE_TOKENS


def _texts(words: Words, value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    texts = shapes.items(words, ("input",), value)
    for index, text in enumerate(texts):
        shapes.text(words, ("input", index), text)
    if not texts:
        words.invalid(("input",), "List should have at least 1 item after validation, not 0")
    if len(texts) > MOST_INPUTS:
        raise bad_request(f"input: at most {MOST_INPUTS} texts are supported, got {len(texts)}")
    return texts


def _check_dimensions(words: Words, model: Model, wanted: Any) -> None:
    if model.custom or "qwen3" not in model.name:
        words.unknown(("dimensions",))
    if wanted not in MATRYOSHKA:
        listed = ", ".join(str(size) for size in MATRYOSHKA)
        raise bad_request(f"Invalid matryoshka_dimension {wanted}, must be one of [{listed}].\n")


def _check_lengths(model: Model, texts: list[str], instruction: str) -> None:
    for text in texts:
        tokens = _tokens(instruction + text)
        if tokens > model.max_input:
            raise bad_request(
                f"Input is too long: {tokens} tokens exceed the maximum of {model.max_input} tokens "
                f"for {model.name}"
            )
