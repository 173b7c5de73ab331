"""What one call says to one target, and how it reads what comes back.

A flow knows nothing of dialects: it asks an `Exchange` for the request, and hands it whatever arrived.
Every method is pure, so a retry or a fallback starts again from the caller's own parameters.
"""

from __future__ import annotations

from typing import Any, Protocol, TypeAlias

from msgspec import Struct

from lakeway.core.http import HeaderPairs, HttpRequest, HttpResponse, TransportError
from lakeway.core.steps import Credential
from lakeway.errors import APIError

JsonObject: TypeAlias = dict[str, Any]


class Target(Struct, frozen=True, kw_only=True):
    """Where one attempt goes. `model` is the name on the wire, `alias` the caller's own."""

    provider: str
    model: str
    alias: str
    base: str
    credential: Credential


class StreamReader(Protocol):
    """Bytes of a streamed reply to chunks of the caller's dialect, in any chunking of the bytes."""

    def feed(self, data: bytes) -> list[JsonObject]: ...

    def finish(self) -> list[JsonObject]:
        """The chunks that the end of the stream completes. Raises StreamCutError if it came too early."""
        ...

    @property
    def usage(self) -> JsonObject | None:
        """The newest usage that the server reported, normalized."""
        ...


class Exchange(Protocol):
    @property
    def target(self) -> Target: ...

    def write_request(self, authorization: HeaderPairs) -> HttpRequest: ...

    def read_reply(self, response: HttpResponse) -> JsonObject:
        """The reply in the caller's dialect. Raises APIError when the body is not a reply."""
        ...

    def read_error(self, response: HttpResponse) -> APIError: ...

    def read_failure(self, failure: TransportError) -> APIError: ...

    def stream_reader(self) -> StreamReader: ...
