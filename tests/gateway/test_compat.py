"""What LiteLLM's older versions answered otherwise."""

from __future__ import annotations

import pytest

from lakeway.errors import AuthenticationError, BadRequestError, PermissionDeniedError, RateLimitError
from lakeway.gateway import compat

UNKNOWN = BadRequestError("Invalid model name passed in model=x.", param="model")
FORBIDDEN = PermissionDeniedError("not for this key", type="key_model_access_denied")
LIMITED = RateLimitError("slow down", type="rate_limit_error")
UPSTREAM = RateLimitError("slow down", llm_provider="databricks", type="rate_limit_error")


@pytest.mark.parametrize(
    ("error", "status", "field", "value"),
    [
        (UNKNOWN, 400, "message", "{'error': 'Invalid model name passed in model=x.'}"),
        (FORBIDDEN, 401, "code", "401"),
        (LIMITED, 429, "type", "None"),
        (UPSTREAM, 429, "type", "rate_limit_error"),
        (AuthenticationError("no"), 401, "message", "no"),
    ],
    ids=["unknown model", "model not allowed", "own limit", "the provider's limit", "anything else"],
)
def test_before(error, status, field, value):
    """Three errors had another status, type or text."""
    told, body = compat.told(error, "litellm-1.8x")

    assert (status, value) == (told, body["error"][field])


@pytest.mark.parametrize("error", [UNKNOWN, FORBIDDEN, LIMITED])
def test_now(error):
    """As of 1.109, which is what a gateway answers unless told otherwise."""
    told, body = compat.told(error, compat.NEWEST)

    assert (error.status_code, error.message, error.type) == (
        told,
        body["error"]["message"],
        body["error"]["type"],
    )


def test_it_is_set_by_the_configuration(ask, serve):
    """`general_settings.compat`."""
    row = "model_list: [{model_name: a, litellm_params: {model: databricks/a}}]\n"
    older = serve(row + "general_settings: {compat: litellm-1.8x}")
    reply = ask(older, "/v1/chat/completions", {"model": "no/such", "messages": []})

    assert (400, "{'error': '") == (reply.status, reply.json["error"]["message"][:11])
