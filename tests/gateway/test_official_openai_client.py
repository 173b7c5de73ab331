"""The gateway through OpenAI's own client, in both colours; the workspace checks what it gets."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import openai
import pytest

KEY = "sk-gateway-tests"
FRANCE: Any = [{"role": "user", "content": "What is the capital of France?"}]
PARIS = "The capital of France is Paris."
CAPITALS = {"France": "Paris", "Italy": "Rome", "Norway": "Oslo", "Japan": "Tokyo"}
WEATHER: Any = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather in a city",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
        },
    },
}


@pytest.fixture
def client(address: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{address}/v1", api_key=KEY, max_retries=0) as client:
        yield client


def test_a_completion(client: openai.OpenAI, workspace):
    """The reply bears the public name; the workspace saw the endpoint's and what was asked, nothing else."""
    reply = client.chat.completions.create(model="llama", messages=FRANCE, max_tokens=50)

    assert ("llama", PARIS, "stop") == (
        reply.model,
        reply.choices[0].message.content,
        reply.choices[0].finish_reason,
    )
    assert reply.usage.total_tokens == reply.usage.prompt_tokens + reply.usage.completion_tokens
    assert {
        "model": "databricks-meta-llama-3-3-70b-instruct",
        "messages": FRANCE,
        "max_tokens": 50,
    } == workspace.requests[-1]["body"]


def test_a_stream(client: openai.OpenAI):
    """Chunks of one id and of the public name, a role first, a reason last, and no usage unless asked."""
    chunks = list(client.chat.completions.create(model="llama", messages=FRANCE, stream=True))

    assert PARIS == "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
    assert ({"llama"}, 1) == ({chunk.model for chunk in chunks}, len({chunk.id for chunk in chunks}))
    assert ("assistant", "stop") == (chunks[0].choices[0].delta.role, chunks[-1].choices[0].finish_reason)
    assert not any(chunk.usage for chunk in chunks)


def test_a_stream_with_usage(client: openai.OpenAI):
    """`include_usage` adds one last chunk without choices."""
    stream = client.chat.completions.create(
        model="claude", messages=FRANCE, stream=True, stream_options={"include_usage": True}
    )
    *others, last = list(stream)

    assert [] == last.choices
    assert last.usage.total_tokens > 0
    assert not any(chunk.usage for chunk in others)


def test_many_async_calls_at_once(address: str):
    """Each gets its own answer."""

    async def main() -> list[str | None]:
        async with openai.AsyncOpenAI(base_url=f"{address}/v1", api_key=KEY, max_retries=0) as client:

            async def answer(country: str) -> str | None:
                question: Any = [{"role": "user", "content": f"What is the capital of {country}?"}]
                reply = await client.chat.completions.create(model="llama", messages=question)
                return reply.choices[0].message.content

            return await asyncio.gather(*map(answer, [*CAPITALS] * 10))

    expected = [f"The capital of {country} is {city}." for country, city in CAPITALS.items()]
    assert expected * 10 == asyncio.run(main())


def test_the_async_client(address: str):
    """Whole and streamed, several at once."""

    async def main() -> list[str]:
        async with openai.AsyncOpenAI(base_url=f"{address}/v1", api_key=KEY, max_retries=0) as client:

            async def whole() -> str:
                reply = await client.chat.completions.create(model="llama", messages=FRANCE)
                return reply.choices[0].message.content or ""

            async def streamed() -> str:
                stream = await client.chat.completions.create(model="claude", messages=FRANCE, stream=True)
                return "".join([chunk.choices[0].delta.content or "" async for chunk in stream])

            return await asyncio.gather(whole(), streamed(), whole(), streamed())

    assert [PARIS] * 4 == asyncio.run(main())


@pytest.mark.parametrize("stream", [False, True])
def test_thinking_goes_back_through_a_tool_loop(client: openai.OpenAI, workspace, stream: bool):
    """The workspace refuses a turn whose signed reasoning is missing or changed; it takes this one."""
    messages = [{"role": "user", "content": "What is the weather in Paris?"}]
    thinking = {"thinking": {"type": "enabled", "budget_tokens": 1024}}
    asked: Any = {"model": "claude", "tools": [WEATHER], "extra_body": thinking}

    turn = _turn(client.chat.completions.create(messages=messages, stream=stream, **asked), stream)
    messages.append(turn)
    for call in turn["tool_calls"]:
        messages.append({"role": "tool", "tool_call_id": call["id"], "content": "18 degrees"})
    reply = client.chat.completions.create(messages=messages, **asked)

    sent = workspace.requests[-1]["body"]["messages"][1]["content"][0]
    assert "18 degrees" in reply.choices[0].message.content
    assert turn["thinking_blocks"][0]["signature"]
    assert turn["thinking_blocks"][0]["signature"] == sent["summary"][0]["signature"]


