"""Tokens for threads: one request for a token however many ask, and the next one fetched ahead of time."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from lakeway.auth import oauth_m2m
from lakeway.auth.cache import CAPACITY, Join, Lead, RenewAhead, Served, TokenCache, told
from lakeway.auth.credentials import NoCredential, OAuthM2M, StaticToken, UnifiedAuth
from lakeway.auth.token import Token
from lakeway.auth.unified import SHARED, UnifiedChain, served_briefly
from lakeway.core.http import HeaderPairs, HttpRequest, HttpResponse, TransportError
from lakeway.core.steps import Credential

log = logging.getLogger("lakeway.auth")


class Flight:
    """One request for a token. Whoever leads it carries it out in its own thread; the others wait."""

    __slots__ = ("_ended", "_error", "_headers")

    def __init__(self) -> None:
        self._ended = threading.Event()
        self._headers: HeaderPairs | None = None
        self._error: Exception | None = None

    def land(self, headers: HeaderPairs) -> None:
        self._headers = headers
        self._ended.set()

    def fail(self, error: BaseException) -> None:
        """An interruption, Ctrl-C for one, is the leader's own affair: the others take over."""
        self._error = error if isinstance(error, Exception) else None
        self._ended.set()

    def wait(self) -> HeaderPairs | None:
        """The headers, or None when the leader was interrupted. Raises what the leader met with."""
        self._ended.wait()
        if self._error is not None:
            raise told(self._error)
        return self._headers


class SyncTokens:
    """Answers `GetToken` and `GetHost` steps. `send` carries a token request; `clock` gives seconds.

    Safe to share between threads. `clock` is the wall clock by default: a laptop that sleeps stops the
    monotonic one, but not the token's life.
    """

    def __init__(
        self,
        send: Callable[[HttpRequest], HttpResponse],
        clock: Callable[[], float] = time.time,
        unified: UnifiedChain = SHARED,
        capacity: int = CAPACITY,
    ) -> None:
        self._send = send
        self._clock = clock
        self._unified = unified
        self._cache = TokenCache(Flight, capacity=capacity)

    def get(self, credential: Credential, rejected: HeaderPairs | None = None) -> HeaderPairs:
        """Headers that authorize a request. `rejected` ones, refused by the server, are not answered again.

        Raises AuthenticationError, BadRequestError when nothing is configured, or what a server's
        fault or a lost connection is called.
        """
        if isinstance(credential, StaticToken):
            return credential.headers
        if isinstance(credential, NoCredential):
            return ()
        while True:
            match self._cache.plan(credential, self._clock(), rejected):
                case Served(headers):
                    return headers
                case RenewAhead(headers, flight):
                    self._renew_ahead(credential, flight)
                    return headers
                case Lead(flight):
                    return self._carry_out(credential, flight, rejected)
                case Join(flight):
                    arrived = flight.wait()
                    if arrived is not None and arrived != rejected:
                        return arrived

    def host(self, credential: Credential) -> str:
        """The workspace of a call that names none. Raises BadRequestError when nothing else names it."""
        return self._unified.host(credential)

    def _carry_out(
        self, credential: Credential, flight: Flight, rejected: HeaderPairs | None = None
    ) -> HeaderPairs:
        try:
            token = self._fetch(credential, rejected)
        except BaseException as error:
            self._cache.failed(credential, flight, self._clock())
            flight.fail(error)
            raise
        self._cache.landed(credential, flight, token)
        flight.land(token.headers)
        return token.headers

    def _renew_ahead(self, credential: Credential, flight: Flight) -> None:
        thread = threading.Thread(
            target=self._try_to_renew, args=(credential, flight), name="lakeway-token", daemon=True
        )
        try:
            thread.start()
        except RuntimeError as error:  # no more threads, or the interpreter is shutting down
            self._cache.failed(credential, flight, self._clock())
            flight.fail(error)

    def _try_to_renew(self, credential: Credential, flight: Flight) -> None:
        try:
            self._carry_out(credential, flight)
        except Exception:
            log.warning("Could not renew a token ahead of time for %r", credential, exc_info=True)

    def _fetch(self, credential: Credential, rejected: HeaderPairs | None) -> Token:
        if isinstance(credential, OAuthM2M):
            try:
                response = self._send(oauth_m2m.write_request(credential))
            except TransportError as failure:
                raise oauth_m2m.read_failure(failure, credential) from failure
            return oauth_m2m.read_reply(response, self._clock(), credential)
        if isinstance(credential, UnifiedAuth):
            if rejected is not None:
                self._unified.forget(credential)
            return served_briefly(self._unified.headers(credential), self._clock())
        raise TypeError(f"{type(credential).__name__} is no credential that tokens can be had for")
