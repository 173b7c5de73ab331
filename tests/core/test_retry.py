"""Retry delays as a table."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lakeway.core.retry import RetryPolicy, delay, is_retryable
from lakeway.errors import (
    APIConnectionError,
    APIResponseValidationError,
    AuthenticationError,
    BadRequestError,
    LakewayError,
    NotFoundError,
    RateLimitError,
    ServiceUnavailableError,
    StreamCutError,
    Timeout,
)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (RateLimitError("x"), True),
        (ServiceUnavailableError("x"), True),
        (Timeout("x"), True),
        (APIConnectionError("x"), True),
        (StreamCutError("x"), True),
        (BadRequestError("x", status_code=409), True),
        (BadRequestError("x"), False),
        (AuthenticationError("x"), False),
        (NotFoundError("x"), False),
        (APIResponseValidationError("x"), False),
    ],
)
def test_retryable(error: LakewayError, expected: bool) -> None:
    """The server's troubles are worth a second try, the caller's mistakes are not."""
    assert expected == is_retryable(error)


@pytest.mark.parametrize(
    ("policy", "attempt", "elapsed", "retry_after", "expected"),
    [
        (RetryPolicy(), 0, 0, None, 0.5),
        (RetryPolicy(), 1, 0, None, 1.0),
        (RetryPolicy(retries=9), 8, 0, None, 8.0),
        (RetryPolicy(), 2, 0, None, None),
        (RetryPolicy(), 0, 0, 3.0, 3.0),
        (RetryPolicy(), 0, 0, 0.0, 0.5),
        (RetryPolicy(), 0, 0, 61.0, None),
        (RetryPolicy(deadline=10), 0, 9.4, None, 0.5),
        (RetryPolicy(deadline=10), 0, 9.6, None, None),
    ],
)
def test_delay(
    policy: RetryPolicy, attempt: int, elapsed: float, retry_after: float | None, expected: float | None
) -> None:
    """How long to wait before the next attempt, or that there is none."""
    error = RateLimitError("x", retry_after=retry_after)

    assert expected == delay(policy, error, attempt=attempt, elapsed=elapsed, chance=0.0)


BY_KIND = RetryPolicy(
    retries=1, by_kind=((NotFoundError, 3), (RateLimitError, 0), (BadRequestError, 2), (LakewayError, 5))
)


@pytest.mark.parametrize(
    ("policy", "error", "expected"),
    [
        (RetryPolicy(retries=4), RateLimitError("x"), 4),
        (RetryPolicy(retries=4), BadRequestError("x"), 0),
        (BY_KIND, NotFoundError("x"), 3),
        (BY_KIND, RateLimitError("x"), 0),
        (BY_KIND, BadRequestError("x"), 2),
        (BY_KIND, Timeout("x"), 5),
    ],
)
def test_allowed(policy: RetryPolicy, error: LakewayError, expected: int) -> None:
    """The first class that fits says how often; without one, what is worth repeating gets the policy's."""
    assert expected == policy.allowed(error)
    assert (expected == 0) == (delay(policy, error, attempt=0, elapsed=0, chance=0) is None)
    assert delay(policy, error, attempt=expected, elapsed=0, chance=0) is None


@pytest.mark.parametrize(
    ("policy", "error", "expected"),
    [
        (RetryPolicy(retries=4), RateLimitError("x"), 4),
        (RetryPolicy(retries=4), AuthenticationError("x"), 4),
        (RetryPolicy(retries=4), NotFoundError("x"), 4),
        (RetryPolicy(retries=0), AuthenticationError("x"), 0),
        (BY_KIND, AuthenticationError("x"), 5),
        (BY_KIND, NotFoundError("x"), 3),
        (BY_KIND, RateLimitError("x"), 0),
        (RetryPolicy(retries=4, by_kind=((AuthenticationError, 0),)), AuthenticationError("x"), 0),
        (RetryPolicy(retries=4, by_kind=((AuthenticationError, 1),)), NotFoundError("x"), 4),
    ],
)
def test_allowed_elsewhere(policy: RetryPolicy, error: LakewayError, expected: int) -> None:
    """Another server may do what this one never will; the policy's number counts unless the class has one."""
    assert expected == policy.allowed_elsewhere(error)


@given(
    st.integers(0, 5),
    st.floats(0, 1, exclude_max=True),
    st.floats(0, 100),
    st.floats(0, 100),
    st.one_of(st.none(), st.floats(0, 120)),
)
def test_no_wait_is_beyond_the_deadline(
    attempt: int, chance: float, elapsed: float, deadline: float, retry_after: float | None
) -> None:
    """Nor is what a server asks for beyond the policy's patience."""
    policy = RetryPolicy(retries=99, deadline=deadline)
    error = RateLimitError("x", retry_after=retry_after)
    wait = delay(policy, error, attempt=attempt, elapsed=elapsed, chance=chance)

    assert wait is None or (elapsed + wait < deadline and (retry_after or 0) <= policy.patience)


@pytest.mark.parametrize(
    ("retry_after", "chance", "expected"),
    [(2.0, 0.0, 2.0), (2.0, 0.5, 2.25), (40.0, 0.5, 40.5), (60.0, 0.9, 60.9)],
)
def test_callers_refused_together(retry_after: float, chance: float, expected: float) -> None:
    """They come back one after the other, and none sooner than the server asked for."""
    error = RateLimitError("x", retry_after=retry_after)

    assert expected == pytest.approx(delay(RetryPolicy(), error, attempt=0, elapsed=0, chance=chance))


@given(st.integers(0, 20), st.floats(0, 1, exclude_max=True))
def test_delay_is_bounded(attempt: int, chance: float) -> None:
    """Whatever chance says, a wait is positive and below the ceiling."""
    wait = delay(RetryPolicy(retries=99), RateLimitError("x"), attempt=attempt, elapsed=0, chance=chance)

    assert wait is not None
    assert 0 < wait <= 8.0
