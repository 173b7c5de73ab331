"""The rows of `model_list` and `credential_list`."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from lakeway.gateway.config.fields import Amount, Count, Names, Positive, Section, Some


class Parameters(Section):
    """Those of a row's parameters whose form matters here; the others go to the model as they are."""

    api_base: str | None = None
    base_url: str | None = None
    api_key: str | None = None
    client_id: str | None = None
    client_secret: str | None = None
    profile: str | None = None
    databricks_profile: str | None = None
    litellm_credential_name: str | None = None
    custom_llm_provider: str | None = None
    timeout: Positive | None = None
    stream_timeout: Positive | None = None
    request_timeout: Positive | None = None
    num_retries: Count | None = None
    max_retries: Count | None = None
    cooldown_time: Amount | None = None
    weight: Amount | None = None
    rpm: Amount | None = None
    tpm: Amount | None = None
    order: int | None = None
    max_parallel_requests: Some | None = None
    tags: Names | None = None
    drop_params: bool | None = None
    additional_drop_params: list[str] | None = None
    allowed_openai_params: list[str] | None = None
    headers: dict[str, str] | None = None
    extra_headers: dict[str, str] | None = None
    extra_body: dict[str, Any] | None = None
    usage_context: dict[str, str] | None = None
    cache_control_injection_points: list[dict[str, Any]] | None = None
    input_cost_per_token: Amount | None = None
    output_cost_per_token: Amount | None = None
    max_tokens: Some | None = None
    max_completion_tokens: Some | None = None
    temperature: Amount | None = None
    top_p: Amount | None = None
    instruction: str | None = None
    organization: str | None = None


class LiteLLMParams(Parameters):
    model: str


class ModelInfo(Section):
    """`access_groups` are names under which a key may be given several models. `base_model` is the model that
    a custom endpoint serves, by whose prices its calls are counted."""

    id: Annotated[str, Field(min_length=1)] | None = None
    access_groups: Names | None = None
    base_model: str | None = None
    mode: str | None = None
    health_check_model: str | None = None
    health_check_timeout: Positive | None = None
    health_check_max_tokens: Some | None = None
    disable_background_health_check: bool | None = None


class ModelRow(Section):
    model_name: str
    litellm_params: LiteLLMParams
    model_info: ModelInfo = ModelInfo()


class CredentialRow(Section):
    """What rows name by `litellm_credential_name`, to be written once."""

    credential_name: str
    credential_values: Parameters
    credential_info: dict[str, Any] = Field(default={})
