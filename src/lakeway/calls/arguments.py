"""Sorts a call's keywords: what steers Lakeway, and what is meant for the model."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from lakeway.core.http import HeaderPairs, Timeout
from lakeway.core.retry import RetryPolicy
from lakeway.databricks import reasoning
from lakeway.databricks.request import Leniency
from lakeway.errors import BadRequestError
from lakeway.settings import Settings
from lakeway.version import __version__

# Keywords of LiteLLM's that are no part of a request. Those that mean nothing here are accepted, so
# that calls written for it keep working.
CONTROL = frozenset(
    {
        "additional_drop_params",
        "allowed_openai_params",
        "api_base",
        "api_key",
        "api_type",
        "api_version",
        "base_url",
        "cache",
        "cache_control_injection_points",
        "caching",
        "client",
        "client_id",
        "client_request_id",
        "client_secret",
        "context_window_fallback_dict",
        "custom_endpoint",
        "custom_llm_provider",
        "databricks_partner",
        "databricks_profile",
        "databricks_user_agent",
        "deployment_id",
        "drop_params",
        "enable_json_schema_validation",
        "extra_body",
        "extra_headers",
        "fallbacks",
        "force_timeout",
        "headers",
        "hf_model_name",
        "id",
        "input_cost_per_token",
        "litellm_call_id",
        "litellm_logging_obj",
        "litellm_metadata",
        "litellm_session_id",
        "litellm_trace_id",
        "logger_fn",
        "max_retries",
        "merge_reasoning_content_in_choices",
        "mock_delay",
        "mock_response",
        "mock_timeout",
        "mock_tool_calls",
        "model_config",
        "model_info",
        "no-log",
        "num_retries",
        "organization",
        "output_cost_per_token",
        "profile",
        "proxy_server_request",
        "request_tags",
        "request_timeout",
        "retry_policy",
        "retry_strategy",
        "rpm",
        "shared_session",
        "ssl_verify",
        "stream_timeout",
        "tags",
        "timeout",
        "tpm",
        "usage_context",
        "use_litellm_proxy",
        "user_agent",
        "verbose",
    }
)
DEFAULT_RETRIES = 2
DEFAULT_TIMEOUT = 600.0
CONNECT_TIMEOUT = 10.0


def split(arguments: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """(control, parameters for the model); None counts as not given."""
    control: dict[str, Any] = {}
    params: dict[str, Any] = {}
    for name, value in arguments.items():
        if value is not None:
            (control if name in CONTROL else params)[name] = value
    return control, params


def leniency(
    control: Mapping[str, Any],
    params: Mapping[str, Any],
    settings: Settings,
    environ: Mapping[str, str] = os.environ,
) -> Leniency:
    return Leniency(
        drop=bool(control.get("drop_params", settings.drop_params)),
        dropped=tuple(control.get("additional_drop_params") or ()),
        allowed=frozenset(control.get("allowed_openai_params") or ()),
        budgets=_budgets(environ) if "reasoning_effort" in params else reasoning.BUDGETS,
    )


def _budgets(environ: Mapping[str, str]) -> Mapping[str, int]:
    """LiteLLM's way to set the thinking budgets, DEFAULT_REASONING_EFFORT_LOW_THINKING_BUDGET and so on."""
    changed = {
        effort: int(value)
        for effort in reasoning.BUDGETS
        if (value := environ.get(f"DEFAULT_REASONING_EFFORT_{effort.upper()}_THINKING_BUDGET"))
    }
    return {**reasoning.BUDGETS, **changed} if changed else reasoning.BUDGETS


def retry_policy(control: Mapping[str, Any], settings: Settings) -> RetryPolicy:
    """`num_retries`, or the openai client's `max_retries`; two unless told otherwise."""
    for given in (control.get("num_retries"), control.get("max_retries"), settings.num_retries):
        if given is not None:
            return RetryPolicy(retries=int(given))
    return RetryPolicy(retries=DEFAULT_RETRIES)


def timeout(control: Mapping[str, Any], settings: Settings, *, stream: bool) -> Timeout:
    """`timeout` in seconds, or any object with connect and read limits, such as httpx.Timeout.

    A number bounds the whole answer; of a streamed one, the wait for its start and each pause in it.
    Raises BadRequestError for anything else.
    """
    given = control.get("timeout", control.get("request_timeout"))
    if stream and control.get("stream_timeout") is not None:
        given = control["stream_timeout"]
    if given is None:
        given = settings.request_timeout
    if given is None:
        return Timeout(connect=CONNECT_TIMEOUT, read=DEFAULT_TIMEOUT)
    if isinstance(given, (int, float)) and not isinstance(given, bool) and given > 0:
        return Timeout(connect=min(CONNECT_TIMEOUT, given), read=float(given), total=float(given))
    if isinstance(given, Timeout):
        return given
    if hasattr(given, "read") and hasattr(given, "connect"):
        return Timeout(connect=given.connect, read=given.read)
    raise BadRequestError(f"timeout must be a positive number of seconds, not {given!r}.", param="timeout")


def headers(
    control: Mapping[str, Any], settings: Settings, environ: Mapping[str, str] = os.environ
) -> HeaderPairs:
    """The caller's headers and our User-Agent; a User-Agent among the caller's own is kept."""
    given = (
        {**(control.get("headers") or {}), **(control.get("extra_headers") or {})} or settings.headers or {}
    )
    pairs = tuple((str(name), str(value)) for name, value in given.items() if value is not None)
    if any(name.lower() == "user-agent" for name, _ in pairs):
        return pairs
    return (*pairs, ("User-Agent", user_agent(control, settings, environ)))


def user_agent(control: Mapping[str, Any], settings: Settings, environ: Mapping[str, str]) -> str:
    """`lakeway/<version>`, led by a partner's name where one is set: Databricks keeps it in its usage tables.

    Of `user_agent="acme/1.2"` the name counts, as with LiteLLM; a name with other characters is ignored.
    """
    partner = (
        control.get("user_agent")
        or control.get("databricks_user_agent")
        or control.get("databricks_partner")
        or settings.user_agent
        or environ.get("LITELLM_USER_AGENT")
        or environ.get("DATABRICKS_USER_AGENT")
    )
    return _user_agent(str(partner) if partner else "")


@lru_cache(maxsize=64)
def _user_agent(partner: str) -> str:
    partner = partner.partition("/")[0].strip()
    plain = partner.isascii() and partner.replace("-", "").replace("_", "").isalnum()
    return f"{partner}_lakeway/{__version__}" if plain else f"lakeway/{__version__}"


def tags(control: Mapping[str, Any]) -> dict[str, str]:
    """Attribution asked for by name: `usage_context`, `request_tags`, and LiteLLM's list of `tags`."""
    found = {**(control.get("usage_context") or {}), **(control.get("request_tags") or {})}
    if listed := control.get("tags"):
        found["tags"] = ",".join(str(tag) for tag in listed)
    return {str(name): str(value) for name, value in found.items()}
