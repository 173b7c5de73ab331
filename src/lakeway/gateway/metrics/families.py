"""The table of metrics: names, labels and buckets as LiteLLM 1.109.1 has them (its page on Prometheus).

Left out are labels that nothing here could fill and that page does not list: `client_ip`, `user_agent` and
`service_tier`. What begins with `lakeway_` is our own.
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

from msgspec import Struct

Kind: TypeAlias = Literal["counter", "gauge", "histogram"]
Names: TypeAlias = tuple[str, ...]

# Seconds; the last bucket, +Inf, is not listed.
BUCKETS: Final = (
    *(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5),
    *(1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 420.0, 600.0),
)


class Family(Struct, frozen=True):
    """A counter's name is without the `_total` that its samples end in. `worst` says that the highest of
    several processes' values counts, not their sum."""

    name: str
    kind: Kind
    help: str
    worst: bool = False


def _words(text: str) -> Names:
    return tuple(text.split())


_KEY: Final = _words("hashed_api_key api_key_alias")
_CALLER: Final = (*_KEY, *_words("team team_alias"))
_PERSON: Final = _words("end_user user")
_PLACE: Final = _words("litellm_model_name model_id api_base api_provider")
_ANSWERED: Final = _words("model_id api_provider")
_ERROR: Final = _words("exception_status exception_class")

REQUEST: Final = (*_PERSON, *_CALLER, *_words("user_email requested_model status_code route"), *_ANSWERED)
REFUSAL: Final = (*_PERSON, *_CALLER, *_words("user_email requested_model route"), *_ANSWERED, *_ERROR)
USAGE: Final = (*_PERSON, *_CALLER, *_words("user_email requested_model model"), *_ANSWERED)
LATENCY: Final = (*_PERSON, *_CALLER, *_words("requested_model model model_group"), *_ANSWERED)
OVERHEAD: Final = (*_KEY, *_PLACE, "model_group")
ATTEMPT: Final = (*_CALLER, *_PLACE, *_words("model_group requested_model"))
FAILURE: Final = (*ATTEMPT, *_ERROR)
FALLBACK: Final = (*_CALLER, *_words("requested_model fallback_model model_id"), *_ERROR)
DEPLOYMENT: Final = _PLACE
COOLED: Final = (*_PLACE, "exception_status")
LIMIT: Final = (*_PLACE, "model_group")
OF_A_CALL: Final = (REQUEST, REFUSAL, USAGE, LATENCY, OVERHEAD, ATTEMPT, FAILURE, FALLBACK)


def _counter(name: str, text: str) -> Family:
    return Family(name, "counter", text)


def _histogram(name: str, text: str) -> Family:
    return Family(name, "histogram", text)


def _worst(name: str, text: str) -> Family:
    return Family(name, "gauge", text, worst=True)


# Requests.
REQUESTS = _counter("litellm_proxy_total_requests_metric", "Requests to the gateway, by status")
REFUSED = _counter("litellm_proxy_failed_requests_metric", "Requests that got no good answer")
IN_FLIGHT = Family("litellm_in_flight_requests", "gauge", "Calls that are being answered")
# What was used.
CALLS = _counter("litellm_requests_metric", "Calls that a model was asked for")
SPEND = _counter("litellm_spend_metric", "Cost in USD")
DBU = _counter("lakeway_dbu", "Cost in Databricks units")
TOKENS = _counter("litellm_total_tokens_metric", "Input and output tokens")
INPUT = _counter("litellm_input_tokens_metric", "Input tokens, cached ones among them")
OUTPUT = _counter("litellm_output_tokens_metric", "Output tokens, those of reasoning among them")
CACHED = _counter("litellm_input_cached_tokens_metric", "Input tokens read from a prompt cache")
CREATED = _counter("litellm_input_cache_creation_tokens_metric", "Input tokens written to a prompt cache")
REASONING = _counter("litellm_output_reasoning_tokens_metric", "Output tokens of reasoning")
# How long good answers took.
TOTAL_LATENCY = _histogram("litellm_request_total_latency_metric", "Seconds from request to end of answer")
API_LATENCY = _histogram("litellm_llm_api_latency_metric", "Seconds spent waiting for models")
FIRST_TOKEN = _histogram("litellm_llm_api_time_to_first_token_metric", "Seconds until a stream began")
OVERHEAD_LATENCY = _histogram("litellm_overhead_latency_metric", "Seconds that the gateway itself added")
# Deployments.
ATTEMPTS = _counter("litellm_deployment_total_requests", "Calls of a deployment, good and bad")
SUCCESSES = _counter("litellm_deployment_success_responses", "Calls that a deployment answered")
FAILURES = _counter("litellm_deployment_failure_responses", "Calls that failed at a deployment")
FELL_BACK = _counter("litellm_deployment_successful_fallbacks", "Calls that another group answered")
FELL_THROUGH = _counter("litellm_deployment_failed_fallbacks", "Calls that other groups failed, too")
COOLED_DOWN = _counter("litellm_deployment_cooled_down", "Times that a deployment was left alone")
STATE = _worst("litellm_deployment_state", "0 = healthy, 1 = its last call failed, 2 = cooling down")
TPM = _worst("litellm_deployment_tpm_limit", "Tokens per minute, as configured")
RPM = _worst("litellm_deployment_rpm_limit", "Requests per minute, as configured")
# These figures themselves.
WORKERS = Family("lakeway_workers_reporting", "gauge", "Processes that answered for this scrape")
COLLAPSED = _counter("lakeway_metrics_collapsed", "Calls counted as 'other': too many label sets")

ALL: Final = (
    *(REQUESTS, REFUSED, IN_FLIGHT),
    *(CALLS, SPEND, DBU, TOKENS, INPUT, OUTPUT, CACHED, CREATED, REASONING),
    *(TOTAL_LATENCY, API_LATENCY, FIRST_TOKEN, OVERHEAD_LATENCY),
    *(ATTEMPTS, SUCCESSES, FAILURES, FELL_BACK, FELL_THROUGH, COOLED_DOWN, STATE, TPM, RPM),
    *(WORKERS, COLLAPSED),
)
BY_NAME: Final = {family.name: family for family in ALL}
