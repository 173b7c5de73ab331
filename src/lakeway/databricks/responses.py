"""Chat over the Responses API, for GPT models that answer, or take tools with reasoning, only there."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import msgspec

from lakeway.core import shapes
from lakeway.core.dialects import openai_messages
from lakeway.core.dialects.event_stream import EventStream
from lakeway.core.exchange import JsonObject
from lakeway.core.http import HeaderPairs, HttpRequest
from lakeway.core.request import ChatRequest
from lakeway.core.translations import chat_to_responses, responses_to_chat
from lakeway.core.translations.responses_to_chat_stream import ResponsesToChatStream
from lakeway.core.usage import normalize
from lakeway.databricks import attribution, errors
from lakeway.databricks.exchange import DatabricksExchange
from lakeway.databricks.profiles import SAMPLING, Profile
from lakeway.databricks.request import (
    OURS,
    asks_for_default,
    read_params,
    tags_header,
    tags_of,
    unsupported,
)
from lakeway.databricks.target import DatabricksTarget
from lakeway.errors import BadRequestError

# What both surfaces call the same, and a model refuses on both.
REFUSED_ALIKE = SAMPLING | {"logprobs", "service_tier", "top_k", "top_logprobs"}


class ResponsesExchange(DatabricksExchange):
    """A chat completion on `/responses` of either surface."""

    target: DatabricksTarget

    def __init__(self, target: DatabricksTarget, chat: ChatRequest) -> None:
        super().__init__(target)
        self._chat = chat
        self._gateway = target.on_gateway("responses")

    @cached_property
    def _body(self) -> dict[str, Any]:
        try:
            return self._write()
        except BadRequestError as error:
            shapes.complete(error, "databricks", self.target.model)
            raise

    def _write(self) -> dict[str, Any]:
        body = chat_to_responses.request(
            {
                "model": self.target.model,
                "messages": openai_messages.read(self._chat.messages),
                **self._params(),
                **({"stream": True} if self._chat.stream else {}),
            },
            keep_reasoning="reasoning_effort" in self.target.profile.accepts,
        )
        return {**body, **self._identity(), **self._chat.extra_body}

    def _params(self) -> dict[str, Any]:
        """The parameters to translate. Raises UnsupportedParamsError for those that nobody can be given."""
        chat, profile = self._chat, self.target.profile
        params = read_params(chat, profile)
        refused = [*chat_to_responses.unsupported(params), *_refused(params, profile)]
        refused = [name for name in refused if name not in chat.leniency.allowed]
        if refused and not chat.leniency.drop:
            raise unsupported(refused, self.target.model)
        sent = {name: value for name, value in params.items() if name not in refused and name not in OURS}
        effort = chat.params.get("reasoning_effort")
        if isinstance(effort, Mapping) and effort.get("summary"):  # which chat has no word for
            sent["reasoning"] = {"summary": effort["summary"], **sent.get("reasoning", {})}
        return sent

    def _identity(self) -> dict[str, Any]:
        """`user` and `metadata`, which Responses has itself; there is no `usage_context` here.

        On a serving endpoint the metadata holds the caller's tags and request id too, for want of another
        place.
        """
        chat = self._chat
        tags = attribution.plain(chat.params.get("metadata") or {})
        if not self._gateway:
            tags |= tags_of(chat, inferred=False)
            if chat.client_request_id is not None:
                tags.setdefault("client_request_id", chat.client_request_id)
        fields = {"user": chat.params.get("user"), "metadata": attribution.metadata(tags)}
        return {name: value for name, value in fields.items() if value}

    def write_request(self, authorization: HeaderPairs) -> HttpRequest:
        tags = tags_header(self._chat) if self._gateway else ()
        return self.target.post("responses", self._body, authorization, stream=self._chat.stream, extra=tags)

    def _read(self, wire: JsonObject) -> JsonObject:
        if failed := responses_to_chat.failure(wire):
            raise errors.read_event(msgspec.json.encode({"error": failed}), model=self.target.model)
        if not isinstance(wire.get("output"), list):
            raise TypeError("output is no list of items")
        reply = responses_to_chat.reply(wire)
        reply["usage"] = normalize(reply.get("usage"))
        return reply

    def stream_reader(self) -> ResponsesStream:
        return ResponsesStream(self.target.model, include_usage=self._chat.include_usage)


def _refused(params: Mapping[str, Any], profile: Profile) -> list[str]:
    """Reasoning GPTs sample as they like, and not every model has tiers; the default is no request."""
    if profile.any_parameter:
        return []
    names = [name for name in params if name in REFUSED_ALIKE and name not in profile.accepts]
    return [name for name in names if not asks_for_default(name, params[name])]


class ResponsesStream(EventStream):
    """Bytes of a Responses event stream to chat chunks."""

    def __init__(self, model: str, *, include_usage: bool) -> None:
        super().__init__(model, errors.READER)
        self.usage: JsonObject | None = None
        self._translation = ResponsesToChatStream()
        self._include_usage = include_usage

    def _read(self, data: bytes, chunks: list[JsonObject]) -> None:
        if data == b"[DONE]":
            return
        event = self._decoded(data)
        if event.get("object") == "response":  # a server that does not stream answers with the whole
            event = {"type": "response.completed", "response": event}
        for chunk in self._translation.feed(event):
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
