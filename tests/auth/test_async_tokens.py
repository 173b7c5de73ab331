"""Tasks that ask for tokens at once, against a scripted token endpoint."""

from __future__ import annotations

import asyncio
import gc
import json
import threading
from collections.abc import Awaitable, Callable

import pytest

from lakeway.auth import NoCredential, OAuthM2M, StaticToken, UnifiedAuth
from lakeway.auth.asyncio import AsyncTokens
from lakeway.auth.unified import UnifiedChain
from lakeway.core.http import ConnectFailed, Headers, HttpRequest, HttpResponse
from lakeway.core.steps import Credential
from lakeway.errors import APIConnectionError

M2M = OAuthM2M("https://w.example/oidc/v1/token", "id", "secret")
CROWD = 64


def bearer(number: int):
    return (("authorization", f"Bearer token-{number}"),)


async def at_once(number: int) -> None:
    pass


class Endpoint:
    """Hands out token-1, token-2 … for an hour each; `before` is awaited ahead of each answer."""

    def __init__(self, before: Callable[[int], Awaitable[object]] = at_once) -> None:
        self.requests: list[HttpRequest] = []
        self._before = before

    async def __call__(self, request: HttpRequest) -> HttpResponse:
        self.requests.append(request)
        number = len(self.requests)
        await self._before(number)
        body = {"access_token": f"token-{number}", "expires_in": 3600}
        return HttpResponse(200, Headers(), json.dumps(body).encode())


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


async def turns(count: int = 10) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


