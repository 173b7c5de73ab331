"""What is known of a model: limits in tokens, prices in USD, abilities. LiteLLM's keys."""

from __future__ import annotations

from typing import Any, Literal, Required, TypeAlias, TypedDict

Mode: TypeAlias = Literal["chat", "completion", "embedding", "responses"]


class ModelInfo(TypedDict, total=False):
    """Prices are USD per token; None means not known, never free."""

    key: Required[str]
    max_tokens: Required[int | None]
    max_input_tokens: Required[int | None]
    max_output_tokens: Required[int | None]
    input_cost_per_token: Required[float | None]
    output_cost_per_token: Required[float | None]
    litellm_provider: Required[str]
    mode: Required[Mode]
    supported_openai_params: list[str] | None
    cache_creation_input_token_cost: float | None
    cache_creation_input_token_cost_above_1hr: float | None
    cache_read_input_token_cost: float | None
    input_cost_per_token_batches: float | None
    output_cost_per_token_batches: float | None
    output_cost_per_reasoning_token: float | None
    input_dbu_cost_per_token: float | None
    output_dbu_cost_per_token: float | None
    output_vector_size: int | None
    rpm: int | None
    tpm: int | None
    supports_system_messages: bool | None
    supports_response_schema: bool | None
    supports_vision: bool | None
    supports_function_calling: bool | None
    supports_parallel_function_calling: bool | None
    supports_tool_choice: bool | None
    supports_assistant_prefill: bool | None
    supports_prompt_caching: bool | None
    supports_audio_input: bool | None
    supports_audio_output: bool | None
    supports_pdf_input: bool | None
    supports_native_streaming: bool | None
    supports_web_search: bool | None
    supports_reasoning: bool | None
    supports_sampling_params: bool | None
    supports_adaptive_thinking: bool | None
    metadata: dict[str, Any] | None
