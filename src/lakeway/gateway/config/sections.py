"""The sections of the file beside `router_settings` and the rows, and the whole."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from lakeway.gateway.config.fields import (
    Amount,
    Chains,
    Count,
    HeaderName,
    Names,
    Positive,
    Section,
    Some,
)
from lakeway.gateway.config.keys import KeyRow
from lakeway.gateway.config.routing import RouterSettings
from lakeway.gateway.config.rows import CredentialRow, ModelRow

LARGEST_BODY_MB = 32.0
DEFAULT_QUEUE = 1000
QUEUE_SECONDS = 30.0
HEALTH_SECONDS = 300.0


class LiteLLMSettings(Section):
    """`dbu_usd`, the price of a DBU in USD, is Lakeway's own."""

    drop_params: bool = False
    num_retries: Count | None = None
    request_timeout: Positive | None = None
    fallbacks: Chains | None = None
    context_window_fallbacks: Chains | None = None
    content_policy_fallbacks: Chains | None = None
    default_fallbacks: Names | None = None
    max_fallbacks: Count | None = None
    allowed_fails: Count | None = None
    ssl_verify: bool | str = True
    callbacks: Names = Field(default=[])
    success_callback: Names = Field(default=[])
    failure_callback: Names = Field(default=[])
    turn_off_message_logging: bool = False
    dbu_usd: Positive = 0.07


class GeneralSettings(Section):
    """`max_queued_requests`, `queue_timeout` (seconds), `log_calls`, `compat` and `cors_origins` are
    Lakeway's own."""

    master_key: str | None = None
    litellm_key_header_name: HeaderName | None = None
    user_header_name: HeaderName | None = None
    enforce_user_param: bool = False
    max_request_size_mb: Positive = LARGEST_BODY_MB
    max_parallel_requests: Some | None = None
    global_max_parallel_requests: Some | None = None
    max_in_flight_requests_per_worker: Some | None = None
    max_queued_requests: Count | None = None
    max_queued_requests_per_worker: Count | None = None
    queue_timeout: Amount | None = None
    admission_queue_timeout_seconds: Amount | None = None
    background_health_checks: bool = False
    health_check_interval: Positive = HEALTH_SECONDS
    store_prompts_in_spend_logs: bool = False
    log_calls: bool = True
    cancel_on_disconnect: bool = True
    dangerously_permit_weak_or_unset_master_key: bool = False
    compat: Literal["litellm-1.109", "litellm-1.8x"] = "litellm-1.109"
    cors_origins: Names = Field(default=["*"])


class Config(Section):
    model_list: list[ModelRow] = Field(default=[])
    litellm_settings: LiteLLMSettings = LiteLLMSettings()
    general_settings: GeneralSettings = GeneralSettings()
    router_settings: RouterSettings = RouterSettings()
    environment_variables: dict[str, Any] = Field(default={})
    credential_list: list[CredentialRow] = Field(default=[])
    keys: list[KeyRow] = Field(default=[])
    include: Names = Field(default=[])
