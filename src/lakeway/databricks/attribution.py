"""Whom and what a call is for, where each surface keeps it.

Serving endpoints take it in the body, as the text map `usage_context`; the Unity gateway in a header;
Responses in `metadata`, which has limits of its own. The wrong one is refused, or ignored in silence
(observed 2026-08).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from lakeway.core.http import HeaderPairs

TAGS_HEADER = "Databricks-Ai-Gateway-Request-Tags"
# OpenAI docs, responses.create: a metadata outside of these limits is a 400.
MOST_METADATA, LONGEST_KEY, LONGEST_VALUE = 16, 64, 512


def plain(metadata: Mapping[str, Any]) -> dict[str, str]:
    """The plain values of `metadata` as texts; what is nested has no place in a text map."""
    return {str(k): _text(v) for k, v in metadata.items() if isinstance(v, (str, int, float))}


def _text(value: str | float) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def header(tags: Mapping[str, str]) -> HeaderPairs:
    """The Unity gateway's header for `tags`; none for none. Headers are ASCII, other letters are escaped."""
    if not tags:
        return ()
    return ((TAGS_HEADER, json.dumps(tags, sort_keys=True, separators=(",", ":"))),)


def merged(ours: HeaderPairs, callers: HeaderPairs) -> HeaderPairs:
    """`ours`, with the tags of a header that the caller wrote himself laid over them."""
    written = [value for name, value in callers if name.lower() == TAGS_HEADER.lower()]
    if not written:
        return ours
    return tuple(
        (name, _laid_over(value, written[-1]) if name == TAGS_HEADER else value) for name, value in ours
    )


def _laid_over(ours: str, callers: str) -> str:
    """Both maps as one; what the caller wrote is sent as it is where it is no map."""
    try:
        tags = json.loads(callers)
    except ValueError:
        return callers
    return header(json.loads(ours) | tags)[0][1] if isinstance(tags, dict) else callers


def metadata(tags: Mapping[str, str]) -> dict[str, str]:
    """As many of `tags` as the metadata of Responses can hold, in their order."""
    fitting = [(k, v) for k, v in tags.items() if len(k) <= LONGEST_KEY and len(v) <= LONGEST_VALUE]
    return dict(fitting[:MOST_METADATA])
