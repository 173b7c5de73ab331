"""Secrets leave text; what only sounds like one stays."""

from __future__ import annotations

import time
from typing import Any

import pytest

from lakeway.redaction import redact, redact_all

JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJtZSJ9.c2lnbmF0dXJl-_x"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Authorization: Bearer xyz", "Authorization: Bearer [REDACTED]"),
        ("got Bearer xyz, expected another", "got Bearer [REDACTED], expected another"),
        ("{'Authorization': 'Basic YTpi'}", "{'Authorization': 'Basic [REDACTED]'}"),
        ("Invalid token dapi12345678", "Invalid token [REDACTED]"),
        ("dapi0123456789abcdef0123456789abcdef-2 is bad", "[REDACTED] is bad"),
        ("dose0123456789abcdef0123456789abcdef", "[REDACTED]"),
        ("id=a&client_secret=s3cr3t&scope=all-apis", "id=a&client_secret=[REDACTED]&scope=all-apis"),
        ('{"client_secret": "s3cr3t", "a": 1}', '{"client_secret": "[REDACTED]", "a": 1}'),
        ('{"access_token":"abc","expires_in":3600}', '{"access_token":"[REDACTED]","expires_in":3600}'),
        ('{"token": "abc"}', '{"token": "[REDACTED]"}'),
        ("api_key=abc", "api_key=[REDACTED]"),
        (f"jwt {JWT}.", "jwt [REDACTED]."),
        (f"my-eyJ-{JWT}", "my-[REDACTED]"),
        (f"a.b.eyJ.{JWT},{JWT}", "a.b.eyJ.[REDACTED],[REDACTED]"),
        ("x-databricks-forwarded-access-token=abc", "x-databricks-forwarded-access-token=[REDACTED]"),
        ("key sk-abcdefghijklmnop", "key [REDACTED]"),
    ],
)
def test_secrets_go(text: str, expected: str) -> None:
    """Tokens, keys and secrets are masked, the words around them stay."""
    assert expected == redact(text)


@pytest.mark.parametrize(
    "text",
    [
        '{"max_tokens": 20, "prompt_tokens": 5}',
        "Exceeded workspace input tokens per minute rate limit for databricks-claude-opus-4-8.",
        "Ensure Key has `Bearer ` prefix.",
        "a Bearer token is required; Bearer authentication only",
        "Authentication Error, No api key passed in.",
        "Pass api_key= or set DATABRICKS_API_KEY.",
        "client_secret is missing",
        "desk-top risk-averse",
    ],
)
def test_prose_stays(text: str) -> None:
    """Words about tokens are not tokens."""
    assert text == redact(text)


@pytest.mark.parametrize(
    "word", ["eyJ-", "eyJ.", "eyJaaaaaaaa.", "x-databricks-", "bearer ", "sk-", '"token" ', "a "]
)
def test_time(word: str) -> None:
    """A long text that was made to be looked at again and again takes a moment all the same."""
    began = time.process_time()
    redact((word * 200_000)[:200_000])
    redact(word + " " * 200_000)

    assert time.process_time() - began < 2


def test_nested() -> None:
    """Strings at any depth, and members with a secret's name, are masked in a copy; the input stays."""
    value: dict[str, Any] = {
        "a": ["Bearer xyz", 1, None],
        "max_tokens": 20,
        "api_key": "abc",
        "Token": ["abc"],
        "secret": 0,
    }

    redacted = redact_all(value)

    assert redacted == {
        "a": ["Bearer [REDACTED]", 1, None],
        "max_tokens": 20,
        "api_key": "[REDACTED]",
        "Token": "[REDACTED]",
        "secret": 0,
    }
    assert value["a"][0] == "Bearer xyz"
