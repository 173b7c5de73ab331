"""What an OpenAI-compatible host is sent: the caller's own words, less what such hosts refuse."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from pydantic import BaseModel

from lakeway.core.request import ChatRequest, EmbeddingRequest, Leniency
from lakeway.core.steps import Credential
from lakeway.errors import BadRequestError
from lakeway.providers.openai_compatible import ChatExchange, EmbeddingExchange, OpenAITarget, base_of

BASE = "https://api.example/v1"
HELLO = {"role": "user", "content": "hi"}
CALL = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}
ALLOWING = Leniency(allowed=frozenset({"cache_control", "metadata", "reasoning_content", "thinking"}))


def target(**fields: Any) -> OpenAITarget:
    return OpenAITarget(
        **{"model": "m", "alias": "openai/m", "credential": Credential(), "base": BASE, **fields}
    )


def sent(**fields: Any) -> dict[str, Any]:
    """The body without the model and without messages that are just a greeting."""
    request = ChatExchange(target(), ChatRequest(**{"messages": [HELLO], **fields})).write_request(())
    body = json.loads(request.body)
    assert "m" == body.pop("model")
    if body["messages"] == [HELLO]:
        del body["messages"]
    return body


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, {}),
        (
            {"params": {"max_completion_tokens": 5, "temperature": 0, "top_k": 3, "own": {"a": [1]}}},
            {"max_completion_tokens": 5, "temperature": 0, "top_k": 3, "own": {"a": [1]}},
        ),
        ({"params": {"max_tokens": 5, "seed": None}}, {"max_tokens": 5}),
        ({"params": {"a": {"b": 1, "c": 2}}, "leniency": Leniency(dropped=("a.b",))}, {"a": {"c": 2}}),
        ({"extra_body": {"guided_choice": ["x"]}}, {"guided_choice": ["x"]}),
        ({"tags": {"team": "red"}, "client_request_id": "r"}, {}),
        ({"params": {"thinking": {"type": "enabled"}}}, {"thinking": {"type": "enabled"}}),
        ({"params": {"thinking": {"type": "enabled"}}, "leniency": Leniency(drop=True)}, {}),
        (
            {
                "params": {"thinking": {"type": "enabled"}},
                "leniency": Leniency(drop=True, allowed=frozenset({"thinking"})),
            },
            {"thinking": {"type": "enabled"}},
        ),
        ({"params": {"metadata": {"team": "red"}}}, {}),
        ({"params": {"metadata": {"team": "red"}}, "leniency": ALLOWING}, {"metadata": {"team": "red"}}),
        (
            {"params": {"metadata": {"team": "red"}, "store": True}},
            {"metadata": {"team": "red"}, "store": True},
        ),
        (
            {"params": {"tools": [{"type": "function", "function": {}, "cache_control": {}}]}},
            {"tools": [{"type": "function", "function": {}}]},
        ),
        ({"params": {"stream_options": {"include_usage": True}}}, {}),
    ],
)
def test_parameters(fields: dict[str, Any], expected: dict[str, Any]) -> None:
    """They go untouched, but for what no such host knows, and what nobody asks for."""
    assert expected == sent(**fields)


@pytest.mark.parametrize(
    ("options", "leniency", "expected"),
    [
        (None, Leniency(), {"include_usage": True}),
        ({"include_usage": False}, Leniency(), {"include_usage": True}),
        (
            {"include_obfuscation": False},
            Leniency(),
            {"include_obfuscation": False, "include_usage": True},
        ),
        (None, Leniency(dropped=("stream_options",)), None),
    ],
)
def test_streams_always_tell_their_usage(options: Any, leniency: Leniency, expected: Any) -> None:
    """A gateway counts whether or not its client does; a host that refuses to be asked can be spared."""
    body = sent(stream=True, params={"stream_options": options}, leniency=leniency)

    assert (True, expected) == (body["stream"], body.get("stream_options"))


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ({"role": "developer", "content": "be brief"}, {"role": "developer", "content": "be brief"}),
        (
            {
                "role": "assistant",
                "content": "17",
                "tool_calls": None,
                "function_call": None,
                "reasoning_content": "thought",
                "thinking_blocks": [{"type": "thinking", "thinking": "thought", "signature": "s"}],
                "provider_specific_fields": {"thinking_model": "x"},
                "annotations": [],
            },
            {"role": "assistant", "content": "17"},
        ),
        (
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [
                    {**CALL, "provider_specific_fields": {"thought_signature": "s"}, "thoughtSignature": "s"}
                ],
            },
            {"role": "assistant", "content": None, "tool_calls": [CALL]},
        ),
        (
            {"role": "user", "content": [{"type": "text", "text": "a", "cache_control": {"type": "x"}}, "b"]},
            {"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]},
        ),
        (
            {
                "role": "assistant",
                "content": [{"type": "thinking", "thinking": "t"}, {"type": "text", "text": "a"}],
            },
            {"role": "assistant", "content": [{"type": "text", "text": "a"}]},
        ),
        (
            {"role": "assistant", "content": [{"type": "reasoning", "summary": []}], "tool_calls": [CALL]},
            {"role": "assistant", "content": "", "tool_calls": [CALL]},
        ),
        (
            {"role": "tool", "tool_call_id": "c", "content": "1", "name": "f"},
            {"role": "tool", "tool_call_id": "c", "content": "1", "name": "f"},
        ),
        ({"content": "a", "reasoning_content": "b"}, {"content": "a"}),
    ],
)
def test_messages(message: dict[str, Any], expected: dict[str, Any]) -> None:
    """What only replies carry is left out, wherever it is; the caller's own message stays as it was."""
    before = copy.deepcopy(message)

    assert [expected] == sent(messages=[message])["messages"]
    assert before == message


