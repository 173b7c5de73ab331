"""Flows as rows: scripted answers in, the steps that were asked for and the outcome out."""

from __future__ import annotations

from typing import Any

import pytest

from lakeway.core import flow
from lakeway.core.exchange import Target
from lakeway.core.flow import Fallbacks
from lakeway.core.http import (
    ConnectFailed,
    Disconnected,
    Headers,
    HttpRequest,
    HttpResponse,
    StreamedResponse,
    TransportError,
)
from lakeway.core.retry import RetryPolicy
from lakeway.core.steps import Credential, Discard, GetToken, ReadOn, ReadWhole, Send, Sleep
from lakeway.databricks import errors
from lakeway.errors import (
    APIConnectionError,
    APIError,
    AuthenticationError,
    BadRequestError,
    ContextWindowExceededError,
    InternalServerError,
    LakewayError,
    PermissionDeniedError,
    RateLimitError,
    StreamCutError,
)


class Renewable(Credential, frozen=True):
    @property
    def renewable(self) -> bool:
        return True


class Fixed(Credential, frozen=True):
    pass


class Reader:
    """A stream reader of whole events: b"bad" is a failure, b":" a comment, anything else a chunk."""

    usage = None

    def __init__(self) -> None:
        self.failure: LakewayError | None = None

    def feed(self, data: bytes) -> list[dict[str, Any]]:
        if data == b"bad":
            self.failure = StreamCutError("cut", "databricks", "m")
            return []
        return [] if data == b":" else [{"data": data}]

    def finish(self) -> list[dict[str, Any]]:
        self.failure = StreamCutError("cut", "databricks", "m")
        return []


class Scripted:
    """An exchange that says its model's name and reads answers as Databricks' are read."""

    def __init__(
        self, model: str = "m", credential: Credential | None = None, *, stream: bool = False
    ) -> None:
        self._stream = stream
        self.target = Target(
            provider="databricks", model=model, alias=model, credential=credential or Fixed()
        )

    def write_request(self, authorization: Any) -> HttpRequest:
        url = f"https://w/{self.target.model}"
        return HttpRequest(method="POST", url=url, headers=authorization, stream=self._stream)

    def read_reply(self, response: HttpResponse) -> dict[str, Any]:
        return {"text": response.body.decode()}

    def read_error(self, response: HttpResponse) -> LakewayError:
        return errors.read(response.status, response.headers, response.body, model=self.target.model)

    def read_failure(self, failure: TransportError) -> LakewayError:
        return errors.read_failure(failure, model=self.target.model)

    def stream_reader(self) -> Reader:
        return Reader()


def answer(status: int, body: bytes = b"", **headers: str) -> HttpResponse:
    return HttpResponse(status, Headers((k.replace("_", "-"), v) for k, v in headers.items()), body)


OK = answer(200, b"hello")
BUSY = answer(429, b'{"error_code":"REQUEST_LIMIT_EXCEEDED","message":"slow down"}')
BUSY_FOR_7 = answer(429, b'{"error_code":"REQUEST_LIMIT_EXCEEDED","message":"slow down"}', retry_after="7")
BROKEN = answer(500, b'{"error_code":"INTERNAL_ERROR","message":"oops"}')
BAD = answer(400, b'{"error_code":"BAD_REQUEST","message":"x: Extra inputs are not permitted"}')
TOO_LONG = answer(400, b'{"error_code":"BAD_REQUEST","message":"{\\"message\\":\\"Input is too long.\\"}"}')
EXPIRED = answer(403, b'{"error_code":403,"message":"Invalid access token."}')
FORBIDDEN = answer(403, b'{"error_code":"PERMISSION_DENIED","message":"no"}')
UNAUTHORIZED = answer(401, b'{"error_code":401,"message":"Credential was not sent"}')


