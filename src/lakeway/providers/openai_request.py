"""The bodies of requests in OpenAI's dialect to a host that speaks it.

Parameters go as the caller gave them. What only replies carry, or only LiteLLM knows, stays behind: such
hosts refuse a field that they do not know. `allowed_openai_params` sends it all the same, `reasoning_content`
for one to a model that wants its reasoning back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import Any

from lakeway.core import shapes
from lakeway.core.dialects import openai_chat, openai_messages
from lakeway.core.exchange import JsonObject
from lakeway.core.request import ChatRequest, EmbeddingRequest, without

# Anthropic's own: hosts of other models know them too, and OpenAI's does not, so `drop_params` decides.
NOT_OPENAI = frozenset({"context_management", "thinking"})
# Reasoning as a part of the content, which goes by the same rule as the fields that hold it.
REASONING_PARTS = frozenset({"reasoning", "redacted_thinking", "thinking"})
# Gemini's marks on its own calls, as Databricks writes them.
SIGNATURES = frozenset({"thoughtSignature"})
# Vectors are asked for as numbers, whatever the caller wants to see; metadata is no parameter of embeddings.
NOT_FOR_EMBEDDINGS = frozenset({"encoding_format", "metadata"})


def chat(request: ChatRequest, model: str) -> JsonObject:
    """The body of a chat request. Raises BadRequestError that names the place of what is no message."""
    leniency = request.leniency
    hidden = (openai_messages.REPLY_ONLY | SIGNATURES) - leniency.allowed
    params = _chat_params(request, hidden)
    if request.stream:
        asked = shapes.an_object(params.get("stream_options") or {}, "stream_options")
        params |= {"stream": True, "stream_options": {**asked, "include_usage": True}}
    else:
        params.pop("stream_options", None)
    return {
        "model": model,
        "messages": messages(request.messages, hidden),
        **without(params, leniency.dropped),
        **request.extra_body,
    }


def _chat_params(request: ChatRequest, hidden: Set[str]) -> dict[str, Any]:
    allowed = request.leniency.allowed
    params = {name: value for name, value in request.params.items() if value is not None}
    # OpenAI takes metadata of what it is to store, and refuses it otherwise; most often it is for LiteLLM.
    unwanted = frozenset() if params.get("store") else frozenset({"metadata"})
    if request.leniency.drop:
        unwanted |= NOT_OPENAI
    for name in unwanted - allowed:
        params.pop(name, None)
    if isinstance(params.get("response_format"), type):
        params["response_format"] = openai_chat.response_format(params["response_format"])
    if "tools" in params:
        tools = shapes.objects(params["tools"], "tools")
        params["tools"] = [_plain(tool, hidden) for tool in tools]
    return params


def messages(given: Any, hidden: Set[str]) -> list[JsonObject]:
    """The messages without the `hidden` fields, at every depth that may hold one."""
    return [_message(message, hidden) for message in openai_messages.read(given)]


def _message(message: JsonObject, hidden: Set[str]) -> JsonObject:
    if len(message) == 2 and "role" in message and type(message.get("content")) is str:  # as nearly all are
        return message
    # Null stands for absent, and is refused where a list belongs, but it is what a call's content may be.
    written = {k: v for k, v in _plain(message, hidden).items() if v is not None or k == "content"}
    if isinstance(written.get("content"), list):
        written["content"] = _parts(written["content"], hidden) or ""
    if "tool_calls" in written:
        written["tool_calls"] = [_plain(call, hidden) for call in written["tool_calls"]]
    return written


def _parts(parts: Sequence[Any], hidden: Set[str]) -> list[JsonObject]:
    listed = [{"type": "text", "text": part} if isinstance(part, str) else part for part in parts]
    if "thinking_blocks" in hidden:
        listed = [part for part in listed if part.get("type") not in REASONING_PARTS]
    return [_plain(part, hidden) for part in listed]


def _plain(given: Mapping[str, Any], hidden: Set[str]) -> JsonObject:
    return {name: value for name, value in given.items() if name not in hidden}


def embeddings(request: EmbeddingRequest, model: str) -> JsonObject:
    leniency = request.leniency
    params = {
        name: value
        for name, value in without(request.params, leniency.dropped).items()
        if name in leniency.allowed or not (name in NOT_FOR_EMBEDDINGS or value is None or value == "")
    }
    return {"model": model, "input": request.input, **params, **request.extra_body}