def test_what_is_allowed_by_name_goes_back() -> None:
    """Some hosts want the reasoning of a turn returned, or know cache points."""
    message = {"role": "assistant", "content": "a", "reasoning_content": "t", "cache_control": {"type": "x"}}

    assert [message] == sent(messages=[message], leniency=ALLOWING)["messages"]


def test_a_class_as_response_format() -> None:
    """A pydantic class is sent as the schema that it stands for."""

    class Answer(BaseModel):
        city: str

    written = sent(params={"response_format": Answer})["response_format"]

    assert ("json_schema", ["city"]) == (written["type"], written["json_schema"]["schema"]["required"])


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"messages": [{"role": "user", "content": 5}]}, "messages[0].content"),
        ({"params": {"tools": "f"}}, "tools"),
        ({"stream": True, "params": {"stream_options": 3}}, "stream_options"),
        ({"params": {"temperature": float("nan")}}, "temperature"),
    ],
)
def test_what_cannot_be_sent_is_named(fields: dict[str, Any], param: str) -> None:
    """The error names the place, the host's kind and the model."""
    with pytest.raises(BadRequestError) as caught:
        sent(**fields)

    assert (param, "openai", "m") == (caught.value.param, caught.value.llm_provider, caught.value.model)


def test_address_and_headers() -> None:
    """A token replaces an Authorization of the caller's; what the transport writes is left to it."""
    own = (("authorization", "old"), ("Host", "x"), ("X-Team", "red"))
    request = ChatExchange(target(headers=own), ChatRequest(messages=[HELLO])).write_request(
        (("Authorization", "Bearer k"),)
    )

    assert ("POST", f"{BASE}/chat/completions", False) == (request.method, request.url, request.stream)
    assert (
        ("Content-Type", "application/json"),
        ("Authorization", "Bearer k"),
        ("X-Team", "red"),
    ) == request.headers


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://api.openai.com/v1/", "https://api.openai.com/v1"),
        ("https://api.openai.com/v1/chat/completions", "https://api.openai.com/v1"),
        ("https://h.example/v1/embeddings", "https://h.example/v1"),
        ("localhost:8000/v1", "http://localhost:8000/v1"),
        ("vllm.internal:8000", "https://vllm.internal:8000"),
        (
            "https://w.cloud.databricks.com/serving-endpoints",
            "https://w.cloud.databricks.com/serving-endpoints",
        ),
    ],
)
def test_base(address: str, expected: str) -> None:
    """A base as people write it: also with an operation's path, a slash at the end, or no scheme."""
    assert expected == base_of(address)


@pytest.mark.parametrize(
    "address", ["", "a b", "ftp://x", "https://u:p@x", "https://x?api-version=1", "sk-abc"]
)
def test_no_base(address: str) -> None:
    """What cannot be called is refused before the first request."""
    with pytest.raises(BadRequestError, match="api_base cannot be used") as caught:
        base_of(address)

    assert ("openai", "api_base") == (caught.value.llm_provider, caught.value.param)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"params": {"dimensions": 256, "user": "u", "odd": 1}}, {"dimensions": 256, "user": "u", "odd": 1}),
        ({"params": {"encoding_format": "base64", "metadata": {"a": "b"}, "dimensions": None}}, {}),
        (
            {
                "params": {"encoding_format": "base64"},
                "leniency": Leniency(allowed=frozenset({"encoding_format"})),
            },
            {"encoding_format": "base64"},
        ),
        ({"extra_body": {"truncate_prompt_tokens": 8}}, {"truncate_prompt_tokens": 8}),
    ],
)
def test_embeddings(fields: dict[str, Any], expected: dict[str, Any]) -> None:
    """Vectors are asked for as numbers, whatever form the caller wants them in."""
    request = EmbeddingExchange(target(), EmbeddingRequest(input=["a"], **fields)).write_request(())

    assert f"{BASE}/embeddings" == request.url
    assert {"model": "m", "input": ["a"], **expected} == json.loads(request.body)


def test_no_such_encoding() -> None:
    """A format that is none is told before anything is sent."""
    request = EmbeddingRequest(input=["a"], params={"encoding_format": "int8"})

    with pytest.raises(BadRequestError, match="encoding_format"):
        EmbeddingExchange(target(), request).write_request(())
