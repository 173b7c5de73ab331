"""The gateway through OpenAI's own client for Node; the workspace checks what it gets."""

from __future__ import annotations

import json
import struct
from typing import Any

import pytest

PARIS = "The capital of France is Paris."
CAPITALS = {"France": "Paris", "Italy": "Rome", "Norway": "Oslo", "Japan": "Tokyo"}


def text_of(chunks: list[dict[str, Any]]) -> str:
    return "".join(choice["delta"].get("content") or "" for chunk in chunks for choice in chunk["choices"])


def test_a_completion(node, workspace):
    """The reply bears the public name; the workspace saw the endpoint's and what was asked, nothing else."""
    reply = node("complete", max_tokens=50)

    choice = reply["choices"][0]
    assert ("llama", PARIS, "stop") == (reply["model"], choice["message"]["content"], choice["finish_reason"])
    assert {
        "model": "databricks-meta-llama-3-3-70b-instruct",
        "messages": [{"role": "user", "content": "What is the capital of France?"}],
        "max_tokens": 50,
    } == workspace.requests[-1]["body"]


@pytest.mark.parametrize("model", ["llama", "claude"])
def test_a_stream(node, model):
    """Chunks of one id and of the public name, a role first, a reason last, and no usage unless asked."""
    chunks = node("stream", model=model)

    assert PARIS == text_of(chunks)
    assert ({model}, 1) == ({chunk["model"] for chunk in chunks}, len({chunk["id"] for chunk in chunks}))
    first, last = chunks[0]["choices"][0], chunks[-1]["choices"][0]
    assert ("assistant", "stop") == (first["delta"]["role"], last["finish_reason"])
    assert not any(chunk.get("usage") for chunk in chunks)


@pytest.mark.parametrize("model", ["llama", "claude"])
def test_a_stream_with_usage(node, model):
    """`include_usage` adds one last chunk without choices."""
    *others, last = node("stream", model=model, stream_options={"include_usage": True})

    assert PARIS == text_of(others)
    assert [] == last["choices"]
    assert last["usage"]["total_tokens"] > 0
    assert not any(chunk.get("usage") for chunk in others)


def test_the_stream_helper(node):
    """It tells of each piece, and puts the whole together."""
    told = node("streamHelper")

    assert PARIS == "".join(told["deltas"]) == told["final"]["choices"][0]["message"]["content"]
    assert len(told["deltas"]) > 3


@pytest.mark.parametrize("stream", [False, True])
def test_structured_output(node, stream):
    """`response_format` gives JSON of that schema, streamed or not."""
    assert {"city": "France"} == node("structured", stream=stream)


def test_many_at_once(node):
    """Each call gets its own answer."""
    expected = [f"The capital of {country} is {city}." for country, city in CAPITALS.items()]
    assert expected * 10 == node("together", countries=[*CAPITALS] * 10)


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("model", ["llama", "claude"])
@pytest.mark.parametrize("cities", [("Paris",), ("Paris", "Rome")])
def test_a_tool_loop(node, workspace, model, stream, cities):
    """One call or several in one turn; their results come together in the next one."""
    prompt = f"What is the weather in {' and '.join(cities)}?"
    told = node("toolLoop", model=model, prompt=prompt, stream=stream)

    calls = told["turn"]["tool_calls"]
    assert [{"city": city} for city in cities] == [
        json.loads(call["function"]["arguments"]) for call in calls
    ]
    assert all(f"{city}: 18 degrees" in told["text"] for city in cities)
    results = [each for each in workspace.requests[-1]["body"]["messages"] if each["role"] == "tool"]
    assert [call["id"] for call in calls] == [result["tool_call_id"] for result in results]


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    "asked",
    [{"reasoning_effort": "low"}, {"thinking": {"type": "enabled", "budget_tokens": 1024}}],
    ids=["effort", "thinking"],
)
def test_thinking_goes_back_through_a_tool_loop(node, workspace, stream, asked):
    """The workspace refuses a turn whose signed reasoning is missing or changed; it takes this one."""
    prompt = "What is the weather in Paris and Rome?"
    told = node("toolLoop", model="claude", prompt=prompt, stream=stream, **asked)

    first, second = (request["body"] for request in workspace.requests)
    sent = second["messages"][1]["content"][0]["summary"][0]
    block = told["turn"]["thinking_blocks"][0]
    assert {"type": "enabled", "budget_tokens": 1024} == first["thinking"] == second["thinking"]
    assert (block["thinking"], block["signature"]) == (sent["text"], sent["signature"])
    assert block["signature"]
    assert "Paris: 18 degrees" in told["text"]


