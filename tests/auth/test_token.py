"""How long a token serves: a table, and a property for every lifetime."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lakeway.auth.token import Token, issued, state

HEADERS = (("authorization", "Bearer t"),)


@pytest.mark.parametrize(
    ("lifetime", "expires_at", "refresh_at"),
    [
        pytest.param(3600, 4560, 3400, id="an hour: 20 minutes ahead"),
        pytest.param(600, 1560, 1300, id="ten minutes: half of it ahead"),
        pytest.param(60, 1020, 1030, id="a minute: expired before it is stale"),
        pytest.param(30, 990, 1015, id="half a minute: never kept"),
    ],
)
def test_margins_follow_the_lifetime(lifetime: float, expires_at: float, refresh_at: float):
    """40 s before the end a token counts as expired; from half its life, 20 minutes at most, as stale."""
    assert Token(HEADERS, expires_at, refresh_at) == issued(HEADERS, lifetime, now=1000)


@pytest.mark.parametrize(
    ("now", "expected"),
    [(0, "fresh"), (9.9, "fresh"), (10, "stale"), (19.9, "stale"), (20, "expired"), (1e9, "expired")],
)
def test_state_by_time(now: float, expected: str):
    """Each limit belongs to the worse side."""
    assert expected == state(Token(HEADERS, expires_at=20, refresh_at=10), now)


def test_no_token_is_an_expired_one():
    """What was never fetched is fetched as if it had expired."""
    assert state(None, 0) == "expired"


@given(lifetime=st.floats(0, 1e6), now=st.floats(0, 1e9), elapsed=st.floats(0, 1e6))
def test_a_token_never_serves_in_its_last_40_seconds(lifetime: float, now: float, elapsed: float):
    """Whatever its lifetime, a token is only served when at least 40 s are left to use it."""
    condition = state(issued(HEADERS, lifetime, now), now + elapsed)

    assert condition == "expired" or lifetime - elapsed >= 40 - 1e-3
