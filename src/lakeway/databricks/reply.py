"""A whole chat reply in OpenAI's shape with LiteLLM's additions.

Content arrives as a string, a list of items or null, depending on the family and on thinking
(Databricks docs, query-reason-models); readers see text, `reasoning_content` and `thinking_blocks`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lakeway.core.dialects import openai_reply
from lakeway.databricks.profiles import plain_name
from lakeway.databricks.reasoning import ORIGIN, blocks_of
from lakeway.databricks.tools import JSON_TOOL

# Where Gemini's signatures of text are kept: it wants them back, in order (docs, thought signatures).
TEXT_SIGNATURES = "thought_signatures"


def read(wire: dict[str, Any], model: str, *, json_tool: bool = False) -> dict[str, Any]:
    """The reply `wire` of `model` as a chat completion; takes `wire` over.

    `id` and `created` are left out where the server left them out: the caller fills them in.
    """
    choices = [
        _choice(choice, index, model, json_tool) for index, choice in enumerate(wire.get("choices") or ())
    ]
    return openai_reply.completion(wire, choices)


def agent_reply(wire: dict[str, Any]) -> dict[str, Any]:
    """A ChatAgent endpoint's reply, `{"messages": [...]}`, as a reply with one choice.

    The last message is the answer; all of them stay in `messages`.
    """
    messages = wire.get("messages") or []
    last = dict(messages[-1]) if messages else {"role": "assistant", "content": ""}
    finish = wire.get("finish_reason") or "stop"
    return {**wire, "choices": [{"index": 0, "message": last, "finish_reason": finish}]}


def _choice(wire: Mapping[str, Any], index: int, model: str, json_tool: bool) -> dict[str, Any]:
    message = _message(wire.get("message") or {}, model)
    choice = openai_reply.choice(wire, index, message)
    if json_tool and message["tool_calls"]:
        choice["finish_reason"] = _unwrap(message, choice["finish_reason"])
    return choice


def _message(wire: Mapping[str, Any], model: str) -> dict[str, Any]:
    content = wire.get("content")
    thought: str | None = None
    blocks: list[dict[str, Any]] = []
    fields: dict[str, Any] = {}
    if isinstance(content, Sequence) and not isinstance(content, str):
        content, thought, blocks, fields = _read_items(content, model)
    if thought is None:
        thought = openai_reply.reasoning_beside(wire)
    if thought is None and isinstance(content, str):
        thought, content = split_think(content)
    message = openai_reply.message(wire, content, thought)
    if blocks:
        message["thinking_blocks"] = blocks
    if fields:
        message["provider_specific_fields"] = fields
    elif message.get("thinking_blocks"):
        # From another gateway, which named the model behind it: to this caller it is the one he asked.
        message["provider_specific_fields"] = {
            **(message.get("provider_specific_fields") or {}),
            ORIGIN: plain_name(model),
        }
    return message


def _read_items(
    items: Sequence[Any], model: str
) -> tuple[str, str | None, list[dict[str, Any]], dict[str, Any]]:
    """Text, reasoning text, thinking blocks and `provider_specific_fields` of a content list.

    Unsigned reasoning (GPT OSS) makes blocks too, with an empty signature as LiteLLM shows them.
    """
    texts: list[str] = []
    blocks: list[dict[str, Any]] = []
    citations: list[Any] = []
    signatures: list[str] = []
    for item in items:
        if isinstance(item, str):
            texts.append(item)
        elif item.get("type") == "reasoning":
            blocks.extend(blocks_of(item.get("summary") or ()))
        elif isinstance(item.get("text"), str):
            texts.append(item["text"])
            if item.get("citations"):
                citations.append([{**c, "supported_text": item["text"]} for c in item["citations"]])
            if item.get("thoughtSignature"):
                signatures.append(item["thoughtSignature"])
    fields: dict[str, Any] = {"citations": citations or None} if blocks or citations else {}
    if blocks:
        fields |= {"thinking_blocks": blocks, ORIGIN: plain_name(model)}
    if signatures:
        fields[TEXT_SIGNATURES] = signatures
    thoughts = [block["thinking"] for block in blocks if block["type"] == "thinking"]
    return "".join(texts), "".join(thoughts) if thoughts else None, blocks, fields


def split_think(text: str) -> tuple[str | None, str]:
    """Reasoning that a model wrote at the start of its text as `<think>…</think>`, and the rest."""
    start = text.lstrip()
    if not start.startswith("<think>"):
        return None, text
    thought, closed, rest = start[len("<think>") :].partition("</think>")
    return (thought.strip(), rest.lstrip()) if closed else (None, text)


def _unwrap(message: dict[str, Any], reason: str) -> str:
    """The structured answer out of its tool call, back into content; the caller's own calls stay."""
    answers = [call for call in message["tool_calls"] if call["function"]["name"] == JSON_TOOL]
    if not answers:
        return reason
    message["content"] = answers[0]["function"]["arguments"]
    message["tool_calls"] = [c for c in message["tool_calls"] if c not in answers] or None
    return reason if message["tool_calls"] else "stop"
