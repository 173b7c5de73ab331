"""A stream that has begun: what the caller's iterator needs, in either colour."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from lakeway.core.exchange import Exchange, JsonObject, StreamReader
from lakeway.core.http import Disconnected, TransportError
from lakeway.errors import APIConnectionError, LakewayError, StreamCutError


class OpenedStream(Struct, kw_only=True):
    """`rest` is the transport's body, `present` makes the caller's objects out of chunks."""

    exchange: Exchange | None
    reader: StreamReader
    first: list[JsonObject]
    rest: Any
    present: Callable[[list[JsonObject]], list[Any]]
    hidden: dict[str, Any]
    end: Callable[[StreamReader], None]

    def failed(self, failure: TransportError) -> LakewayError:
        """The connection's failure, once the stream had begun, as the caller's error."""
        if self.exchange is None:
            return APIConnectionError(failure.message)
        return broken_off(self.exchange, failure)

    def ended(self) -> None:
        """Settle what is only known at the end: usage and cost."""
        self.end(self.reader)


def broken_off(exchange: Exchange, failure: TransportError) -> LakewayError:
    """The failure of a connection in the middle of a stream: one that was cut never looks finished."""
    error = exchange.read_failure(failure)
    if isinstance(failure, Disconnected):
        return StreamCutError(
            f"the stream was cut: {failure.message}", llm_provider=error.llm_provider, model=error.model
        )
    return error
