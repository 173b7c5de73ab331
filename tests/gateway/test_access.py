"""Who may come in: the headers that carry a key, the texts of a refusal, and the machine's own door."""

from __future__ import annotations

from hashlib import sha256

import pytest

from lakeway.errors import AuthenticationError, PermissionDeniedError
from lakeway.gateway.access import KEY_HEADERS, Access
from lakeway.gateway.caller import ANYBODY, Caller


def digest(key: str) -> bytes:
    return sha256(key.encode()).digest()


TEAM = Caller(key=digest("sk-team").hex(), alias="team", models=("a",))
KEYED = Access.by_key("sk-right")
JOINED = KEYED.joined({digest("sk-team"): TEAM, digest("mine"): TEAM})


@pytest.mark.parametrize(
    "headers",
    [
        {b"authorization": b"Bearer sk-right"},
        {b"authorization": b"bearer sk-right"},
        {b"authorization": b"Basic sk-right"},
        {b"authorization": b" Bearer   sk-right "},
        {b"x-api-key": b"sk-right"},
        {b"x-api-key": b"Bearer sk-right"},
        {b"api-key": b"sk-right"},
        {b"x-goog-api-key": b" sk-right "},
        {b"ocp-apim-subscription-key": b"sk-right"},
        {b"x-litellm-api-key": b"sk-right"},
        {b"x-litellm-api-key": b"bearer sk-right"},
    ],
)
def test_a_key_is_read_wherever_clients_put_it(headers: dict[bytes, bytes]):
    """OpenAI's, Anthropic's, Azure's, Google's and LiteLLM's own header."""
    assert Caller(key=digest("sk-right").hex(), admin=True) == KEYED.check(headers)


def test_a_key_of_the_configuration():
    """It is found by its digest, whatever it begins with, and tells who is calling."""
    keys = (b"sk-team", b"mine", b"sk-right")

    assert [TEAM, TEAM, Caller(key=digest("sk-right").hex(), admin=True)] == [
        JOINED.check({b"authorization": b"Bearer " + key}) for key in keys
    ]


def test_keys_of_the_configuration_shut_the_door():
    """Without a master key, too: who has none of the keys is not let in, on this machine either."""
    access = Access().joined({digest("sk-team"): TEAM})

    assert not access.open
    assert TEAM is access.check({b"x-api-key": b"sk-team"})
    with pytest.raises(AuthenticationError):
        access.check({b"host": b"localhost"})


def test_the_master_key_stays_what_it_is():
    """Whoever else claims its digest."""
    access = KEYED.joined({digest("sk-right"): TEAM})

    assert access.check({b"x-api-key": b"sk-right"}).admin


@pytest.mark.parametrize("place", range(len(KEY_HEADERS)))
def test_litellms_order_of_headers(place: int):
    """The first one that is there counts, and the keys of other services behind it are not looked at."""
    name, behind = KEY_HEADERS[place], KEY_HEADERS[place + 1 :]

    assert KEYED.check({**dict.fromkeys(behind, b"Bearer sk-wrong"), name: b"Bearer sk-right"}).admin
    with pytest.raises(AuthenticationError):
        KEYED.check({**dict.fromkeys(behind, b"Bearer sk-right"), name: b"Bearer sk-wrong"})


@pytest.mark.parametrize("value", [b"sk-right", b"Bearer sk-right"])
@pytest.mark.parametrize("name", ["X-My-Key", "x-my-key"])
def test_a_header_of_ones_own(name: str, value: bytes):
    """`litellm_key_header_name` goes before the others, which are still read without it."""
    access = KEYED.joined({}, header=name)

    assert access.check({b"x-my-key": value, b"x-litellm-api-key": b"sk-wrong"}).admin
    assert access.check({b"authorization": b"Bearer sk-right"}).admin


@pytest.mark.parametrize("access", [KEYED, KEYED.joined({}, header="Authorization")])
def test_authorization_wants_its_scheme(access: Access):
    """Also as the header of one's own."""
    assert access.check({b"authorization": b"Bearer sk-right"}).admin
    for value in (b"sk-right", b"Digest sk-right"):
        with pytest.raises(AuthenticationError, match="Ensure Key has `Bearer ` prefix"):
            access.check({b"authorization": value})


MALFORMED = "Malformed API Key passed in. Ensure Key has `Bearer ` prefix."
UNKNOWN = "Invalid proxy server token passed."


