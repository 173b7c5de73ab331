"""The names of a call's keywords: what steers Lakeway, what is meant for the model, what has no effect."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lakeway.core.cost import is_price

# Prices are read too, whatever they are called in full: see `is_price`.
HONOURED = frozenset(
    {
        "additional_drop_params",
        "allowed_openai_params",
        "api_base",
        "api_key",
        "base_url",
        "cache_control_injection_points",
        "client_id",
        "client_request_id",
        "client_secret",
        "context_window_fallback_dict",
        "custom_llm_provider",
        "databricks_partner",
        "databricks_profile",
        "databricks_user_agent",
        "drop_params",
        "extra_body",
        "extra_headers",
        "fallbacks",
        "headers",
        "max_retries",
        "mock_delay",
        "mock_response",
        "mock_timeout",
        "mock_tool_calls",
        "model_info",
        "num_retries",
        "profile",
        "request_tags",
        "request_timeout",
        "retry_policy",
        "ssl_verify",
        "stream_timeout",
        "tags",
        "timeout",
        "usage_context",
        "user_agent",
    }
)
# LiteLLM's keywords for what Lakeway does not have: caches, loggers, another provider's accounts, its own
# proxy. Accepted, so that calls written for it run; nothing reads them, and no model is sent them.
WITHOUT_EFFECT = frozenset(
    {
        "api_type",
        "api_version",
        "cache",
        "caching",
        "client",
        "custom_endpoint",
        "deployment_id",
        "enable_json_schema_validation",
        "force_timeout",
        "hf_model_name",
        "id",
        "litellm_call_id",
        "litellm_logging_obj",
        "litellm_metadata",
        "litellm_session_id",
        "litellm_trace_id",
        "logger_fn",
        "merge_reasoning_content_in_choices",
        "model_config",
        "no-log",
        "organization",
        "proxy_server_request",
        "retry_strategy",
        "rpm",
        "shared_session",
        "tpm",
        "use_litellm_proxy",
        "verbose",
    }
)
CONTROL = HONOURED | WITHOUT_EFFECT


def split(arguments: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """(control, parameters for the model); None counts as not given."""
    control: dict[str, Any] = {}
    params: dict[str, Any] = {}
    for name, value in arguments.items():
        if value is not None:
            (control if name in CONTROL or is_price(name) else params)[name] = value
    return control, params
