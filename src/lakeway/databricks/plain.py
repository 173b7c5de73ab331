"""A plain chat with a Databricks model: what its profile takes as it comes is not taken apart."""

from __future__ import annotations

from functools import lru_cache

from lakeway.core.dialects import plain_chat
from lakeway.core.dialects.plain_chat import Plain
from lakeway.core.exchange import JsonObject
from lakeway.core.http import HeaderPairs, HttpRequest, HttpResponse
from lakeway.core.usage import normalize
from lakeway.databricks import attribution, reply
from lakeway.databricks.chat import SEPARATE_REASONING
from lakeway.databricks.exchange import DatabricksExchange
from lakeway.databricks.profiles import Profile
from lakeway.databricks.stream import ChatStream
from lakeway.databricks.target import DatabricksTarget


def takes(target: DatabricksTarget) -> frozenset[str] | None:
    """Which parameters of a plain request the model takes as they are; None where no request is plain."""
    return None if target.bridge else _takes(target.profile)


@lru_cache(maxsize=1024)
def _takes(profile: Profile) -> frozenset[str] | None:
    if profile.responses_only:
        return None
    taken = {name for name in plain_chat.SAMPLING if name in profile.accepts or profile.any_parameter}
    if profile.always_thinks:  # the one value that it takes is left out
        taken.discard("temperature")
    return frozenset(taken)


class PlainExchange(DatabricksExchange):
    """`tags` are what the usage tables are told of the call."""

    def __init__(self, target: DatabricksTarget, chat: Plain, tags: dict[str, str]) -> None:
        super().__init__(target)
        self._chat = chat
        self._tags = tags

    def write_request(self, authorization: HeaderPairs) -> HttpRequest:
        target, chat, profile = self.target, self._chat, self.target.profile
        gateway = target.on_gateway("chat")
        counts = (
            chat.stream
            and not gateway
            and (chat.include_usage or profile.asks_for_usage)
            and "stream_options" in profile.accepts
        )
        body = plain_chat.write_request(
            chat,
            target.model,
            usage_wanted=bool(counts),
            usage_context=self._tags if profile.catalogued and not gateway else None,
        )
        extra = attribution.header(self._tags) if gateway else ()
        return target.post_bytes("chat", body, authorization, stream=bool(chat.stream), extra=extra)

    def read_reply(self, response: HttpResponse) -> JsonObject:
        wire = plain_chat.read_reply(response.body)
        if wire is None:
            return super().read_reply(response)
        wire["usage"] = normalize(wire["usage"])
        return wire

    def _read(self, wire: JsonObject) -> JsonObject:
        if not isinstance(wire.get("choices"), list):
            raise TypeError("choices is no list")
        return reply.read(wire, self.target.model)

    def stream_reader(self) -> ChatStream:
        return ChatStream(
            self.target.model,
            include_usage=self._chat.include_usage,
            think_tags=self.target.profile.family not in SEPARATE_REASONING,
        )
