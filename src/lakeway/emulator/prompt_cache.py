"""The upstreams' prompt caches: explicit on Claude (markers), implicit on GPT (whole earlier messages).

A marker caches everything before it; a prefix below the model's minimum is not cached; an entry lives five
minutes from its last use. Databricks docs, prompt caching.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from lakeway.emulator.answers.tokens import estimate

Json = dict[str, Any]

LIFETIME = 300.0
_IMPLICIT_MINIMUM = 1024
_IMPLICIT_STEP = 128
_IMAGE_TOKENS = 1500


class Block(msgspec.Struct, frozen=True):
    """One cacheable stretch of a prompt: its bytes, its tokens, whether a marker ends it."""

    content: bytes
    tokens: int
    marked: bool


class CacheUse(msgspec.Struct, frozen=True):
    """Tokens read from the cache, and tokens written to it."""

    read: int = 0
    written: int = 0


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
        read = written = 0
        for digest, tokens, marked in _prefixes(model, blocks):
            if tokens < minimum:
                continue
            if self._lapses.get(digest, -1) > now:
                read = tokens
                self._lapses[digest] = now + LIFETIME
            elif marked:
                self._lapses[digest] = now + LIFETIME
                written = tokens - read
        return CacheUse(read, written)

    def use_implicitly(self, model: str, blocks: Iterable[Block]) -> CacheUse:
        """Cached tokens in steps of 128 from 1024 up, as OpenAI counts them."""
        now = self._clock()
        read = 0
        for digest, tokens, _ in _prefixes(model, blocks):
            if self._lapses.get(digest, -1) > now:
                read = tokens
            self._lapses[digest] = now + LIFETIME
        return CacheUse(read // _IMPLICIT_STEP * _IMPLICIT_STEP if read >= _IMPLICIT_MINIMUM else 0)


def _prefixes(model: str, blocks: Iterable[Block]) -> Iterable[tuple[bytes, int, bool]]:
    running, tokens = hashlib.sha256(model.encode()), 0
    for block in blocks:
        running.update(block.content)
        tokens += block.tokens
        yield running.digest(), tokens, block.marked


def blocks_of(body: Json) -> list[Block]:
    """The prompt in caching order: tools first, then each content part of each message."""
    blocks = [_block(tool, marked=False) for tool in body.get("tools") or ()]
    for message in body.get("messages") or ():
        content = message.get("content")
        parts = content if isinstance(content, list) else [content] if content else []
        blocks += [
            _block({"role": message.get("role"), "part": _unmarked(part)}, _marked(part)) for part in parts
        ]
        blocks += [_block(_unmarked(call), _marked(call)) for call in message.get("tool_calls") or ()]
    return blocks


def _block(value: Any, marked: bool) -> Block:
    content = msgspec.json.encode(value)
    tokens = _IMAGE_TOKENS if b'"image_url"' in content[:200] else estimate(_words(value))
    return Block(content, tokens, marked)


def _words(value: Any) -> str:
    part = value.get("part") if isinstance(value, dict) else None
    if isinstance(part, str):
        return part
    if isinstance(part, dict) and isinstance(part.get("text"), str):
        return str(part["text"])
    return msgspec.json.encode(value).decode()


def _marked(part: Any) -> bool:
    return isinstance(part, dict) and "cache_control" in part


def _unmarked(part: Any) -> Any:
    return {k: v for k, v in part.items() if k != "cache_control"} if isinstance(part, dict) else part
