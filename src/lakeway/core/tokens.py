"""Offline estimates of token counts, for prompts that are not sent yet and replies that report no usage.

One pass of a regular expression that cuts text about where byte-pair tokenizers do: no vocabulary, no
download, no randomness. Measured against the mean of cl100k and o200k, on whole documents:

    English prose, licences        mean +5 %,          each within 10 %
    Python, JSON                   mean  0 to +3 %,    each within 16 %
    Markdown with code             mean +11 %,         each within 19 %
    German, French, Spanish        mean -11 to +6 %,   each within 30 %
    Chinese, Japanese              mean -15 to +3 %,   each within 22 %
    Korean, Russian, Arabic        mean +17 to +21 %,  each within 44 % (the two differ by up to 100 %)

It is for limits and hints. Bills are for what the provider reports.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

# Each match is one token. Words break at capitals and after ten letters; a space belongs to what follows it.
_PIECE = re.compile(
    r"[ _]?[A-Z]?[a-z]{1,10}"
    r"|[ _]?[A-Z]{1,3}"
    r"|[0-9]{1,3}"
    r"|\s+(?!\S)"
    r"| ?[!-/:-@\[-`{-~]{1,3}"
    r"|\s"
    r"| ?[\u00c0-\u024f]"  # accented Latin
    r"| ?[\u0370-\u03ff]{1,2}"  # Greek
    r"| ?[\u0400-\u052f]{1,4}"  # Cyrillic
    r"| ?[\u0590-\u06ff]{1,2}"  # Hebrew, Arabic
    r"|[\u0900-\u0dff]{1,2}"  # scripts of India
    r"|[\u3040-\u30ff]{1,2}"  # kana
    r"|[^\x00-\x7f]"  # Han, Hangul and the rest
    r"|[\x00-\x1f\x7f]"
)

# Every fourth ideograph or Hangul syllable is merged with its neighbours.
_MERGED = re.compile(r"[\u3400-\u9fff\uac00-\ud7af]{4}")

WINDOW = 65_536  # characters; a border between two may cut one token into two

# OpenAI's published framing: three tokens around each message, one for a name, three to open the reply.
PER_MESSAGE = 3
PER_NAME = 1
REPLY_PRIMING = 3
# OpenAI's tile arithmetic for a picture of 1024 x 1024, and for one at low detail.
PER_IMAGE = 765
PER_LOW_DETAIL_IMAGE = 85

_ATTACHMENTS = frozenset({"image_url", "input_image", "image", "document", "file", "input_audio"})
# Parts of a content block that the model does not read as text.
_UNREAD = frozenset({"type", "id", "tool_use_id", "call_id", "index", "signature", "data", "cache_control"})


def estimate(text: str) -> int:
    """About how many tokens `text` is; 0 only for "". Takes about 60 µs per 1,000 characters."""
    # In windows, since nothing else runs while a regular expression does, and their matches take memory.
    pieces = sum(len(_PIECE.findall(text, start, start + WINDOW)) for start in range(0, len(text), WINDOW))
    return pieces if text.isascii() else pieces - len(_MERGED.findall(text))


def estimate_messages(
    messages: Iterable[Mapping[str, Any]], tools: Iterable[Mapping[str, Any]] | None = None
) -> int:
    """About how many prompt tokens a chat request is.

    Counts text, tool calls, reasoning that is sent back and tool definitions; a picture or other attachment
    counts as a fixed number, since its size is not known offline.
    """
    total = REPLY_PRIMING + sum(map(_message, messages))
    return total + (_json(list(tools)) if tools else 0)


def _message(message: Mapping[str, Any]) -> int:
    # The two fields carry the same reasoning; only one is ever sent.
    reasoning = message.get("thinking_blocks") or message.get("reasoning_content")
    parts = (message.get("content"), message.get("tool_calls"), message.get("function_call"), reasoning)
    name = message.get("name")
    return PER_MESSAGE + sum(map(_content, parts)) + (estimate(name) + PER_NAME if name else 0)


def _content(part: object) -> int:
    """Tokens of a message's content: text, a block, or a list of either."""
    if isinstance(part, str):
        return estimate(part)
    if isinstance(part, list | tuple):
        return sum(map(_content, part))
    if not isinstance(part, Mapping):
        return 0
    kind = part.get("type")
    if isinstance(kind, str) and kind in _ATTACHMENTS:
        return _attachment(part)
    if "input" in part:  # Anthropic's tool_use
        return estimate(str(part.get("name", ""))) + _json(part["input"])
    return sum(_content(value) for key, value in part.items() if key not in _UNREAD)


def _attachment(block: Mapping[str, Any]) -> int:
    picture = block.get("image_url")
    detail = picture.get("detail") if isinstance(picture, Mapping) else block.get("detail")
    return PER_LOW_DETAIL_IMAGE if detail == "low" else PER_IMAGE


def _json(value: object) -> int:
    return estimate(msgspec.json.encode(value).decode())
