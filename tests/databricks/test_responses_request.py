"""Chat requests that go to Responses: what is sent there, and what is refused before."""

from __future__ import annotations

import json
from typing import Any

import pytest
from openai.types.chat import ChatCompletionMessage

from lakeway.core.http import HttpRequest
from lakeway.core.request import ChatRequest, Leniency
from lakeway.core.steps import Credential
from lakeway.databricks import surfaces
from lakeway.databricks.responses import ResponsesExchange
from lakeway.databricks.target import DatabricksTarget
from lakeway.errors import BadRequestError, UnsupportedParamsError

GPT, NO_TIER, CUSTOM = "databricks-gpt-6-sol", "databricks-gpt-5-5-pro", "my-agent"
UNITY = "system.ai.gpt-6-sol"
HI: list[Any] = [{"role": "user", "content": "hi"}]
TOOL = {"type": "function", "function": {"name": "f", "strict": True, "parameters": {}}}


def written(model: str, params: dict[str, Any], messages: list[Any] = HI, **request: Any) -> HttpRequest:
    target = DatabricksTarget(
        provider="databricks",
        model=model,
        alias=model,
        credential=Credential(),
        base=surfaces.parse("https://w.cloud.databricks.com"),
    )
    return ResponsesExchange(target, ChatRequest(messages=messages, params=params, **request)).write_request(
        ()
    )


def body(model: str, params: dict[str, Any], messages: list[Any] = HI, **request: Any) -> dict[str, Any]:
    """What is sent beside model, input and include."""
    fields: dict[str, Any] = json.loads(written(model, params, messages, **request).body)
    assert model == fields.pop("model")
    return {name: value for name, value in fields.items() if name not in ("input", "include")}


@pytest.mark.parametrize(
    ("params", "request_", "expected"),
    [
        ({"user": "ann"}, {}, {"user": "ann"}),
        ({"metadata": {"team": "x", "n": 1, "skip": {"a": 1}}}, {}, {"metadata": {"team": "x", "n": "1"}}),
        (
            {"metadata": {"team": "x"}},
            {"tags": {"team": "y", "b": "2"}, "client_request_id": "r"},
            {"metadata": {"team": "y", "b": "2", "client_request_id": "r"}},
        ),
        ({}, {"tags": {"a": "b" * 600}}, {}),
    ],
)
@pytest.mark.parametrize("model", [GPT, CUSTOM])
def test_identity(model: str, params: Any, request_: Any, expected: dict[str, Any]) -> None:
    """Responses has a user and a metadata; it refuses the usage_context and the id of the chat surface."""
    assert expected == body(model, params, **request_)


def test_identity_on_the_gateway() -> None:
    """There the header holds all of it; user and metadata are the caller's own."""
    params = {"user": "ann", "metadata": {"team": "x"}}
    request = written(UNITY, params, tags={"a": "é"}, client_request_id="r")
    header = r'{"a":"\u00e9","client_request_id":"r","team":"x","user":"ann"}'

    assert header == dict(request.headers)["Databricks-Ai-Gateway-Request-Tags"]
    assert params == {name: value for name, value in json.loads(request.body).items() if name in params}


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"service_tier": "priority"}, {"service_tier": "priority"}),
        ({"service_tier": "auto"}, {}),
        ({"temperature": 1, "n": 1, "logprobs": False}, {"temperature": 1}),
        ({"verbosity": "low"}, {"text": {"verbosity": "low"}}),
        ({"reasoning_effort": "low"}, {"reasoning": {"effort": "low", "summary": "auto"}}),
        (
            {"reasoning_effort": {"effort": "low", "summary": "detailed"}},
            {"reasoning": {"effort": "low", "summary": "detailed"}},
        ),
        ({"reasoning_effort": {"summary": "auto"}}, {"reasoning": {"summary": "auto"}}),
        ({"thinking": {"type": "adaptive"}}, {}),
        ({"thinking": {"type": "disabled"}}, {"reasoning": {"effort": "none"}}),
        (
            {"thinking": {"type": "enabled", "budget_tokens": 20_000}},
            {"reasoning": {"effort": "max", "summary": "auto"}},
        ),
    ],
)
def test_parameters(params: dict[str, Any], expected: dict[str, Any]) -> None:
    """As on chat, in Responses' words; a reasoning summary, for which chat has none, is kept."""
    assert expected == body(GPT, params)


@pytest.mark.parametrize(
    ("model", "params", "named"),
    [
        (GPT, {"temperature": 0.2, "top_p": 0.5}, ["temperature", "top_p"]),
        (GPT, {"n": 2, "stop": "x"}, ["n", "stop"]),
        (GPT, {"logprobs": True}, ["logprobs"]),
        (NO_TIER, {"service_tier": "priority"}, ["service_tier"]),
    ],
)
def test_unsupported(model: str, params: dict[str, Any], named: list[str]) -> None:
    """What the model cannot be given is named, or dropped where the caller says so."""
    with pytest.raises(UnsupportedParamsError) as caught:
        body(model, params)

    assert str(named) in caught.value.message
    assert {} == body(model, params, leniency=Leniency(drop=True))


def test_nested_parameters_can_be_dropped() -> None:
    """Dotted paths work as they do on chat."""
    fields = body(GPT, {"tools": [TOOL]}, leniency=Leniency(dropped=("tools[*].function.strict",)))

    assert [False] == [tool["strict"] for tool in fields["tools"]]


def test_objects_are_messages_too() -> None:
    """A message of the openai client's own class is read like its dict."""
    message = ChatCompletionMessage(role="assistant", content="hello")
    sent = json.loads(written(GPT, {}, [*HI, message]).body)["input"]

    assert ["hi", [{"type": "output_text", "text": "hello"}]] == [item["content"] for item in sent]


@pytest.mark.parametrize(
    ("messages", "params", "param"),
    [
        ([*HI, "there"], {}, "messages[1]"),
        ([{"role": "user", "content": 5}], {}, "messages[0].content"),
        (HI, {"tools": ["f"]}, "tools[0]"),
        (HI, {"metadata": "x"}, "metadata"),
        (HI, {"own_field": [float("inf")]}, "own_field[0]"),
    ],
)
def test_mistakes_are_named(messages: list[Any], params: dict[str, Any], param: str) -> None:
    """The same as on chat."""
    with pytest.raises(BadRequestError) as caught:
        written(GPT, params, messages)

    assert ("databricks", GPT, param) == (caught.value.llm_provider, caught.value.model, caught.value.param)
