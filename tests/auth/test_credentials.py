"""Credentials are values whose secrets stay out of sight."""

from __future__ import annotations

import pickle

import pytest
from rich.pretty import pretty_repr

from lakeway.auth import NoCredential, OAuthM2M, StaticToken, UnifiedAuth
from lakeway.auth.token import Token
from lakeway.core.steps import Credential
from lakeway.errors import AuthenticationError

SECRET = "dapi-0123456789"
URL = "https://w.example/oidc/v1/token"
SECRETIVE = [
    StaticToken(SECRET),
    OAuthM2M(URL, "id", SECRET),
    Token((("authorization", f"Bearer {SECRET}"),), 1.0, 0.5),
]


@pytest.mark.parametrize("show", [repr, str, pretty_repr], ids=["repr", "str", "rich"])
@pytest.mark.parametrize("value", SECRETIVE, ids=lambda value: type(value).__name__)
def test_no_way_to_print_shows_the_secret(value, show):
    """Neither repr nor str nor rich's own protocol shows a secret."""
    assert SECRET not in show(value)
    assert "***" in show(value)


def test_repr_names_what_helps_to_find_the_credential():
    """What is no secret is shown: which client, at which workspace."""
    expected = f"OAuthM2M(token_url='{URL}', client_id='id', client_secret='***', scope='all-apis')"

    assert expected == repr(OAuthM2M(URL, "id", SECRET))


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        (StaticToken("a"), StaticToken("a"), True),
        (StaticToken("a"), StaticToken("b"), False),
        (OAuthM2M(URL, "id", "s"), OAuthM2M(URL, "id", "s", "all-apis"), True),
        (OAuthM2M(URL, "id", "s"), OAuthM2M(URL, "id", "t"), False),
        (OAuthM2M(URL, "id", "s"), OAuthM2M(URL, "id", "s", "ai-gateway"), False),
        (UnifiedAuth(), UnifiedAuth(None, None), True),
        (UnifiedAuth("dev"), UnifiedAuth(host="dev"), False),
        (NoCredential(), NoCredential(), True),
        (NoCredential(), UnifiedAuth(), False),
    ],
)
def test_credentials_are_equal_by_value(one: Credential, other: Credential, equal: bool):
    """Equal credentials are one key of the token cache; a difference in any field makes two."""
    assert equal == (one == other)
    assert len({one, other}) == (1 if equal else 2)


@pytest.mark.parametrize(
    ("credential", "renewable"),
    [
        (StaticToken("a"), False),
        (NoCredential(), False),
        (OAuthM2M(URL, "id", "s"), True),
        (UnifiedAuth(), True),
    ],
    ids=repr,
)
def test_only_what_can_be_fetched_again_is_renewable(credential: Credential, renewable: bool):
    """A refused personal token stays refused; a refused OAuth token is replaced."""
    assert renewable == credential.renewable


def test_a_static_token_is_a_bearer():
    """Personal access tokens and any other tokens go out as Bearer."""
    assert (("authorization", "Bearer dapi-1"),) == StaticToken("dapi-1").headers


@pytest.mark.parametrize("token", ["dapi-1\n", "dapi\r\nx-evil: 1", "dapí", "dapi\x00"])
def test_a_token_no_header_can_carry_is_named_as_such(token: str):
    """A line break from a key file is reported as that, and cannot smuggle in a header."""
    with pytest.raises(AuthenticationError, match="line break") as caught:
        _ = StaticToken(token).headers

    assert token not in str(caught.value)


@pytest.mark.parametrize("credential", [StaticToken("a"), OAuthM2M(URL, "id", "s"), UnifiedAuth("dev")])
def test_credentials_travel_to_other_processes(credential: Credential):
    """Spark sends credentials to its workers by pickle."""
    assert credential == pickle.loads(pickle.dumps(credential))
