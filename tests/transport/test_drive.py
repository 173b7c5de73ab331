"""The drivers, in both colours: steps in, results out, errors where they belong."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Generator
from typing import Any

import pytest

from lakeway.core.http import Headers, HttpRequest, HttpResponse, StreamedResponse, TransportError
from lakeway.core.steps import Credential, Discard, GetHost, GetToken, ReadWhole, Send, Sleep
from lakeway.transport import asyncio as async_transport
from lakeway.transport import sync as sync_transport

REQUEST = HttpRequest(method="GET", url="http://h/")
RESPONSE = HttpResponse(200, Headers(), b"hello")
TOKEN = (("Authorization", "Bearer x"),)
WHO = Credential()


class World:
    """Answers what steps ask for, and remembers what that was."""

    def __init__(self, *answers: object) -> None:
        self._answers = list(answers)
        self.asked: list[object] = []

    def answer(self, *question: object) -> Any:
        self.asked.append(question)
        answer = self._answers.pop(0)
        if isinstance(answer, BaseException):
            raise answer
        return answer


class SyncWorld(World):
    def send(self, request: HttpRequest) -> Any:
        return self.answer("send", request)

    def get(self, credential: Credential, rejected: object) -> Any:
        return self.answer("get", credential, rejected)

    def host(self, credential: Credential) -> Any:
        return self.answer("host", credential)

    def read(self) -> Any:
        return self.answer("read")

    def close(self) -> None:
        self.answer("close")

    def run(self, flow: Generator, **options: object) -> object:
        return sync_transport.drive(flow, self, self, sleep=lambda s: self.answer("sleep", s), **options)


class AsyncWorld(World):
    async def send(self, request: HttpRequest) -> Any:
        return self.answer("send", request)

    async def get(self, credential: Credential, rejected: object) -> Any:
        return self.answer("get", credential, rejected)

    async def host(self, credential: Credential) -> Any:
        return self.answer("host", credential)

    async def read(self) -> Any:
        return self.answer("read")

    async def aclose(self) -> None:
        self.answer("close")

    def run(self, flow: Generator, **options: object) -> object:
        return asyncio.run(async_transport.drive(flow, self, self, **options))


@pytest.fixture(params=[SyncWorld, AsyncWorld])
def world(request: pytest.FixtureRequest) -> type[World]:
    return request.param


def test_steps(world):
    """Each step is done by the one who can, and its answer is sent back."""
    told = world(TOKEN, "https://w", RESPONSE, b"lo", None)
    streamed = StreamedResponse(200, Headers(), b"hel", told)

    def flow():
        return [
            (yield GetToken(WHO, TOKEN)),
            (yield GetHost(WHO)),
            (yield Send(REQUEST)),
            (yield ReadWhole(streamed)),
            (yield Discard(streamed)),
        ]

    assert [TOKEN, "https://w", RESPONSE, RESPONSE, None] == told.run(flow())
    assert [("get", WHO, TOKEN), ("host", WHO), ("send", REQUEST), ("read",), ("close",)] == told.asked


def test_sync_sleep():
    """How the blocking driver sleeps is an argument."""
    world = SyncWorld("woken")

    assert world.run(sleeper(3.0)) is None
    assert [("sleep", 3.0)] == world.asked


def test_async_sleep():
    """The other one lets the loop do it."""
    began = time.monotonic()
    AsyncWorld().run(sleeper(0.02))

    assert time.monotonic() - began > 0.015


def sleeper(seconds: float):
    return (yield Sleep(seconds))


def test_no_step(world):
    """A flow may decide without asking for anything."""

    def flow():
        return 7
        yield

    assert world().run(flow()) == 7


def test_errors_go_into_the_flow(world):
    """What goes wrong in a step is the flow's to judge."""
    failure = TransportError("broken")

    def flow():
        try:
            yield Send(REQUEST)
        except TransportError as error:
            return error, (yield Send(REQUEST))

    assert (failure, RESPONSE) == world(failure, RESPONSE).run(flow())


def test_errors_come_out(world):
    """What the flow does not judge is the caller's, as it was."""
    failure = TransportError("broken")

    def flow():
        yield Send(REQUEST)

    with pytest.raises(TransportError) as caught:
        world(failure).run(flow())
    assert (failure, None) == (caught.value, caught.value.__cause__)


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, SystemExit])
def test_interruptions_end_the_flow(world, interruption):
    """Ctrl-C is not the flow's to judge, but its clean-up runs."""
    ended = []

    def flow():
        try:
            yield Send(REQUEST)
        except Exception:  # noqa: BLE001 - as some flow might
            ended.append("judged")
        finally:
            ended.append("cleaned up")

    with pytest.raises(interruption):
        world(interruption()).run(flow())
    assert ["cleaned up"] == ended


def test_cancellation_ends_the_flow():
    """Nor is cancellation, even for a flow that would catch everything."""
    ended = []

    def flow():
        try:
            yield Sleep(60)
        except BaseException as error:
            ended.append(type(error))
            raise

    async def scenario() -> None:
        task = asyncio.create_task(async_transport.drive(flow(), AsyncWorld(), AsyncWorld()))
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(scenario())

    assert [GeneratorExit] == ended


def test_observer(world):
    """It is told of every step with its result or its exception, and how long it took."""
    failure = TransportError("broken")
    seen = []

    def flow():
        try:
            yield Send(REQUEST)
        except TransportError:
            return (yield GetToken(WHO))

    def observer(step, result, seconds):
        seen.append((step, result, 0 <= seconds < 1))

    assert TOKEN == world(failure, TOKEN).run(flow(), observer=observer)
    assert [(Send(REQUEST), failure, True), (GetToken(WHO), TOKEN, True)] == seen


def test_observer_of_an_interruption(world):
    """It is told of a step that was interrupted, too: whoever counts calls in flight needs that."""
    seen = []

    def flow():
        yield Send(REQUEST)

    with pytest.raises(KeyboardInterrupt):
        world(KeyboardInterrupt()).run(flow(), observer=lambda step, result, _: seen.append(type(result)))
    assert [KeyboardInterrupt] == seen
