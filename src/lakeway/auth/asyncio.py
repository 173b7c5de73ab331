"""Tokens for an event loop: one request for a token however many ask, the next one fetched ahead of time."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from functools import partial

from lakeway.auth import oauth_m2m
from lakeway.auth.cache import CAPACITY, Join, Lead, RenewAhead, Served, TokenCache, told
from lakeway.auth.credentials import NoCredential, OAuthM2M, StaticToken, UnifiedAuth
from lakeway.auth.token import Token
from lakeway.auth.unified import SHARED, UnifiedChain, served_briefly
from lakeway.core.http import HeaderPairs, HttpRequest, HttpResponse, TransportError
from lakeway.core.steps import Credential

log = logging.getLogger("lakeway.auth")


class Flight:
    """One request for a token, as a task of its own: cancelling who waits for it does not end it."""

    __slots__ = ("loop", "task")
    task: asyncio.Task[HeaderPairs]

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()

    def is_awaitable_here(self) -> bool:
        """A task of another loop cannot be waited for, and that loop may have ended with the task undone."""
        return self.loop is asyncio.get_running_loop()

    async def wait(self) -> HeaderPairs | None:
        """The headers, or None when the task was cancelled. Raises what it met with."""
        await asyncio.wait((self.task,))
        if self.task.cancelled():
            return None
        if (error := self.task.exception()) is not None:
            raise told(error)
        return self.task.result()


class AsyncTokens:
    """Answers `GetToken` and `GetHost` steps. `send` carries a token request; `clock` gives seconds.

    The clock is the wall clock by default, for the reason given in `sync`. One object may outlive an
    event loop, and serve several: they share tokens, but not flights.
    """

    def __init__(
        self,
        send: Callable[[HttpRequest], Awaitable[HttpResponse]],
        clock: Callable[[], float] = time.time,
        unified: UnifiedChain = SHARED,
        capacity: int = CAPACITY,
    ) -> None:
        self._send = send
        self._clock = clock
        self._unified = unified
        self._cache = TokenCache(Flight, joins=Flight.is_awaitable_here, capacity=capacity)
        self._tasks: set[asyncio.Task[HeaderPairs]] = set()

    async def get(self, credential: Credential, rejected: HeaderPairs | None = None) -> HeaderPairs:
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
                    self._start(credential, flight)
                    flight.task.add_done_callback(partial(_report_failure, credential))
                    return headers
                case Lead(flight):
                    self._start(credential, flight, rejected)
                    arrived = await flight.wait()
                    if arrived is not None:
                        return arrived
                case Join(flight):
                    arrived = await flight.wait()
                    if arrived is not None and arrived != rejected:
                        return arrived

    async def host(self, credential: Credential) -> str:
        """The workspace of a call that names none. Raises BadRequestError when nothing else names it."""
        known = self._unified.opened_host(credential)
        return known if known is not None else await asyncio.to_thread(self._unified.host, credential)

    def _start(self, credential: Credential, flight: Flight, rejected: HeaderPairs | None = None) -> None:
        flight.task = flight.loop.create_task(self._carry_out(credential, flight, rejected))
        self._tasks.add(flight.task)
        flight.task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[HeaderPairs]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # told to whoever waits; if nobody does any more, the loop need not complain

    async def _carry_out(
        self, credential: Credential, flight: Flight, rejected: HeaderPairs | None
    ) -> HeaderPairs:
        try:
            token = await self._fetch(credential, rejected)
        except BaseException:
            self._cache.failed(credential, flight, self._clock())
            raise
        self._cache.landed(credential, flight, token)
        return token.headers

    async def _fetch(self, credential: Credential, rejected: HeaderPairs | None) -> Token:
        if isinstance(credential, OAuthM2M):
            try:
                response = await self._send(oauth_m2m.write_request(credential))
            except TransportError as failure:
                raise oauth_m2m.read_failure(failure, credential) from failure
            return oauth_m2m.read_reply(response, self._clock(), credential)
        if isinstance(credential, UnifiedAuth):
            if rejected is not None:
                self._unified.forget(credential)
            headers = await asyncio.to_thread(self._unified.headers, credential)
            return served_briefly(headers, self._clock())
        raise TypeError(f"{type(credential).__name__} is no credential that tokens can be had for")


def _report_failure(credential: Credential, task: asyncio.Task[HeaderPairs]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.warning("Could not renew a token ahead of time for %r", credential, exc_info=error)
