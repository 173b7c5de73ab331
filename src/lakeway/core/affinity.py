"""Keeping a conversation at one deployment, whose prompt cache then knows it. Without memory.

The home of a conversation follows from a digest of its beginning and the deployments' ids alone (rendezvous
hashing), so all workers agree on it, restarts do not change it, and when a deployment comes or goes only
its own conversations move.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from hashlib import blake2b
from math import log
from typing import Any, Final

# OpenAI and Claude cache no prompt below 1,024 tokens, at about 4 characters each (Databricks docs, prompt
# caching).
SHORTEST: Final = 1024 * 4
# Of a long text only both ends are read: equal ends and an equal length are the same beginning.
EDGE: Final = 512
# A list of parts, a part, its picture, its address: no content that any model takes is deeper.
DEEPEST: Final = 4
SYSTEM: Final = ("system", "developer")

_WORD: Final = 0xFFFFFFFFFFFFFFFF


def prefix_of(messages: Sequence[Any]) -> bytes | None:
    """A digest of what stays the same from turn to turn of a conversation, in OpenAI's chat shape: the
    first message of the user, and the system messages before it.

    None where no prompt cache could help: when all of it is short, and nothing in it asks to be cached.
    Where `cache_control` is, and whether a text stands alone or as a part, changes from turn to turn, and
    not the digest.
    """
    if not isinstance(messages, (list, tuple)) or not _worth_caching(messages):
        return None
    read: list[str] = []
    for message in _beginning(messages):
        for text in _texts(message.get("content")):
            size = len(text)
            read += (str(size), text if size <= 2 * EDGE else text[:EDGE] + text[-EDGE:])
        read.append("")
    return blake2b("/".join(read).encode("utf-8", "surrogatepass"), digest_size=16).digest()


def home(prefix: bytes, ids: Sequence[str], weights: Sequence[float]) -> int:
    """The index of the deployment where the conversation of that `prefix`, a digest, lives.

    Each gets conversations in proportion to its weight, and none for a weight of 0. Raises ValueError
    unless some weight is positive.
    """
    key = int.from_bytes(prefix[:8], "big")
    nearest, least = -1, 0.0
    for index, weight in enumerate(weights):
        if weight <= 0:
            continue
        distance = -log(_fraction(key ^ _seed(ids[index]))) / weight
        if nearest < 0 or distance < least:
            nearest, least = index, distance
    if nearest < 0:
        raise ValueError("a conversation needs a deployment whose weight is positive")
    return nearest


def _worth_caching(messages: Sequence[Any]) -> bool:
    size = 0
    for message in messages:
        if not isinstance(message, dict):
            continue
        content = message.get("content")
        if isinstance(content, str):
            size += len(content)
        elif isinstance(content, list):
            for part in content:
                size += SHORTEST if _is_marked(part) else _size(part)
        if size >= SHORTEST or _is_marked(message):
            return True
    return False


def _is_marked(item: object) -> bool:
    return isinstance(item, dict) and bool(item.get("cache_control"))


def _size(part: object) -> int:
    text = part.get("text") if isinstance(part, dict) else None
    return len(text) if isinstance(text, str) else sum(map(len, _texts(part)))


def _beginning(messages: Sequence[Any]) -> Iterator[dict[str, Any]]:
    for message in messages:
        role = message.get("role") if isinstance(message, dict) else None
        if role == "user" or role in SYSTEM:
            yield message
        if role == "user":
            return


def _texts(content: object, depth: int = 0) -> Iterator[str]:
    """Every text in a message's content: its own, its parts', and what pictures and files are known by."""
    if isinstance(content, str):
        yield content
    elif depth == DEEPEST:
        return
    elif isinstance(content, list):
        for part in content:
            yield from _texts(part, depth + 1)
    elif isinstance(content, dict):
        for name, value in content.items():
            if name not in ("type", "cache_control"):
                yield from _texts(value, depth + 1)


@lru_cache(maxsize=4096)
def _seed(identity: str) -> int:
    return int.from_bytes(blake2b(identity.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")


def _fraction(word: int) -> float:
    """A number above 0 and below 1 in which every bit of `word` has a say (the end of splitmix64)."""
    word = ((word ^ (word >> 30)) * 0xBF58476D1CE4E5B9) & _WORD
    word = ((word ^ (word >> 27)) * 0x94D049BB133111EB) & _WORD
    return (((word ^ (word >> 31)) >> 11) + 0.5) * 2.0**-53
