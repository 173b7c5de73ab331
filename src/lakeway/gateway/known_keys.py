"""Names that rows of a LiteLLM configuration may hold: what tells a slip of the pen from one of its features.

From LiteLLM 1.109.1. This is data; what a key means here, if anything, stands in `key_table`.
"""

from __future__ import annotations

from lakeway.calls.keywords import CONTROL
from lakeway.core.dialects.openai_chat import PARAMETERS as OPENAI


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Of a row's litellm_params: they steer the gateway, and no model may see them.
ROW_ONLY = _words(
    """
    allow_client_keepalive_override api_base api_key azure_scope budget_duration client_id client_secret
    configurable_clientside_auth_params cooldown_time custom_llm_provider daily_reset_time
    databricks_profile default_api_key_rpm_limit default_api_key_tpm_limit itpm keepalive_seconds
    litellm_credential_name max_budget max_file_size_mb max_parallel_requests
    merge_reasoning_content_in_choices mock_response model order otpm profile provider_affinity_header
    region_name rpd rpm rust stream_timeout_by_service_tier tag_regex tags timeout_by_service_tier tpd tpm
    use_chat_completions_api use_in_pass_through use_litellm_proxy weight
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
