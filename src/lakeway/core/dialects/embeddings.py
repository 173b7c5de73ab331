"""OpenAI's embeddings dialect: what to embed, and vectors as lists of numbers or as base64."""

from __future__ import annotations

from array import array
from binascii import a2b_base64, b2a_base64
from collections.abc import Iterator, Mapping, Sequence
from sys import byteorder
from typing import Any

from lakeway.errors import BadRequestError


def inputs(value: Any) -> list[Any]:
    """The texts (or token lists) to embed. Raises BadRequestError for an empty or foreign input."""
    if isinstance(value, str):
        return [value]
    if not isinstance(value, Sequence) or not value:
        raise BadRequestError("input must be a text or a non-empty list of texts.", param="input")
    if all(isinstance(token, int) for token in value):
        return [list(value)]
    return list(value)


def batches(texts: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    for start in range(0, len(texts), size):
        yield texts[start : start + size]


def merge(replies: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Replies to consecutive batches as one: rows numbered through, usage added up."""
    if len(replies) == 1:
        return replies[0]
    rows = [row for reply in replies for row in reply["data"]]
    for index, row in enumerate(rows):
        row["index"] = index
    usage: dict[str, Any] = {}
    for reply in replies:
        for name, count in (reply.get("usage") or {}).items():
            if isinstance(count, int):
                usage[name] = usage.get(name, 0) + count
    return {**replies[0], "data": rows, "usage": usage}


def as_base64(vector: Sequence[float] | str) -> str:
    """A vector as base64 of little-endian 32-bit floats, as OpenAI's clients ask for by default."""
    if isinstance(vector, str):
        return vector
    floats = array("f", vector)
    if byteorder == "big":
        floats.byteswap()
    return b2a_base64(floats.tobytes(), newline=False).decode()


def as_floats(vector: Sequence[float] | str) -> Sequence[float]:
    if not isinstance(vector, str):
        return vector
    floats = array("f", a2b_base64(vector))
    if byteorder == "big":
        floats.byteswap()
    return floats.tolist()


def encode(reply: dict[str, Any], encoding_format: str | None) -> dict[str, Any]:
    """The reply with its vectors in `encoding_format`: "float" (the default) or "base64"."""
    convert = as_base64 if encoding_format == "base64" else as_floats
    if convert is as_floats and not any(isinstance(row["embedding"], str) for row in reply["data"]):
        return reply
    rows = [row | {"embedding": convert(row["embedding"])} for row in reply["data"]]
    return reply | {"data": rows}


def check_format(params: Mapping[str, Any]) -> None:
    if params.get("encoding_format") not in (None, "float", "base64"):
        raise BadRequestError('encoding_format must be "float" or "base64".', param="encoding_format")
