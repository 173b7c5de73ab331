"""Ends the work for a client that has gone away: nobody reads the answer, and the tokens cost money."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from types import TracebackType

from lakeway.gateway.request import ClientGone, Receive


class Watch:
    """While the block runs, a closed connection cancels it, and the block raises ClientGone."""

    __slots__ = ("_gone", "_listener", "_receive", "_task")

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._gone = False

    async def __aenter__(self) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a coroutine always runs in one
        self._task: asyncio.Task[object] = task
        self._listener = asyncio.get_running_loop().create_task(self._listen())

    async def _listen(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._gone = True
        self._task.cancel()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.cancel()
        if not self._gone:
            return
        # The cancellation may still be on its way when the block has already come to its end.
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(0)
        self._task.uncancel()
        if kind is None or kind is asyncio.CancelledError:
            raise ClientGone from error
