"""One token and how long it may serve. Pure: the time is an argument, in seconds of any one clock.

The margins are those of databricks-sdk 0.162 (`oauth.py`), so that a program that uses both renews alike.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from lakeway.core.http import HeaderPairs
from lakeway.errors import AuthenticationError

EXPIRY_MARGIN = 40.0
LONGEST_AHEAD = 20 * 60.0

TokenState = Literal["fresh", "stale", "expired"]


class Token(Struct, frozen=True):
    """Headers that authorize a request, until `expires_at`; a new token is fetched from `refresh_at` on."""

    headers: HeaderPairs
    expires_at: float
    refresh_at: float

    def __repr__(self) -> str:
        return f"Token(headers='***', expires_at={self.expires_at!r}, refresh_at={self.refresh_at!r})"

    def __rich_repr__(self) -> list[tuple[str, object]]:
        return [("headers", "***"), ("expires_at", self.expires_at), ("refresh_at", self.refresh_at)]


def issued(headers: HeaderPairs, lifetime: float, now: float) -> Token:
    """A token that its issuer lets live for `lifetime` seconds from `now`."""
    ahead = min(lifetime / 2, LONGEST_AHEAD)
    return Token(headers, expires_at=now + lifetime - EXPIRY_MARGIN, refresh_at=now + lifetime - ahead)


def state(token: Token | None, now: float) -> TokenState:
    """ "stale": still good, but a new one should be fetched while this one serves."""
    if token is None or now >= token.expires_at:
        return "expired"
    return "stale" if now >= token.refresh_at else "fresh"


def bearer(token: str) -> HeaderPairs:
    """The header that carries `token`. A line break, as from a key file, is an AuthenticationError here:
    further on it would be a malformed request."""
    if not (token.isascii() and token.isprintable()):
        raise AuthenticationError(
            "The Databricks token contains a line break or another character that no HTTP header can carry. "
            "Was it read from a file together with its last line break?",
            llm_provider="databricks",
        )
    return (("authorization", f"Bearer {token}"),)
