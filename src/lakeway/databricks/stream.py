"""A streamed chat reply: bytes in any chunking to chunks in OpenAI's shape with LiteLLM's additions.

A delta's content may be a string, a list or null, from one chunk to the next; usage is a running count
on every chunk (Databricks docs, query-reason-models; recorded streams). Chunks leave as they arrive.
"""

from __future__ import annotations

from typing import Any

from lakeway.core.dialects import chat_stream
from lakeway.databricks import errors
from lakeway.databricks.profiles import plain_name
from lakeway.databricks.reasoning import ORIGIN, blocks_of
from lakeway.databricks.reply import TEXT_SIGNATURES
from lakeway.databricks.think_tags import ThinkTags
from lakeway.databricks.tools import JSON_TOOL


class ChatStream(chat_stream.ChatStream):
    """Reads one stream of `model`'s."""

    def __init__(
        self,
        model: str,
        *,
        json_tool: bool = False,
        include_usage: bool = False,
        think_tags: bool = False,
    ) -> None:
        super().__init__(model, errors.READER, include_usage=include_usage)
        self._origin = plain_name(model)
        self._json_tool = json_tool
        self._think_tags = think_tags

    def _choice_reader(self) -> _Choice:
        return _Choice(self._origin, self._json_tool, self._think_tags)

    def _bare(self, wire: dict[str, Any]) -> list[dict[str, Any]]:
        """A ChatAgent endpoint streams a bare delta (databricks-ai-bridge fixtures)."""
        if not wire.get("delta"):
            return []
        return [{"index": 0, "delta": wire.pop("delta"), "finish_reason": wire.get("finish_reason")}]


class _Choice(chat_stream.Choice):
    """The state that one choice's deltas need from one chunk to the next."""

    __slots__ = (
        "_answers",
        "_block",
        "_calls",
        "_json_call",
        "_json_tool",
        "_origin",
        "_tags",
        "_withheld",
    )

    def __init__(self, origin: str, json_tool: bool, think_tags: bool) -> None:
        super().__init__()
        self._origin: str | None = origin  # until it was told: OpenAI's clients join what is told twice
        self._block = 0
        self._calls: dict[int, bool] = {}  # index of a call -> its arguments are still to come
        self._tags = ThinkTags() if think_tags else None
        self._json_tool = json_tool
        self._json_call: int | None = None  # the call whose arguments are the answer
        self._answers: set[int] = set()
        self._withheld = ""

    def _read(self, delta: dict[str, Any]) -> None:
        content = delta.get("content")
        if isinstance(content, list):
            self._items(delta, content)
        elif ORIGIN in (delta.get("provider_specific_fields") or ()):  # another gateway's name for it
            del delta["provider_specific_fields"][ORIGIN]
            self._tell_origin(delta)
        chat_stream.rename_reasoning(delta)
        if delta.get("tool_calls"):
            self._fragments(delta)
        if self._tags is not None and not self._tags.done and delta.get("content"):
            self._split(delta, self._tags.feed(delta["content"]))
        if self._json_tool and self._json_call is None and isinstance(delta.get("content"), str):
            self._withheld += delta["content"]
            delta["content"] = ""

    def _tell_origin(self, delta: dict[str, Any]) -> None:
        if self._origin is not None:
            delta.setdefault("provider_specific_fields", {})[ORIGIN] = self._origin
            self._origin = None
        elif not delta.get("provider_specific_fields"):
            delta.pop("provider_specific_fields", None)

    def _items(self, delta: dict[str, Any], items: list[Any]) -> None:
        """A content list: reasoning fragments, text, citations."""
        texts: list[str] = []
        blocks: list[dict[str, Any]] = []
        for item in items:
            if item.get("type") == "reasoning":
                blocks += blocks_of(item.get("summary") or ())
            elif isinstance(item.get("text"), str):
                texts.append(item["text"])
                fields = delta.setdefault("provider_specific_fields", {})
                if item.get("citations"):
                    fields["citation"] = item["citations"][0]
                if item.get("thoughtSignature"):
                    fields.setdefault(TEXT_SIGNATURES, []).append(item["thoughtSignature"])
        delta["content"] = "".join(texts)
        if delta.get("provider_specific_fields") == {}:
            del delta["provider_specific_fields"]
        if not blocks:
            return
        self._tell_origin(delta)
        for block in blocks:
            block["index"] = self._block
            if block.get("signature") or block["type"] == "redacted_thinking":
                self._block += 1
        delta["thinking_blocks"] = blocks
        delta["reasoning_content"] = "".join(block.get("thinking", "") for block in blocks)

    def _split(self, delta: dict[str, Any], parts: tuple[str, str]) -> None:
        thought, delta["content"] = parts
        if thought:
            delta["reasoning_content"] = thought

    def _fragments(self, delta: dict[str, Any]) -> None:
        """Tool-call fragments. Claude may open a call with "{}" before the real arguments; it is held
        until the end shows whether they were all (databricks-ai-bridge #270)."""
        kept: list[dict[str, Any]] = []
        chat_stream.number_calls(delta["tool_calls"])
        for call in delta["tool_calls"]:
            index = call["index"]
            function = call.get("function") or {}
            if self._json_tool and function.get("name") == JSON_TOOL:
                if self._json_call is None:
                    self._json_call = index
                self._answers.add(index)
            if index not in self._calls:
                self._calls[index] = True
                if function.get("arguments") == "{}":
                    function["arguments"] = ""
            if function.get("arguments"):
                self._calls[index] = False
            if self._json_call is not None and index == self._json_call:
                delta["content"] = (delta.get("content") or "") + (function.get("arguments") or "")
            elif index not in self._answers:  # a second answer beside the first is no answer
                kept.append(call)
        if kept:
            delta["tool_calls"] = kept
        else:
            del delta["tool_calls"]

    def _end(self, wire: dict[str, Any], delta: dict[str, Any]) -> None:
        own_calls = [index for index in self._calls if index not in self._answers]
        chat_stream.end(wire, called=bool(own_calls))
        if wire["finish_reason"] == "tool_calls" and not own_calls and self._json_call is not None:
            wire["finish_reason"] = "stop"
        empty = [index for index in own_calls if self._calls[index]]
        if empty:
            fragments = [{"index": index, "function": {"arguments": "{}"}} for index in empty]
            delta["tool_calls"] = [*delta.get("tool_calls", ()), *fragments]
        if self._tags is not None:
            thought, text = self._tags.finish()
            if thought or text:
                self._split(delta, (thought, (delta.get("content") or "") + text))
        if self._json_call is not None:
            if self._calls[self._json_call]:
                delta["content"] = (delta.get("content") or "") + "{}"
        elif self._withheld:
            delta["content"] = self._withheld + (delta.get("content") or "")