def run(test: Callable[[], Awaitable[None]]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(5):
            await test()

    asyncio.run(bounded())


def test_answers_that_need_no_request():
    """A static token is its own answer, and no credential adds nothing."""

    async def test() -> None:
        tokens = AsyncTokens(send=None)

        assert (("authorization", "Bearer dapi-1"),) == await tokens.get(StaticToken("dapi-1"))
        assert () == await tokens.get(NoCredential())

    run(test)


def test_an_unknown_credential_is_a_defect():
    """It is not taken for one that needs no token."""
    with pytest.raises(TypeError, match="Credential"):
        asyncio.run(AsyncTokens(send=None).get(Credential()))


def test_a_crowd_shares_one_request():
    """64 tasks that ask at once cost one token request."""

    async def test() -> None:
        endpoint = Endpoint(before=lambda number: turns())
        tokens = AsyncTokens(endpoint)
        answers = await asyncio.gather(*(tokens.get(M2M) for _ in range(CROWD)))

        assert [bearer(1)] * CROWD == answers
        assert len(endpoint.requests) == 1

    run(test)


@pytest.mark.parametrize("cancelled", [0, 1], ids=["the one who asked first", "one who waits"])
def test_a_cancelled_caller_leaves_the_flight_to_the_others(cancelled: int):
    """The request belongs to nobody in particular."""

    async def test() -> None:
        endpoint = Endpoint(before=lambda number: turns())
        tokens = AsyncTokens(endpoint)
        callers = [asyncio.create_task(tokens.get(M2M)) for _ in range(3)]
        await turns(3)
        callers[cancelled].cancel()
        answers = await asyncio.gather(*callers, return_exceptions=True)

        assert isinstance(answers.pop(cancelled), asyncio.CancelledError)
        assert [bearer(1)] * 2 == answers
        assert len(endpoint.requests) == 1

    run(test)


def test_a_flight_that_everybody_left_still_lands():
    """Its token serves the next caller."""

    async def test() -> None:
        endpoint = Endpoint(before=lambda number: turns())
        tokens = AsyncTokens(endpoint)
        caller = asyncio.create_task(tokens.get(M2M))
        await turns(3)
        caller.cancel()
        await turns(20)

        assert bearer(1) == await tokens.get(M2M)
        assert len(endpoint.requests) == 1

    run(test)


def test_a_cancelled_flight_is_taken_over():
    """Whoever cancels every task of the loop but the callers costs them a second request, not an error."""

    async def test() -> None:
        endpoint = Endpoint(before=lambda number: turns())
        tokens = AsyncTokens(endpoint)
        callers = [asyncio.create_task(tokens.get(M2M)) for _ in range(2)]
        await turns(3)
        (flight,) = asyncio.all_tasks() - {asyncio.current_task(), *callers}
        flight.cancel()

        assert [bearer(2)] * 2 == await asyncio.gather(*callers)

    run(test)


def test_waiters_share_a_failure_and_the_next_caller_tries_again():
    """Everyone in the flight gets an error of its own; it is not kept."""

    async def fail_once(number: int) -> None:
        await turns()
        if number == 1:
            raise ConnectFailed("connection refused")

    async def test() -> None:
        tokens = AsyncTokens(Endpoint(before=fail_once))
        errors = await asyncio.gather(*(tokens.get(M2M) for _ in range(8)), return_exceptions=True)

        assert all(isinstance(error, APIConnectionError) for error in errors)
        assert len(set(map(id, errors))) == 8
        assert all(isinstance(error.__cause__, ConnectFailed) for error in errors)
        assert bearer(2) == await tokens.get(M2M)

    run(test)


def test_a_failure_that_nobody_waited_for_is_quiet(caplog):
    """The loop does not complain of an exception that was never retrieved."""

    async def fail(number: int) -> None:
        await turns()
        raise ConnectFailed("connection refused")

    async def test() -> None:
        tokens = AsyncTokens(Endpoint(before=fail))
        caller = asyncio.create_task(tokens.get(M2M))
        await turns(3)
        caller.cancel()
        await turns(20)

    run(test)
    gc.collect()
    assert [] == [record for record in caplog.records if record.name == "asyncio"]


def test_a_stale_token_serves_while_the_next_is_fetched():
    """No caller waits for a renewal ahead of time."""

    async def test() -> None:
        endpoint, clock = Endpoint(before=lambda number: turns()), Clock()
        tokens = AsyncTokens(endpoint, clock)
        await tokens.get(M2M)
        clock.now = 3000.0

        assert [bearer(1)] * 3 == [await tokens.get(M2M) for _ in range(3)]
        await turns(20)
        assert bearer(2) == await tokens.get(M2M)
        assert len(endpoint.requests) == 2

    run(test)


def test_a_failed_renewal_hurts_nobody_and_pauses(caplog):
    """The old token goes on; the next attempt comes a minute later; the log says so without the secret."""

    async def fail_second(number: int) -> None:
        if number == 2:
            raise ConnectFailed("connection refused")

    async def test() -> None:
        endpoint, clock = Endpoint(before=fail_second), Clock()
        tokens = AsyncTokens(endpoint, clock)
        await tokens.get(M2M)
        for clock.now in (3000.0, 3059.0):
            assert bearer(1) == await tokens.get(M2M)
            await turns()
        assert len(endpoint.requests) == 2

        clock.now = 3060.0
        await tokens.get(M2M)
        await turns()
        assert bearer(3) == await tokens.get(M2M)

    run(test)
    assert "connection refused" in caplog.text
    assert "'secret'" not in caplog.text


def test_refused_headers_are_replaced_once_for_everybody():
    """The first refusal fetches a new token; the others, which were refused the old one, get it too."""

    async def test() -> None:
        endpoint = Endpoint(before=lambda number: turns())
        tokens = AsyncTokens(endpoint)
        refused = await tokens.get(M2M)
        together = [tokens.get(M2M, rejected=refused) for _ in range(CROWD)]

        assert [bearer(2)] * CROWD == await asyncio.gather(*together)
        assert bearer(2) == await tokens.get(M2M, rejected=refused)
        assert len(endpoint.requests) == 2

    run(test)


def test_a_waiter_does_not_take_the_headers_it_was_refused():
    """A flight that others began may bring them once more, as databricks-sdk's own cache does."""
    requests: list[HttpRequest] = []

    async def same_token(request: HttpRequest) -> HttpResponse:
        requests.append(request)
        await turns()
        return HttpResponse(200, Headers(), b'{"access_token": "token-1", "expires_in": 3600}')

    async def test() -> None:
        tokens = AsyncTokens(same_token)
        answers = await asyncio.gather(tokens.get(M2M), tokens.get(M2M, bearer(1)))

        assert [bearer(1)] * 2 == answers
        assert len(requests) == 2

    run(test)


def test_a_token_outlives_its_loop():
    """A script that calls asyncio.run twice pays for one token."""
    endpoint = Endpoint()
    tokens = AsyncTokens(endpoint)

    assert [bearer(1)] * 2 == [asyncio.run(tokens.get(M2M)) for _ in range(2)]


def test_a_flight_does_not_outlive_its_loop():
    """A loop that was dropped with a flight under way holds nobody up."""
    endpoint = Endpoint(before=lambda number: turns(10 if number == 1 else 0))
    tokens = AsyncTokens(endpoint)
    dropped = asyncio.new_event_loop()
    caller = dropped.create_task(tokens.get(M2M))
    dropped.run_until_complete(turns(3))

    assert bearer(2) == asyncio.run(tokens.get(M2M))
    caller.cancel()
    dropped.run_until_complete(turns(20))
    dropped.close()


class Config:
    host = "https://w.example"
    workspace_id = None

    def __init__(self, threads: list[int]) -> None:
        self._threads = threads

    def authenticate(self) -> dict[str, str]:
        self._threads.append(threading.get_ident())
        return {"Authorization": f"Bearer token-{len(self._threads)}"}


def test_the_sdk_never_runs_on_the_loop():
    """databricks-sdk blocks: it is opened and asked in a thread."""
    threads: list[int] = []

    def open_config(credential: UnifiedAuth) -> Config:
        threads.append(threading.get_ident())
        return Config(threads)

    tokens = AsyncTokens(send=None, unified=UnifiedChain(open_config))

    assert bearer(2) == asyncio.run(tokens.get(UnifiedAuth("dev")))
    assert bearer(4) == asyncio.run(tokens.get(UnifiedAuth("dev"), rejected=bearer(2)))
    assert threading.get_ident() not in threads


class HostOnly:
    workspace_id = None

    def __init__(self) -> None:
        self.threads: list[int] = []

    @property
    def host(self) -> str:
        self.threads.append(threading.get_ident())
        return "https://w.example"


def test_a_host_is_looked_up_in_a_thread_once():
    """Opening the SDK blocks; what is known by then is answered on the loop."""
    config = HostOnly()

    async def test() -> None:
        tokens = AsyncTokens(send=None, unified=UnifiedChain(lambda credential: config))

        assert ["https://w.example"] * 2 == [await tokens.host(StaticToken("dapi-1")) for _ in range(2)]

    run(test)
    in_a_thread, on_the_loop = config.threads
    assert in_a_thread != threading.get_ident()
    assert on_the_loop == threading.get_ident()
