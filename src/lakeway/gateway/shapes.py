"""The shape of a request body: what must be a text, a list or an object, to the depth that our code reads.

A body of another shape is the client's error, and is answered with the place of it. What a value may be
beyond its shape is for the model's endpoint to say.
"""

from __future__ import annotations

from typing import Annotated, Any, Required, TypeAlias, TypedDict

import msgspec
from msgspec import Meta

from lakeway.errors import BadRequestError

Object: TypeAlias = dict[str, Any]


class Part(TypedDict, total=False):
    type: str
    text: str | None
    image_url: str | Object | None
    source: Object | None
    cache_control: Object | None
    citations: list[Any] | None


class Function(TypedDict, total=False):
    name: str | None
    description: str | None
    arguments: Any
    parameters: Object | None


class ToolCall(TypedDict, total=False):
    id: Required[str | None]
    function: Function | None
    provider_specific_fields: Object | None
    cache_control: Object | None


class Message(TypedDict, total=False):
    role: str | None
    content: str | list[str | Part] | None
    name: str | None
    tool_calls: list[ToolCall] | None
    tool_call_id: str | None
    function_call: Function | None
    thinking_blocks: list[Object] | None
    provider_specific_fields: Object | None
    cache_control: Object | None


class Tool(TypedDict, total=False):
    type: str | None
    name: str | None
    function: Function | None
    input_schema: Object | None


class JsonSchema(TypedDict, total=False):
    schema: Object | None


class ResponseFormat(TypedDict, total=False):
    type: str | None
    json_schema: JsonSchema | None
    response_schema: Object | None


class Effort(TypedDict, total=False):
    effort: str | None


class Chat(TypedDict, total=False):
    model: str
    messages: list[Message]
    stream: bool
    stream_options: Object
    tools: list[Tool]
    tool_choice: str | Object
    functions: list[Function]
    function_call: str | Object
    response_format: ResponseFormat
    response_schema: Object
    reasoning_effort: str | Effort
    thinking: bool | Object
    output_config: Object
    metadata: Object
    service_tier: str
    user: str


# Each prompt is a call upstream, while the request counts as one call against limits.
MOST_PROMPTS = 128
Prompts: TypeAlias = Annotated[list[str], Meta(min_length=1, max_length=MOST_PROMPTS)]


class Completions(TypedDict, total=False):
    """What becomes of it is a chat, and has to have the shape of one too."""

    model: str
    prompt: str | Prompts
    stream: bool
    stream_options: Object
    logprobs: bool | int
    metadata: Object
    service_tier: str
    user: str


class Embeddings(TypedDict, total=False):
    model: str
    input: str | list[str | int | list[int]]
    encoding_format: str
    dimensions: int
    instruction: str
    metadata: Object
    service_tier: str
    user: str


Shape: TypeAlias = type[Chat] | type[Completions] | type[Embeddings]


def check(body: Object, shape: Shape, required: str, endpoint: str) -> None:
    """Raises BadRequestError naming the field that is missing or has another shape."""
    for name in ("model", required):
        if name not in body:
            raise BadRequestError(f"{endpoint}: Missing required parameter: '{name}'.", param=name)
    try:
        msgspec.convert(body, shape)
    except msgspec.ValidationError as error:
        reason, _, place = str(error).partition(" - at `$")
        place = place.rstrip("`").removeprefix(".")
        raise BadRequestError(f"{endpoint}: {place or 'the body'}: {reason}.", param=place or None) from error
