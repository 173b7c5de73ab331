"""Names that a LiteLLM configuration may hold: what tells a slip of the pen from one of its features.

From LiteLLM 1.109.1. This is data; what a key does, if anything, is decided where it is used.
"""

from __future__ import annotations

from lakeway.calls.keywords import CONTROL
from lakeway.core.dialects.openai_chat import PARAMETERS as OPENAI


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Without effect because what they ask for happens anyway, or does not exist here: not worth a line.
ACCEPTED = frozenset({"set_verbose", "telemetry", "suppress_debug_info", "json_logs", "disable_spend_logs"})

LITELLM = _words(
    """
    alerting allow_requests_on_db_unavailable allowed_fails allowed_fails_policy
    background_health_checks budget_duration cache cache_params caching_groups callback_settings
    callbacks cancel_on_disconnect content_policy_fallbacks cooldown_time credential_list custom_auth
    dangerously_permit_weak_or_unset_master_key database_connection_pool_limit database_url
    default_max_parallel_requests default_team_settings disable_cooldowns enable_pre_call_checks
    enable_tag_filtering enforce_user_param failure_callback forward_client_headers_to_llm_api
    global_max_parallel_requests guardrails health_check_interval include litellm_key_header_name
    max_budget max_fallbacks max_parallel_requests maximum_spend_logs_retention_period mcp_servers
    model_group_retry_policy modify_params optional_pre_call_checks pass_through_endpoints prompts
    proxy_batch_write_at proxy_budget_rescheduler_max_time redact_user_api_key_info redis_host
    redis_password redis_port redis_url retry_after retry_policy routing_strategy_args salt_key
    search_tools store_model_in_db store_prompts_in_spend_logs stream_timeout success_callback
    turn_off_message_logging use_redis_transaction_buffer user_header_name vector_store_registry
    """
)

# Of a row's litellm_params: they steer the gateway, and no model may see them.
ROW_ONLY = _words(
    """
    api_base api_key azure_scope budget_duration client_id client_secret
    configurable_clientside_auth_params cooldown_time custom_llm_provider databricks_profile itpm
    litellm_credential_name max_budget max_file_size_mb max_parallel_requests
    merge_reasoning_content_in_choices mock_response model order otpm profile region_name rpd rpm rust
    tags tpd tpm use_in_pass_through use_litellm_proxy weight
    """
)

# Whatever the caller says in each request; a configuration cannot say it for him.
REQUESTED = frozenset({"model", "messages", "input", "stream"})

PARAMETERS = (
    CONTROL
    | OPENAI
    | ROW_ONLY
    | {"instruction", "max_completion_tokens", "functions", "function_call", "top_k", "dimensions"}
    | {"encoding_format", "input_cost_per_token", "output_config", "output_cost_per_token"}
)
