"""Whatever goes wrong is a clear typed error, in both colours, and never looks like an answer."""

from __future__ import annotations

import asyncio
import socket
import time
from typing import Any

import openai
import pytest

import lakeway
from lakeway import errors

MODEL = "databricks/databricks-meta-llama-3-3-70b-instruct"
CLAUDE = "databricks/databricks-claude-sonnet-4-5"
HI = [{"role": "user", "content": "hi"}]


@pytest.fixture
def call(databricks_environment: Any, sdk: Any) -> Any:
    def _call(**params: Any) -> Any:
        given = {"model": MODEL, "messages": HI, "num_retries": 0, **params}
        return sdk.completion(**given)

    return _call


@pytest.mark.parametrize(
    ("params", "kind", "as_openai", "said"),
    [
        (
            {"api_key": "dapi-wrong"},
            errors.AuthenticationError,
            openai.AuthenticationError,
            "Invalid access token",
        ),
        ({"model": "databricks/nope"}, errors.NotFoundError, openai.NotFoundError, "does not exist"),
        ({"model": "databricks/a.b.nope"}, errors.NotFoundError, openai.NotFoundError, "does not exist"),
        (
            {"model": "gpt-4o"},
            errors.UnknownProviderError,
            openai.BadRequestError,
            "LLM Provider NOT provided",
        ),
        ({"seed": 1}, errors.UnsupportedParamsError, openai.BadRequestError, "seed"),
        ({"unheard_of": 1}, errors.BadRequestError, openai.BadRequestError, "unheard_of: Extra inputs"),
        ({"messages": []}, errors.BadRequestError, openai.BadRequestError, "messages"),
        ({"messages": "hi"}, errors.BadRequestError, openai.BadRequestError, "messages must be a list"),
        ({"max_tokens": -1}, errors.BadRequestError, openai.BadRequestError, "max_tokens"),
    ],
)
def test_the_callers_mistakes(call: Any, params: Any, kind: type, as_openai: type, said: str) -> None:
    """Each has its class, openai's too, and says what is wrong."""
    with pytest.raises(kind) as caught:
        call(**params)

    assert isinstance(caught.value, as_openai)
    assert said in caught.value.message


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("additional_drop_params", "seed"),
        ("allowed_openai_params", 5),
        ("api_key", 5),
        ("cache_control_injection_points", "system"),
        ("client_id", "half of a pair"),
        ("client_request_id", 5),
        ("context_window_fallback_dict", ["a"]),
        ("custom_llm_provider", 5),
        ("extra_body", [1]),
        ("extra_headers", {"x": "a\nb"}),
        ("fallbacks", "databricks/x"),
        ("input_cost_per_token", "free"),
        ("model_info", [1]),
        ("num_retries", "x"),
        ("request_tags", ["a"]),
        ("retry_policy", {"Retries": 1}),
        ("ssl_verify", 5),
        ("ssl_verify", {"a": 1}),
        ("stream_options", "x"),
        ("stream_timeout", "x"),
        ("tags", "abc"),
        ("timeout", "5"),
        ("usage_context", ["a"]),
        ("user_agent", 5),
    ],
)
def test_keywords_that_are_no_such_value(call: Any, name: str, value: Any) -> None:
    """Each is told by its name, before anything is sent."""
    place = {"api_key": None} if name == "client_id" else {}
    with pytest.raises(errors.BadRequestError) as caught:
        call(**{**place, name: value, "stream": name == "stream_timeout"})

    assert name.removesuffix("_id") in caught.value.message
    assert not isinstance(caught.value, errors.UnsupportedParamsError)


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("status=401", errors.AuthenticationError),
        ("status=403,code=PERMISSION_DENIED", errors.PermissionDeniedError),
        ("status=429", errors.RateLimitError),
        ("status=429,form=openai", errors.RateLimitError),
        ("status=500", errors.InternalServerError),
        ("status=500,form=nested", errors.InternalServerError),
        ("status=503,form=html", errors.ServiceUnavailableError),
        ("status=502,form=empty", errors.BadGatewayError),
        ("status=504,form=text", errors.Timeout),
        ("guardrail", errors.ContentPolicyViolationError),
        ("drop", errors.APIConnectionError),
        ("garbage", errors.APIConnectionError),
        ("empty=200", errors.APIResponseValidationError),
        ("html=200", errors.APIResponseValidationError),
        ("malformed", errors.APIResponseValidationError),
        ("cut=20", errors.APIConnectionError),
    ],
)
def test_the_servers_faults(databricks_emulator: Any, call: Any, fault: str, kind: type) -> None:
    """Whatever envelope an error comes in, or none at all."""
    databricks_emulator.fault(fault)
    with pytest.raises(kind) as caught:
        call()

    assert isinstance(caught.value, errors.LakewayError)