@pytest.mark.parametrize(
    ("headers", "message", "kind", "param"),
    [
        ({}, "No api key passed in.", "auth_error", None),
        ({b"cookie": b"sk-right", b"x-key": b"sk-right"}, "No api key passed in.", "auth_error", None),
        ({b"authorization": b"sk-right"}, MALFORMED, "auth_error", None),
        ({b"authorization": b"Bearer "}, MALFORMED, "auth_error", None),
        ({b"authorization": b"Bearer"}, MALFORMED, "auth_error", None),
        ({b"authorization": b""}, MALFORMED, "auth_error", None),
        ({b"x-api-key": b""}, MALFORMED, "auth_error", None),
        ({b"authorization": b"Bearer sk-wrong"}, UNKNOWN, "token_not_found_in_db", "key"),
        ({b"authorization": b"Bearer SK-RIGHT"}, "Invalid proxy server token passed: expected to start with "
         "'sk-'.", "auth_error", None),
        ({b"authorization": b"Bearer wrong"}, "Invalid proxy server token passed: expected to start with "
         "'sk-'.", "auth_error", None),
        ({b"authorization": b"Bearer \xff\xfe"}, "Invalid proxy server token passed: expected to start with "
         "'sk-'.", "auth_error", None),
        ({b"x-api-key": b"dapi0123456789"}, "A Databricks token was passed in; the gateway wants one of its "
         "own keys.", "auth_error", None),
        ({b"authorization": b"Bearer sk-right, Bearer sk-right"}, UNKNOWN, "token_not_found_in_db", "key"),
    ],
)  # fmt: skip
def test_a_refusal_says_why(headers: dict[bytes, bytes], message: str, kind: str, param: str | None):
    """In LiteLLM's words where it has any; the key itself is never repeated."""
    with pytest.raises(AuthenticationError) as caught:
        KEYED.check(headers)

    error = caught.value
    assert (f"Authentication Error, {message}", kind, param) == (error.message, error.type, error.param)
    assert 401 == error.status_code


@pytest.mark.parametrize("access", [KEYED, JOINED])
def test_keys_are_kept_as_digests(access: Access):
    """Nothing that is kept or printed tells a key."""
    kept = [access._callers, access._headers, repr(access)]

    assert not any(key in str(kept) for key in ("sk-right", "sk-team", "mine"))
    assert {32} == {len(known) for known in access._callers}


HERE = {b"host": b"localhost:4000"}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {b"host": b"127.0.0.1:4000"},
        {b"host": b"localhost"},
        {b"host": b"LOCALHOST:4000"},
        {b"host": b"[::1]:4000"},
        {b"host": b"[::1]"},
        {**HERE, b"origin": b"http://localhost:3000"},
        {**HERE, b"origin": b"http://127.0.0.1:4000"},
        {**HERE, b"origin": b"http://[::1]:3000", b"sec-fetch-site": b"cross-site"},
        {**HERE, b"sec-fetch-site": b"none"},
        {**HERE, b"sec-fetch-site": b"same-origin"},
    ],
)
def test_without_a_key_this_machine_may_come_in(headers: dict[bytes, bytes]):
    """Programs, and pages that this machine serves itself."""
    assert ANYBODY is Access().check(headers)


@pytest.mark.parametrize(
    "headers",
    [
        {b"host": b"evil.example"},
        {b"host": b"localhost.evil.example"},
        {b"host": b"127.0.0.1.evil.example:4000"},
        {b"host": b"[::1].evil.example"},
        {b"host": b"[::1"},
        {b"host": b"[::1]evil.example:80"},
        {b"host": b"192.168.0.5:4000"},
        {b"host": b"0.0.0.0:4000"},
        {b"host": b""},
        {b"host": b"evil.example", b"origin": b"http://localhost:3000"},
        {**HERE, b"origin": b"https://evil.example"},
        {**HERE, b"origin": b"null"},
        {**HERE, b"origin": b"file://"},
        {**HERE, b"origin": b""},
        {**HERE, b"origin": b"http://localhost.evil.example"},
        {**HERE, b"origin": b"http://evil.example//localhost@evil.example"},
        {**HERE, b"sec-fetch-site": b"cross-site"},
    ],
)
def test_without_a_key_pages_of_others_may_not(headers: dict[bytes, bytes]):
    """A page in a browser can reach 127.0.0.1, by a name of its own too, or with a picture; it must not spend
    money."""
    with pytest.raises(PermissionDeniedError, match="master key"):
        Access().check(headers)
