"""What is known of each credential's token, and who is fetching the next one. Does no I/O, keeps no time.

`plan` decides, under one lock that is never held across a request, what a caller does: be served, wait
for the flight under way, or lead a new one. A flight is one request for a token and everybody who waits
for it; what it is made of is the business of `sync` and `asyncio`.
"""

from __future__ import annotations

import copy
import os
import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable
from typing import ClassVar, Generic, TypeAlias, TypeVar

from msgspec import Struct

from lakeway.auth.token import Token, state
from lakeway.core.http import HeaderPairs
from lakeway.core.masked import Masked
from lakeway.core.steps import Credential
from lakeway.errors import LakewayError

BACKOFF = 60.0
CAPACITY = 256

F = TypeVar("F")


class Served(Masked, frozen=True):
    """Take these headers."""

    headers: HeaderPairs
    _secrets: ClassVar[frozenset[str]] = frozenset({"headers"})


class RenewAhead(Masked, Generic[F], frozen=True):
    """Take these headers, and see that `flight` fetches the next ones meanwhile."""

    headers: HeaderPairs
    flight: F
    _secrets: ClassVar[frozenset[str]] = frozenset({"headers"})


class Lead(Struct, Generic[F], frozen=True):
    """Carry out `flight`: nobody else does."""

    flight: F


class Join(Struct, Generic[F], frozen=True):
    """Wait for `flight`, which somebody else carries out."""

    flight: F


Plan: TypeAlias = Served | RenewAhead[F] | Lead[F] | Join[F]


class _Entry(Generic[F]):
    __slots__ = ("flight", "retry_at", "token")

    def __init__(self) -> None:
        self.token: Token | None = None
        self.flight: F | None = None
        self.retry_at = 0.0


class TokenCache(Generic[F]):
    """Tokens of the `capacity` credentials used last.

    `new_flight` makes a flight that has not begun. `joins` says whether the caller at hand can wait for
    that flight; if not, it leads one of its own.
    """

    def __init__(
        self,
        new_flight: Callable[[], F],
        joins: Callable[[F], bool] = lambda flight: True,
        capacity: int = CAPACITY,
    ) -> None:
        self._new_flight = new_flight
        self._joins = joins
        self._capacity = capacity
        self._entries: OrderedDict[Credential, _Entry[F]] = OrderedDict()
        self._lock = threading.Lock()
        _reset_in_forked_children(self)

    def plan(self, credential: Credential, now: float, rejected: HeaderPairs | None = None) -> Plan[F]:
        with self._lock:
            entry = self._entry(credential)
            if rejected is not None and entry.token is not None and entry.token.headers == rejected:
                # A flight that began before the refusal may bring the refused token once more.
                entry.token = entry.flight = None
            return self._plan(entry, now)

    def landed(self, credential: Credential, flight: F, token: Token) -> None:
        with self._lock:
            if (entry := self._ended(credential, flight)) is not None:
                entry.token, entry.retry_at = token, 0.0

    def failed(self, credential: Credential, flight: F, now: float) -> None:
        """A failure is told to those who waited for the flight, and then forgotten; only renewals ahead of
        time pause for `BACKOFF`."""
        with self._lock:
            if (entry := self._ended(credential, flight)) is not None:
                entry.retry_at = now + BACKOFF

    def reset(self) -> None:
        """Forget every flight, and a lock that nobody is left to release: what a forked child needs."""
        self._lock = threading.Lock()
        for entry in self._entries.values():
            entry.flight = None

    def __len__(self) -> int:
        return len(self._entries)

    def _plan(self, entry: _Entry[F], now: float) -> Plan[F]:
        condition = state(entry.token, now)
        flying = entry.flight if entry.flight is not None and self._joins(entry.flight) else None
        if entry.token is None or condition == "expired":
            return Lead(self._take_off(entry)) if flying is None else Join(flying)
        if condition == "fresh" or flying is not None or now < entry.retry_at:
            return Served(entry.token.headers)
        return RenewAhead(entry.token.headers, self._take_off(entry))

    def _take_off(self, entry: _Entry[F]) -> F:
        entry.flight = self._new_flight()
        return entry.flight

    def _entry(self, credential: Credential) -> _Entry[F]:
        entry = self._entries.get(credential)
        if entry is None:
            entry = self._entries[credential] = _Entry()
            if len(self._entries) > self._capacity:
                self._entries.popitem(last=False)
        else:
            self._entries.move_to_end(credential)
        return entry

    def _ended(self, credential: Credential, flight: F) -> _Entry[F] | None:
        """The entry that `flight` was fetching for, unless a later flight took its place."""
        entry = self._entries.get(credential)
        if entry is None or entry.flight is not flight:
            return None
        entry.flight = None
        return entry


def told(error: BaseException) -> BaseException:
    """The failure of a flight as one of its callers gets it: each its own, since catchers write on errors
    (the number of retries, notes)."""
    if not isinstance(error, LakewayError):
        return error
    twin = copy.copy(error)
    twin.__cause__ = error.__cause__
    return twin


def _reset_in_forked_children(cache: TokenCache[F]) -> None:
    """The thread that carried out a flight does not exist in a forked child: nobody would ever land it."""
    if hasattr(os, "register_at_fork"):
        reset = weakref.WeakMethod(cache.reset)
        os.register_at_fork(after_in_child=lambda: (method := reset()) and method())
