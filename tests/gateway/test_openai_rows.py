"""Rows of OpenAI-compatible hosts at work: over real sockets, against a server that checks what it is sent.

The emulated workspace speaks OpenAI's dialect under `/serving-endpoints`, and refuses every unknown field.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, cast

import pytest

from lakeway import errors as tree
from lakeway.auth.asyncio import AsyncTokens
from lakeway.core import flow
from lakeway.core.dialects import openai_chunks
from lakeway.core.exchange import Exchange
from lakeway.core.flow import Outcome
from lakeway.core.http import HttpRequest, HttpResponse
from lakeway.core.request import ChatRequest, EmbeddingRequest
from lakeway.core.retry import RetryPolicy
from lakeway.gateway.assembly import assemble
from lakeway.gateway.config import load
from lakeway.gateway.deployments import Deployment
from lakeway.testing.workspace import RunningWorkspace
from lakeway.transport.asyncio import AsyncClient, drive
from lakeway.transport.network import Network

T = TypeVar("T")
ROWS = """
model_list:
  - model_name: chat
    litellm_params:
      model: openai/databricks-meta-llama-3-3-70b-instruct
      api_base: os.environ/BASE
      api_key: os.environ/KEY
  - model_name: vectors
    litellm_params:
      model: openai_like/databricks-bge-large-en
      api_base: os.environ/BASE
      api_key: os.environ/KEY
  - model_name: workspace
    litellm_params: {model: databricks/databricks-meta-llama-3-3-70b-instruct}
