"""Chat completions, whole and streamed: OpenAI's shape with LiteLLM's additions and LiteLLM's constructors.

Our own code wraps replies with `from_wire`; the constructors, with their defaults, are for people.
"""

# ruff: noqa: A002  (parameters are named as the wire and LiteLLM name them)

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lakeway.types.reply import Reply, built_list, current_second, fresh_id
from lakeway.types.tool_calls import (
    ChatCompletionDeltaToolCall,
    ChatCompletionMessageToolCall,
    Function,
    FunctionCall,
)
from lakeway.types.usage import (
    CompletionTokensDetailsWrapper,
    PromptTokensDetailsWrapper,
    ServerToolUse,
    Usage,
)
from lakeway.types.wire import Json, WireObject

__all__ = [
    "ChatCompletionDeltaToolCall",
    "ChatCompletionMessageToolCall",
    "ChoiceLogprobs",
    "Choices",
    "CompletionTokensDetailsWrapper",
    "Delta",
    "Function",
    "FunctionCall",
    "Message",
    "ModelResponse",
    "ModelResponseStream",
    "PromptTokensDetailsWrapper",
    "ServerToolUse",
    "StreamingChoices",
    "TokenLogprob",
    "TopLogprob",
    "Usage",
]


class TopLogprob(WireObject):
    token: str
    bytes: list[int] | None = None
    logprob: float


class TokenLogprob(WireObject, nested={"top_logprobs": TopLogprob}):
    token: str
    bytes: list[int] | None = None
    logprob: float
    top_logprobs: list[TopLogprob]


class ChoiceLogprobs(WireObject, nested={"content": TokenLogprob, "refusal": TokenLogprob}):
    content: list[TokenLogprob] | None = None
    refusal: list[TokenLogprob] | None


class Message(
    WireObject, nested={"tool_calls": ChatCompletionMessageToolCall, "function_call": FunctionCall}
):
    """`thinking_blocks` hold the signatures that the model needs back; send the message back as it is."""

    content: str | None = None
    role: str = "assistant"
    tool_calls: list[ChatCompletionMessageToolCall] | None = None
    function_call: FunctionCall | None = None
    provider_specific_fields: Json | None
    reasoning_content: str | None
    thinking_blocks: list[Json] | None
    reasoning_items: list[Json] | None
    annotations: list[Json] | None
    images: list[Json] | None
    audio: Json | None
    refusal: str | None

    def __init__(
        self,
        content: str | None = None,
        role: str | None = "assistant",
        function_call: FunctionCall | Json | None = None,
        tool_calls: list[Any] | None = None,
        audio: Json | None = None,
        images: list[Json] | None = None,
        provider_specific_fields: Json | None = None,
        reasoning_content: str | None = None,
        thinking_blocks: list[Json] | None = None,
        reasoning_items: list[Json] | None = None,
        annotations: list[Json] | None = None,
        **fields: Any,
    ) -> None:
        extras = {
            "provider_specific_fields": provider_specific_fields,
            "reasoning_content": reasoning_content,
            "thinking_blocks": thinking_blocks,
            "reasoning_items": reasoning_items,
            "annotations": annotations,
            "images": images,
            "audio": audio,
        }
        super().__init__(
            content=content,
            role=role or "assistant",
            tool_calls=built_list(ChatCompletionMessageToolCall, tool_calls) if tool_calls else None,
            function_call=FunctionCall._built(function_call),
            **_without_none(extras),
            **fields,
        )


class Choices(WireObject, nested={"message": Message, "logprobs": ChoiceLogprobs}):
    finish_reason: str = "stop"
    index: int = 0
    message: Message
    logprobs: ChoiceLogprobs | None
    provider_specific_fields: Json | None

    def __init__(
        self,
        finish_reason: str | None = None,
        index: int | None = 0,
        message: Message | Json | None = None,
        logprobs: ChoiceLogprobs | Json | None = None,
        enhancements: Any = None,
        provider_specific_fields: Json | None = None,
        **fields: Any,
    ) -> None:
        extras = {
            "logprobs": ChoiceLogprobs._built(logprobs),
            "provider_specific_fields": provider_specific_fields,
            "enhancements": enhancements,
        }
        super().__init__(
            finish_reason=finish_reason or "stop",
            index=index or 0,
            message=Message() if message is None else Message._built(message),
            **_without_none(extras),
            **fields,
        )

    @property
    def reasoning_content(self) -> str | None:
        """The message's; LiteLLM's page prints it here too."""
        return self.message.reasoning_content

    @property
    def thinking_blocks(self) -> list[Json] | None:
        """The message's; LiteLLM's page prints them here too."""
        return self.message.thinking_blocks


