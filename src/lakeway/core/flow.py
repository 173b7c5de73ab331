"""One call, decided step by step: token, send, renew, retry, fall back.

A flow yields steps and is sent their results; it does no I/O, reads no clock of its own, and keeps no
state between calls. The same generator serves both colours, the SDK and the gateway.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

from msgspec import Struct

from lakeway.core.exchange import Exchange, JsonObject, StreamReader
from lakeway.core.fallback import Way, in_turn
from lakeway.core.http import Headers, HttpResponse, NoBody, StreamedResponse, TransportError
from lakeway.core.retry import RetryPolicy, delay
from lakeway.core.steps import Flow, GetToken, ReadOn, ReadWhole, Send, discard, sleep
from lakeway.errors import ContextWindowExceededError, LakewayError


class Outcome(Struct, kw_only=True):
    """What a call came to. `reply` for a whole answer; `stream`, `reader` and `chunks` for a streamed one.

    `chunks` are those that the first bytes already held; the caller feeds `stream.rest` to `reader`.
    """

    exchange: Exchange
    status: int
    headers: Headers
    reply: JsonObject | None = None
    stream: StreamedResponse | None = None
    reader: StreamReader | None = None
    chunks: Sequence[JsonObject] = ()
    retries: int = 0
    fallbacks: int = 0


class Fallbacks(Struct, frozen=True):
    """Exchanges to try in order once the first has failed for good, by kind of error."""

    general: Sequence[Exchange] = ()
    context_window: Sequence[Exchange] = ()

    def after(self, error: LakewayError) -> Iterable[Exchange]:
        if isinstance(error, ContextWindowExceededError) and self.context_window:
            return self.context_window
        return self.general


NO_FALLBACKS = Fallbacks()


def call(
    exchange: Exchange,
    *,
    policy: RetryPolicy,
    clock: Callable[[], float],
    chance: Callable[[], float],
    fallbacks: Fallbacks = NO_FALLBACKS,
) -> Flow[Outcome]:
    """Try `exchange`, then its fallbacks, each with the policy's retries. Raises what `in_turn` does."""
    started = clock()
    first = _attempts(exchange, policy, started, clock, chance)
    if fallbacks is NO_FALLBACKS:
        return (yield from first)

    def others(error: LakewayError) -> Iterator[Way[Outcome]]:
        for other in fallbacks.after(error):
            yield other.target.alias, partial(_attempts, other, policy, started, clock, chance)

    outcome, begun = yield from in_turn(first, others)
    outcome.fallbacks = begun
    return outcome


def _attempts(
    exchange: Exchange,
    policy: RetryPolicy,
    started: float,
    clock: Callable[[], float],
    chance: Callable[[], float],
) -> Flow[Outcome]:
    retries = 0
    while True:
        try:
            outcome = yield from attempt(exchange)
        except LakewayError as error:
            wait = delay(policy, error, attempt=retries, elapsed=clock() - started, chance=chance())
            if wait is None:
                error.num_retries, error.max_retries = retries, policy.allowed(error)
                raise
        else:
            outcome.retries = retries
            return outcome
        retries += 1
        yield from sleep(wait)


def attempt(exchange: Exchange) -> Flow[Outcome]:
    """One request; a second one with a new token when the first token turns out to have expired."""
    credential = exchange.target.credential
    token = credential.fixed
    if token is None:
        token = yield GetToken(credential)
    for renewing in (credential.renewable, False):
        request = exchange.write_request(token)
        # A stream only when it is one of events.
        try:
            response: HttpResponse | StreamedResponse = yield Send(request)
            if isinstance(response, StreamedResponse) and not _is_events(response):
                response = yield ReadWhole(response)
        except TransportError as failure:
            raise exchange.read_failure(failure) from failure
        if isinstance(response, StreamedResponse):
            return (yield from _open_stream(exchange, response))
        if response.status < 300:
            return _whole_as_stream(exchange, response) if request.stream else _whole(exchange, response)
        error = exchange.read_error(response)
        if not (renewing and rejects_token(response, error)):
            raise error
        token = yield GetToken(credential, token)
    raise AssertionError("the second attempt either returned or raised")


def _is_events(response: StreamedResponse) -> bool:
    """Whether it is a stream of events; a server that does not say is believed to have done as asked."""
    kind = response.headers.get("content-type") or "text/event-stream"
    return response.status < 300 and kind.startswith("text/event-stream")


def _whole(exchange: Exchange, response: HttpResponse) -> Outcome:
    reply = exchange.read_reply(response)
    return Outcome(exchange=exchange, status=response.status, headers=response.headers, reply=reply)


def _whole_as_stream(exchange: Exchange, response: HttpResponse) -> Outcome:
    """A whole answer where a stream was asked for: an error in spite of its status, a sign-in page, or the
    reply of a server that does not stream, which is handed out as a stream of one event."""
    exchange.read_reply(response)
    reader = exchange.stream_reader()
    event = b" ".join(response.body.splitlines())
    return Outcome(
        exchange=exchange,
        status=response.status,
        headers=response.headers,
        stream=StreamedResponse(response.status, response.headers, b"", NoBody()),
        reader=reader,
        chunks=reader.feed(b"data: " + event + b"\n\n"),
    )


def _open_stream(exchange: Exchange, response: StreamedResponse) -> Flow[Outcome]:
    """A stream that fails before its first chunk can be retried: nothing of it was given out. Its first bytes
    may be a comment, or half an event."""
    reader = exchange.stream_reader()
    chunks = reader.feed(response.first)
    more = True
    while more and not chunks and reader.failure is None:
        try:
            data = yield ReadOn(response)
        except TransportError as failure:
            raise exchange.read_failure(failure) from failure
        more = bool(data)
        chunks = reader.feed(data) if more else reader.finish()
    if reader.failure is not None and not chunks:
        yield from discard(response)
        raise reader.failure
    return Outcome(
        exchange=exchange,
        status=response.status,
        headers=response.headers,
        stream=response,
        reader=reader,
        chunks=chunks,
    )


def rejects_token(response: HttpResponse, error: LakewayError) -> bool:
    """Whether the workspace refused the token rather than the request.

    Databricks answers an expired token with 403 "Invalid access token" or "Invalid Token" (seen live
    2026-10-08), some routes with 401, and one with 400 ExpiredJwtException; a 403 PERMISSION_DENIED or
    an IP access list is not the token's fault, and a new one would not help.
    """
    if response.status == 401:
        return True
    text = error.message.lower()
    if response.status == 403:
        return "invalid access token" in text or "invalid token" in text or "token is expired" in text
    return response.status == 400 and "expiredjwt" in text
