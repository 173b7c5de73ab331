"""Chat and embeddings from any host that speaks OpenAI's dialect: OpenAI, vLLM, other gateways.

The dialect is the caller's own, so requests and replies pass nearly as they are. It is for the host to say
which of the parameters its models take.
"""

from __future__ import annotations

from functools import cached_property
from typing import ClassVar

from lakeway.core import shapes, web_address
from lakeway.core.dialects import embeddings as embeddings_dialect
from lakeway.core.dialects import openai_errors, openai_reply
from lakeway.core.dialects.chat_stream import ChatStream
from lakeway.core.error_reader import ErrorReader
from lakeway.core.exchange import JsonObject, StreamReader, Target
from lakeway.core.http import HeaderPairs, HttpRequest
from lakeway.core.json_exchange import JsonExchange
from lakeway.core.request import ChatRequest, EmbeddingRequest
from lakeway.errors import BadRequestError
from lakeway.providers import openai_request

PROVIDER = "openai"
OPENAI = "https://api.openai.com/v1"
CHAT, EMBEDDINGS = "/chat/completions", "/embeddings"

ERRORS = ErrorReader(
    provider=PROVIDER,
    base=f"the base of an OpenAI-compatible API, such as {OPENAI}",
    unwrap=openai_errors.unwrap,
    classify=openai_errors.classify,
    statuses=openai_errors.STATUSES,
)


class OpenAITarget(Target, frozen=True, kw_only=True):
    """`base` is what the paths of the operations are appended to, as in `https://api.openai.com/v1`."""

    base: str
    provider: str = PROVIDER


def base_of(address: str) -> str:
    """The base that an address means; that of one operation is as good. Raises BadRequestError for none."""
    found = web_address.parse(address, provider=PROVIDER)
    return found.host_url + found.path.removesuffix(CHAT).removesuffix(EMBEDDINGS)


class _OpenAIExchange(JsonExchange):
    target: OpenAITarget
    _errors: ClassVar[ErrorReader] = ERRORS


class ChatExchange(_OpenAIExchange):
    """A chat completion."""

    def __init__(self, target: OpenAITarget, chat: ChatRequest) -> None:
        self.target = target
        self._chat = chat

    @cached_property
    def _fields(self) -> JsonObject:
        try:
            return openai_request.chat(self._chat, self.target.model)
        except BadRequestError as error:
            shapes.complete(error, PROVIDER, self.target.model)
            raise

    def write_request(self, authorization: HeaderPairs) -> HttpRequest:
        """Raises BadRequestError for messages that are none, and for what JSON cannot carry."""
        url = self.target.base + CHAT
        return self.target.post_json(url, self._fields, authorization, stream=self._chat.stream)

    def _read(self, wire: JsonObject) -> JsonObject:
        return openai_reply.read(wire)

    def stream_reader(self) -> ChatStream:
        return ChatStream(self.target.model, ERRORS, include_usage=self._chat.include_usage)


class EmbeddingExchange(_OpenAIExchange):
    """One batch of inputs: its reply has a vector for each of them, as numbers, in their order."""

    def __init__(self, target: OpenAITarget, request: EmbeddingRequest) -> None:
        self.target = target
        self._request = request

    def write_request(self, authorization: HeaderPairs) -> HttpRequest:
        """Raises BadRequestError for an encoding format that is none, and for what JSON cannot carry."""
        embeddings_dialect.check_format(self._request.params)
        fields = openai_request.embeddings(self._request, self.target.model)
        return self.target.post_json(self.target.base + EMBEDDINGS, fields, authorization)

    def _read(self, wire: JsonObject) -> JsonObject:
        try:
            return embeddings_dialect.read_reply(wire, len(self._request.input))
        except (TypeError, ValueError) as cause:
            raise ERRORS.malformed(f"the answer ({cause})", model=self.target.model) from cause

    def stream_reader(self) -> StreamReader:
        raise NotImplementedError("embeddings are not streamed")
