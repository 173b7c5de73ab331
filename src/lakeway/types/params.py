"""The parameters of each call, written once: `completion` and `acompletion` unpack the same TypedDict.

For type checkers: import it under `TYPE_CHECKING` only. A parameter that the model does not take raises
UnsupportedParamsError, or is left out with `drop_params`; one that is not listed here goes to the model.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias, TypedDict

from lakeway.types.model_info import ModelInfo

ReasoningEffort: TypeAlias = Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"]
Json: TypeAlias = dict[str, Any]


class ConnectionParams(TypedDict, total=False):
    """Where a call goes, who pays, how long it may take, and what to do when it fails.

    Times are in seconds. `timeout` is each attempt's own, as in openai's client: with two retries a call may
    last three times as long, and the waits between them. Prices are USD per token.
    """

    api_key: str | None
    api_base: str | None
    base_url: str | None
    api_version: str | None
    client_id: str | None
    client_secret: str | None
    profile: str | None
    databricks_profile: str | None
    databricks_user_agent: str | None
    databricks_partner: str | None
    custom_llm_provider: str | None
    extra_headers: Mapping[str, str] | None
    headers: Mapping[str, str] | None
    extra_body: Json | None
    timeout: float | Any | None
    request_timeout: float | Any | None
    num_retries: int | None
    max_retries: int | None
    retry_policy: Mapping[str, int | None] | Any | None
    fallbacks: Sequence[str | Json] | None
    context_window_fallback_dict: Mapping[str, str] | None
    ssl_verify: bool | str | Any | None
    user_agent: str | None
    client_request_id: str | None
    usage_context: Mapping[str, str] | None
    drop_params: bool | None
    additional_drop_params: Sequence[str] | None
    allowed_openai_params: Sequence[str] | None
    input_cost_per_token: float | None
    output_cost_per_token: float | None
    cache_read_input_token_cost: float | None
    cache_creation_input_token_cost: float | None
    model_info: ModelInfo | Json | None
    metadata: Json | None
    request_tags: Mapping[str, str] | None
    tags: Sequence[str] | None
    mock_response: Any


class ChatParams(ConnectionParams, total=False):
    """Every parameter of `completion` but `model` and `messages`."""

    max_tokens: int | None
    max_completion_tokens: int | None
    temperature: float | None
    top_p: float | None
    top_k: int | None
    stop: str | Sequence[str] | None
    n: int | None
    stream_options: Json | None
    tools: Sequence[Mapping[str, Any]] | None
    tool_choice: str | Json | None
    parallel_tool_calls: bool | None
    functions: Sequence[Mapping[str, Any]] | None
    function_call: str | Json | None
    response_format: Json | type[Any] | None
    reasoning_effort: ReasoningEffort | str | None
    thinking: Json | bool | None
    user: str | None
    seed: int | None
    service_tier: str | None
    logprobs: bool | None
    top_logprobs: int | None
    logit_bias: Mapping[str, float] | None
    presence_penalty: float | None
    frequency_penalty: float | None
    verbosity: Literal["low", "medium", "high"] | None
    store: bool | None
    modalities: Sequence[str] | None
    prediction: Json | None
    audio: Json | None
    safety_identifier: str | None
    prompt_cache_key: str | None
    prompt_cache_retention: str | None
    context_management: Sequence[Json] | None
    web_search_options: Json | None
    stream_timeout: float | Any | None
    cache_control_injection_points: Sequence[Mapping[str, Any]] | None
    mock_tool_calls: Sequence[Mapping[str, Any]] | None
    mock_delay: float | None
    mock_timeout: bool | None


class EmbeddingParams(ConnectionParams, total=False):
    """Every parameter of `embedding` but `model` and `input`."""

    instruction: str | None
    dimensions: int | None
    encoding_format: Literal["float", "base64"] | None
    user: str | None
