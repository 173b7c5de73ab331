"""The clients and tokens that a program's calls share: one set for its threads, one per event loop.

Made on the first call, so that importing the package opens and loads nothing.
"""

from __future__ import annotations

import asyncio
import functools
import os
import threading
import weakref
from collections.abc import Generator
from typing import Any, TypeVar, cast

from lakeway.auth.asyncio import AsyncTokens
from lakeway.auth.sync import SyncTokens
from lakeway.calls.opened import OpenedStream
from lakeway.core import shapes
from lakeway.core.http import HttpRequest, HttpResponse
from lakeway.core.steps import Step
from lakeway.errors import BadRequestError
from lakeway.settings import current_verification
from lakeway.streaming import AsyncStream, Stream
from lakeway.transport.asyncio import AsyncClient
from lakeway.transport.asyncio import drive as drive_async
from lakeway.transport.network import Network
from lakeway.transport.sync import SyncClient, drive

T = TypeVar("T")
Call = Generator[Step, Any, T | OpenedStream]


class SyncRuntime:
    def __init__(self, ssl_verify: Any) -> None:
        self.client = SyncClient(_network(ssl_verify))
        self.tokens = SyncTokens(self._send)

    def _send(self, request: HttpRequest) -> HttpResponse:
        return cast("HttpResponse", self.client.send(request))


class AsyncRuntime:
    """Connections belong to one event loop; tokens outlive it, so a script with many loops asks once."""

    def __init__(self, ssl_verify: Any) -> None:
        self.client = AsyncClient(_network(ssl_verify))
        self.tokens = _async_tokens.get(ssl_verify) or _async_tokens.setdefault(
            ssl_verify, AsyncTokens(functools.partial(_send_on_this_loop, ssl_verify))
        )


async def _send_on_this_loop(ssl_verify: Any, request: HttpRequest) -> HttpResponse:
    return cast("HttpResponse", await async_runtime(ssl_verify).client.send(request))


# By what `ssl_verify` says, which is nearly always one thing: connections are never shared across it.
_making = threading.Lock()
_sync: dict[Any, SyncRuntime] = {}
_async_tokens: dict[Any, AsyncTokens] = {}
_by_loop: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, dict[Any, AsyncRuntime]]
_by_loop = weakref.WeakKeyDictionary()


def _network(ssl_verify: Any) -> Network:
    try:
        return Network.from_environ(ssl_verify=ssl_verify)
    except ValueError as cause:
        raise BadRequestError(f"{cause}.") from cause


def _verification(given: Any) -> Any:
    """Whom to trust: a truth value, a path or a context. Anything else could be taken for no verification."""
    chosen = current_verification() if given is None else given
    if isinstance(chosen, bool | str) or hasattr(chosen, "verify_mode"):
        return chosen
    if isinstance(chosen, os.PathLike):
        return os.fspath(chosen)
    raise shapes.wrong("ssl_verify", "True, False, a path or an SSLContext", chosen)


def sync_runtime(ssl_verify: Any = None) -> SyncRuntime:
    key = _verification(ssl_verify)
    runtime = _sync.get(key)
    if runtime is None:
        with _making:
            runtime = _sync.get(key) or _sync.setdefault(key, SyncRuntime(key))
    return runtime


def async_runtime(ssl_verify: Any = None) -> AsyncRuntime:
    key = _verification(ssl_verify)
    runtimes = _by_loop.setdefault(asyncio.get_running_loop(), {})
    return runtimes.get(key) or runtimes.setdefault(key, AsyncRuntime(key))


def run(call: Call[T], ssl_verify: Any = None) -> T | Stream:
    """Carry a call out in this thread."""
    runtime = sync_runtime(ssl_verify)
    answer = drive(call, runtime.client, runtime.tokens)
    return Stream(answer) if isinstance(answer, OpenedStream) else answer


async def arun(call: Call[T], ssl_verify: Any = None) -> T | AsyncStream:
    """Carry a call out on the running event loop."""
    runtime = async_runtime(ssl_verify)
    answer = await drive_async(call, runtime.client, runtime.tokens)
    return AsyncStream(answer) if isinstance(answer, OpenedStream) else answer


def run_whole(call: Generator[Step, Any, T], ssl_verify: Any = None) -> T:
    """Carry out a call whose answer is never streamed."""
    runtime = sync_runtime(ssl_verify)
    return drive(call, runtime.client, runtime.tokens)


async def arun_whole(call: Generator[Step, Any, T], ssl_verify: Any = None) -> T:
    runtime = async_runtime(ssl_verify)
    return await drive_async(call, runtime.client, runtime.tokens)


async def aclose() -> None:
    """Close the running loop's idle connections."""
    for runtime in _by_loop.pop(asyncio.get_running_loop(), {}).values():
        await runtime.client.aclose()


def close() -> None:
    """Close the idle connections that blocking calls left open."""
    with _making:
        runtimes = list(_sync.values())
        _sync.clear()
    for runtime in runtimes:
        runtime.client.close()
