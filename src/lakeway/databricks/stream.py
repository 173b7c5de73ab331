"""A streamed chat reply: bytes in any chunking to chunks in OpenAI's shape with LiteLLM's additions.

A delta's content may be a string, a list or null, from one chunk to the next; usage is a running count
on every chunk (Databricks docs, query-reason-models; recorded streams). Chunks leave as they arrive.
"""

from __future__ import annotations

from typing import Any

from lakeway.core.usage import latest, normalize
from lakeway.databricks.event_stream import EventStream
from lakeway.databricks.profiles import plain_name
from lakeway.databricks.reasoning import ORIGIN, blocks_of
from lakeway.databricks.reply import TEXT_SIGNATURES, finish_reason
from lakeway.databricks.think_tags import ThinkTags
from lakeway.databricks.tools import JSON_TOOL


class ChatStream(EventStream):
    """Reads one stream of `model`'s."""

    def __init__(
        self,
        model: str,
        *,
        json_tool: bool = False,
        include_usage: bool = False,
        think_tags: bool = False,
    ) -> None:
        super().__init__(model)
        self._include_usage = include_usage
        self._origin = plain_name(model)
        self._json_tool = json_tool
        self._think_tags = think_tags
        self._choices: dict[int, _Choice] = {}
        self._head: dict[str, Any] = {}
        self._usage: dict[str, Any] | None = None
        self._closed = False

    @property
    def usage(self) -> dict[str, Any] | None:
        return None if self._usage is None else normalize(self._usage)

    def _read(self, data: bytes, chunks: list[dict[str, Any]]) -> None:
        if data == b"[DONE]":
            chunks += self._close()
        if self._closed:
            return
        wire = self._decoded(data)
        if wire.get("error") or "error_code" in wire:
            raise self._fault(data)
        chunk = self._chunk(wire)
        if chunk is not None:
            chunks.append(chunk)

    def _ended(self, chunks: list[dict[str, Any]]) -> bool:
        if not self._closed and self._choices and all(c.finished for c in self._choices.values()):
            chunks += self._close()
        return self._closed

    def _chunk(self, wire: dict[str, Any]) -> dict[str, Any] | None:
        usage = wire.pop("usage", None)
        if isinstance(usage, dict) and usage:
            # Nearly every chunk repeats all the counts, so the last one stands for itself.
            complete = self._usage is None or (
                usage.get("total_tokens") and usage.keys() >= self._usage.keys()
            )
            self._usage = usage if complete else latest(self._usage, usage)
        choices = wire.get("choices")
        if not choices:
            if not wire.get("delta"):
                return None
            # A ChatAgent endpoint streams a bare delta (databricks-ai-bridge fixtures).
            choices = [{"index": 0, "delta": wire.pop("delta"), "finish_reason": wire.get("finish_reason")}]
        if not self._head:
            self._head = {key: wire[key] for key in ("id", "created", "model") if key in wire}
        wire["object"] = "chat.completion.chunk"
        wire["choices"] = [self._choice(choice, position) for position, choice in enumerate(choices)]
        return wire

    def _choice(self, wire: dict[str, Any], position: int) -> dict[str, Any]:
        index = wire.get("index")
        if index is None:
            index = wire["index"] = position
        choice = self._choices.get(index)
        if choice is None:
            choice = self._choices[index] = _Choice(self._origin, self._json_tool, self._think_tags)
        return choice.read(wire)

    def _close(self) -> list[dict[str, Any]]:
        """The chunks still owed at [DONE]: an end for a choice that had none, and the usage if asked for."""
        if self._closed:
            return []
        self._closed = True
        if not self._choices:  # an end and nothing before it is an empty answer
            self._choices[0] = _Choice(self._origin, self._json_tool, self._think_tags)
        ends = [
            choice.read({"index": index, "delta": {}, "finish_reason": "stop"})
            for index, choice in self._choices.items()
            if not choice.finished
        ]
        chunks = [self._made([end]) for end in ends]
        if self._include_usage and self._usage is not None:
            chunks.append({**self._made([]), "usage": normalize(self._usage)})
        return chunks

    def _made(self, choices: list[dict[str, Any]]) -> dict[str, Any]:
        return {**self._head, "object": "chat.completion.chunk", "choices": choices}


class _Choice:
    """The state that one choice's deltas need from one chunk to the next."""

    __slots__ = (
        "_answers",
        "_block",
        "_calls",
        "_json_call",
        "_json_tool",
        "_origin",
        "_started",
        "_tags",
        "_withheld",
        "finished",
    )

    def __init__(self, origin: str, json_tool: bool, think_tags: bool) -> None:
        self.finished = False
        self._origin = origin
        self._started = False
        self._block = 0
        self._calls: dict[int, bool] = {}  # index of a call -> its arguments are still to come
        self._tags = ThinkTags() if think_tags else None
        self._json_tool = json_tool
        self._json_call: int | None = None  # the call whose arguments are the answer
        self._answers: set[int] = set()
        self._withheld = ""

    def read(self, wire: dict[str, Any]) -> dict[str, Any]:
        delta = wire.get("delta")
        if delta is None:  # a server that does not stream answers with the whole message
            delta = wire["delta"] = wire.pop("message", None) or {}
        if self._started:
            delta.pop("role", None)
        else:
            self._started = True
            delta["role"] = delta.get("role") or "assistant"
        content = delta.get("content")
        if isinstance(content, list):
            self._items(delta, content)
        elif ORIGIN in (delta.get("provider_specific_fields") or ()):  # another gateway's name for it
            delta["provider_specific_fields"][ORIGIN] = self._origin
        if "reasoning" in delta:
            said = delta.pop("reasoning")
            delta["reasoning_content"] = delta.get("reasoning_content") or said
        if delta.get("tool_calls"):
            self._fragments(delta)
        if self._tags is not None and not self._tags.done and delta.get("content"):
            self._split(delta, self._tags.feed(delta["content"]))
        if self._json_tool and self._json_call is None and isinstance(delta.get("content"), str):
            self._withheld += delta["content"]
            delta["content"] = ""
        if wire.setdefault("finish_reason", None) is not None:
            if self.finished:
                wire["finish_reason"] = None  # said before, and with it all that was owed
            else:
                self._end(wire, delta)
        return wire

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
        if self._block == 0:
            delta.setdefault("provider_specific_fields", {})[ORIGIN] = self._origin
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
        for position, call in enumerate(delta["tool_calls"]):
            index = call.get("index")
            if index is None:
                index = call["index"] = position
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
        self.finished = True
        reason, native = finish_reason(wire["finish_reason"])
        own_calls = [index for index in self._calls if index not in self._answers]
        if reason == "stop" and own_calls:
            reason = "tool_calls"
        elif reason == "tool_calls" and not own_calls and self._json_call is not None:
            reason = "stop"
        wire["finish_reason"] = reason
        if native is not None:
            wire["provider_specific_fields"] = {"native_finish_reason": native}
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
