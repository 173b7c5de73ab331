"""Both colours of the SDK behind one face, so that every behaviour is shown in each."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

import lakeway


class Sync:
    """The blocking functions; a stream is read to its end."""

    def completion(self, **params: Any) -> Any:
        answer = lakeway.completion(**params)
        return list(answer) if params.get("stream") else answer

    def embedding(self, **params: Any) -> Any:
        return lakeway.embedding(**params)

    def text_completion(self, **params: Any) -> Any:
        answer = lakeway.text_completion(**params)
        return list(answer) if params.get("stream") else answer


class Async:
    """The same on one event loop for the length of a test."""

    def __init__(self, runner: asyncio.Runner) -> None:
        self._runner = runner

    def completion(self, **params: Any) -> Any:
        return self._runner.run(self._read(lakeway.acompletion(**params), params))

    def embedding(self, **params: Any) -> Any:
        return self._runner.run(lakeway.aembedding(**params))

    def text_completion(self, **params: Any) -> Any:
        return self._runner.run(self._read(lakeway.atext_completion(**params), params))

    async def _read(self, call: Any, params: dict[str, Any]) -> Any:
        answer = await call
        return [chunk async for chunk in answer] if params.get("stream") else answer


@pytest.fixture(params=["sync", "async"])
def sdk(request: pytest.FixtureRequest) -> Iterator[Sync | Async]:
    if request.param == "sync":
        yield Sync()
        return
    with asyncio.Runner() as runner:
        yield Async(runner)
        runner.run(lakeway.aclose())


@pytest.fixture(autouse=True)
def _close_connections() -> Iterator[None]:
    yield
    lakeway.close()
