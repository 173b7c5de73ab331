"""What a flow may ask of the world. A driver performs each step and sends the result back."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, ClassVar, TypeAlias, TypeVar

from msgspec import Struct

from lakeway.core.http import HeaderPairs, HttpRequest, HttpResponse, StreamedResponse
from lakeway.core.masked import Masked


class Credential(Struct, frozen=True):
    """Names a way to authorize a request; equal credentials share one cached token.

    Subclasses live in `lakeway.auth`. `renewable` says whether a rejected token can be replaced.
    """

    @property
    def renewable(self) -> bool:
        return False

    @property
    def fixed(self) -> HeaderPairs | None:
        """The headers themselves, of a credential that holds them: nobody needs to be asked for those."""
        return None


class Send(Struct, frozen=True):
    """Send the request. Answers an HttpResponse or StreamedResponse; throws TransportError."""

    request: HttpRequest


class Sleep(Struct, frozen=True):
    """Wait for that many seconds. Answers None."""

    seconds: float


class GetToken(Masked, frozen=True):
    """Headers that authorize a request under `credential`. Answers HeaderPairs; throws LakewayError.

    `rejected` holds headers that the server refused: the cache must not answer them again.
    """

    credential: Credential
    rejected: HeaderPairs | None = None
    _secrets: ClassVar[frozenset[str]] = frozenset({"rejected"})


class GetHost(Struct, frozen=True):
    """The workspace that `credential` belongs to, when the caller named none. Answers an https address."""

    credential: Credential


class Discard(Struct, frozen=True):
    """Close a streamed response that nobody will read. Answers None."""

    response: StreamedResponse


class ReadOn(Struct, frozen=True):
    """Read on in a streamed response. Answers its next bytes, none at its end; throws TransportError."""

    response: StreamedResponse


class ReadWhole(Struct, frozen=True):
    """Read a streamed response to its end after all. Answers HttpResponse; throws TransportError."""

    response: StreamedResponse


Step: TypeAlias = Send | Sleep | GetToken | GetHost | ReadOn | ReadWhole | Discard
T = TypeVar("T")
Flow: TypeAlias = Generator[Step, Any, T]


def send(request: HttpRequest) -> Flow[HttpResponse | StreamedResponse]:
    response: HttpResponse | StreamedResponse = yield Send(request)
    return response


def sleep(seconds: float) -> Flow[None]:
    yield Sleep(seconds)


def get_host(credential: Credential) -> Flow[str]:
    host: str = yield GetHost(credential)
    return host


def read_whole(response: StreamedResponse) -> Flow[HttpResponse]:
    whole: HttpResponse = yield ReadWhole(response)
    return whole


def discard(response: StreamedResponse) -> Flow[None]:
    yield Discard(response)


def get_token(credential: Credential, rejected: HeaderPairs | None = None) -> Flow[HeaderPairs]:
    headers: HeaderPairs = yield GetToken(credential, rejected)
    return headers
