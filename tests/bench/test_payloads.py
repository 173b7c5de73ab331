"""The upstream's answers are what the comparison says they are."""

from __future__ import annotations

import json
import struct
from base64 import b64decode

from bench import payloads


def test_the_chat_reply_has_600_bytes() -> None:
    """Its text is the one that clients must read from it."""
    reply = json.loads(payloads.CHAT_REPLY)

    assert 600 == len(payloads.CHAT_REPLY)
    assert payloads.CHAT_TEXT == reply["choices"][0]["message"]["content"]


def test_a_stream_has_500_chunks_and_no_two_neighbours_are_equal() -> None:
    """LiteLLM aborts a stream after about 100 equal chunks."""
    *events, done = payloads.STREAM_EVENTS
    chunks = [json.loads(event.removeprefix(b"data: ")) for event in events]
    texts = [chunk["choices"][0]["delta"]["content"] for chunk in chunks]

    assert b"data: [DONE]\n\n" == done
    assert 500 == len(texts) == len(set(texts))
    assert payloads.STREAM_TEXT == "".join(texts)


def test_vectors_are_distinct_halves_of_about_unit_length() -> None:
    """1,000 of 1,024 floats; a decoder that caches whole vectors gains nothing from neighbours."""
    vectors = payloads.vectors()

    assert {1024} == {len(vector) for vector in vectors}
    assert 1000 == len(vectors)
    assert 0.8 < sum(value * value for value in vectors[0]) < 1.2
    assert vectors[0] != vectors[1]


def test_base64_and_numbers_say_the_same() -> None:
    """Halves survive as float32, so a client may ask for either and must get equal vectors."""
    numbers = json.loads(payloads.embeddings_reply(2, base64=False))["data"]
    encoded = json.loads(payloads.embeddings_reply(2, base64=True))["data"]

    assert [0, 1] == [item["index"] for item in numbers]
    assert [item["embedding"] for item in numbers] == [
        list(struct.unpack("<1024f", b64decode(item["embedding"]))) for item in encoded
    ]
