"""A Responses event stream as chat completion chunks, one event at a time and none held back.

Follows OpenAI's streaming events, and tolerates what Databricks' agents send (recorded streams of
databricks-ai-bridge): items without deltas, `responses.completed`, bare objects, item ids that change from
one event to the next.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lakeway.core.dialects.openai_responses import CALLS, output_text, reasoning_text, refusal
from lakeway.core.exchange import JsonObject
from lakeway.core.translations.responses_to_chat import (
    citations,
    failure,
    finish_reason,
    head,
    message,
    tool_call,
    usage,
)
from lakeway.core.translations.responses_turn import OUTLINE, outline


class ResponsesToChatStream:
    """Reads the events of one stream. `complete` says that the server came to an end, good or bad."""

    def __init__(self) -> None:
        self.complete = False
        self._head: JsonObject = {}
        self._started = False
        self._open = _OpenItems()
        self._calls = 0
        self._length = 0
        self._reasoned = False

    def feed(self, event: Mapping[str, Any]) -> list[JsonObject]:
        """The chunks for `event`. An error event gives one chunk, `{"error": {"message", ...}}`."""
        read = _READERS.get(event.get("type") or "")
        if read is not None:
            return read(self, event)
        if event.get("error") or "error_code" in event:
            return self._failed(event)
        return []

    def finish(self) -> list[JsonObject]:
        """Nothing is held back, so nothing is left; unless `complete`, the stream was cut short."""
        return []

    def _begun(self, event: Mapping[str, Any]) -> list[JsonObject]:
        self._head = head(event.get("response") or {})
        # An agent that calls tools on its own side sends one response after another.
        self.complete = False
        self._open = _OpenItems()
        return []

    def _added(self, event: Mapping[str, Any]) -> list[JsonObject]:
        item = event.get("item") or {}
        state = self._open.add(event, self._length)
        return self._opened(state, item) if item.get("type") in CALLS else []

    def _opened(self, state: _Item, item: Mapping[str, Any]) -> list[JsonObject]:
        """The first fragment of a call: its id and name, the arguments still to come."""
        state.call, self._calls = self._calls, self._calls + 1
        field, _ = CALLS[item["type"]]
        return self._delta(tool_calls=[{"index": state.call, **tool_call({**item, field: ""})}])

    def _text(self, event: Mapping[str, Any]) -> list[JsonObject]:
        text = event.get("delta")
        if not text:
            return []
        self._open.find(event, self._length).sent = True
        self._length += len(text)
        chunks = self._delta(content=text)
        if event.get("logprobs"):
            chunks[0]["choices"][0]["logprobs"] = {"content": event["logprobs"], "refusal": None}
        return chunks

    def _refused(self, event: Mapping[str, Any]) -> list[JsonObject]:
        self._open.find(event, self._length).sent = True
        return self._delta(refusal=event["delta"]) if event.get("delta") else []

    def _thought(self, event: Mapping[str, Any]) -> list[JsonObject]:
        text = event.get("delta")
        state = self._open.find(event, self._length)
        kind = event["type"]
        # Some models send their reasoning and its summary; a reader wants one of the two.
        if not text or (state.kind and state.kind != kind):
            return []
        part = event.get("summary_index", event.get("content_index", 0))
        new_part = state.part != part
        state.kind, state.part, state.sent = kind, part, True
        return self._delta(reasoning_content=self._apart(text) if new_part else text)

    def _apart(self, text: str) -> str:
        """`text` as a paragraph of its own: a part of reasoning does not end with a line break."""
        first, self._reasoned = not self._reasoned, True
        return text if first else f"\n\n{text}"

    def _arguments(self, event: Mapping[str, Any]) -> list[JsonObject]:
        state = self._open.find(event, self._length)
        if state.call is None or not event.get("delta"):
            return []  # a call that was never opened comes whole with its item
        state.sent = True
        field, kind = CALLS["custom_tool_call" if "custom" in event["type"] else "function_call"]
        return self._delta(tool_calls=[{"index": state.call, kind: {field: event["delta"]}}])

    def _done(self, event: Mapping[str, Any]) -> list[JsonObject]:
        """The end of an item: what its deltas left out, which may be all of it."""
        item = event.get("item") or {}
        state = self._open.close(event, self._length)
        kind = item.get("type")
        if kind == "message":
            return self._message_done(item, state)
        if kind == "reasoning":
            text = "" if state.sent else reasoning_text(item)
            thought = {"reasoning_content": self._apart(text)} if text else {}
            return self._delta(reasoning_items=[dict(item)], **thought)
        return self._call_done(item, state) if kind in CALLS else []

    def _message_done(self, item: Mapping[str, Any], state: _Item) -> list[JsonObject]:
        delta: JsonObject = {}
        if not state.sent:
            delta = {"content": output_text(item), "refusal": refusal(item)}
            self._length += len(delta["content"])
        delta["annotations"] = list(citations(item, state.start))
        told = {name: value for name, value in delta.items() if value}
        return self._delta(**told) if told else []

    def _call_done(self, item: Mapping[str, Any], state: _Item) -> list[JsonObject]:
        chunks = self._opened(state, item) if state.call is None else []
        field, kind = CALLS[item["type"]]
        if item.get(field) and not state.sent:
            chunks += self._delta(tool_calls=[{"index": state.call, kind: {field: item[field]}}])
        return chunks

    def _ended(self, event: Mapping[str, Any]) -> list[JsonObject]:
        response = event.get("response") or {}
        if error := failure(response):
            return self._fault(error)
        self.complete = True
        self._head = {**self._head, **head(response)}
        output = response.get("output") or ()
        chunks = [] if self._started else self._whole(output)
        order = outline(output)
        delta = {"provider_specific_fields": {OUTLINE: order}} if order else {}
        chunks += self._delta(**delta)
        chunks[-1]["choices"][0]["finish_reason"] = finish_reason(response, called=self._calls > 0)
        if response.get("usage"):
            chunks[-1]["usage"] = usage(response["usage"])
        return chunks

    def _whole(self, output: Any) -> list[JsonObject]:
        """The message of a server that streams nothing but the end."""
        said = message(output)
        said.pop("provider_specific_fields", None)
        calls = said.pop("tool_calls") or ()
        self._calls = len(calls)
        told = {name: value for name, value in said.items() if value and name != "role"}
        if calls:
            told["tool_calls"] = [{"index": index, **call} for index, call in enumerate(calls)]
        return self._delta(**told) if told else []

    def _failed(self, event: Mapping[str, Any]) -> list[JsonObject]:
        """An error event: `response.failed`, OpenAI's flat form, an envelope, or Databricks' own."""
        place, _, status = (event.get("type") or "").rpartition(".")
        if place:
            return self._fault(failure({**(event.get("response") or {}), "status": status}) or {})
        if event.get("error"):
            return self._fault(failure(event) or {})
        told = {name: value for name, value in event.items() if name not in ("type", "sequence_number")}
        if "error_code" in told:
            told["code"] = told.pop("error_code")
        return self._fault(told)

    def _fault(self, error: Mapping[str, Any]) -> list[JsonObject]:
        self.complete = True
        return [{"error": dict(error)}]

    def _delta(self, **delta: Any) -> list[JsonObject]:
        if not self._started:
            self._started = True
            delta = {"role": "assistant", **delta}
        choice = {"index": 0, "delta": delta, "finish_reason": None}
        return [{**self._head, "object": "chat.completion.chunk", "choices": [choice]}]


class _Item:
    """What was sent of an item so far. `call` is its index among the tool calls."""

    __slots__ = ("call", "kind", "part", "sent", "start")

    def __init__(self, start: int) -> None:
        self.start = start
        self.call: int | None = None
        self.sent = False
        self.kind: str | None = None
        self.part: Any = None


class _OpenItems:
    """The items under way, by their place in the output, or by id where a server gives no place."""

    __slots__ = ("_items",)

    def __init__(self) -> None:
        self._items: dict[Any, _Item] = {}

    def add(self, event: Mapping[str, Any], start: int) -> _Item:
        state = _Item(start)
        for name in self._names(event):
            self._items[name] = state
        return state

    def find(self, event: Mapping[str, Any], start: int) -> _Item:
        for name in self._names(event):
            if name in self._items:
                return self._items[name]
        return self.add(event, start)

    def close(self, event: Mapping[str, Any], start: int) -> _Item:
        found = self.find(event, start)
        self._items = {name: state for name, state in self._items.items() if state is not found}
        return found

    @staticmethod
    def _names(event: Mapping[str, Any]) -> list[Any]:
        """Place first: the ids of one item may differ between its events."""
        identifier = event.get("item_id") or (event.get("item") or {}).get("id")
        return [name for name in (event.get("output_index"), identifier) if name is not None] or [None]


_READERS: Mapping[str, Callable[[ResponsesToChatStream, Mapping[str, Any]], list[JsonObject]]] = {
    "response.created": ResponsesToChatStream._begun,
    "response.output_item.added": ResponsesToChatStream._added,
    "response.output_item.done": ResponsesToChatStream._done,
    "response.output_text.delta": ResponsesToChatStream._text,
    "response.refusal.delta": ResponsesToChatStream._refused,
    "response.reasoning_summary_text.delta": ResponsesToChatStream._thought,
    "response.reasoning_text.delta": ResponsesToChatStream._thought,
    "response.function_call_arguments.delta": ResponsesToChatStream._arguments,
    "response.custom_tool_call_input.delta": ResponsesToChatStream._arguments,
    "response.completed": ResponsesToChatStream._ended,
    "responses.completed": ResponsesToChatStream._ended,
    "response.incomplete": ResponsesToChatStream._ended,
    "response.failed": ResponsesToChatStream._failed,
    "response.cancelled": ResponsesToChatStream._failed,
    "error": ResponsesToChatStream._failed,
}