def play(call: Any, script: list[Any]) -> tuple[list[str], Any]:
    """Run a flow against `script`, the answers to its Send steps; (steps in short, outcome or error)."""
    steps: list[str] = []
    answers, tokens = iter(script), iter(range(100))
    result: Any = None
    try:
        step = call.send(None)
        while True:
            match step:
                case GetToken(rejected=rejected):
                    steps.append("token" if rejected is None else f"renew {rejected[0][1]}")
                    result = (("Authorization", f"t{next(tokens)}"),)
                case Send(request):
                    steps.append(f"send {request.url.rsplit('/', 1)[1]} {request.headers[0][1]}")
                    result = next(answers)
                case Sleep(seconds):
                    steps.append(f"sleep {seconds:g}")
                    result = None
                case Discard():
                    steps.append("discard")
                    result = None
                case ReadOn():
                    steps.append("read on")
                    result = next(answers)
                case ReadWhole(response):
                    steps.append("read whole")
                    result = HttpResponse(response.status, response.headers, response.first)
            step = call.throw(result) if isinstance(result, TransportError) else call.send(result)
    except StopIteration as stop:
        return steps, stop.value
    except LakewayError as error:
        return steps, error


def begin(exchange: Scripted, fallbacks: Fallbacks | None = None, **policy: Any) -> Any:
    return flow.call(
        exchange,
        policy=RetryPolicy(**policy),
        clock=lambda: 0.0,
        chance=lambda: 0.0,
        fallbacks=fallbacks or Fallbacks(),
    )


@pytest.mark.parametrize(
    ("credential", "script", "steps", "ending"),
    [
        pytest.param(Fixed(), [OK], ["token", "send m t0"], "hello", id="answered at once"),
        pytest.param(
            Fixed(),
            [BUSY, BROKEN, OK],
            ["token", "send m t0", "sleep 0.5", "token", "send m t1", "sleep 1", "token", "send m t2"],
            "hello",
            id="waits double",
        ),
        pytest.param(
            Fixed(),
            [BUSY_FOR_7, OK],
            ["token", "send m t0", "sleep 7", "token", "send m t1"],
            "hello",
            id="the server says how long",
        ),
        pytest.param(
            Fixed(),
            [BUSY, BUSY, BUSY],
            ["token", "send m t0", "sleep 0.5", "token", "send m t1", "sleep 1", "token", "send m t2"],
            RateLimitError,
            id="gives up with the real error",
        ),
        pytest.param(Fixed(), [BAD], ["token", "send m t0"], BadRequestError, id="a mistake is not repeated"),
        pytest.param(
            Fixed(),
            [ConnectFailed("refused"), OK],
            ["token", "send m t0", "sleep 0.5", "token", "send m t1"],
            "hello",
            id="a lost connection is",
        ),
        pytest.param(
            Renewable(),
            [EXPIRED, OK],
            ["token", "send m t0", "renew t0", "send m t1"],
            "hello",
            id="an expired token is renewed",
        ),
        pytest.param(
            Renewable(),
            [UNAUTHORIZED, OK],
            ["token", "send m t0", "renew t0", "send m t1"],
            "hello",
            id="a 401 too",
        ),
        pytest.param(
            Renewable(),
            [EXPIRED, EXPIRED],
            ["token", "send m t0", "renew t0", "send m t1"],
            AuthenticationError,
            id="once only",
        ),
        pytest.param(
            Fixed(), [EXPIRED], ["token", "send m t0"], AuthenticationError, id="a fixed token cannot be"
        ),
        pytest.param(
            Renewable(),
            [FORBIDDEN],
            ["token", "send m t0"],
            PermissionDeniedError,
            id="a missing permission is no token's fault",
        ),
    ],
)
def test_attempts(credential: Credential, script: list[Any], steps: list[str], ending: Any) -> None:
    """Which steps a call takes, and how it ends, for what the server answers."""
    taken, outcome = play(begin(Scripted(credential=credential)), script)

    assert steps == taken
    if isinstance(ending, str):
        assert {"text": ending} == outcome.reply
    else:
        assert isinstance(outcome, ending)


def test_error_counts_retries() -> None:
    """An error that ended the retries says how many there were."""
    _, error = play(begin(Scripted(), retries=1), [BROKEN, BROKEN])

    assert isinstance(error, InternalServerError)
    assert (1, 1) == (error.num_retries, error.max_retries)


def test_deadline_ends_retries() -> None:
    """A wait that would pass the deadline is not begun."""
    steps, error = play(begin(Scripted(), deadline=5.0), [BUSY_FOR_7])

    assert ["token", "send m t0"] == steps
    assert 7.0 == error.retry_after


