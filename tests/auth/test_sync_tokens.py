"""Threads that ask for tokens at once, against a scripted token endpoint."""

from __future__ import annotations

import json
import logging
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from lakeway.auth import NoCredential, OAuthM2M, StaticToken, UnifiedAuth
from lakeway.auth.cache import Join
from lakeway.auth.sync import SyncTokens
from lakeway.auth.unified import UnifiedChain
from lakeway.core.http import ConnectFailed, Headers, HttpRequest, HttpResponse
from lakeway.core.steps import Credential
from lakeway.errors import APIConnectionError, AuthenticationError

M2M = OAuthM2M("https://w.example/oidc/v1/token", "id", "secret")
CROWD = 64
PATIENCE = 5.0


def bearer(number: int):
    return (("authorization", f"Bearer token-{number}"),)


class Endpoint:
    """Hands out token-1, token-2 … for an hour each; `before` runs ahead of each answer."""

    def __init__(self, before: Callable[[int], None] = lambda number: None) -> None:
        self.requests: list[HttpRequest] = []
        self._before = before

    def __call__(self, request: HttpRequest) -> HttpResponse:
        self.requests.append(request)
        number = len(self.requests)
        self._before(number)
        body = {"access_token": f"token-{number}", "expires_in": 3600}
        return HttpResponse(200, Headers(), json.dumps(body).encode())


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def wait_for(condition: Callable[[], bool]) -> None:
    pause = threading.Event()
    for _ in range(1000):
        if condition():
            return
        pause.wait(PATIENCE / 1000)
    raise AssertionError("it did not happen")


def test_answers_that_need_no_request():
    """A static token is its own answer, and no credential adds nothing."""
    tokens = SyncTokens(send=None)

    assert (("authorization", "Bearer dapi-1"),) == tokens.get(StaticToken("dapi-1"))
    assert () == tokens.get(NoCredential())


def test_an_unknown_credential_is_a_defect():
    """It is not taken for one that needs no token."""
    with pytest.raises(TypeError, match="Credential"):
        SyncTokens(send=None).get(Credential())


def test_a_crowd_shares_one_request():
    """64 threads that ask at once cost one token request."""
    together = threading.Barrier(CROWD)
    released = threading.Event()
    endpoint = Endpoint(before=lambda number: released.wait(PATIENCE))
    tokens = SyncTokens(endpoint)

    def ask(_: int):
        together.wait(PATIENCE)
        return tokens.get(M2M)

    with ThreadPoolExecutor(CROWD) as pool:
        answers = pool.map(ask, range(CROWD))
        wait_for(lambda: bool(endpoint.requests))
        released.set()

        assert Counter(answers) == {bearer(1): CROWD}
    assert len(endpoint.requests) == 1


def test_each_credential_has_a_token_of_its_own():
    """Another secret, another token; the same values again, the same token."""
    tokens = SyncTokens(Endpoint())
    other = OAuthM2M(M2M.token_url, "id", "other")
    twin = OAuthM2M(M2M.token_url, "id", "secret")

    assert [bearer(1), bearer(2), bearer(1)] == [tokens.get(c) for c in (M2M, other, twin)]


def test_waiters_share_a_failure_and_the_next_caller_tries_again():
    """Everyone in the flight gets an error of its own; it is not kept."""
    started, released = threading.Event(), threading.Event()

    def fail_once(number: int) -> None:
        started.set()
        released.wait(PATIENCE)
        if number == 1:
            raise ConnectFailed("connection refused")

    endpoint = Endpoint(before=fail_once)
    tokens = SyncTokens(endpoint)
    waiters = joined(tokens)
    with ThreadPoolExecutor(8) as pool:
        futures = [pool.submit(tokens.get, M2M)]
        started.wait(PATIENCE)
        futures += [pool.submit(tokens.get, M2M) for _ in range(7)]
        # A waiter that came too late would lead a second flight and find a token.
        wait_for(lambda: len(waiters) == 7)
        released.set()
        errors = [future.exception(PATIENCE) for future in futures]

    assert all(isinstance(error, APIConnectionError) for error in errors)
    assert len(set(map(id, errors))) == 8
    assert all(isinstance(error.__cause__, ConnectFailed) for error in errors)
    assert bearer(2) == tokens.get(M2M)


def joined(tokens: SyncTokens) -> list[Join]:
    """What everyone who came to wait for a flight was told, as it happens."""
    seen: list[Join] = []
    plan = tokens._cache.plan

    def watched(*arguments):
        decision = plan(*arguments)
        if isinstance(decision, Join):
            seen.append(decision)
        return decision

    tokens._cache.plan = watched
    return seen


def test_an_interrupted_leader_hands_over_to_a_waiter():
    """Ctrl-C in one thread is not an error in the others: one of them asks again."""
    started, released = threading.Event(), threading.Event()

    def interrupt_once(number: int) -> None:
        if number == 1:
            started.set()
            released.wait(PATIENCE)
            raise KeyboardInterrupt

    tokens = SyncTokens(Endpoint(before=interrupt_once))
    waiters = joined(tokens)
    with ThreadPoolExecutor(2) as pool:
        leader = pool.submit(tokens.get, M2M)
        started.wait(PATIENCE)
        waiter = pool.submit(tokens.get, M2M)
        wait_for(lambda: len(waiters) == 1)
        released.set()

        assert isinstance(leader.exception(PATIENCE), KeyboardInterrupt)
        assert bearer(2) == waiter.result(PATIENCE)


