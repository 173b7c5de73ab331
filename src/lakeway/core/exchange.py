"""What one call says to one target, and how it reads what comes back.

A flow knows nothing of dialects: it asks an `Exchange` for the request, and hands it whatever arrived.
Every method is pure, so a retry or a fallback starts again from the caller's own parameters.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, ClassVar, Protocol, TypeAlias

from lakeway.core import json_body, shapes
from lakeway.core.http import HeaderPairs, HttpRequest, HttpResponse, Timeout, TransportError
from lakeway.core.masked import Masked
from lakeway.core.steps import Credential
from lakeway.errors import BadRequestError, LakewayError

JsonObject: TypeAlias = dict[str, Any]

JSON = ("Content-Type", "application/json")
RESERVED = frozenset({"content-length", "host"})


class Target(Masked, frozen=True, kw_only=True):
    """Where attempts go. `model` is the name on the wire, `alias` the caller's own; `headers` go along."""

    provider: str
    model: str
    alias: str
    credential: Credential
    headers: HeaderPairs = ()
    timeout: Timeout = Timeout()
    _secrets: ClassVar[frozenset[str]] = frozenset({"headers"})

    def post_json(
        self,
        url: str,
        body: Any,
        authorization: HeaderPairs,
        *,
        stream: bool = False,
        extra: HeaderPairs = (),
    ) -> HttpRequest:
        """A POST of `body`. Raises BadRequestError for what JSON cannot carry."""
        return self.posting(url, self.encoded(body), authorization, stream=stream, extra=extra)

    def encoded(self, body: Any) -> bytes:
        """`body` as JSON. Raises BadRequestError, for this target, for what JSON cannot carry."""
        try:
            return json_body.encode(body)
        except BadRequestError as error:
            shapes.complete(error, self.provider, self.model)
            raise

    def posting(
        self,
        url: str,
        body: bytes,
        authorization: HeaderPairs,
        *,
        stream: bool = False,
        extra: HeaderPairs = (),
    ) -> HttpRequest:
        """A POST of JSON. A token replaces an Authorization among the target's own headers, as does each of
        `extra` its namesake."""
        ours = (JSON, *authorization, *extra)
        return HttpRequest(
            method="POST",
            url=url,
            headers=ours + _besides(tuple([name for name, _ in ours]), self.headers),
            body=body,
            stream=stream,
            timeout=self.timeout,
        )


@lru_cache(maxsize=1024)
def _besides(names: tuple[str, ...], headers: HeaderPairs) -> HeaderPairs:
    """Those of `headers` that have none of the `names`, and are not HTTP's own."""
    taken = RESERVED.union([name.lower() for name in names])
    return tuple(pair for pair in headers if pair[0].lower() not in taken)


class StreamReader(Protocol):
    """Bytes of a streamed reply to chunks of the caller's dialect, in any chunking of the bytes.

    It never raises: what was good before a fault is still handed out, then `failure` tells of the fault.
    """

    def feed(self, data: bytes) -> list[JsonObject]: ...

    def finish(self) -> list[JsonObject]:
        """The chunks that the end of the bytes completes; a stream cut short is a `failure`."""
        ...

    @property
    def failure(self) -> LakewayError | None:
        """Why nothing more will come, once something went wrong."""
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
        """The reply in the caller's dialect. Raises LakewayError when the body is not a reply."""
        ...

    def read_error(self, response: HttpResponse) -> LakewayError: ...

    def read_failure(self, failure: TransportError) -> LakewayError: ...

    def stream_reader(self) -> StreamReader: ...
