"""The clients and tokens that a program's calls share: one set for its threads, one per event loop.

Made on the first call, so that importing the package opens and loads nothing.
"""

from __future__ import annotations

import asyncio
import threading
import weakref
from collections.abc import Generator
from typing import Any, TypeVar, cast

from lakeway.auth.asyncio import AsyncTokens
from lakeway.auth.sync import SyncTokens
from lakeway.calls.opened import OpenedStream
from lakeway.core.http import HttpRequest, HttpResponse
from lakeway.core.steps import Step
from lakeway.settings import current
from lakeway.streaming import AsyncStream, Stream
from lakeway.transport.asyncio import AsyncClient
from lakeway.transport.asyncio import drive as drive_async
from lakeway.transport.network import Network
from lakeway.transport.sync import SyncClient, drive

T = TypeVar("T")
Call = Generator[Step, Any, T | OpenedStream]


class SyncRuntime:
    def __init__(self) -> None:
        self.client = SyncClient(Network.from_environ(ssl_verify=current().ssl_verify))
        self.tokens = SyncTokens(self._send)

    def _send(self, request: HttpRequest) -> HttpResponse:
        return cast("HttpResponse", self.client.send(request))


class AsyncRuntime:
    def __init__(self) -> None:
        self.client = AsyncClient(Network.from_environ(ssl_verify=current().ssl_verify))
        self.tokens = AsyncTokens(self._send)

    async def _send(self, request: HttpRequest) -> HttpResponse:
        return cast("HttpResponse", await self.client.send(request))


_making = threading.Lock()
_sync: SyncRuntime | None = None
_by_loop: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, AsyncRuntime] = weakref.WeakKeyDictionary()


def sync_runtime() -> SyncRuntime:
    global _sync
    if _sync is None:
        with _making:
            if _sync is None:
                _sync = SyncRuntime()
    return _sync


def async_runtime() -> AsyncRuntime:
    loop = asyncio.get_running_loop()
    runtime = _by_loop.get(loop)
    if runtime is None:
        runtime = _by_loop[loop] = AsyncRuntime()
    return runtime


def run(call: Call[T]) -> T | Stream:
    """Carry a call out in this thread."""
    runtime = sync_runtime()
    answer = drive(call, runtime.client, runtime.tokens)
    return Stream(answer) if isinstance(answer, OpenedStream) else answer


async def arun(call: Call[T]) -> T | AsyncStream:
    """Carry a call out on the running event loop."""
    runtime = async_runtime()
    answer = await drive_async(call, runtime.client, runtime.tokens)
    return AsyncStream(answer) if isinstance(answer, OpenedStream) else answer


def run_whole(call: Generator[Step, Any, T]) -> T:
    """Carry out a call whose answer is never streamed."""
    runtime = sync_runtime()
    return drive(call, runtime.client, runtime.tokens)


async def arun_whole(call: Generator[Step, Any, T]) -> T:
    runtime = async_runtime()
    return await drive_async(call, runtime.client, runtime.tokens)


async def aclose() -> None:
    """Close the running loop's idle connections."""
    runtime = _by_loop.pop(asyncio.get_running_loop(), None)
    if runtime is not None:
        await runtime.client.aclose()


def close() -> None:
    """Close the idle connections that blocking calls left open."""
    global _sync
    with _making:
        runtime, _sync = _sync, None
    if runtime is not None:
        runtime.client.close()
