"""The official OpenAI client finds a Databricks workspace."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import openai
import pytest

from lakeway.testing import emulator

CLAUDE, LLAMA, GPT = (
    "databricks-claude-sonnet-4-5",
    "databricks-meta-llama-3-3-70b-instruct",
    "databricks-gpt-5",
)
QUESTION: Any = [{"role": "user", "content": "What is the capital of France?"}]


@pytest.fixture(scope="module")
def client(running: Any) -> Iterator[openai.OpenAI]:
    """A client with the workspace's own token."""
    with openai.OpenAI(base_url=running.base_url, api_key=running.token, max_retries=0) as client:
        yield client


@pytest.mark.parametrize("model", [CLAUDE, LLAMA, GPT, "databricks-gemini-3-8-flash", "databricks-kimi-k3"])
def test_chat(client: openai.OpenAI, model: str) -> None:
    """Chat, whole and streamed, in every family that writes strings."""
    whole = client.chat.completions.create(model=model, messages=QUESTION)
    stream = client.chat.completions.create(model=model, messages=QUESTION, stream=True)
    text = "".join(chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices)

    assert whole.choices[0].message.content == text == "The capital of France is Paris."


@pytest.mark.parametrize("model", [CLAUDE, GPT])
def test_tool_loop(client: openai.OpenAI, caller: Any, model: str) -> None:
    """A call, its result, an answer; the client's own message goes back as it is."""
    tools: Any = [caller.tool()]
    asked: list[Any] = [{"role": "user", "content": "Weather in Paris and Rome?"}]
    message = client.chat.completions.create(model=model, messages=asked, tools=tools).choices[0].message
    results = [
        {"role": "tool", "tool_call_id": call.id, "content": "18C"} for call in message.tool_calls or ()
    ]
    turn: Any = message.model_dump(exclude_unset=True)
    final = client.chat.completions.create(model=model, messages=[*asked, turn, *results], tools=tools)

    assert len(results) == 2
    assert final.choices[0].message.content == ("According to the tools, get_weather: 18C; get_weather: 18C.")


def test_embeddings(client: openai.OpenAI) -> None:
    """The client asks for base64, is given floats, and copes."""
    response = client.embeddings.create(model="databricks-bge-large-en", input=["lake", "sea"])

    assert [len(row.embedding) for row in response.data] == [1024, 1024]


def test_legacy_completions() -> None:
    """A custom endpoint with the task answers prompts, one choice each."""
    own = {"name": "base-model", "task": "completions"}
    with (
        emulator(endpoints=[own]) as workspace,
        openai.OpenAI(base_url=workspace.base_url, api_key=workspace.token) as client,
    ):
        whole = client.completions.create(model="base-model", prompt=["What is 2+2?", "What is 3+3?"])
        stream = client.completions.create(model="base-model", prompt="Count to 3", stream=True)
        text = "".join(chunk.choices[0].text for chunk in stream)

    assert [choice.text for choice in whole.choices] == ["2+2 = 4", "3+3 = 6"]
    assert text == "1, 2, 3"


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("status=429", openai.RateLimitError),
        ("expired", openai.PermissionDeniedError),
        ("status=503", openai.InternalServerError),
        ("drop", openai.APIConnectionError),
    ],
)
def test_errors(client: openai.OpenAI, fault: str, error: type[openai.OpenAIError]) -> None:
    """Faults arrive as the client's own errors."""
    with pytest.raises(error):
        client.chat.completions.create(
            model=LLAMA, messages=QUESTION, extra_headers={"x-emulator-fault": fault}
        )


def test_retries_get_through(running: Any) -> None:
    """A client that retries gets through a fault that strikes once."""
    running.reset()
    running.fault("status=503,times=1")
    with openai.OpenAI(base_url=running.base_url, api_key=running.token, max_retries=2) as client:
        reply = client.chat.completions.create(model=LLAMA, messages=QUESTION)

    assert reply.choices[0].message.content == "The capital of France is Paris."
    assert [entry["status"] for entry in running.requests] == [503, 200]


def test_latency() -> None:
    """Delays of the settings hold for every reply."""
    with (
        emulator(first_byte_delay=0.05, token_delay=0.01) as workspace,
        openai.OpenAI(base_url=workspace.base_url, api_key=workspace.token) as client,
    ):
        start = time.monotonic()
        count = len(list(client.chat.completions.create(model=LLAMA, messages=QUESTION, stream=True)))

    assert time.monotonic() - start >= 0.05 + 0.01 * (count - 1)
