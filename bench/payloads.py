"""What the upstream answers, encoded once, and what a client must have read from it.

Shapes are those of Databricks' foundation model APIs (docs: foundation-model-apis/api-reference). Pure.
"""

from __future__ import annotations

import json
import random
import struct
from base64 import b64encode
from typing import Any

CHUNKS = 500
VECTORS = 1_000
DIMENSIONS = 1_024
REPLY_BYTES = 600
_DISTINCT_VECTORS = 64
_MODEL = "meta-llama-3.3-70b-instruct-121024"
_WORDS = ("the", "lake", "holds", "what", "rivers", "bring", "and", "gives", "it", "back", "slowly")


def _dump(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _chat_reply(text: str) -> bytes:
    return _dump(
        {
            "id": "chatcmpl_bb1fce87-f14e-4ae1-ac22-89facc74898a",
            "object": "chat.completion",
            "created": 1_760_000_000,
            "model": _MODEL,
            "choices": [
                {
                    "index": 0,
                    "message": {"role": "assistant", "content": text},
                    "finish_reason": "stop",
                    "logprobs": None,
                }
            ],
            "usage": {"prompt_tokens": 30, "completion_tokens": 62, "total_tokens": 92},
        }
    )


def _prose(length: int) -> str:
    sentence = " ".join(_WORDS) + ". "
    return (sentence * length)[:length]


CHAT_TEXT = _prose(REPLY_BYTES - len(_chat_reply("")))
CHAT_REPLY = _chat_reply(CHAT_TEXT)


def _piece(index: int) -> str:
    """Text that differs from its neighbours: LiteLLM takes about 100 equal chunks for a stuck model."""
    return f" {_WORDS[index % len(_WORDS)]}{index}"


def _chunk(index: int, delta: dict[str, str], finish_reason: str | None) -> bytes:
    return b"data: %b\n\n" % _dump(
        {
            "id": "chatcmpl_bb1fce87-f14e-4ae1-ac22-89facc74898a",
            "object": "chat.completion.chunk",
            "created": 1_760_000_000,
            "model": _MODEL,
            "choices": [{"index": 0, "delta": delta, "finish_reason": finish_reason, "logprobs": None}],
            "usage": {"prompt_tokens": 30, "completion_tokens": index + 1, "total_tokens": index + 31},
        }
    )


_PIECES = tuple(_piece(index) for index in range(CHUNKS - 1))
STREAM_TEXT = "".join(_PIECES)
STREAM_EVENTS: tuple[bytes, ...] = (
    *(_chunk(i, {"role": "assistant", "content": piece}, None) for i, piece in enumerate(_PIECES)),
    _chunk(CHUNKS - 1, {"role": "assistant", "content": ""}, "stop"),
    b"data: [DONE]\n\n",
)


def vectors(count: int = VECTORS) -> list[list[float]]:
    """Unit-sized half-precision values, as served: 64 different vectors, repeated to `count`."""
    rng = random.Random(0)
    distinct = [_vector(rng) for _ in range(_DISTINCT_VECTORS)]
    return [distinct[i % _DISTINCT_VECTORS] for i in range(count)]


def _vector(rng: random.Random) -> list[float]:
    values = [rng.gauss(0.0, DIMENSIONS**-0.5) for _ in range(DIMENSIONS)]
    return list(struct.unpack(f"<{DIMENSIONS}e", struct.pack(f"<{DIMENSIONS}e", *values)))


def embeddings_reply(count: int, *, base64: bool) -> bytes:
    """`count` vectors of 1,024 floats, as JSON numbers or as base64 of little-endian float32."""
    encode = _as_base64 if base64 else list
    return _dump(
        {
            "object": "list",
            "model": "bge-large-en-v1.5",
            "data": [
                {"object": "embedding", "index": index, "embedding": encode(vector)}
                for index, vector in enumerate(vectors(count))
            ],
            "usage": {"prompt_tokens": 4 * count, "total_tokens": 4 * count},
        }
    )


def _as_base64(vector: list[float]) -> str:
    return b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()