def test_the_clients_own_tool_loop(node):
    """`runTools` parses the arguments, calls the functions and sends back what they say."""
    told = node("runTools", prompt="What is the weather in Paris and Rome?")

    assert ["Paris", "Rome"] == sorted(told["asked"])
    assert "Rome: 18 degrees" in told["text"]


def test_embeddings_in_the_default_format(node, workspace):
    """The client asks for base64 and decodes it: the numbers are those of the other format, as 32 bits."""
    default, floats = node("embed"), node("embed", encoding_format="float")

    assert (2, "bge", 1024) == (len(default["data"]), default["model"], len(default["data"][0]["embedding"]))
    for mine, other in zip(default["data"], floats["data"], strict=True):
        assert any(mine["embedding"])
        rounded = struct.pack("<1024f", *other["embedding"])
        assert list(struct.unpack("<1024f", rounded)) == mine["embedding"]
    assert [{"model", "input"}] * 2 == [set(request["body"]) for request in workspace.requests]


def test_the_list_of_models(node):
    """Names of the configuration first, and what its wildcard lets in."""
    listed = node("models")

    assert ["llama", "claude", "bge"] == listed[:3]
    assert "databricks/databricks-claude-sonnet-4-5" in listed


@pytest.mark.parametrize("name", ["llama", "databricks/databricks-claude-sonnet-4-5"])
def test_one_model(node, name):
    """A slash in the name is no matter."""
    assert (name, "model") == ((told := node("model", name=name))["id"], told["object"])


@pytest.mark.parametrize("stream", [False, True])
def test_an_old_completion(node, stream):
    """A prompt instead of messages, and text back."""
    told = node("oldCompletion", stream=stream)

    chunks = told if stream else [told]
    assert PARIS == "".join(choice["text"] for chunk in chunks for choice in chunk["choices"])
    assert {("text_completion", "llama")} == {(chunk["object"], chunk["model"]) for chunk in chunks}
    assert "stop" == chunks[-1]["choices"][0]["finish_reason"]


def test_azures_client(node):
    """Its paths name the deployment, and its key comes in a header of its own."""
    reply = node("azure", stream=False)

    assert ("llama", PARIS) == (reply["model"], reply["choices"][0]["message"]["content"])
    assert PARIS == text_of(node("azure", stream=True))
    assert 1024 == len(node("azureEmbed")["data"][0]["embedding"])


def test_headers(node):
    """The client's own id for the call comes back, beside what the call was and what it cost."""
    told = node("withResponse")

    headers = told["headers"]
    assert (200, "call-of-mine") == (told["status"], headers["x-litellm-call-id"])
    assert ("llama", "0") == (headers["x-litellm-model-group"], headers["x-litellm-attempted-retries"])
    assert float(headers["x-litellm-response-cost"]) > 0
    assert headers["llm_provider-x-request-id"]


def test_headers_of_a_stream(node):
    """They are there before the first chunk is read."""
    told = node("streamWithResponse")

    assert told["chunks"] > 3
    assert told["headers"]["content-type"].startswith("text/event-stream")
    assert "llama" == told["headers"]["x-litellm-model-group"]