@pytest.mark.parametrize(
    ("script", "order", "ending"),
    [
        pytest.param([BAD, OK], ["m", "b"], 1, id="the next one answers"),
        pytest.param([BAD, BAD, OK], ["m", "b", "c"], 2, id="in order"),
        pytest.param([TOO_LONG, OK], ["m", "large"], 1, id="a longer context has its own list"),
        pytest.param([BAD, BAD, FORBIDDEN], ["m", "b", "c"], BadRequestError, id="the first error is raised"),
    ],
)
def test_fallbacks(script: list[Any], order: list[str], ending: Any) -> None:
    """After the first target has failed for good, others are tried by kind of error."""
    fallbacks = Fallbacks([Scripted("b"), Scripted("c")], [Scripted("large")])

    steps, outcome = play(begin(Scripted(), fallbacks, retries=0), script)

    assert order == [step.split()[1] for step in steps if step.startswith("send")]
    if isinstance(ending, int):
        assert ending == outcome.fallbacks
    else:
        assert isinstance(outcome, ending)
        assert ["Fallback b failed too", "Fallback c failed too"] == [
            note.split(":")[0] for note in outcome.__notes__
        ]


def test_context_window_falls_back_to_general() -> None:
    """Without a list of its own, a context overflow takes the general fallbacks."""
    _, outcome = play(begin(Scripted(), Fallbacks([Scripted("b")])), [TOO_LONG, TOO_LONG])

    assert isinstance(outcome, ContextWindowExceededError)
    assert "m" == outcome.model


def streamed(first: bytes) -> StreamedResponse:
    return StreamedResponse(200, Headers(), first, rest=None)


@pytest.mark.parametrize(
    ("read", "steps", "chunks"),
    [
        ([b"one"], ["read on"], [b"one"]),
        ([b":", b":", b"one"], ["read on"] * 3, [b"one"]),
        ([b":", b"bad", streamed(b"two")], ["read on", "read on", "discard", "sleep", "send"], [b"two"]),
        ([b"", streamed(b"two")], ["read on", "discard", "sleep", "send"], [b"two"]),
        ([Disconnected("cut", sent=True), streamed(b"two")], ["read on", "sleep", "send"], [b"two"]),
    ],
    ids=["a comment first", "several", "an error first", "the end first", "cut first"],
)
def test_a_stream_begins_with_its_first_chunk(read, steps, chunks):
    """Until then nothing was given out, so whatever goes wrong can be tried again."""
    taken, outcome = play(begin(Scripted()), [streamed(b":"), *read])

    assert steps == [step if step == "read on" else step.split()[0] for step in taken[2:] if step != "token"]
    assert chunks == [chunk["data"] for chunk in outcome.chunks]


def test_stream_opens_with_its_first_chunks() -> None:
    """The first bytes of a stream are read before the call counts as answered."""
    _, outcome = play(begin(Scripted()), [streamed(b"one")])

    assert [{"data": b"one"}] == outcome.chunks


def test_stream_that_fails_at_once_is_retried() -> None:
    """Nothing of it was handed out, so it is closed and sent again."""
    steps, outcome = play(begin(Scripted()), [streamed(b"bad"), streamed(b"one")])

    assert ["token", "send m t0", "discard", "sleep 0.5", "token", "send m t1"] == steps
    assert 1 == outcome.retries


@pytest.mark.parametrize(
    ("status", "kind", "body", "ending"),
    [
        (200, "application/json", b"{}", [{"data": b"data: {}\n\n"}]),
        (200, "application/json; charset=utf-8", b'{\n"a": 1\n}', [{"data": b'data: { "a": 1 }\n\n'}]),
        (302, "text/html", b"", APIError),
    ],
)
def test_what_is_no_stream_is_read_whole(status: int, kind: str, body: bytes, ending: Any) -> None:
    """A whole reply is handed out as one event, a redirect is an error."""
    response = StreamedResponse(status, Headers([("content-type", kind)]), body, rest=None)
    steps, outcome = play(begin(Scripted(stream=True), retries=0), [response])

    assert ["token", "send m t0", "read whole"] == steps
    if isinstance(ending, list):
        assert ending == outcome.chunks
    else:
        assert isinstance(outcome, ending)


def test_no_connection_is_a_connection_error() -> None:
    """A failure below HTTP keeps its cause."""
    _, error = play(begin(Scripted(), retries=0), [ConnectFailed("refused")])

    assert isinstance(error, APIConnectionError)
    assert isinstance(error.__cause__, ConnectFailed)
