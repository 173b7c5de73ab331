"""What a caller is told to do, as rows: no threads, no loop, no requests."""

from __future__ import annotations

import os
import subprocess
import sys
from itertools import count

import pytest

from lakeway.auth.cache import BACKOFF, Join, Lead, RenewAhead, Served, TokenCache, told
from lakeway.auth.credentials import UnifiedAuth
from lakeway.auth.token import Token
from lakeway.errors import AuthenticationError

KEY = UnifiedAuth("dev")
OLD = (("authorization", "Bearer old"),)
NEW = (("authorization", "Bearer new"),)


def numbered_flights(**options) -> TokenCache[int]:
    numbers = count(1)
    return TokenCache(lambda: next(numbers), **options)


def holding(headers, *, refresh_at: float = 10, expires_at: float = 20) -> TokenCache[int]:
    """A cache that flight 1 has landed a token in."""
    cache = numbered_flights()
    cache.plan(KEY, 0)
    cache.landed(KEY, 1, Token(headers, expires_at, refresh_at))
    return cache


@pytest.mark.parametrize(
    ("now", "rejected", "expected"),
    [
        pytest.param(5, None, Served(OLD), id="fresh"),
        pytest.param(10, None, RenewAhead(OLD, 2), id="stale"),
        pytest.param(20, None, Lead(2), id="expired"),
        pytest.param(5, OLD, Lead(2), id="fresh, but refused"),
        pytest.param(5, NEW, Served(OLD), id="something else was refused"),
        pytest.param(10, NEW, RenewAhead(OLD, 2), id="stale, something else was refused"),
    ],
)
def test_what_to_do_with_a_token(now, rejected, expected):
    """A good token is served, a stale one is served and renewed, an expired or refused one is replaced."""
    assert expected == holding(OLD).plan(KEY, now, rejected)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        pytest.param(10, Served(OLD), id="stale: someone is at it"),
        pytest.param(20, Join(2), id="expired: wait for them"),
    ],
)
def test_a_flight_under_way_is_not_doubled(now, expected):
    """Only the first caller leads."""
    cache = holding(OLD)
    cache.plan(KEY, 10)

    assert expected == cache.plan(KEY, now)


def test_the_first_caller_leads_and_the_others_join():
    """Without any token, one flight serves everybody."""
    cache = numbered_flights()

    assert [Lead(1), Join(1), Join(1)] == [cache.plan(KEY, 0) for _ in range(3)]


def test_a_failed_renewal_pauses_while_the_old_token_lives():
    """For a minute nobody tries again ahead of time; an expired token is fetched regardless."""
    cache = holding(OLD, expires_at=200)
    cache.plan(KEY, 10)
    cache.failed(KEY, 2, 10)

    assert Served(OLD) == cache.plan(KEY, 10 + BACKOFF - 1)
    assert RenewAhead(OLD, 3) == cache.plan(KEY, 10 + BACKOFF)


def test_a_pause_does_not_outlive_the_token():
    """When the old token has expired, the next caller leads at once."""
    cache = holding(OLD)
    cache.plan(KEY, 10)
    cache.failed(KEY, 2, 10)

    assert Lead(3) == cache.plan(KEY, 20)


def test_a_pause_ends_with_the_next_token():
    """What failed for the old token says nothing of the new one."""
    cache = holding(OLD)
    cache.plan(KEY, 10)
    cache.failed(KEY, 2, 10)
    cache.plan(KEY, 20)
    cache.landed(KEY, 3, Token(NEW, expires_at=60, refresh_at=30))

    assert RenewAhead(NEW, 4) == cache.plan(KEY, 30)


def test_a_failure_is_not_remembered():
    """The flight after a failed one starts at once."""
    cache = numbered_flights()
    cache.plan(KEY, 0)
    cache.failed(KEY, 1, 0)

    assert Lead(2) == cache.plan(KEY, 0)


def test_a_flight_that_began_before_the_refusal_is_not_trusted():
    """It may bring the refused token again: it neither serves the refused caller nor lands."""
    cache = holding(OLD)
    cache.plan(KEY, 10)

    assert Lead(3) == cache.plan(KEY, 11, OLD)
    cache.landed(KEY, 2, Token(OLD, 100, 90))
    assert Join(3) == cache.plan(KEY, 11, OLD)
    cache.landed(KEY, 3, Token(NEW, 100, 90))
    assert Served(NEW) == cache.plan(KEY, 12, OLD)


def test_a_flight_that_cannot_be_waited_for_is_led_anew():
    """As when it belongs to another event loop."""
    cache = numbered_flights(joins=lambda flight: flight != 1)

    assert [Lead(1), Lead(2), Join(2)] == [cache.plan(KEY, 0) for _ in range(3)]


def test_the_credentials_used_last_are_kept():
    """The cache is bounded: what was not used longest is forgotten, with its flight."""
    cache = numbered_flights(capacity=2)
    first, second, third = (UnifiedAuth(name) for name in "abc")
    for credential in (first, second, first, third):
        cache.plan(credential, 0)
    cache.landed(second, 2, Token(OLD, 100, 90))

    assert len(cache) == 2
    assert Join(1) == cache.plan(first, 0)
    assert Lead(4) == cache.plan(second, 0)


def test_each_caller_is_told_an_error_of_its_own():
    """Catchers write on errors; what one writes must not show in another's."""
    error = AuthenticationError("no", llm_provider="databricks", code="invalid_client")
    error.__cause__ = ValueError("why")

    twin = told(error)
    twin.add_note("mine")

    assert twin is not error
    assert (type(error), str(error), error.code) == (type(twin), str(twin), twin.code)
    assert twin.__cause__ is error.__cause__
    assert not hasattr(error, "__notes__")


def test_a_foreign_error_is_passed_on_as_it_is():
    """A defect keeps its traceback."""
    error = ZeroDivisionError()

    assert told(error) is error


FORK = """
import os, sys
from lakeway.auth.cache import Lead, TokenCache
from lakeway.auth.credentials import UnifiedAuth
cache = TokenCache(object)
assert isinstance(cache.plan(UnifiedAuth(), 0), Lead)
cache._lock.acquire()  # as another thread might hold it at the moment of the fork
child = os.fork()
if child == 0:
    os._exit(0 if isinstance(cache.plan(UnifiedAuth(), 0), Lead) else 1)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_forked_child_waits_for_nobody():
    """The thread that led a flight stays behind in the parent: the child leads its own."""
    result = subprocess.run([sys.executable, "-c", FORK], capture_output=True, timeout=10, check=False)

    assert (0, b"") == (result.returncode, result.stderr)
