"""The shape of what is answered, for the published page: what a client may rely on. More may be there."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypeAlias, TypedDict

Object: TypeAlias = dict[str, Any]


class ErrorFacts(TypedDict):
    """`code` is the status as text, `param` the field that is wrong."""

    message: str
    type: str
    param: str | None
    code: str


class Error(TypedDict):
    error: ErrorFacts


class Usage(TypedDict):
    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    prompt_tokens_details: NotRequired[Object | None]
    completion_tokens_details: NotRequired[Object | None]
    cache_read_input_tokens: NotRequired[int]
    cache_creation_input_tokens: NotRequired[int]


class ReplyMessage(TypedDict):
    role: str
    content: str | list[Any] | None
    tool_calls: NotRequired[list[Object] | None]
    reasoning_content: NotRequired[str | None]
    thinking_blocks: NotRequired[list[Object] | None]


class ChatChoice(TypedDict):
    index: int
    message: ReplyMessage
    finish_reason: str | None


class ChatCompletion(TypedDict):
    id: str
    object: Literal["chat.completion"]
    created: int
    model: str
    choices: list[ChatChoice]
    usage: Usage


class TextChoice(TypedDict):
    index: int
    text: str
    finish_reason: str | None
    logprobs: Object | None


class TextCompletion(TypedDict):
    id: str
    object: Literal["text_completion"]
    created: int
    model: str
    choices: list[TextChoice]
    usage: Usage


class EmbeddingUsage(TypedDict):
    prompt_tokens: int
    total_tokens: int


class Embedding(TypedDict):
    """As numbers, or as base64 of 32-bit floats."""

    object: Literal["embedding"]
    index: int
    embedding: list[float] | str


class EmbeddingList(TypedDict):
    object: Literal["list"]
    data: list[Embedding]
    model: str
    usage: EmbeddingUsage


class Model(TypedDict):
    id: str
    object: Literal["model"]
    created: int
    owned_by: str
    mode: NotRequired[str]
    max_input_tokens: NotRequired[int]
    max_output_tokens: NotRequired[int]


class ModelList(TypedDict):
    object: Literal["list"]
    data: list[Model]


class AnthropicModel(TypedDict):
    type: Literal["model"]
    id: str
    display_name: str
    created_at: str


class AnthropicModelList(TypedDict):
    data: list[AnthropicModel]
    has_more: bool
    first_id: str | None
    last_id: str | None


class ModelInfo(TypedDict):
    id: str
    db_model: bool


class ModelRow(TypedDict):
    model_name: str
    litellm_params: Object
    model_info: ModelInfo


class ModelRows(TypedDict):
    data: list[ModelRow]


class ModelGroup(TypedDict):
    model_group: str
    providers: list[str]
    mode: str | None
    max_input_tokens: int | None
    max_output_tokens: int | None
    input_cost_per_token: float | None
    output_cost_per_token: float | None


class ModelGroups(TypedDict):
    data: list[ModelGroup]


class HealthReport(TypedDict):
    healthy_endpoints: list[Object]
    unhealthy_endpoints: list[Object]
    healthy_count: int
    unhealthy_count: int


class Status(TypedDict):
    status: str


class Readiness(TypedDict):
    status: str
    db: str
    lakeway_version: str


class TokenCount(TypedDict):
    total_tokens: int
    request_model: str
    model_used: str
    tokenizer_type: str


class SupportedParams(TypedDict):
    supported_openai_params: list[str]


class Welcome(TypedDict):
    name: str
    version: str
    endpoints: list[str]
