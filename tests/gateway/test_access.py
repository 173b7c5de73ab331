"""Who may come in: the headers that carry a key, the texts of a refusal, and the machine's own door."""

from __future__ import annotations

import pytest

from lakeway.errors import AuthenticationError, PermissionDeniedError
from lakeway.gateway.access import Access

KEYED = Access.by_key("sk-right")


@pytest.mark.parametrize(
    "headers",
    [
        {b"authorization": b"Bearer sk-right"},
        {b"authorization": b"bearer sk-right"},
        {b"authorization": b" Bearer   sk-right "},
        {b"x-api-key": b"sk-right"},
        {b"api-key": b"sk-right"},
        {b"x-litellm-api-key": b"sk-right"},
        {b"x-litellm-api-key": b"sk-right", b"authorization": b"Bearer something-of-the-client"},
    ],
)
def test_a_key_is_read_wherever_clients_put_it(headers):
    """OpenAI's, Anthropic's, Azure's and LiteLLM's own header."""
    assert KEYED.check(headers) is None


@pytest.mark.parametrize(
    ("headers", "message", "kind", "param"),
    [
        ({}, "No api key passed in.", "auth_error", None),
        (
            {b"authorization": b"sk-right"},
            "Malformed API Key passed in. Ensure Key has `Bearer ` prefix.",
            "auth_error",
            None,
        ),
        (
            {b"authorization": b"Bearer "},
            "Malformed API Key passed in. Ensure Key has `Bearer ` prefix.",
            "auth_error",
            None,
        ),
        (
            {b"authorization": b"Bearer sk-wrong"},
            "Invalid proxy server token passed.",
            "token_not_found_in_db",
            "key",
        ),
        (
            {b"authorization": b"Bearer wrong"},
            "Invalid proxy server token passed: expected to start with 'sk-'.",
            "auth_error",
            None,
        ),
        (
            {b"x-api-key": b"dapi0123456789"},
            "A Databricks token was passed in; the gateway wants one of its own keys.",
            "auth_error",
            None,
        ),
        (
            {b"authorization": b"Bearer sk-wrong", b"x-api-key": b"sk-right"},
            "Invalid proxy server token passed.",
            "token_not_found_in_db",
            "key",
        ),
    ],
)
def test_a_refusal_says_why(headers, message, kind, param):
    """In LiteLLM's words where it has any; the key itself is never repeated."""
    with pytest.raises(AuthenticationError) as caught:
        KEYED.check(headers)

    error = caught.value
    assert (f"Authentication Error, {message}", kind, param) == (error.message, error.type, error.param)
    assert 401 == error.status_code


def test_the_key_is_kept_as_a_digest():
    """Nothing that is kept or printed tells the key."""
    assert "sk-right" not in repr(KEYED)
    assert b"sk-right" != KEYED.digest


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {b"host": b"127.0.0.1:4000"},
        {b"host": b"localhost"},
        {b"host": b"LOCALHOST:4000"},
        {b"host": b"[::1]:4000"},
        {b"host": b"localhost:4000", b"origin": b"http://localhost:3000"},
        {b"host": b"localhost:4000", b"origin": b"http://127.0.0.1:4000"},
    ],
)
def test_without_a_key_this_machine_may_come_in(headers):
    """Programs, and pages that this machine serves itself."""
    assert Access().check(headers) is None


@pytest.mark.parametrize(
    "headers",
    [
        {b"host": b"evil.example"},
        {b"host": b"localhost.evil.example"},
        {b"host": b"192.168.0.5:4000"},
        {b"host": b"localhost:4000", b"origin": b"https://evil.example"},
        {b"host": b"localhost:4000", b"origin": b"null"},
        {b"host": b"localhost:4000", b"origin": b"http://localhost.evil.example"},
    ],
)
def test_without_a_key_pages_of_others_may_not(headers):
    """A page in a browser can reach 127.0.0.1, by a name of its own too; it must not spend money."""
    with pytest.raises(PermissionDeniedError, match="master key"):
        Access().check(headers)