@pytest.mark.parametrize(
    ("fault", "kind", "some"),
    [
        ("cut=3", errors.StreamCutError, True),
        ("cut=0", errors.APIConnectionError, False),
        ("malformed,after=2", errors.APIResponseValidationError, True),
        ("error_event,after=2", errors.LakewayError, True),
        ("error_event,after=0", errors.LakewayError, False),
        ("html=200", errors.APIResponseValidationError, False),
        ("empty=200", errors.APIResponseValidationError, False),
    ],
)
def test_streams_that_break(
    databricks_emulator: Any, sdk: Any, databricks_environment: Any, fault: str, kind: type, some: bool
) -> None:
    """What arrived is handed out, then the error is raised: a cut stream never looks finished."""
    databricks_emulator.fault(fault)
    seen: list[Any] = []

    def read() -> None:
        for chunk in lakeway.completion(model=MODEL, messages=HI, stream=True, num_retries=0):
            seen.append(chunk)

    async def aread() -> None:
        async for chunk in await lakeway.acompletion(model=MODEL, messages=HI, stream=True, num_retries=0):
            seen.append(chunk)

    with pytest.raises(kind):
        read() if type(sdk).__name__ == "Sync" else sdk._runner.run(aread())

    assert some == bool(seen)
    assert all(chunk.choices[0].finish_reason is None for chunk in seen)


@pytest.mark.parametrize("fault", ["split=1", "split=7", "crlf", "delay=0.05", "pause=0.05"])
@pytest.mark.parametrize("stream", [False, True])
def test_odd_but_whole(databricks_emulator: Any, call: Any, fault: str, stream: bool) -> None:
    """Slow, dribbled or oddly framed answers are answers all the same."""
    databricks_emulator.fault(fault)
    answer = call(model=CLAUDE, stream=stream, reasoning_effort="low")
    reply = lakeway.stream_chunk_builder(answer) if stream else answer

    assert reply.choices[0].message.content
    assert reply.choices[0].message.thinking_blocks[0]["signature"]


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("fault", ["status=429,retry_after=0", "status=503", "drop", "delay=5"])
def test_retries_succeed(databricks_emulator: Any, call: Any, fault: str, stream: bool) -> None:
    """Two failures, then an answer; the caller sees only the answer."""
    databricks_emulator.fault(f"{fault},times=1")
    answer = call(num_retries=2, timeout=0.5, stream=stream)

    assert answer


def test_retry_after_is_honoured(databricks_emulator: Any, call: Any) -> None:
    """The server's wait, not ours."""
    databricks_emulator.fault("status=429,retry_after=1,times=1")
    started = time.monotonic()
    response = call(num_retries=1)

    assert 1 == response._hidden_params["attempted_retries"]
    assert time.monotonic() - started >= 1.0


def test_rate_limit_tells_when_to_come_back(databricks_emulator: Any, call: Any) -> None:
    """Without retries the wait is on the error."""
    databricks_emulator.fault("status=429,retry_after=17")
    with pytest.raises(errors.RateLimitError) as caught:
        call()

    assert 17.0 == caught.value.retry_after
    assert caught.value.request_id


