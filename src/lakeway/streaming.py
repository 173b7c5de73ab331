"""What `stream=True` returns: an iterator of chunks, in either colour, that owns the upstream call.

Closing it, or leaving its `with` block, ends that call. A stream that is cut raises: it never looks
finished. However it ends, what it has used by then is counted and priced.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterator
from types import TracebackType
from typing import Any, Self

from lakeway.calls.opened import OpenedStream
from lakeway.core.exchange import JsonObject
from lakeway.core.http import TransportError


class CustomStreamWrapper:
    """What both colours share, under LiteLLM's name. `response_cost` is known at the end, or once closed."""

    def __init__(self, opened: OpenedStream) -> None:
        self._opened = opened
        self._ready: deque[Any] = deque(opened.present(opened.first))
        self._open = True
        self._told = False
        self._settled = False

    @property
    def _hidden_params(self) -> dict[str, Any]:
        return self._opened.hidden

    @property
    def response_headers(self) -> dict[str, str]:
        headers: dict[str, str] = self._opened.hidden["headers"]
        return headers

    @property
    def usage(self) -> JsonObject | None:
        """The newest token counts that the server reported, asked for or not."""
        return self._opened.reader.usage

    @property
    def response_cost(self) -> float | None:
        """USD, once the stream has ended or was closed; None before, or when no price is known."""
        return self._opened.hidden.get("response_cost")

    def _take(self, data: bytes) -> None:
        self._ready.extend(self._opened.present(self._opened.reader.feed(data)))

    def _take_end(self) -> None:
        self._open = False
        self._ready.extend(self._opened.present(self._opened.reader.finish()))
        self._settle()

    def _settle(self) -> None:
        if not self._settled:
            self._settled = True
            self._opened.ended()

    def _give_up(self) -> None:
        self._open = False
        self._ready.clear()
        self._settle()

    def _raise_failure(self) -> None:
        """Once every chunk before the fault has been handed out; after that the stream is at its end."""
        failure = None if self._told else self._opened.reader.failure
        if failure is not None:
            self._told = True
            raise failure


class Stream(CustomStreamWrapper):
    """An iterator of ModelResponseStream (or of text completions)."""

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        while not self._ready:
            if self._opened.reader.failure is not None:
                self.close()
                self._raise_failure()
            if not self._open:
                raise StopIteration
            self._advance()
        return self._ready.popleft()

    def _advance(self) -> None:
        try:
            data = next(self._opened.rest, None)
            if data is None:
                self._take_end()
            else:
                self._take(data)
        except TransportError as failure:
            self.close()
            raise self._opened.failed(failure) from failure
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End the upstream call. Chunks not yet read are given up."""
        self._give_up()
        self._opened.rest.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class AsyncStream(CustomStreamWrapper):
    """An async iterator of ModelResponseStream (or of text completions), on the loop that it was begun on."""

    def __init__(self, opened: OpenedStream) -> None:
        super().__init__(opened)
        self._loop = asyncio.get_running_loop()

    def __aiter__(self) -> AsyncIterator[Any]:
        return self

    async def __anext__(self) -> Any:
        while not self._ready:
            if self._opened.reader.failure is not None:
                await self.aclose()
                self._raise_failure()
            if not self._open:
                raise StopAsyncIteration
            await self._advance()
        return self._ready.popleft()

    async def _advance(self) -> None:
        if asyncio.get_running_loop() is not self._loop:
            raise RuntimeError(
                "This stream was begun on another event loop, and a connection belongs to its loop: read it "
                "inside the asyncio.run that called acompletion, or use completion."
            )
        try:
            data = await anext(self._opened.rest, None)
            if data is None:
                self._take_end()
            else:
                self._take(data)
        except TransportError as failure:
            await self.aclose()
            raise self._opened.failed(failure) from failure
        except BaseException:
            await self.aclose()
            raise

    async def aclose(self) -> None:
        """End the upstream call. Chunks not yet read are given up."""
        self._give_up()
        await self._opened.rest.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()
