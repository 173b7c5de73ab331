"""One assistant turn: a chat message on one side, the items of a Responses output on the other.

A chat message keeps text, calls and reasoning apart, so the order of the items is lost on it, and with it
what only Responses has (a message's phase, hosted tools). Where that matters the message carries an outline
in `provider_specific_fields`, from which the items are put together again when the turn comes back.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from lakeway.core.dialects.openai_responses import CALLS, input_item, output_text, refusal, short_id

OUTLINE = "output_items"
_LETTERS = {"reasoning": "r", "message": "m", "function_call": "c", "custom_tool_call": "c"}
_TOLD_BY_CHAT = {"type", "call_id", "length"}


def outline(output: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]] | None:
    """The order of `output` and what chat has no field for, or None when the chat message tells it all."""
    if any(refusal(item) for item in output if item.get("type") == "message"):
        return None
    entries = [_entry(item) for item in output]
    letters = "".join(_LETTERS.get(entry.get("type", ""), "x") for entry in entries)
    if re.fullmatch("r*m?c*", letters) and all(entry.keys() <= _TOLD_BY_CHAT for entry in entries):
        return None
    return entries


def _entry(item: Mapping[str, Any]) -> dict[str, Any]:
    kind = item.get("type", "")
    if kind == "reasoning":
        return {"type": kind}
    if kind == "message":
        phase = item.get("phase")
        return {"type": kind, "length": len(output_text(item)), **({"phase": phase} if phase else {})}
    if kind in CALLS:
        told = {"id", "status", "name", CALLS[kind][0]}
        return {name: value for name, value in item.items() if value is not None and name not in told}
    return dict(item)


def items(message: Mapping[str, Any], *, keep_reasoning: bool = True) -> list[dict[str, Any]]:
    """The input items for an assistant `message`: in its outline's order, or reasoning, text, calls.

    Without `keep_reasoning` the reasoning stays behind.
    """
    fields = message.get("provider_specific_fields") or {}
    reasoning = message.get("reasoning_items") or fields.get("reasoning_items") or ()
    calls = [call_item(call) for call in message.get("tool_calls") or ()]
    if called := message.get("function_call"):  # OpenAI's older form, which has no id
        calls.append(call_item({"id": called.get("name"), "function": called}))
    text = text_of(message.get("content"))
    turn = _restored(fields.get(OUTLINE), reasoning, text, calls)
    if turn is None:
        turn = [*reasoning, *_said(text, message.get("refusal")), *calls]
    return _sendable(item for item in turn if keep_reasoning or item.get("type") != "reasoning")


def text_of(content: Any) -> str:
    """The text of a chat message's content: a string, a list of parts, or nothing."""
    if content is None or isinstance(content, str):
        return content or ""
    return "".join(part if isinstance(part, str) else _part_text(part) for part in content)


def _part_text(part: Mapping[str, Any]) -> str:
    return part.get("text") or "" if part.get("type") in ("text", "output_text") else ""


def call_item(call: Mapping[str, Any]) -> dict[str, Any]:
    """A chat message's tool call as an input item. Arguments given as an object become JSON."""
    kind = "custom_tool_call" if call.get("type") == "custom" else "function_call"
    field, name = CALLS[kind]
    called = call.get(name) or {}
    written = called.get(field)
    if not isinstance(written, str):
        written = msgspec.json.encode(written or {}).decode()
    call_id = short_id(call.get("id") or "")
    return {"type": kind, "call_id": call_id, "name": called.get("name"), field: written}


def _said(text: str, refused: str | None, **extra: Any) -> Iterable[dict[str, Any]]:
    content = [{"type": "output_text", "text": text}] if text else []
    if refused:
        content.append({"type": "refusal", "refusal": refused})
    if content:
        yield {"type": "message", "role": "assistant", **extra, "content": content}


def _restored(
    entries: Any, reasoning: Sequence[Any], text: str, calls: Sequence[Mapping[str, Any]]
) -> list[Mapping[str, Any]] | None:
    """The turn in its outline's order; None when there is none, or the message was edited since."""
    if not isinstance(entries, list) or not _fits(entries, reasoning, text, calls):
        return None
    thoughts, by_id = iter(reasoning), {call["call_id"]: call for call in calls}
    turn: list[Mapping[str, Any]] = []
    for entry in entries:
        kind = entry["type"]
        if kind == "reasoning":
            turn.append(next(thoughts))
        elif kind == "message":
            extra = {name: value for name, value in entry.items() if name not in ("type", "length")}
            turn.extend(_said(text[: entry["length"]], None, **extra))
            text = text[entry["length"] :]
        elif kind in CALLS:
            turn.append({**entry, **by_id[short_id(entry["call_id"])]})
        else:
            turn.append(entry)
    return turn


def _fits(
    entries: Sequence[Any], reasoning: Sequence[Any], text: str, calls: Sequence[Mapping[str, Any]]
) -> bool:
    """Whether `entries`, which a client had in its hands, still describe the rest of the message."""
    if not all(isinstance(entry, dict) and isinstance(entry.get("type"), str) for entry in entries):
        return False
    lengths = [entry.get("length") for entry in entries if entry["type"] == "message"]
    called = [entry.get("call_id") for entry in entries if entry["type"] in CALLS]
    return (
        all(isinstance(length, int) and length >= 0 for length in lengths)
        and sum(lengths) == len(text)
        and sum(entry["type"] == "reasoning" for entry in entries) == len(reasoning)
        and all(isinstance(call_id, str) for call_id in called)
        and sorted(map(short_id, called)) == sorted(call["call_id"] for call in calls)
    )


def _sendable(turn: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The items that the API takes back.

    Reasoning without its content is a reference into a store that Databricks does not keep ("Item with id
    ... not found", continue #11785), and reasoning that nothing follows is refused ("provided without its
    required following item", openai-agents-python #1660).
    """
    kept = [input_item(item) for item in turn if item.get("type") != "reasoning" or _has_content(item)]
    while kept and kept[-1].get("type") == "reasoning":
        kept.pop()
    return kept


def _has_content(item: Mapping[str, Any]) -> bool:
    return bool(item.get("encrypted_content") or item.get("content"))