def test_timeout(databricks_emulator: Any, call: Any) -> None:
    """A server that does not answer in time."""
    databricks_emulator.fault("delay=5")
    started = time.monotonic()
    with pytest.raises(errors.Timeout) as caught:
        call(timeout=0.2)

    assert isinstance(caught.value, openai.APITimeoutError)
    assert time.monotonic() - started < 2


def test_dead_host(call: Any) -> None:
    """Nobody listens there."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    with pytest.raises(errors.APIConnectionError) as caught:
        call(api_base=f"http://127.0.0.1:{port}")

    assert isinstance(caught.value, openai.APIConnectionError)
    assert str(port) in caught.value.message


def test_context_window(call: Any) -> None:
    """Too long a prompt is told apart from other mistakes, and may fall back to a larger model."""
    long = [{"role": "user", "content": "word " * 300_000}]
    with pytest.raises(errors.ContextWindowExceededError):
        call(messages=long, model=CLAUDE)
    answer = call(
        messages=long,
        model=CLAUDE,
        context_window_fallback_dict={CLAUDE: "databricks/databricks-claude-opus-4-8"},
    )

    assert 1 == answer._hidden_params["attempted_fallbacks"]


def test_fallbacks(databricks_emulator: Any, call: Any) -> None:
    """Another model answers when the first cannot; the first one's error is raised when none can."""
    databricks_emulator.fault("status=500,model=llama")
    other = "databricks/databricks-gpt-oss-20b"
    answer = call(fallbacks=["databricks/nope", {"model": other, "max_tokens": 50}])

    assert "gpt-oss-20b" in answer.model
    assert 50 == databricks_emulator.requests[-1]["body"]["max_tokens"]
    with pytest.raises(errors.InternalServerError) as caught:
        call(fallbacks=["databricks/nope"])
    assert "databricks/nope" in caught.value.__notes__[0]


def test_no_secret_in_errors(databricks_emulator: Any, call: Any) -> None:
    """Keys appear in no text, wherever the failure happened."""
    key = "dapi0123456789abcdef0123456789abcdef"
    for params in ({}, {"api_base": "http://127.0.0.1:9"}, {"seed": 1}):
        with pytest.raises(errors.LakewayError) as caught:
            call(api_key=key, **params)

        assert key not in f"{caught.value} {caught.value!r} {caught.value.__dict__}"


def wait_until(condition: Any, seconds: float = 3.0) -> bool:
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        if condition():
            return True
        time.sleep(0.01)
    return bool(condition())


@pytest.fixture
def slow_workspace() -> Any:
    from lakeway.testing import emulator

    with emulator(token_delay=0.05) as workspace:
        yield workspace


def test_closing_a_stream_ends_the_upstream_call(slow_workspace: Any) -> None:
    """The workspace sees its caller leave."""
    environment = {"api_base": slow_workspace.base_url, "api_key": slow_workspace.token}
    with lakeway.completion(model=MODEL, messages=HI, stream=True, **environment) as stream:
        next(stream)

    assert wait_until(lambda: slow_workspace.requests[-1]["aborted"])
    assert [] == list(stream)


def test_cancelling_a_call_ends_the_upstream_call(slow_workspace: Any) -> None:
    """A cancelled task leaves nothing running: neither before the answer nor in the middle of it."""
    environment = {"api_base": slow_workspace.base_url, "api_key": slow_workspace.token}

    async def leave(stream: bool) -> None:
        async def read() -> None:
            answer = await lakeway.acompletion(
                model=MODEL, messages=[{"role": "user", "content": "a " * 50}], stream=stream, **environment
            )
            async for _ in answer:
                pass

        task = asyncio.create_task(read())
        await asyncio.sleep(0.3)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await lakeway.aclose()

    asyncio.run(leave(stream=True))
    assert wait_until(lambda: slow_workspace.requests[-1]["aborted"])

    slow_workspace.fault("delay=5")
    asyncio.run(leave(stream=False))
    assert wait_until(lambda: slow_workspace.requests[-1]["aborted"])