class ModelResponse(Reply, nested={"choices": Choices, "usage": Usage}):
    id: str
    created: int
    model: str | None = None
    object: str = "chat.completion"
    system_fingerprint: str | None = None
    choices: list[Choices]
    usage: Usage
    service_tier: str | None

    def __init__(
        self,
        id: str | None = None,
        choices: list[Any] | None = None,
        created: int | None = None,
        model: str | None = None,
        object: str | None = None,  # taken and not used, as LiteLLM does
        system_fingerprint: str | None = None,
        usage: Usage | Json | None = None,
        stream: bool | None = None,
        stream_options: Json | None = None,
        response_ms: float | None = None,
        hidden_params: Json | None = None,
        _response_headers: Mapping[str, str] | None = None,
        **fields: Any,
    ) -> None:
        super().__init__(
            id=fresh_id() if id is None else id,
            created=current_second() if created is None else created,
            model=model,
            object="chat.completion",
            system_fingerprint=system_fingerprint,
            choices=[Choices()] if choices is None else built_list(Choices, choices),
            **({} if usage is None else {"usage": Usage._built(usage)}),
            **fields,
        )
        self._note(response_ms, hidden_params, _response_headers)


class Delta(WireObject, nested={"tool_calls": ChatCompletionDeltaToolCall, "function_call": FunctionCall}):
    provider_specific_fields: Json | None = None
    content: str | None = None
    role: str | None = None
    function_call: FunctionCall | None = None
    tool_calls: list[ChatCompletionDeltaToolCall] | None = None
    audio: Json | None = None
    reasoning_content: str | None
    thinking_blocks: list[Json] | None
    reasoning_items: list[Json] | None
    annotations: list[Json] | None
    images: list[Json] | None

    def __init__(
        self,
        content: str | None = None,
        role: str | None = None,
        function_call: FunctionCall | Json | None = None,
        tool_calls: list[Any] | None = None,
        audio: Json | None = None,
        images: list[Json] | None = None,
        reasoning_content: str | None = None,
        thinking_blocks: list[Json] | None = None,
        reasoning_items: list[Json] | None = None,
        annotations: list[Json] | None = None,
        **fields: Any,
    ) -> None:
        thought = fields.pop("reasoning", None)
        extras = {
            "reasoning_content": thought if reasoning_content is None else reasoning_content,
            "thinking_blocks": thinking_blocks,
            "reasoning_items": reasoning_items,
            "annotations": annotations,
            "images": images,
        }
        super().__init__(
            content=content,
            role=role,
            function_call=FunctionCall._built(function_call),
            tool_calls=None if tool_calls is None else _tool_call_deltas(tool_calls),
            audio=audio,
            **_without_none(extras),
            **fields,
        )


class StreamingChoices(WireObject, nested={"delta": Delta, "logprobs": ChoiceLogprobs}):
    finish_reason: str | None = None
    index: int = 0
    delta: Delta
    logprobs: ChoiceLogprobs | None = None

    def __init__(
        self,
        finish_reason: str | None = None,
        index: int | None = 0,
        delta: Delta | Json | None = None,
        logprobs: ChoiceLogprobs | Json | None = None,
        enhancements: Any = None,
        **fields: Any,
    ) -> None:
        super().__init__(
            finish_reason=finish_reason,
            index=index or 0,
            delta=Delta() if delta is None else Delta._built(delta),
            logprobs=ChoiceLogprobs._built(logprobs),
            **_without_none({"enhancements": enhancements}),
            **fields,
        )


class ModelResponseStream(Reply, nested={"choices": StreamingChoices, "usage": Usage}):
    id: str
    created: int
    model: str | None = None
    object: str = "chat.completion.chunk"
    system_fingerprint: str | None = None
    choices: list[StreamingChoices]
    provider_specific_fields: Json | None = None
    usage: Usage | None
    service_tier: str | None

    def __init__(
        self,
        choices: list[Any] | None = None,
        id: str | None = None,
        created: int | None = None,
        provider_specific_fields: Json | None = None,
        **fields: Any,
    ) -> None:
        if fields.get("usage") is not None:
            fields["usage"] = Usage._built(fields["usage"])
        fields["object"] = "chat.completion.chunk"
        super().__init__(
            id=fresh_id() if id is None else id,
            created=current_second() if created is None else created,
            choices=[StreamingChoices()] if choices is None else built_list(StreamingChoices, choices),
            provider_specific_fields=provider_specific_fields,
            **fields,
        )


def _tool_call_deltas(calls: list[Any]) -> list[Any]:
    """Pieces of tool calls; those without an index are numbered as they come."""
    made, unnumbered = [], 0
    for call in calls:
        if type(call) is not dict:
            made.append(call)
            continue
        index = call.get("index")
        if index is None:
            index, unnumbered = unnumbered, unnumbered + 1
        fields = {**call, "type": call.get("type") or "function", "index": index}
        made.append(ChatCompletionDeltaToolCall(**fields))
    return made


def _without_none(fields: Json) -> Json:
    return {name: value for name, value in fields.items() if value is not None}
