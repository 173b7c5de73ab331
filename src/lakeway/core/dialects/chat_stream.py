"""A streamed chat reply in OpenAI's dialect: chunks that leave as they arrive, one usage, and an end.

What a delta holds differs by provider: a subclass has a reader for each choice that knows more than `Choice`.
"""

from __future__ import annotations

from typing import Any

from lakeway.core.dialects.event_stream import EventStream
from lakeway.core.dialects.openai_errors import reports_error
from lakeway.core.dialects.openai_reply import finish_reason
from lakeway.core.error_reader import ErrorReader
from lakeway.core.usage import latest, normalize


class ChatStream(EventStream):
    """Reads one stream of `model`'s. A chunk of the usage is handed out only if `include_usage` says so."""

    def __init__(self, model: str, errors: ErrorReader, *, include_usage: bool = False) -> None:
        super().__init__(model, errors)
        self._include_usage = include_usage
        self._choices: dict[int, Choice] = {}
        self._head: dict[str, Any] = {}
        self._usage: dict[str, Any] | None = None
        self._closed = False

    def _choice_reader(self) -> Choice:
        return Choice()

    def _bare(self, wire: dict[str, Any]) -> list[dict[str, Any]]:
        """The choices of a chunk that has none; without any it is not handed out."""
        return []

    @property
    def usage(self) -> dict[str, Any] | None:
        return None if self._usage is None else normalize(self._usage)

    def _read(self, data: bytes, chunks: list[dict[str, Any]]) -> None:
        if data == b"[DONE]":
            chunks += self._close()
        if self._closed:
            return
        wire = self._decoded(data)
        if reports_error(wire):
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
        choices = wire.get("choices") or self._bare(wire)
        if not choices:
            return None
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
            choice = self._choices[index] = self._choice_reader()
        return choice.read(wire)

    def _close(self) -> list[dict[str, Any]]:
        """The chunks still owed at [DONE]: an end for a choice that had none, and the usage if asked for."""
        if self._closed:
            return []
        self._closed = True
        if not self._choices:  # an end and nothing before it is an empty answer
            self._choices[0] = self._choice_reader()
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


class Choice:
    """The state that one choice's deltas need from one chunk to the next."""

    __slots__ = ("_called", "_started", "finished")

    def __init__(self) -> None:
        self.finished = False
        self._started = False
        self._called = False

    def read(self, wire: dict[str, Any]) -> dict[str, Any]:
        """This choice of one chunk in the caller's dialect; takes `wire` over. It ends at most once."""
        delta = wire.get("delta")
        if delta is None:  # a server that does not stream answers with the whole message
            delta = wire["delta"] = wire.pop("message", None) or {}
        if self._started:
            delta.pop("role", None)
        else:
            self._started = True
            delta["role"] = delta.get("role") or "assistant"
        self._read(delta)
        if wire.setdefault("finish_reason", None) is not None:
            if self.finished:
                wire["finish_reason"] = None  # said before, and with it all that was owed
            else:
                self.finished = True
                self._end(wire, delta)
        return wire

    def _read(self, delta: dict[str, Any]) -> None:
        rename_reasoning(delta)
        if delta.get("tool_calls"):
            self._called = True
            number_calls(delta["tool_calls"])

    def _end(self, wire: dict[str, Any], delta: dict[str, Any]) -> None:
        end(wire, called=self._called)


def rename_reasoning(delta: dict[str, Any]) -> None:
    """Reasoning under LiteLLM's name for it."""
    if "reasoning" in delta:
        said = delta.pop("reasoning")
        delta["reasoning_content"] = delta.get("reasoning_content") or said


def number_calls(calls: list[dict[str, Any]]) -> None:
    """Give each fragment of a call the index that tells it from the others, where a server left it out."""
    for position, call in enumerate(calls):
        if call.get("index") is None:
            call["index"] = position


def end(wire: dict[str, Any], *, called: bool) -> None:
    """Say why the choice ended in OpenAI's words, and in the server's where they differ."""
    reason, native = finish_reason(wire["finish_reason"])
    wire["finish_reason"] = "tool_calls" if reason == "stop" and called else reason
    if native is not None:
        wire["provider_specific_fields"] = {"native_finish_reason": native}
