"""Chat messages as a caller writes them: OpenAI's shapes, with what Claude adds to them.

For type checkers only: at run time a message is a plain dict and is checked by the server.
"""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypeAlias, TypedDict


class CacheControl(TypedDict):
    type: Literal["ephemeral"]
    ttl: NotRequired[Literal["5m", "1h"]]


class TextPart(TypedDict):
    type: Literal["text"]
    text: str
    cache_control: NotRequired[CacheControl]


class ImageURL(TypedDict):
    """`url` is an address or a `data:` URL."""

    url: str
    detail: NotRequired[Literal["auto", "low", "high"]]


class ImagePart(TypedDict):
    type: Literal["image_url"]
    image_url: ImageURL | str
    cache_control: NotRequired[CacheControl]


class InputAudio(TypedDict):
    data: str
    format: str


class AudioPart(TypedDict):
    type: Literal["input_audio"]
    input_audio: InputAudio


class FilePart(TypedDict):
    type: Literal["file"]
    file: dict[str, Any]


Part: TypeAlias = TextPart | ImagePart | AudioPart | FilePart
Content: TypeAlias = str | list[Part] | list[TextPart]


class ThinkingBlock(TypedDict):
    """Claude's reasoning; `signature` must come back as it was."""

    type: Literal["thinking"]
    thinking: str
    signature: str


class RedactedThinkingBlock(TypedDict):
    type: Literal["redacted_thinking"]
    data: str


class ToolCallFunction(TypedDict):
    name: str
    arguments: str


class ToolCall(TypedDict):
    id: str
    type: Literal["function"]
    function: ToolCallFunction


class SystemMessage(TypedDict):
    role: Literal["system", "developer"]
    content: str | list[TextPart]
    name: NotRequired[str]
    cache_control: NotRequired[CacheControl]


class UserMessage(TypedDict):
    role: Literal["user"]
    content: Content
    name: NotRequired[str]
    cache_control: NotRequired[CacheControl]


class AssistantMessage(TypedDict):
    role: Literal["assistant"]
    content: NotRequired[Content | None]
    name: NotRequired[str]
    tool_calls: NotRequired[list[ToolCall] | None]
    reasoning_content: NotRequired[str | None]
    thinking_blocks: NotRequired[list[ThinkingBlock | RedactedThinkingBlock] | None]
    cache_control: NotRequired[CacheControl]


class ToolMessage(TypedDict):
    role: Literal["tool"]
    content: Content
    tool_call_id: str
    name: NotRequired[str]
    cache_control: NotRequired[CacheControl]


ChatMessage: TypeAlias = SystemMessage | UserMessage | AssistantMessage | ToolMessage
# Plain dicts, a reply's own `Message` and other libraries' messages are taken as well.
Messages: TypeAlias = list[ChatMessage] | list[dict[str, Any]] | list[Any]
