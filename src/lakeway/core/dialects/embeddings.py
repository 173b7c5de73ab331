"""OpenAI's embeddings dialect: what to embed, and vectors as lists of numbers or as base64."""

from __future__ import annotations

from array import array
from binascii import a2b_base64, b2a_base64
from collections.abc import Iterator, Mapping, Sequence
from sys import byteorder
from typing import Any

from lakeway.core.usage import normalize
from lakeway.errors import BadRequestError


def inputs(value: Any) -> list[Any]:
    """The texts (or token lists) to embed. Raises BadRequestError for an empty or foreign input."""
    if isinstance(value, str):
        return [value]
    if not isinstance(value, Sequence) or not value or isinstance(value, bytes | bytearray):
        raise BadRequestError("input must be a text or a non-empty list of texts.", param="input")
    if all(isinstance(token, int) for token in value):
        return [list(value)]
    return list(value)


def batches(texts: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    for start in range(0, len(texts), size):
        yield texts[start : start + size]


def read_reply(wire: dict[str, Any], count: int) -> dict[str, Any]:
    """The reply `wire` to `count` inputs: rows as `read_rows` gives them, usage normalized."""
    rows = read_rows(wire.get("data"), count)
    return wire | {"object": "list", "data": rows, "usage": normalize(wire.get("usage"))}


def read_rows(rows: Any, count: int) -> list[dict[str, Any]]:
    """The rows of a reply to `count` inputs, in the order of the inputs, their vectors as numbers.

    Servers may answer in any order and say so by `index`. Raises ValueError or TypeError unless there is a
    vector for each input: a vector of another input is worse than none.
    """
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise TypeError("data is no list of objects")
    if len(rows) != count:
        raise ValueError(f"{len(rows)} vectors for {count} inputs")
    places = [row.get("index") for row in rows]
    if all(type(place) is int for place in places):
        rows = sorted(rows, key=lambda row: row["index"])
    return [row | {"index": i, "embedding": _numbers(row.get("embedding"))} for i, row in enumerate(rows)]


def _numbers(vector: Any) -> list[float]:
    if isinstance(vector, str):
        return _unpack(vector)
    if not isinstance(vector, list):
        raise TypeError("an embedding is no list of numbers")
    sum(vector)  # the quickest way to look at each: a TypeError for what is no number
    return vector


def merge(replies: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Replies to consecutive batches as one: rows numbered through, usage added up."""
    if len(replies) == 1:
        return replies[0]
    rows = [row for reply in replies for row in reply["data"]]
    usage: dict[str, Any] = {}
    for reply in replies:
        for name, count in (reply.get("usage") or {}).items():
            if isinstance(count, int):
                usage[name] = usage.get(name, 0) + count
    return {**replies[0], "data": [row | {"index": i} for i, row in enumerate(rows)], "usage": usage}


def encode(reply: dict[str, Any], encoding_format: str | None) -> dict[str, Any]:
    """The reply with its vectors in `encoding_format`: "float" (the default) or "base64"."""
    if encoding_format != "base64":
        return reply
    return reply | {"data": [row | {"embedding": _pack(row["embedding"])} for row in reply["data"]]}


def _pack(vector: Sequence[float]) -> str:
    """A vector as base64 of little-endian 32-bit floats, as OpenAI's clients ask for by default."""
    floats = array("f", vector)
    if byteorder == "big":
        floats.byteswap()
    return b2a_base64(floats.tobytes(), newline=False).decode()


def _unpack(vector: str) -> list[float]:
    floats = array("f")
    floats.frombytes(a2b_base64(vector, strict_mode=True))
    if byteorder == "big":
        floats.byteswap()
    return floats.tolist()


def check_format(params: Mapping[str, Any]) -> None:
    if params.get("encoding_format") not in (None, "float", "base64"):
        raise BadRequestError('encoding_format must be "float" or "base64".', param="encoding_format")
