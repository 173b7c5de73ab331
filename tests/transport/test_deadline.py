"""How long a wait may last, and what is said when it lasted too long."""

from __future__ import annotations

import pytest

from lakeway.core.http import Timeout
from lakeway.transport.deadline import Deadline


@pytest.mark.parametrize(
    ("timeout", "left"),
    [
        (Timeout(read=5, total=None), 5),
        (Timeout(read=5, total=20), 5),
        (Timeout(read=5, total=12), 2),
        (Timeout(read=None, total=12), 2),
        (Timeout(read=None, total=None), None),
        (Timeout(read=5, total=8), -2),
    ],
)
def test_left(timeout: Timeout, left: float | None):
    """At ten seconds into an exchange: the wait's own limit, or what is left of the whole."""
    assert Deadline.of_exchange(timeout, 100.0).left(110.0) == left


@pytest.mark.parametrize(
    ("timeout", "left", "phase"),
    [
        (Timeout(connect=3, total=None), 3, "connect"),
        (Timeout(connect=3, total=10), 3, "connect"),
        (Timeout(connect=3, total=2), 2, "total"),
        (Timeout(connect=None, total=2), 2, "total"),
        (Timeout(connect=None, total=None), None, "connect"),
    ],
)
def test_connecting(timeout: Timeout, left: float | None, phase: str):
    """Connecting has its own limit within the whole, and nothing was sent yet."""
    whole = Deadline.of_exchange(timeout, 100.0)
    deadline = Deadline.of_connect(timeout, 100.0, whole)
    error = deadline.error("connect", 200.0)

    assert (left, phase, False) == (deadline.left(100.0), error.phase, error.sent)


@pytest.mark.parametrize(("now", "phase"), [(109.9, "read"), (110.0, "total")])
def test_error(now: float, phase: str):
    """The limit that ran out is the one that is named; the server may have acted."""
    error = Deadline.of_exchange(Timeout(read=5, total=10), 100.0).error("read", now)

    assert (phase, True) == (error.phase, error.sent)