def test_a_stale_token_serves_while_the_next_is_fetched():
    """No caller waits for a renewal ahead of time."""
    released = threading.Event()
    endpoint = Endpoint(before=lambda number: number == 1 or released.wait(PATIENCE))
    clock = Clock()
    tokens = SyncTokens(endpoint, clock)
    tokens.get(M2M)

    clock.now = 3000.0
    assert [bearer(1)] * 3 == [tokens.get(M2M) for _ in range(3)]
    released.set()
    wait_for(lambda: tokens.get(M2M) == bearer(2))

    assert len(endpoint.requests) == 2


def test_a_failed_renewal_hurts_nobody_and_pauses(caplog):
    """The old token goes on; the next attempt comes a minute later; the log says so without the secret."""

    def fail_second(number: int) -> None:
        if number == 2:
            raise ConnectFailed("connection refused")

    endpoint, clock = Endpoint(before=fail_second), Clock()
    tokens = SyncTokens(endpoint, clock)
    tokens.get(M2M)
    clock.now = 3000.0
    with caplog.at_level(logging.WARNING, "lakeway.auth"):
        tokens.get(M2M)
        wait_for(lambda: bool(caplog.records))
    clock.now = 3059.0
    assert bearer(1) == tokens.get(M2M)
    assert len(endpoint.requests) == 2

    clock.now = 3060.0
    wait_for(lambda: tokens.get(M2M) == bearer(3))
    assert "connection refused" in caplog.text
    assert "'secret'" not in caplog.text


def test_no_thread_to_be_had_is_a_failed_renewal(monkeypatch):
    """At the end of the interpreter no thread starts; the old token serves all the same."""

    def refuse(self) -> None:
        raise RuntimeError("can't start new thread")

    endpoint, clock = Endpoint(), Clock()
    tokens = SyncTokens(endpoint, clock)
    tokens.get(M2M)
    clock.now = 3000.0
    monkeypatch.setattr(threading.Thread, "start", refuse)

    assert bearer(1) == tokens.get(M2M)
    assert len(endpoint.requests) == 1


def test_an_expired_token_is_waited_for():
    """40 s before its end a token serves no more."""
    clock = Clock()
    tokens = SyncTokens(Endpoint(), clock)
    tokens.get(M2M)
    clock.now = 3560.0

    assert bearer(2) == tokens.get(M2M)


def test_refused_headers_are_replaced_once_for_everybody():
    """The first refusal fetches a new token; the others, which were refused the old one, get it too."""
    endpoint = Endpoint()
    tokens = SyncTokens(endpoint)
    refused = tokens.get(M2M)

    assert [bearer(2)] * 3 == [tokens.get(M2M, rejected=refused) for _ in range(3)]
    assert len(endpoint.requests) == 2


def test_a_waiter_does_not_take_the_headers_it_was_refused():
    """A flight that others began may bring them once more, as databricks-sdk's own cache does."""
    released = threading.Event()
    requests: list[HttpRequest] = []

    def same_token(request: HttpRequest) -> HttpResponse:
        requests.append(request)
        released.wait(PATIENCE)
        return HttpResponse(200, Headers(), b'{"access_token": "token-1", "expires_in": 3600}')

    tokens = SyncTokens(same_token)
    waiters = joined(tokens)
    with ThreadPoolExecutor(2) as pool:
        leader = pool.submit(tokens.get, M2M)
        wait_for(lambda: bool(requests))
        waiter = pool.submit(tokens.get, M2M, bearer(1))
        wait_for(lambda: bool(waiters))
        released.set()

        assert [bearer(1)] * 2 == [leader.result(PATIENCE), waiter.result(PATIENCE)]
    assert len(requests) == 2


def test_a_refusal_at_the_endpoint_is_an_authentication_error():
    """OIDC's own reason reaches the caller."""
    body = {"error": "invalid_client", "error_description": "Client authentication failed"}
    tokens = SyncTokens(lambda request: HttpResponse(401, Headers(), json.dumps(body).encode()))

    with pytest.raises(AuthenticationError, match="invalid_client: Client authentication failed"):
        tokens.get(M2M)


class Config:
    host = "https://w.example"
    workspace_id = None

    def __init__(self, number: int) -> None:
        self._number = number

    def authenticate(self) -> dict[str, str]:
        return {"Authorization": f"Bearer token-{self._number}"}


def test_a_refused_unified_token_opens_the_chain_anew():
    """databricks-sdk keeps a token it believes in: only a new configuration lets go of it."""
    opened: list[UnifiedAuth] = []

    def open_config(credential: UnifiedAuth) -> Config:
        opened.append(credential)
        return Config(len(opened))

    tokens = SyncTokens(send=None, unified=UnifiedChain(open_config))
    dev = UnifiedAuth("dev")

    assert bearer(1) == tokens.get(dev)
    assert bearer(2) == tokens.get(dev, rejected=bearer(1))
    assert [dev, dev] == opened


def test_the_host_is_that_of_the_configuration():
    """A call that names no workspace goes to the one that its credential is for."""
    tokens = SyncTokens(send=None, unified=UnifiedChain(lambda credential: Config(1)))

    assert tokens.host(UnifiedAuth("dev")) == "https://w.example"
