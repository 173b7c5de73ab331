"""Every key of a LiteLLM 1.109.1 configuration, and of Lakeway's own, with what it does here.

Data only: `survey` looks keys up in it, a test holds it and the sections together.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, TypeAlias

from msgspec import Struct

from lakeway.core.dialects.openai_chat import PARAMETERS as OPENAI
from lakeway.core.routing import STRATEGIES
from lakeway.gateway.known_keys import REQUESTED

# `harmless` and `missing` have no effect here; it is the latter that somebody would miss.
Status: TypeAlias = Literal["used", "differs", "harmless", "missing", "unknown"]


class Key(Struct, frozen=True):
    """`remark` says what is different from LiteLLM, `advice` what to do about it: sentences, or empty."""

    status: Status
    remark: str = ""
    advice: str = ""


Table: TypeAlias = Mapping[str, Key]


def _all(key: Key, names: str) -> dict[str, Key]:
    return dict.fromkeys(names.split(), key)


def _differs(remark: str, advice: str = "") -> Key:
    return Key("differs", remark, advice)


def _harmless(remark: str) -> Key:
    return Key("harmless", remark)


def _missing(remark: str, advice: str = "") -> Key:
    return Key("missing", remark, advice)


USED: Final = Key("used")
OWN_KEYS = "Keys stand in the configuration, under 'keys:'; see `lakeway keys new`."

NO_STORE = _missing("There is no database", OWN_KEYS)
NO_STORE_TUNING = _harmless("There is no database to tune")
NO_BUDGET = _missing("Spending is counted in the metrics and not limited")
NO_CACHE = _missing("Answers are not cached; the models' own prompt caches are made use of")
NO_REDIS = _missing("Each gateway counts for itself, nothing is shared over Redis")
NO_ALERTS = _missing("No alerts are sent", "Let Prometheus alert on the metrics.")
NO_GUARDRAILS = _missing("No guardrails run here", "Databricks has its own, per endpoint.")
NO_CODE = _missing("No code but Lakeway's runs in the gateway")
NO_MCP = _missing("The gateway serves models, not MCP tools")
NO_UI = _harmless("There is no admin page")
NO_LOGIN = _missing("There is no sign-in but by key", OWN_KEYS)
NO_SECRETS = _missing("Secrets come from the environment alone", "Refer to them as os.environ/NAME.")
NO_FILES = _missing("The gateway serves chat, completions and embeddings, not files or batches")
NO_PASS_THROUGH = _missing("Only the listed endpoints are served, nothing is passed through")
NO_AUTOROUTER = _missing("The caller names the model, the gateway does not choose it")
NO_TEAMS = _missing("Teams are names for the usage tables, without settings of their own")
NO_EXPORT = _missing("Calls are not exported to this service", "There are metrics, and OpenTelemetry spans.")
NO_TUNING = _harmless("Tunes a part of LiteLLM that is not here")
ELSEWHERE = _harmless("Concerns another provider, or a service that is not used here")
ALWAYS = _harmless("Happens anyway")
QUIET = _harmless("Concerns LiteLLM's own output")

TOP: Final[Table] = {
    **_all(USED, "model_list litellm_settings general_settings router_settings environment_variables"),
    "keys": USED,
    "credential_list": USED,
    "include": _differs(
        "Sections of several files are merged key by key, where LiteLLM keeps the last one whole"
    ),
    **_all(NO_GUARDRAILS, "guardrails policies policy_attachments sandbox_tools"),
    **_all(NO_MCP, "mcp_servers mcp_tools search_tools vector_store_registry agent_list agents"),
    **_all(NO_CODE, "plugins classifier_plugin prompts"),
    **_all(NO_FILES, "files_settings finetune_settings assistant_settings"),
    "pass_through_endpoints": NO_PASS_THROUGH,
    "callback_settings": NO_EXPORT,
    "worker_registry": NO_STORE,
    "default_vertex_config": ELSEWHERE,
}

LITELLM: Final[Table] = {
    **_all(USED, "drop_params request_timeout ssl_verify dbu_usd turn_off_message_logging"),
    **_all(
        USED,
        """
        num_retries fallbacks context_window_fallbacks content_policy_fallbacks default_fallbacks
        max_fallbacks allowed_fails
        """,
    ),
    **_all(USED, "callbacks success_callback failure_callback"),
    **_all(
        QUIET,
        """
        set_verbose suppress_debug_info telemetry suppress_startup_output log_raw_request_response
        log_client_error_tracebacks log_auth_failure_key_identity request_correlation_in_logs error_logs
        disable_streaming_logging expose_router_debug_in_errors logging
        """,
    ),
    "json_logs": _harmless("The line of a call is JSON anyway"),
    "modify_params": _missing(
        "A conversation goes to the model as it is", "Mend what the model refuses in the request."
    ),
    "budget_exceeded_status_code": _harmless("There are no budgets that could be exceeded"),
    **_all(
        NO_BUDGET,
        """
        max_budget budget_duration default_soft_budget budget_exceeded_throttle_percentage budget_rollover
        max_user_budget default_max_internal_user_budget max_internal_user_budget max_ui_session_budget
        internal_user_budget_duration tag_budget_config max_end_user_budget max_end_user_budget_id
        block_requests_for_models_without_pricing budget_reset_time
        """,
    ),
    **_all(
        NO_CACHE,
        """
        cache cache_params caching caching_with_models enable_caching_on_provider_specific_optional_params
        default_in_memory_ttl default_redis_ttl default_redis_batch_cache_expiry enable_redis_auth_cache
        force_redis_hash_tag_grouping
        """,
    ),
    **_all(
        NO_EXPORT,
        """
        input_callback service_callback audit_log_callbacks cold_storage_custom_logger callback_settings
        batch_line_item_callbacks s3_callback_params s3_audit_callback_params datadog_params
        datadog_llm_observability_params newrelic_params zerobus_params pointfive_params
        aws_sqs_callback_params generic_logger_headers dynamodb_table_name store_audit_logs
        websearch_interception_params otel_tenant_destination_mode
        """,
    ),
    **_all(
        NO_TUNING,
        """
        langfuse_default_tags langfuse_enable_update_trace_keys langsmith_batch_size argilla_batch_size
        argilla_transformation_object datadog_use_v1 gcs_pub_sub_use_v1 generic_api_use_v1
        standard_logging_payload_excluded_fields safe_memory_mode disable_token_counter
        use_aiohttp_transport aiohttp_trust_env disable_aiohttp_transport disable_aiohttp_trust_env
        force_ipv4 http2 client_session aclient_session in_memory_llm_clients_cache use_client
        model_cost_map_url blog_posts_url anthropic_beta_headers_url autorouter_presets_url
        disable_hf_tokenizer_download disable_add_prefix_to_prompt disable_stop_sequence_limit
        enable_preview_features return_response_headers filter_invalid_headers network_mock
        global_disable_no_log_param allow_dynamic_callback_disabling longer_context_model_fallback_dict
        model_fallbacks num_retries_per_request disable_add_user_agent_to_request_tags email token
        """,
    ),
    **_all(
        _missing("The metrics keep their names, labels and buckets"),
        """
        prometheus_initialize_budget_metrics prometheus_latency_buckets prometheus_metrics_config
        prometheus_exclude_metrics prometheus_exclude_labels prometheus_emit_stream_label
        prometheus_emit_input_sequence_length_label prometheus_deployment_and_latency_caller_identity
        prometheus_emit_rate_limit_labels prometheus_user_budget_label_include_email_alias
        prometheus_end_user_metrics_max_series_per_metric prometheus_end_user_metrics_ttl_seconds
        prometheus_end_user_metrics_cleanup_interval_seconds prometheus_metrics_max_series_per_metric
        prometheus_metrics_ttl_seconds prometheus_metrics_cleanup_interval_seconds
        custom_prometheus_metadata_labels custom_prometheus_tags disable_end_user_cost_tracking
        disable_end_user_cost_tracking_prometheus_only enable_end_user_cost_tracking_prometheus_only
        """,
    ),
    "require_auth_for_metrics_endpoint": _differs(
        "/metrics wants a key like all else, also with false",
        "Give Prometheus a key of its own, under 'keys:'.",
    ),
    **_all(ALWAYS, "redact_user_api_key_info redact_messages_in_exceptions use_litellm_proxy"),
    **_all(
        NO_GUARDRAILS,
        """
        guardrails guardrail_name_config_map llamaguard_model_name openai_moderations_model_name
        presidio_ad_hoc_recognizers presidio_logging_only google_moderation_confidence_threshold
        llamaguard_unsafe_content_categories blocked_user_list banned_keywords_list llm_guard_mode
        output_parse_pii skip_system_message_in_guardrail skip_tool_message_in_guardrail
        """,
    ),
    **_all(NO_CODE, "post_call_rules pre_call_rules custom_provider_map custom_prompt_dict"),
    **_all(
        _missing("Prompts come with the request"),
        "global_prompt_directory global_bitbucket_config global_gitlab_config prompt_name_config_map",
    ),
    **_all(NO_MCP, "mcp_aliases mcp_semantic_tool_filter mcp_tool_search public_mcp_servers"),
    **_all(NO_MCP, "public_mcp_hub_strict_whitelist vector_store_registry vector_store_index_registry"),
    **_all(NO_MCP, "vector_store_search_failure_mode agent_search_embedding_model"),
    **_all(NO_UI, "public_model_groups public_model_groups_links public_agent_groups public_skills_index"),
    **_all(
        NO_TEAMS,
        """
        default_team_settings default_team_params default_internal_user_params default_key_generate_params
        upperbound_key_generate_params key_generation_settings personal_key_model_access_from_teams
        enable_key_alias_format_validation key_alias_pattern validate_end_user_id_in_db scim_admin_group
        scim_upsert_user default_key_max_budget_alert_emails priority_reservation
        priority_reservation_settings
        """,
    ),
    **_all(
        _missing("Prices come from Databricks' list, and from the rows' own", "State prices in the rows."),
        "cost_discount_config cost_margin_config include_cost_in_streaming_usage apply_search_free_tier",
    ),
    **_all(
        _missing("Nobody's headers or names but the configured ones are sent upstream"),
        """
        add_user_information_to_llm_headers overwrite_user_with_key_hash extra_spend_tag_headers
        forward_traceparent_to_llm_provider model_group_settings
        """,
    ),
    "model_alias_map": _missing("Has no effect", "Use router_settings.model_group_alias."),
    **_all(
        _missing(
            "Has no effect as a default of all rows", "State it in router_settings.default_litellm_params."
        ),
        "max_tokens api_base api_version api_key databricks_key headers organization project",
    ),
    **_all(
        _missing("TLS is the system's", "Point ssl_verify, or SSL_CERT_FILE, to the certificates."),
        "ssl_certificate ssl_ecdh_curve ssl_security_level proxy_auth",
    ),
    **_all(NO_FILES, "enable_loadbalancing_on_batch_endpoints require_managed_files responses"),
    **_all(NO_SECRETS, "secret_manager_client enable_model_config_credential_overrides credential_list"),
    **_all(
        ELSEWHERE,
        """
        openai_key azure_key anthropic_key groq_key cohere_key openrouter_key vertex_project vertex_location
        vertex_ai_safety_settings enable_azure_ad_token_refresh bedrock_request_metadata_fields
        bedrock_neutralize_orphaned_tool_blocks enable_gemini_default_thinking_level_low
        gemini_include_thoughts_default gemini_live_defer_setup disable_vertex_batch_output_transformation
        disable_add_transform_inline_image_block disable_anthropic_gemini_context_caching_transform
        disable_copilot_system_to_assistant use_chat_completions_url_for_anthropic_messages
        anthropic_messages_estimate_initial_input_tokens strip_anthropic_total_tokens
        anthropic_sse_ping_interval_seconds route_all_chat_openai_to_responses openai_system_messages_first
        user_url_validation user_url_allowed_hosts provider_url_destination_allowed_hosts predibase_tenant_id
        """,
    ),
    **_all(
        _missing("Caching is asked for in the request", "Use cache_control_injection_points in the row."),
        "enable_anthropic_prompt_caching anthropic_prompt_caching_ttl",
    ),
    "sse_keepalive_ping_interval_seconds": _missing("No pings are sent into streams"),
    "enable_json_schema_validation": _missing("Answers are not checked against the caller's schema"),
    "reasoning_auto_summary": _missing("Summaries of reasoning are asked for in the request"),
    "reasoning_effort_rounding": _missing("An effort that the model does not know is its own to refuse"),
    "add_function_to_prompt": _missing("Tools are sent as tools"),
}

GENERAL: Final[Table] = {
    **_all(
        USED,
        """
        litellm_key_header_name user_header_name enforce_user_param max_request_size_mb
        global_max_parallel_requests max_in_flight_requests_per_worker max_queued_requests
        max_queued_requests_per_worker queue_timeout admission_queue_timeout_seconds
        background_health_checks health_check_interval log_calls compat cors_origins
        """,
    ),
    "master_key": _differs("A wrong key is a 401; LiteLLM without a database answers 400"),
    "max_parallel_requests": _differs("Holds for each of 'keys:', and not for the master key"),
    "store_prompts_in_spend_logs": _differs("Prompts go into the lines of the log"),
    "cancel_on_disconnect": _differs("A client that goes away always cancels its call upstream"),
    "dangerously_permit_weak_or_unset_master_key": _differs(
        "Without a key programs on this machine are let in; on any other address a key is made and shown"
    ),
    **_all(
        NO_STORE,
        """
        database_url database_type database_args store_model_in_db supported_db_objects
        fail_closed_budget_enforcement fail_closed_rate_limit_enforcement accounting_capture
        accounting_sync_ack accounting_sync_ack_timeout_seconds accounting_sync_ack_failure_policy
        """,
    ),
    **_all(
        NO_STORE_TUNING,
        """
        database_connection_pool_limit database_connection_timeout database_connect_timeout
        database_socket_timeout database_max_idle_connection_lifetime database_extra_connection_params
        database_disable_prepared_statements database_connection_pool_timeout proxy_batch_write_at
        proxy_budget_rescheduler_min_time proxy_budget_rescheduler_max_time disable_spend_logs
        disable_spend_updates disable_error_logs disable_reset_budget disable_prisma_schema_update
        allow_requests_on_db_unavailable user_api_key_cache_max_size user_api_key_cache_ttl
        proxy_config_reload_interval_seconds scheduled_job_stagger spend_logs_metadata_fields
        maximum_spend_logs_retention_period maximum_spend_logs_retention_interval maximum_spend_logs_size
        maximum_spend_logs_cleanup_cron maximum_spend_logs_cleanup_target_size
        maximum_spend_logs_size_check_interval maximum_spend_logs_cleanup_batch_size
        maximum_spend_logs_cleanup_max_batches maximum_spend_logs_cleanup_run_budget
        maximum_spend_logs_cleanup_batch_timeout maximum_autorouter_session_retention_period
        maximum_health_check_retention_period maximum_daily_tag_spend_retention_period
        use_spend_logs_partitioning disable_budget_reservation disable_model_info_refresh salt_key
        disable_requester_ip_address_logging infer_model_from_keys
        """,
    ),
    **_all(NO_REDIS, "coordination_redis use_redis_transaction_buffer use_shared_health_check"),
    **_all(
        NO_ALERTS,
        """
        alerting alert_types alert_type_config alert_to_webhook_url alerting_args alerting_threshold
        spend_report_frequency spend_capture_rate_check
        """,
    ),
    **_all(
        NO_CODE,
        """
        custom_auth custom_auth_run_common_checks custom_key_generate custom_key_policy custom_key_update
        custom_sso custom_ui_sso_sign_in_handler custom_team_metadata_validate plugins
        """,
    ),
    **_all(
        NO_LOGIN,
        """
        enable_jwt_auth litellm_jwtauth enable_oauth2_auth enable_oauth2_proxy_auth oauth2_config_mappings
        enforce_rbac role_permissions allow_user_auth service_account_settings trusted_proxy_ranges
        allow_cli_sso_verification_uri_complete auto_redirect_ui_login_to_sso
        """,
    ),
    **_all(
        NO_UI,
        """
        ui_access_mode control_plane_url enable_public_model_hub hide_default_credentials_hint
        disable_password_login_when_sso_enabled disable_env_credential_login disable_master_key_return
        max_failed_login_attempts_per_source max_failed_login_attempts_per_source_overrides
        failed_login_window_seconds failed_login_block_seconds password_policy_min_length
        password_policy_require_uppercase password_policy_require_lowercase password_policy_require_numbers
        password_policy_require_special_characters password_policy_check_breached_passwords
        user_mcp_management_mode disable_auto_add_proxy_admin_to_teams disable_key_generate_for_org_admin
        disable_custom_api_keys default_team_disabled litellm_license use_team_public_model_name
        team_metadata_schema team_metadata_validation_error_message team_metadata_validation_timeout
        """,
    ),
    **_all(NO_SECRETS, "key_management_system key_management_settings use_google_kms use_azure_key_vault"),
    **_all(
        _missing("Who may come in is decided by key alone", "Put the rest before the gateway."),
        """
        allowed_routes admin_only_routes public_routes allowed_ips use_x_forwarded_for enforced_params
        reject_clientside_metadata_tags missing_session_id
        """,
    ),
    **_all(
        _missing("Nothing of a client's headers goes upstream"),
        """
        forward_client_headers_to_llm_api forward_llm_provider_auth_headers forward_openai_org_id
        request_tag_mappings
        """,
    ),
    "user_header_mappings": _missing("Has no effect", "Use general_settings.user_header_name."),
    "allow_client_side_credentials": _missing(
        "A client's own credentials are never used", "Configure a row for each credential."
    ),
    "otel": _missing("Has no effect", "Use litellm_settings.callbacks: [otel]."),
    "completion_model": _missing("The request names the model", "Use router_settings.model_group_alias."),
    **_all(
        NO_PASS_THROUGH, "pass_through_endpoints pass_through_request_timeout passthrough_managed_object_ids"
    ),
    **_all(
        NO_FILES,
        """
        max_file_size_mb max_batch_file_size_mb max_batch_file_records max_batch_file_uploads_per_day
        max_file_downloads_per_minute allowed_file_extensions blocked_file_extensions
        skip_batch_input_file_rate_limiting_for_models skip_batch_input_file_rate_limiting_for_providers
        disable_batch_input_file_rate_limiting track_unmanaged_batch_cost
        """,
    ),
    **_all(
        NO_MCP,
        """
        search_tools search_tool_deny_by_default vector_store_deny_by_default agent_access_default_deny
        mcp_internal_ip_ranges mcp_advertised_versions mcp_disabled_capabilities mcp_allowed_clients
        mcp_require_explicit_server_scope mcp_client_id_header mcp_trusted_proxy_ranges
        mcp_xff_num_trusted_hops mcp_prefer_client_id_metadata_document mcp_required_fields
        mcp_allow_all_keys_respects_mcp_scope mcp_client_side_auth_header_name mcp_session_token_signing
        enable_mcp_registry require_end_user_mcp_access_defined require_key_mcp_access_defined
        """,
    ),
    **_all(NO_BUDGET, "self_serve_budget_policy apply_user_budget_to_team_keys"),
    **_all(
        _missing("A failed deployment cools down by its calls; health checks only report"),
        """
        enable_health_check_routing health_check_staleness_threshold health_check_ignore_transient_errors
        model_list_healthy_only
        """,
    ),
    **_all(
        _harmless("Health checks run with bounds of their own"),
        """
        health_check_concurrency health_check_skip_disabled_background_models health_check_details
        background_health_check_model_groups allow_public_health_readiness_details
        """,
    ),
    "max_response_size_mb": _missing("Answers of any size are passed on"),
    "return_wildcard_routes": _harmless("Wildcards are listed as the models that they let in"),
    "enforce_fallback_model_access": _missing("A key's models are checked for the model asked for alone"),
    "disable_fallbacks_on_per_model_rate_limits": ALWAYS,
    "disable_retry_on_max_parallel_request_limit_error": ALWAYS,
    "expose_fallback_errors_to_caller": ALWAYS,
    "include_call_id_in_error_body": _missing("The call's id is in the header x-litellm-call-id"),
    "always_include_stream_usage": _missing("Usage of a stream is sent when it is asked for"),
    "token_rate_limit_type": _missing("Tokens of prompt and answer count together"),
    **_all(NO_UI, "enable_claude_code_gateway claude_code_gateway_managed_settings"),
    **_all(NO_UI, "claude_code_marketplace_auth_required"),
    **_all(
        ELSEWHERE,
        """
        disable_responses_id_security allow_unmanaged_response_ids enable_openai_websocket_passthrough
        responses_websocket_session_limit_seconds vertex_ai_pass_through_drop_anthropic_betas
        transcribe_media_buckets disable_bedrock_agent_runtime_passthrough user_url_validation
        user_url_allowed_hosts provider_url_destination_allowed_hosts enable_drain_endpoint
        drain_endpoint_token tracing
        """,
    ),
}

ROUTER: Final[Table] = {
    **_all(
        USED,
        """
        num_retries retry_policy model_group_retry_policy retry_after fallbacks context_window_fallbacks
        content_policy_fallbacks default_fallbacks max_fallbacks timeout stream_timeout routing_strategy
        default_max_parallel_requests enable_tag_filtering tag_filtering_match_any disable_cooldowns
        prompt_cache_stickiness
        """,
    ),
    "model_group_alias": _differs("An alias may lead to another alias"),
    "allowed_fails": _differs("The last deployment of a group never cools down"),
    "allowed_fails_policy": _differs("The last deployment of a group never cools down"),
    "cooldown_time": _differs("When all deployments cool down one is asked all the same"),
    "default_litellm_params": _differs("A row's own parameters win over these"),
    "routing_strategy_args": USED,
    "optional_pre_call_checks": USED,
    "enable_pre_call_checks": _harmless(
        "Prompts are not measured beforehand: what the model finds too long goes to the fallbacks for that"
    ),
    **_all(
        NO_REDIS,
        "redis_url redis_host redis_port redis_password redis_db polling_interval",
    ),
    **_all(NO_CACHE, "cache_responses cache_kwargs caching_groups"),
    **_all(NO_ALERTS, "alerting_config"),
    **_all(QUIET, "set_verbose debug_level"),
    **_all(NO_TUNING, "client_ttl router_general_settings assistants_config search_tools guardrail_list"),
    **_all(NO_CODE, "plugins"),
    **_all(NO_BUDGET, "provider_budget_config"),
    **_all(NO_AUTOROUTER, "auto_router_capability_limit"),
    **_all(
        _harmless("A conversation stays at its deployment by itself"),
        """
        deployment_affinity_ttl_seconds model_group_affinity_config session_affinity_repin_on_failover
        """,
    ),
    **_all(
        _missing("A failed deployment cools down by its calls; health checks only report"),
        """
        enable_health_check_routing health_check_staleness_threshold health_check_ignore_transient_errors
        background_health_check_model_groups
        """,
    ),
    "routing_groups": _missing("All groups have one strategy"),
    "weights": _missing("Has no effect", "State a weight in each row."),
    "max_retries": _missing("Has no effect", "Use num_retries."),
    "default_priority": _missing("Calls are served in the order in which they come"),
    "tag_routing_prefix": _missing("Tags are compared as they are"),
    "fallback_on_unsupported_params": _missing(
        "A parameter that the model does not know is an error", "Use drop_params."
    ),
    "ignore_invalid_deployments": _missing("A row that cannot be served is a mistake"),
    "enable_weighted_failover": ALWAYS,
    "enable_mid_stream_fallback_continuation": _missing("A stream that has begun is not continued elsewhere"),
}

LIMIT_PER_DAY = _missing("Limits are per minute", "Use rpm and tpm.")
ROW: Final[Table] = {
    **_all(
        USED,
        """
        model api_base base_url api_key client_id client_secret profile databricks_profile
        litellm_credential_name custom_llm_provider stream_timeout request_timeout num_retries max_retries
        cooldown_time weight order max_parallel_requests tags drop_params additional_drop_params
        allowed_openai_params headers extra_headers extra_body usage_context cache_control_injection_points
        input_cost_per_token output_cost_per_token max_tokens max_completion_tokens temperature top_p
        instruction rpm tpm timeout organization
        """,
    ),
    **_all(
        _harmless("Each request says it"),
        " ".join(sorted(REQUESTED - {"model"})),
    ),
    **_all(LIMIT_PER_DAY, "rpd tpd daily_reset_time"),
    **_all(_missing("Tokens of prompt and answer count together", "Use tpm."), "itpm otpm"),
    **_all(NO_BUDGET, "max_budget budget_duration"),
    **_all(
        _missing("Limits of a key stand with the key", OWN_KEYS),
        "default_api_key_tpm_limit default_api_key_rpm_limit",
    ),
    "configurable_clientside_auth_params": _missing(
        "A client's own credentials are never used", "Configure a row for each credential."
    ),
    **_all(
        _missing("Only real answers are given", "Use `lakeway emulator` for tests."),
        "mock_response mock_delay mock_timeout mock_tool_calls",
    ),
    **_all(
        _missing("Fallbacks are the group's, not the row's", "State them in router_settings."),
        "fallbacks context_window_fallback_dict",
    ),
    "retry_policy": _missing("Has no effect", "Use router_settings.model_group_retry_policy."),
    "ssl_verify": _missing("All hosts are trusted alike", "Use litellm_settings.ssl_verify."),
    "merge_reasoning_content_in_choices": _missing("Reasoning stays in reasoning_content"),
    **_all(
        _missing("There is one timeout for all tiers"),
        "timeout_by_service_tier stream_timeout_by_service_tier",
    ),
    "tag_regex": _missing("Tags are compared as they are"),
    **_all(_missing("No pings are sent into streams"), "keepalive_seconds allow_client_keepalive_override"),
    **_all(
        ELSEWHERE,
        """
        azure_scope region_name max_file_size_mb use_in_pass_through use_litellm_proxy rust
        provider_affinity_header use_chat_completions_api api_version
        """,
    ),
}

# What else is a model's own, and stands in a row as a default for it.
DEFAULTS: Final = OPENAI | {
    "dimensions",
    "encoding_format",
    "function_call",
    "functions",
    "output_config",
    "top_k",
}

MODEL_INFO: Final[Table] = {
    **_all(
        USED,
        """
        id access_groups base_model mode health_check_model health_check_timeout health_check_max_tokens
        disable_background_health_check
        """,
    ),
    **_all(
        _missing("Has no effect", "Leave the row out."),
        "blocked access_windows internal_router_model",
    ),
    **_all(
        _harmless("Is shown by /model/info"),
        """
        max_tokens max_input_tokens max_output_tokens db_model updated_at updated_by created_at
        created_by tier team_id team_public_model_name discoverable pricing_provider litellm_provider
        supported_environments description
        """,
    ),
    **_all(
        _harmless("Health checks ask each deployment with a request of their own"),
        "health_check_params",
    ),
    **_all(NO_BUDGET, "ptu_count cost_per_ptu_per_hour ptu_effective_from ptu_effective_to ptu_shares"),
}

KEYS: Final[Table] = _all(
    USED,
    """
    hash key key_alias models rpm rpm_limit tpm tpm_limit max_parallel_requests user_id team_id metadata
    """,
)

CREDENTIALS: Final[Table] = {
    **_all(USED, "credential_name credential_values"),
    "credential_info": _harmless("Describes the credential"),
}

MODEL_ROW: Final[Table] = _all(USED, "model_name litellm_params model_info")

# What the items of a list, or the keys of a mapping, do on their own.
CALLBACKS: Final[Table] = {**_all(USED, "prometheus otel")}
PRE_CALL_CHECKS: Final[Table] = {
    "prompt_caching": USED,
    **_all(
        _harmless("A conversation stays at its deployment by itself"), "deployment_affinity session_affinity"
    ),
    "enforce_model_rate_limits": _missing("rpm and tpm of a row steer the routing, and refuse nothing"),
    "router_budget_limiting": NO_BUDGET,
    "forward_client_headers_by_model_group": _missing("Nothing of a client's headers goes upstream"),
    **_all(ELSEWHERE, "responses_api_deployment_check encrypted_content_affinity"),
}
STRATEGY_ARGS: Final[Table] = {
    **_all(USED, "ttl lowest_latency_buffer"),
    "max_latency_list_size": _harmless("The ten last calls count, as is LiteLLM's default"),
    "ttft_percentile": _missing("The mean of the last calls counts"),
}
STRATEGY_NAMES: Final = frozenset(STRATEGIES)
