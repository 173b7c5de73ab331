"""OpenAI's Responses dialect: what its items hold, and what an output item must look like to go back in.

Knows Databricks' limits on input (Databricks docs, query-openai-responses; databricks-ai-bridge #356) and
nothing of other dialects.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

# Parameters that keep state on the server: Databricks answers them with 400 (docs, query-openai-responses).
STATEFUL = frozenset({"background", "conversation", "previous_response_id", "store"})
# A lower max_output_tokens is refused; LiteLLM raises it too.
MIN_OUTPUT_TOKENS = 16
MAX_ID = 64
# An id that starts otherwise is refused (databricks-ai-bridge #356); the server can do without one.
ID_PREFIXES = {"message": "msg_", "function_call": "fc_"}
# The kinds of call that chat knows too: the field with what the model wrote, and chat's name of the kind.
CALLS: Mapping[str, tuple[str, str]] = {
    "function_call": ("arguments", "function"),
    "custom_tool_call": ("input", "custom"),
}


def short_id(identifier: str) -> str:
    """`identifier`, or, for a longer one than the API takes back, the same 64 characters every time.

    Databricks issues ids of 191 characters and refuses to read them (databricks-ai-bridge #356). A digest
    in place of the end keeps two of them apart.
    """
    if len(identifier) <= MAX_ID:
        return identifier
    digest = hashlib.sha256(identifier.encode()).hexdigest()[:16]
    return f"{identifier[: MAX_ID - 17]}_{digest}"


def input_item(item: Mapping[str, Any]) -> dict[str, Any]:
    """The output item `item` as the API takes it back: without status and nulls, its ids short enough."""
    kept = {name: value for name, value in item.items() if value is not None and name != "status"}
    if not str(kept.get("id", "")).startswith(ID_PREFIXES.get(kept.get("type", ""), "")):
        kept.pop("id", None)
    for name in ("id", "call_id"):
        if isinstance(kept.get(name), str):
            kept[name] = short_id(kept[name])
    if kept.get("type") == "reasoning":
        kept.setdefault("summary", [])  # required, even when empty (litellm #24690)
    return kept


def output_text(item: Mapping[str, Any]) -> str:
    """What a message item says, refusals left out."""
    parts = item.get("content") or ()
    return "".join(part.get("text") or "" for part in parts if part.get("type") == "output_text")


def refusal(item: Mapping[str, Any]) -> str:
    """What a message item gives as its reason not to answer, or nothing."""
    return "".join(part.get("refusal") or "" for part in item.get("content") or ())


def reasoning_text(item: Mapping[str, Any]) -> str:
    """The readable part of a reasoning item: its summary, else the reasoning if the model shows it."""
    for parts in (item.get("summary"), item.get("content")):
        if text := "\n\n".join(part["text"] for part in parts or () if part.get("text")):
            return text
    return ""