def _turn(reply: Any, stream: bool) -> dict[str, Any]:
    """The assistant's turn as a client puts it into the history."""
    if not stream:
        return reply.choices[0].message.model_dump(exclude_none=True)
    thinking = {"type": "thinking", "thinking": "", "signature": ""}
    calls: dict[int, dict[str, Any]] = {}
    for chunk in reply:
        delta = chunk.choices[0].delta
        for block in getattr(delta, "thinking_blocks", None) or ():
            thinking["thinking"] += block["thinking"]
            thinking["signature"] += block["signature"]
        for call in delta.tool_calls or ():
            function = calls.setdefault(
                call.index,
                {
                    "id": call.id,
                    "type": "function",
                    "function": {"name": call.function.name, "arguments": ""},
                },
            )["function"]
            function["arguments"] += call.function.arguments or ""
    return {
        "role": "assistant",
        "content": None,
        "tool_calls": list(calls.values()),
        "thinking_blocks": [thinking],
    }


def test_reasoning_effort(client: openai.OpenAI, workspace):
    """It becomes Claude's thinking, and the thoughts come back beside the answer."""
    reply = client.chat.completions.create(model="claude", messages=FRANCE, reasoning_effort="low")

    message = reply.choices[0].message
    assert PARIS == message.content
    assert message.reasoning_content.startswith(PARIS)
    assert {"type": "enabled", "budget_tokens": 1024} == workspace.requests[-1]["body"]["thinking"]


def test_structured_output(client: openai.OpenAI):
    """`response_format` gives JSON of that schema, streamed or not."""
    schema = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
    form: Any = {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema}}
    reply = client.chat.completions.create(model="claude", messages=FRANCE, response_format=form)

    assert ["city"] == list(json.loads(reply.choices[0].message.content))


@pytest.mark.parametrize("options", [{}, {"encoding_format": "base64"}, {"encoding_format": "float"}])
def test_embeddings(client: openai.OpenAI, workspace, options):
    """In the client's default format too, which is base64; the workspace is never asked for one."""
    reply = client.embeddings.create(model="bge", input=["good morning", "good evening"], **options)

    first = reply.data[0].embedding
    length = len(first) if isinstance(first, list) else len(first) * 3 // 4 // 4
    assert (2, 1024, "bge") == (len(reply.data), length, reply.model)
    assert {"model": "databricks-bge-large-en", "input": ["good morning", "good evening"]} == (
        workspace.requests[-1]["body"]
    )


def test_embeddings_of_many_texts(client: openai.OpenAI, workspace):
    """More than the workspace takes at once go in several requests and come back in order."""
    texts = [f"text {number}" for number in range(160)]
    reply = client.embeddings.create(model="bge", input=texts)

    assert list(range(160)) == [row.index for row in reply.data]
    assert [150, 10] == [len(request["body"]["input"]) for request in workspace.requests]
    assert (
        reply.data[155].embedding == client.embeddings.create(model="bge", input="text 155").data[0].embedding
    )


def test_the_list_of_models(client: openai.OpenAI):
    """Names of the configuration, and for a wildcard the hosted models that it lets in, each once."""
    listed = [model.id for model in client.models.list()]

    assert ["llama", "claude", "bge"] == listed[:3]
    assert "databricks/databricks-claude-sonnet-4-5" in listed
    assert "databricks/databricks-dbrx-instruct" not in listed  # retired
    assert len(listed) == len(set(listed))


def test_one_model(client: openai.OpenAI):
    """By a name of the configuration, or by one that a wildcard lets in."""
    assert ("llama", "chat") == (client.models.retrieve("llama").id, client.models.retrieve("llama").mode)
    hosted = "databricks/databricks-claude-sonnet-4-5"
    assert hosted == client.models.retrieve(hosted).id
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("no/such")


def test_dropping_on_request(client: openai.OpenAI, workspace):
    """`drop_params` of a request leaves out what the model does not know."""
    client.chat.completions.create(model="llama", messages=FRANCE, seed=7, extra_body={"drop_params": True})

    assert {"model", "messages"} == workspace.requests[-1]["body"].keys()


def test_the_azure_client(address: str):
    """Its paths name the deployment, and its key comes in a header of its own."""
    with openai.AzureOpenAI(
        azure_endpoint=address, api_key=KEY, api_version="2024-10-21", max_retries=0
    ) as client:
        reply = client.chat.completions.create(model="llama", messages=FRANCE)

    assert ("llama", PARIS) == (reply.model, reply.choices[0].message.content)


@pytest.mark.parametrize("stream", [False, True])
def test_an_old_completion(client: openai.OpenAI, stream: bool):
    """A prompt instead of messages, and text back."""
    reply: Any = client.completions.create(model="llama", prompt=FRANCE[0]["content"], stream=stream)
    chunks = list(reply) if stream else [reply]

    assert PARIS == "".join(choice.text for chunk in chunks for choice in chunk.choices)
    assert {("text_completion", "llama")} == {(chunk.object, chunk.model) for chunk in chunks}
    assert "stop" == chunks[-1].choices[0].finish_reason
