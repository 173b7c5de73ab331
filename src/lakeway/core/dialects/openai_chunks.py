"""Chat chunks put together again: the whole reply that a stream was pieces of.

Reasoning keeps its blocks and signatures, so that the message can go back like one that was not
streamed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lakeway.core.exchange import JsonObject


def assemble(chunks: Sequence[Mapping[str, Any]]) -> JsonObject | None:
    """The chat completion that `chunks` make up, without usage unless a chunk carries it; None for none."""
    if not chunks:
        return None
    choices: dict[int, _Choice] = {}
    reply: JsonObject = {"object": "chat.completion"}
    for chunk in chunks:
        for key in ("id", "created", "model", "system_fingerprint", "service_tier"):
            if chunk.get(key) is not None:
                reply.setdefault(key, chunk[key])
        if chunk.get("usage"):
            reply["usage"] = dict(chunk["usage"])
        for choice in chunk.get("choices") or ():
            choices.setdefault(choice.get("index", 0), _Choice()).add(choice)
    reply["choices"] = [choices[index].made(index) for index in sorted(choices)]
    return reply


class _Choice:
    def __init__(self) -> None:
        self._text: dict[str, list[str]] = {}
        self._role = "assistant"
        self._finish: str | None = None
        self._calls: dict[int, JsonObject] = {}
        self._blocks: list[JsonObject] = []
        self._block_index: Any = None
        self._reasoning_items: list[Any] = []
        self._fields: JsonObject = {}
        self._citations: list[Any] = []
        self._logprobs: list[Any] = []

    def add(self, choice: Mapping[str, Any]) -> None:
        delta = choice.get("delta") or {}
        self._role = delta.get("role") or self._role
        self._finish = choice.get("finish_reason") or self._finish
        for key in ("content", "reasoning_content", "refusal"):
            if delta.get(key):
                self._text.setdefault(key, []).append(delta[key])
        for call in delta.get("tool_calls") or ():
            self._add_call(call)
        for block in delta.get("thinking_blocks") or ():
            self._add_block(block)
        self._reasoning_items.extend(delta.get("reasoning_items") or ())
        for key, value in (delta.get("provider_specific_fields") or {}).items():
            if key == "citation":
                self._citations.append([value])
            elif isinstance(value, list):
                self._fields[key] = [*self._fields.get(key, ()), *value]
            else:
                self._fields[key] = value
        self._logprobs.extend((choice.get("logprobs") or {}).get("content") or ())

    def _add_call(self, fragment: Mapping[str, Any]) -> None:
        index = fragment.get("index")
        call = self._calls.setdefault(
            len(self._calls) if index is None else index, {"function": {"arguments": ""}}
        )
        for key, value in fragment.items():
            if key not in ("index", "function") and value is not None:
                call[key] = value
        function = fragment.get("function") or {}
        for key, value in function.items():
            if key != "arguments" and value is not None:
                call["function"][key] = value
        call["function"]["arguments"] += function.get("arguments") or ""

    def _add_block(self, fragment: Mapping[str, Any]) -> None:
        """A fragment joins the block before it, unless that was signed or the server counts a new one."""
        index = fragment.get("index")
        last = self._blocks[-1] if self._blocks else None
        joins = (
            last is not None
            and last["type"] == fragment.get("type") == "thinking"
            and not last["signature"]
            and index == self._block_index
        )
        self._block_index = index
        if joins and last is not None:
            last["thinking"] += fragment.get("thinking") or ""
            last["signature"] = fragment.get("signature") or ""
        elif fragment.get("type") == "thinking":
            self._blocks.append(
                {
                    "type": "thinking",
                    "thinking": fragment.get("thinking") or "",
                    "signature": fragment.get("signature") or "",
                }
            )
        else:
            self._blocks.append({key: value for key, value in fragment.items() if key != "index"})

    def made(self, index: int) -> JsonObject:
        text = {key: "".join(parts) for key, parts in self._text.items()}
        calls = [self._made_call(self._calls[i]) for i in sorted(self._calls)]
        message: JsonObject = {
            "content": text.pop("content", None if calls else ""),
            "role": self._role,
            "tool_calls": calls or None,
            "function_call": None,
            **text,
        }
        if self._blocks:
            message["thinking_blocks"] = self._blocks
        if self._reasoning_items:
            message["reasoning_items"] = self._reasoning_items
        if fields := self._made_fields():
            message["provider_specific_fields"] = fields
        choice: JsonObject = {"finish_reason": self._finish or "stop", "index": index, "message": message}
        if self._logprobs:
            choice["logprobs"] = {"content": self._logprobs}
        return choice

    def _made_fields(self) -> JsonObject:
        fields = dict(self._fields)
        if self._blocks or self._citations:
            fields["citations"] = self._citations or None
        if self._blocks:
            fields["thinking_blocks"] = self._blocks
        return fields

    def _made_call(self, call: JsonObject) -> JsonObject:
        call["function"]["arguments"] = call["function"]["arguments"] or "{}"
        call.setdefault("type", "function")
        return call
