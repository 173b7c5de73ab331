"""Chat with a Databricks model: one exchange on the chat surface, or over Responses where only that works."""

from __future__ import annotations

from functools import cached_property

from lakeway.core.exchange import Exchange, JsonObject
from lakeway.core.http import HeaderPairs, HttpRequest
from lakeway.core.request import ChatRequest
from lakeway.databricks import reply, request
from lakeway.databricks.exchange import DatabricksExchange
from lakeway.databricks.request import Body
from lakeway.databricks.responses import ResponsesExchange
from lakeway.databricks.stream import ChatStream
from lakeway.databricks.target import DatabricksTarget

# Families whose servers take the reasoning out of the text themselves.
SEPARATE_REASONING = frozenset({"claude", "gemini", "gpt", "gpt-oss"})


def exchange(target: DatabricksTarget, chat: ChatRequest) -> Exchange:
    """The exchange that `chat` needs with `target`: its model decides the surface."""
    return ResponsesExchange(target, chat) if _speaks_responses(target, chat) else ChatExchange(target, chat)


def _speaks_responses(target: DatabricksTarget, chat: ChatRequest) -> bool:
    """Some GPT models answer on Responses alone, and newer ones take tools with reasoning only there."""
    profile = target.profile
    if target.bridge or profile.responses_only:
        return True
    if not profile.tools_need_responses:
        return False
    params = request.read_params(chat, profile)
    return bool(params.get("tools")) and params.get("reasoning_effort", "none") != "none"


class ChatExchange(DatabricksExchange):
    """A chat completion on `/chat/completions` of either surface."""

    def __init__(self, target: DatabricksTarget, chat: ChatRequest) -> None:
        super().__init__(target)
        self._chat = chat
        self._gateway = target.on_gateway("chat")

    @cached_property
    def _body(self) -> Body:
        return request.write(self._chat, self.target.profile, self.target.model, gateway=self._gateway)

    def write_request(self, authorization: HeaderPairs) -> HttpRequest:
        tags = request.tags_header(self._chat) if self._gateway else ()
        return self.target.post(
            "chat", self._body.fields, authorization, stream=self._chat.stream, extra=tags
        )

    def _read(self, wire: JsonObject) -> JsonObject:
        if "choices" not in wire and "messages" in wire:
            wire = reply.agent_reply(wire)
        if not isinstance(wire.get("choices"), list):
            raise TypeError("choices is no list")
        return reply.read(wire, self.target.model, json_tool=self._body.json_tool)

    def stream_reader(self) -> ChatStream:
        return ChatStream(
            self.target.model,
            json_tool=self._body.json_tool,
            include_usage=self._chat.include_usage,
            think_tags=self.target.profile.family not in SEPARATE_REASONING,
        )
