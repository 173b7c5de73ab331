"""The upstreams' prompt caches: explicit on Claude (markers), implicit on GPT (whole earlier messages).

A marker caches everything before it; a prefix below the model's minimum is not cached; an entry lives five
minutes (or the hour its marker asks for) from its last use. Databricks docs, prompt caching.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from lakeway.emulator.answers.tokens import estimate

Json = dict[str, Any]

LIFETIME = 300.0
HOUR = 3600.0
_IMPLICIT_MINIMUM = 1024
_IMPLICIT_STEP = 128
_IMAGE_TOKENS = 1500
_MOST_ENTRIES = 50_000


class Block(msgspec.Struct, frozen=True):
    """One cacheable stretch of a prompt: its bytes, its tokens, how long a marker at its end keeps it."""

    content: bytes
    tokens: int
    kept: float | None = None


class CacheUse(msgspec.Struct, frozen=True):
    """Tokens read from the cache, and tokens written to it; `written_hour` are those kept for an hour."""

    read: int = 0
    written: int = 0
    written_hour: int = 0


class PromptCache:
    """Prefixes seen, by hash, with the moment they lapse."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lapses: dict[bytes, float] = {}

    def clear(self) -> None:
        self._lapses.clear()

    def use_markers(self, model: str, blocks: Iterable[Block], minimum: int) -> CacheUse:
        """Read the longest known prefix and remember each marked one."""
        now = self._clock()
        read = written = hour = 0
        for digest, tokens, kept in _prefixes(model, blocks):
            if tokens < minimum:
                continue
            if self._lapses.get(digest, -1) > now:
                read, written, hour = tokens, 0, 0
                self._keep(digest, max(self._lapses[digest], now + LIFETIME))
            elif kept is not None:
                self._keep(digest, now + kept)
                fresh = tokens - read - written
                written += fresh
                hour += fresh if kept == HOUR else 0
        return CacheUse(read, written, hour)

    def use_implicitly(self, model: str, blocks: Iterable[Block]) -> CacheUse:
        """Cached tokens in steps of 128 from 1024 up, as OpenAI counts them."""
        now = self._clock()
        read = 0
        for digest, tokens, _ in _prefixes(model, blocks):
            if tokens < _IMPLICIT_MINIMUM:
                continue
            if self._lapses.get(digest, -1) > now:
                read = tokens
            self._keep(digest, now + LIFETIME)
        return CacheUse(read // _IMPLICIT_STEP * _IMPLICIT_STEP)

    def _keep(self, digest: bytes, until: float) -> None:
        """The oldest prefixes go when there are too many."""
        self._lapses.pop(digest, None)
        self._lapses[digest] = until
        if len(self._lapses) > _MOST_ENTRIES:
            del self._lapses[next(iter(self._lapses))]


def _prefixes(model: str, blocks: Iterable[Block]) -> Iterable[tuple[bytes, int, float | None]]:
    running, tokens = hashlib.sha256(model.encode()), 0
    for block in blocks:
        running.update(block.content)
        tokens += block.tokens
        yield running.digest(), tokens, block.kept


def blocks_of(body: Json) -> list[Block]:
    """The prompt in caching order: tools first, then each content part of each message."""
    blocks = [_block(tool, None) for tool in body.get("tools") or ()]
    for message in body.get("messages") or ():
        content = message.get("content")
        parts = content if isinstance(content, list) else [content] if content else []
        blocks += [
            _block({"role": message.get("role"), "part": _unmarked(part)}, _kept(part)) for part in parts
        ]
        blocks += [_block(_unmarked(call), _kept(call)) for call in message.get("tool_calls") or ()]
    return blocks


def _block(value: Any, kept: float | None) -> Block:
    content = msgspec.json.encode(value)
    tokens = _IMAGE_TOKENS if b'"image_url"' in content[:200] else estimate(_words(value))
    return Block(content, tokens, kept)


def _words(value: Any) -> str:
    part = value.get("part") if isinstance(value, dict) else None
    if isinstance(part, str):
        return part
    if isinstance(part, dict) and isinstance(part.get("text"), str):
        return str(part["text"])
    return msgspec.json.encode(value).decode()


def _kept(part: Any) -> float | None:
    """The lifetime a marker on `part` asks for."""
    marker = part.get("cache_control") if isinstance(part, dict) else None
    return None if marker is None else HOUR if marker.get("ttl") == "1h" else LIFETIME


def _unmarked(part: Any) -> Any:
    return {k: v for k, v in part.items() if k != "cache_control"} if isinstance(part, dict) else part
