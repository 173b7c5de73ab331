"""A mocked answer as a stream: word by word, without a server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lakeway import errors
from lakeway.calls.opened import OpenedStream
from lakeway.core.exchange import JsonObject
from lakeway.core.http import NoBody
from lakeway.core.usage import normalize
from lakeway.types.chat import ModelResponseStream


def open_stream(reply: JsonObject, *, include_usage: bool, fails: bool) -> OpenedStream:
    """`fails` breaks the stream after its text, before its end."""
    head = {key: reply[key] for key in ("id", "created", "model")} | {"object": "chat.completion.chunk"}
    choices = [dict(choice) for choice in reply["choices"]]
    last = [_chunk(head, choice, {}, choice["finish_reason"]) for choice in choices]
    if include_usage:
        last.append({**head, "choices": [], "usage": reply["usage"]})
    hidden: JsonObject = {"headers": {}, "additional_headers": {}, "response_cost": None}
    failure = errors.InternalServerError("a mocked streaming error", "databricks", reply["model"])
    return OpenedStream(
        exchange=None,
        reader=_Reader([] if fails else last, failure if fails else None, normalize(reply["usage"])),
        first=[_chunk(head, choice, delta) for choice in choices for delta in _deltas(choice["message"])],
        rest=NoBody(),
        present=lambda chunks: [ModelResponseStream.from_wire(chunk) for chunk in chunks],
        hidden=hidden,
        end=lambda reader: hidden.update(usage=reader.usage),
    )


def _chunk(
    head: JsonObject, choice: Mapping[str, Any], delta: JsonObject, finish: str | None = None
) -> JsonObject:
    return {**head, "choices": [{"index": choice["index"], "delta": delta, "finish_reason": finish}]}


def _deltas(message: Mapping[str, Any]) -> list[JsonObject]:
    if calls := message.get("tool_calls"):
        return [{"role": "assistant", "tool_calls": [{"index": i, **call} for i, call in enumerate(calls)]}]
    words = (message.get("content") or "").split(" ")
    pieces = [*(f"{word} " for word in words[:-1]), words[-1]]
    return [
        {"role": "assistant", "content": pieces[0]},
        *({"content": piece} for piece in pieces[1:]),
    ]


class _Reader:
    """Chunks that were there from the start, then the end."""

    def __init__(
        self, last: list[JsonObject], failure: errors.LakewayError | None, usage: JsonObject
    ) -> None:
        self._last = last
        self._coming = failure
        self.failure: errors.LakewayError | None = None
        self.usage: JsonObject | None = usage

    def feed(self, data: bytes) -> list[JsonObject]:
        return []

    def finish(self) -> list[JsonObject]:
        self.failure = self._coming
        return self._last
