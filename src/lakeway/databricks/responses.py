"""Chat over the Responses API, for GPT models that answer, or take tools with reasoning, only there."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import msgspec

from lakeway.core.dialects.openai_chat import DEFAULTS, canonical
from lakeway.core.exchange import JsonObject
from lakeway.core.http import HeaderPairs, HttpRequest
from lakeway.core.translations import chat_to_responses, responses_to_chat
from lakeway.core.translations.responses_to_chat_stream import ResponsesToChatStream
from lakeway.core.usage import normalize
from lakeway.databricks import errors, reasoning
from lakeway.databricks.event_stream import EventStream
from lakeway.databricks.exchange import DatabricksExchange
from lakeway.databricks.profiles import Profile
from lakeway.databricks.request import OURS, ChatRequest, attribution, tags_header, unsupported
from lakeway.databricks.target import DatabricksTarget


class ResponsesExchange(DatabricksExchange):
    """A chat completion on `/responses` of either surface."""

    def __init__(self, target: DatabricksTarget, chat: ChatRequest) -> None:
        super().__init__(target)
        self._chat = chat
        self._gateway = target.on_gateway("responses")

    @cached_property
    def _body(self) -> dict[str, Any]:
        chat, target = self._chat, self.target
        params = canonical(chat.params)
        params = {name: value for name, value in params.items() if name not in chat.leniency.dropped}
        params = reasoning.control(params, target.profile, chat.leniency.budgets)
        refused = [*chat_to_responses.unsupported(params), *_refused_sampling(params, target.profile)]
        refused = [name for name in refused if name not in chat.leniency.allowed]
        if refused and not chat.leniency.drop:
            raise unsupported(refused, target.model)
        sent = {name: value for name, value in params.items() if name not in refused and name not in OURS}
        request = {"model": target.model, "messages": chat.messages, **sent}
        if chat.stream:
            request["stream"] = True
        body = chat_to_responses.request(request, keep_reasoning="reasoning_effort" in target.profile.accepts)
        if not self._gateway and (context := attribution(chat, target.profile)):
            body["usage_context"] = context
        return {**body, **chat.extra_body}

    def write_request(self, authorization: HeaderPairs) -> HttpRequest:
        tags = tags_header(self._chat, self.target.profile) if self._gateway else ()
        return self.target.post("responses", self._body, authorization, stream=self._chat.stream, extra=tags)

    def _read(self, wire: JsonObject) -> JsonObject:
        if failed := responses_to_chat.failure(wire):
            raise errors.read_event(msgspec.json.encode({"error": failed}), model=self.target.model)
        if not isinstance(wire.get("output"), list):
            raise TypeError("output is no list")
        reply = responses_to_chat.reply(wire)
        reply["usage"] = normalize(reply.get("usage"))
        return reply

    def stream_reader(self) -> ResponsesStream:
        return ResponsesStream(self.target.model, include_usage=self._chat.include_usage)


def _refused_sampling(params: dict[str, Any], profile: Profile) -> list[str]:
    """Reasoning GPTs sample as they like; asking for the default is no request."""
    names = (name for name in ("temperature", "top_p", "top_k") if name in params)
    return [name for name in names if name not in profile.accepts and params[name] != DEFAULTS.get(name)]


class ResponsesStream(EventStream):
    """Bytes of a Responses event stream to chat chunks."""

    def __init__(self, model: str, *, include_usage: bool) -> None:
        super().__init__(model)
        self.usage: JsonObject | None = None
        self._translation = ResponsesToChatStream()
        self._include_usage = include_usage

    def _read(self, data: bytes, chunks: list[JsonObject]) -> None:
        if data == b"[DONE]":
            return
        for chunk in self._translation.feed(self._decoded(data)):
            if "error" in chunk:
                raise self._fault(msgspec.json.encode(chunk))
            usage = chunk.pop("usage", None)
            chunks.append(chunk)
            if usage:
                self.usage = normalize(usage)
                if self._include_usage:
                    chunks.append({**chunk, "choices": [], "usage": self.usage})

    def _ended(self, chunks: list[JsonObject]) -> bool:
        return self._translation.complete
