"""What of a row may be shown: everything but its secrets."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from lakeway.gateway.public_params import public


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"model": "openai/m", "rpm": 3, "tags": ["a"]}, {"model": "openai/m", "rpm": 3, "tags": ["a"]}),
        ({"api_key": "k", "client_secret": "s", "azure_ad_token": "t", "aws_secret_access_key": "a"}, {}),
        ({"vertex_credentials": "{}", "password": "p"}, {}),
        ({"max_tokens": 5, "client_id": "c"}, {"max_tokens": 5, "client_id": "c"}),
        ({"input_cost_per_token": 0.1}, {"input_cost_per_token": 0.1}),
        (
            {
                "extra_headers": {
                    "Authorization": "Bearer x",
                    "X-My-Token": "t",
                    "Cookie": "c",
                    "X-Team": "red",
                }
            },
            {"extra_headers": {"X-Team": "red"}},
        ),
        ({"headers": {"x-note": "Bearer abcdef"}}, {"headers": {"x-note": "Bearer [REDACTED]"}}),
        ({"extra_body": {"api_key": "k", "a": 1}}, {"extra_body": {"api_key": "[REDACTED]", "a": 1}}),
        ({"api_base": "https://x/v1?token=dapi0123456789"}, {"api_base": "https://x/v1?token=[REDACTED]"}),
    ],
)
def test_what_is_shown(params: dict[str, Any], expected: dict[str, Any]) -> None:
    """Credentials are left out by name; what looks like one elsewhere is blanked. The row stays as it was."""
    before = copy.deepcopy(params)

    assert expected == public(params)
    assert before == params