"""
SAID = {"role": "user", "content": "Say hello"}
# A turn as it comes back from Claude on Databricks, and goes on with another host's model.
TURN = {
    "role": "assistant",
    "content": "Hello.",
    "tool_calls": None,
    "reasoning_content": "They greet.",
    "thinking_blocks": [{"type": "thinking", "thinking": "They greet.", "signature": "s"}],
    "provider_specific_fields": {"thinking_model": "claude"},
}


@pytest.fixture
def rows(databricks_emulator: RunningWorkspace) -> dict[str, Deployment]:
    """The deployments by name."""
    own = {"BASE": databricks_emulator.base_url, "KEY": databricks_emulator.token}
    made = assemble(load(ROWS, {**databricks_emulator.environ, **own}), lambda credential: "")
    return {deployment.group: deployment for deployment in made.deployments}


def run(
    work: Callable[[Callable[[Exchange], Awaitable[Outcome]]], Awaitable[T]],
    *others: Exchange,
    retries: int = 0,
) -> T:
    """What `work` makes of the outcomes of exchanges, with connections of its own."""

    async def main() -> T:
        client = AsyncClient(Network.from_environ({}))

        async def fetch(request: HttpRequest) -> HttpResponse:
            return cast("HttpResponse", await client.send(request))

        def outcome(exchange: Exchange) -> Awaitable[Outcome]:
            call = flow.call(
                exchange,
                policy=RetryPolicy(retries=retries, base=0.001),
                clock=time.monotonic,
                chance=lambda: 0.5,
                fallbacks=flow.Fallbacks(others) if others else flow.NO_FALLBACKS,
            )
            return drive(call, client, AsyncTokens(fetch))

        try:
            return await work(outcome)
        finally:
            await client.aclose()

    return asyncio.run(main())


def whole(exchange: Exchange, *others: Exchange, retries: int = 0) -> Outcome:
    return run(lambda outcome: outcome(exchange), *others, retries=retries)


def streamed(exchange: Exchange) -> tuple[list[dict[str, Any]], Outcome]:
    async def collect(
        outcome: Callable[[Exchange], Awaitable[Outcome]],
    ) -> tuple[list[dict[str, Any]], Outcome]:
        opened = await outcome(exchange)
        assert opened.stream is not None
        assert opened.reader is not None
        chunks = list(opened.chunks)
        if opened.stream.first:
            async for data in opened.stream.rest:
                chunks += opened.reader.feed(data)
        return chunks + opened.reader.finish(), opened

    return run(collect)


def chat(deployment: Deployment, **fields: Any) -> Exchange:
    return deployment.provider.chat(deployment.target, ChatRequest(**{"messages": [SAID], **fields}))


def test_a_chat(rows: dict[str, Deployment], databricks_emulator: RunningWorkspace) -> None:
    """A conversation that began elsewhere goes on: a strict server accepts it, and its reply is read."""
    messages = [SAID, TURN, {"role": "user", "content": "Again", "cache_control": {"type": "ephemeral"}}]
    params = {"max_tokens": 20, "metadata": {"team": "red"}, "temperature": 0}
    reply = whole(chat(rows["chat"], messages=messages, params=params)).reply

    assert reply is not None
    assert reply["choices"][0]["message"]["content"]
    assert reply["usage"]["total_tokens"] > 0
    assert {
        "model": "databricks-meta-llama-3-3-70b-instruct",
        "messages": [SAID, {"role": "assistant", "content": "Hello."}, {"role": "user", "content": "Again"}],
        "max_tokens": 20,
        "temperature": 0,
    } == databricks_emulator.requests[-1]["body"]


@pytest.mark.parametrize("wanted", [True, False])
def test_a_stream(rows: dict[str, Deployment], wanted: bool) -> None:
    """The usage is known after every stream, and told to who asked for it."""
    chunks, opened = streamed(chat(rows["chat"], stream=True, include_usage=wanted))
    reply = openai_chunks.assemble(chunks)

    assert reply is not None
    assert opened.reader is not None
    assert opened.reader.failure is None
    assert reply["choices"][0]["message"]["content"]
    assert wanted == ("usage" in reply)
    assert opened.reader.usage is not None
    assert opened.reader.usage["completion_tokens"] > 0


def test_vectors(rows: dict[str, Deployment]) -> None:
    """A vector for each text, in order."""
    deployment = rows["vectors"]
    request = EmbeddingRequest(input=["a", "b"], params={"encoding_format": "base64"})
    reply = whole(deployment.provider.embeddings(deployment.target, request)).reply

    assert reply is not None
    assert [0, 1] == [row["index"] for row in reply["data"]]
    assert all(isinstance(row["embedding"][0], float) for row in reply["data"])


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("status=429,form=openai", tree.RateLimitError),
        ("status=401,form=openai", tree.AuthenticationError),
        ("html=502", tree.BadGatewayError),
        ("drop", tree.APIConnectionError),
        ("malformed", tree.APIResponseValidationError),
        ("empty=200", tree.APIResponseValidationError),
    ],
)
def test_a_failure(
    rows: dict[str, Deployment], databricks_emulator: RunningWorkspace, fault: str, kind: type[Exception]
) -> None:
    """Whatever goes wrong has its class, and says whose fault it was."""
    databricks_emulator.fault(fault)

    with pytest.raises(kind) as caught:
        whole(chat(rows["chat"]))

    assert isinstance(caught.value, tree.LakewayError)
    assert ("openai", rows["chat"].target.model) == (caught.value.llm_provider, caught.value.model)


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("cut=1", tree.APIConnectionError),
        ("error_event,after=2,form=openai", tree.LakewayError),
        ("malformed,after=2", tree.APIResponseValidationError),
    ],
)
def test_a_stream_that_fails_on_its_way(
    rows: dict[str, Deployment], databricks_emulator: RunningWorkspace, fault: str, kind: type[Exception]
) -> None:
    """What was good is handed out; then the reader, or the connection, says why it ended."""
    databricks_emulator.fault(fault)
    exchange = chat(rows["chat"], stream=True)

    async def collect(outcome: Callable[[Exchange], Awaitable[Outcome]]) -> tuple[int, BaseException | None]:
        opened = await outcome(exchange)
        assert opened.stream is not None
        assert opened.reader is not None
        count = len(opened.chunks)
        try:
            async for data in opened.stream.rest:
                count += len(opened.reader.feed(data))
        except flow.TransportError as failure:
            return count, exchange.read_failure(failure)
        count += len(opened.reader.finish())
        return count, opened.reader.failure

    count, failure = run(collect)

    assert count > 0
    assert isinstance(failure, kind)


def test_falling_back_out_of_databricks(
    rows: dict[str, Deployment], databricks_emulator: RunningWorkspace
) -> None:
    """A workspace's row fails, the other host's answers the same request."""
    databricks_emulator.fault("status=503,times=1")
    outcome = whole(chat(rows["workspace"]), chat(rows["chat"]))

    assert (1, "openai") == (outcome.fallbacks, outcome.exchange.target.provider)
    assert [503, 200] == [request["status"] for request in databricks_emulator.requests]


def test_a_retry(rows: dict[str, Deployment], databricks_emulator: RunningWorkspace) -> None:
    """A host that is busy is asked again, with the same words."""
    databricks_emulator.fault("status=429,form=openai,times=1")
    outcome = whole(chat(rows["chat"]), retries=1)
    first, second = databricks_emulator.requests

    assert 1 == outcome.retries
    assert first["body"] == second["body"]
