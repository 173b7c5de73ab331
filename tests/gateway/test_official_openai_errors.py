"""What goes wrong, as OpenAI's own client tells it; the client's own time limits and retries."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from typing import Any

import openai
import pytest

KEY = "sk-gateway-tests"
FRANCE: Any = [{"role": "user", "content": "What is the capital of France?"}]
PARIS = "The capital of France is Paris."
PATIENCE = 5.0  # seconds


@pytest.fixture
def client(address: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{address}/v1", api_key=KEY, max_retries=0) as client:
        yield client


@pytest.mark.parametrize(
    ("plan", "kind", "status"),
    [
        ("status=400", openai.BadRequestError, 400),
        ("status=401", openai.AuthenticationError, 401),
        ("status=403", openai.PermissionDeniedError, 403),
        ("expired", openai.PermissionDeniedError, 403),
        ("status=404", openai.NotFoundError, 404),
        ("status=429", openai.RateLimitError, 429),
        ("status=500", openai.InternalServerError, 500),
        ("status=503", openai.InternalServerError, 503),
        ("html=502", openai.InternalServerError, 502),
        ("drop", openai.InternalServerError, 500),
        ("malformed,after=0", openai.InternalServerError, 500),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_errors_have_their_class(client: openai.OpenAI, workspace, plan, kind, status, stream):
    """What the workspace answers is what the client raises; so it is for streams that fail at once."""
    workspace.fault(plan)

    with pytest.raises(openai.APIStatusError) as caught:
        list(client.chat.completions.create(model="llama", messages=FRANCE, stream=stream))

    assert (kind, status) == (type(caught.value), caught.value.status_code)


def test_a_rate_limit_says_when_to_come_back(client: openai.OpenAI, workspace):
    """Retry-After travels through, so that OpenAI's client waits as long as the workspace wants."""
    workspace.fault("status=429,retry_after=7,message=REQUEST_LIMIT_EXCEEDED: slow down")

    with pytest.raises(openai.RateLimitError, match="slow down") as caught:
        client.chat.completions.create(model="llama", messages=FRANCE)

    assert "7" == caught.value.response.headers["retry-after"]
    assert "7" == caught.value.response.headers["llm_provider-retry-after"]


def test_the_workspaces_refusal_is_told(client: openai.OpenAI):
    """A parameter that the model does not know is named, not swallowed."""
    with pytest.raises(openai.BadRequestError, match="seed") as caught:
        client.chat.completions.create(model="llama", messages=FRANCE, seed=7)

    assert "seed" == caught.value.param


def test_a_wrong_key(address: str):
    """OpenAI's class for it."""
    with (
        openai.OpenAI(base_url=f"{address}/v1", api_key="sk-wrong", max_retries=0) as client,
        pytest.raises(openai.AuthenticationError, match="Invalid proxy server token"),
    ):
        client.models.list()


@pytest.mark.parametrize(
    ("asked", "param"),
    [
        ({"model": "no/such", "messages": FRANCE}, "model"),
        ({"model": "llama", "messages": "hello"}, "messages"),
        ({"model": "llama", "messages": FRANCE, "extra_body": {"num_retries": "many"}}, "num_retries"),
    ],
)
def test_a_mistake_is_named(client: openai.OpenAI, workspace, asked, param):
    """The field that is wrong, before the workspace is asked."""
    with pytest.raises(openai.BadRequestError) as caught:
        client.chat.completions.create(**asked)

    assert (param, "400", "invalid_request_error") == (
        caught.value.param,
        caught.value.code,
        caught.value.type,
    )
    assert [] == workspace.requests


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        ("error_event,after=3,message=out of memory", "out of memory"),
        ("cut=3", "stream was cut"),
        ("malformed,after=3", "Databricks"),
    ],
)
@pytest.mark.parametrize("model", ["llama", "claude"])
def test_an_error_in_the_middle_of_a_stream(client: openai.OpenAI, workspace, model, plan, said):
    """What came before it has been read; then the iteration raises."""
    workspace.fault(plan)
    stream = client.chat.completions.create(model=model, messages=FRANCE, stream=True)
    read: list[str] = []

    with pytest.raises(openai.APIError, match=said) as caught:
        _read(stream, read)

    assert (openai.APIError, "500") == (type(caught.value), caught.value.code)
    assert any(read)
    assert PARIS.startswith("".join(read))


def _read(stream: openai.Stream[Any], pieces: list[str]) -> None:
    for chunk in stream:
        pieces.append(chunk.choices[0].delta.content or "")


def test_an_error_in_the_middle_of_the_stream_helper(client: openai.OpenAI, workspace):
    """It raises the same."""
    workspace.fault("error_event,after=3,message=out of memory")

    with (
        client.chat.completions.stream(model="llama", messages=FRANCE) as stream,
        pytest.raises(openai.APIError, match="out of memory"),
    ):
        stream.until_done()


@pytest.mark.parametrize("stream", [False, True])
def test_a_timeout(client: openai.OpenAI, workspace, stream):
    """The client gives up, and the call ends upstream."""
    workspace.fault("delay=10")

    with pytest.raises(openai.APITimeoutError):
        client.chat.completions.create(model="llama", messages=FRANCE, stream=stream, timeout=0.2)

    assert was_given_up(workspace)


def test_a_timeout_in_a_stream(client: openai.OpenAI, workspace):
    """Between two chunks too."""
    workspace.fault("pause=10,after=3")
    stream = client.chat.completions.create(model="llama", messages=FRANCE, stream=True, timeout=0.2)

    with pytest.raises(openai.APITimeoutError):
        list(stream)

    assert was_given_up(workspace)


def test_a_closed_stream(client: openai.OpenAI, workspace):
    """Who has read enough ends the call upstream."""
    workspace.fault("pause=10,after=3")

    with client.chat.completions.create(model="llama", messages=FRANCE, stream=True) as stream:
        assert "The" == next(stream).choices[0].delta.content

    assert was_given_up(workspace)


def test_a_cancelled_task(address: str, workspace):
    """So does who is cancelled."""
    workspace.fault("delay=10")

    async def main() -> None:
        async with openai.AsyncOpenAI(base_url=f"{address}/v1", api_key=KEY, max_retries=0) as client:
            async with asyncio.timeout(0.2):
                await client.chat.completions.create(model="llama", messages=FRANCE)

    with pytest.raises(TimeoutError):
        asyncio.run(main())

    assert was_given_up(workspace)


@pytest.mark.parametrize("plan", ["status=429,retry_after=1,times=1", "status=503,retry_after=1,times=1"])
def test_the_client_comes_back_when_it_is_told_to(client: openai.OpenAI, workspace, plan):
    """A retry of its own, after the second that the workspace wants."""
    workspace.fault(plan)
    began = time.monotonic()

    reply = client.with_options(max_retries=1).chat.completions.create(model="llama", messages=FRANCE)

    assert PARIS == reply.choices[0].message.content
    assert 200 == workspace.requests[-1]["status"]
    assert 2 == len(workspace.requests)
    assert 1.0 <= time.monotonic() - began < 3.0


def test_the_client_does_not_come_back_with_a_mistake(client: openai.OpenAI, workspace):
    """A 400 is final."""
    workspace.fault("status=400")

    with pytest.raises(openai.BadRequestError):
        client.with_options(max_retries=3).chat.completions.create(model="llama", messages=FRANCE)

    assert 1 == len(workspace.requests)


def was_given_up(workspace) -> bool:
    """Whether the workspace notes, at once or nearly, that nobody waits for its answer any more."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if workspace.requests and workspace.requests[-1]["aborted"]:
            return True
        time.sleep(0.01)
    return False
