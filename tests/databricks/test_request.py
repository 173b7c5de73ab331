"""Chat bodies: what is sent, translated, left out and refused, model by model."""

from __future__ import annotations

from typing import Any

import pydantic
import pytest

from lakeway.core.request import ChatRequest, Leniency
from lakeway.databricks.profiles import profile
from lakeway.databricks.request import tags_header, write
from lakeway.errors import BadRequestError, UnsupportedParamsError

CLAUDE = "databricks-claude-sonnet-4-5"
OPUS = "databricks-claude-opus-4-8"
ALWAYS = "databricks-claude-opus-5-5"
LLAMA = "databricks-meta-llama-3-3-70b-instruct"
GPT = "databricks-gpt-5-2"
OSS = "databricks-gpt-oss-120b"
GEMINI = "databricks-gemini-3-1-pro"
GEMINI25 = "databricks-gemini-2-5-pro"
OPUS4 = "databricks-claude-opus-4"
OPUS45 = "databricks-claude-opus-4-5"
KIMI = "databricks-kimi-k3"
CUSTOM = "my-endpoint"
COMPUTER = {"type": "computer_20250124", "name": "computer", "display_width_px": 1024}
HI = [{"role": "user", "content": "hi"}]
TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {}}}}


THINKS = {"type": "enabled", "budget_tokens": 1024}


def budget(tokens: int, max_tokens: int) -> dict[str, Any]:
    return {"thinking": {"type": "enabled", "budget_tokens": tokens}, "max_tokens": max_tokens}


def body(model: str, params: dict[str, Any], *, gateway: bool = False, **request: Any) -> dict[str, Any]:
    """What is sent beside model and messages."""
    written = write(
        ChatRequest(messages=HI, params=params, **request), profile(model), model, gateway=gateway
    )
    fields = dict(written.fields)
    assert model == fields.pop("model")
    assert HI == fields.pop("messages")
    return fields


@pytest.mark.parametrize(
    ("model", "params", "expected"),
    [
        (LLAMA, {}, {}),
        (LLAMA, {"max_tokens": 20, "temperature": 0.5}, {"max_tokens": 20, "temperature": 0.5}),
        (LLAMA, {"max_completion_tokens": 9, "max_tokens": 20}, {"max_tokens": 9}),
        (LLAMA, {"temperature": None}, {}),
        (LLAMA, {"top_k": 3, "logprobs": True, "n": 2}, {"top_k": 3, "logprobs": True, "n": 2}),
        (LLAMA, {"my_extra": 1}, {"my_extra": 1}),
        (LLAMA, {"parallel_tool_calls": True, "frequency_penalty": 0, "n": 1}, {"n": 1}),
        (OPUS, {"temperature": 1, "top_p": 1.0}, {}),
        (LLAMA, {"tool_choice": "auto"}, {}),
        (
            LLAMA,
            {"tools": [TOOL], "tool_choice": {"type": "any"}},
            {"tools": [TOOL], "tool_choice": "required"},
        ),
        (LLAMA, {"functions": [TOOL["function"]]}, {"tools": [TOOL]}),
        (GPT, {"service_tier": "priority"}, {"service_tier": "priority"}),
        (GPT, {"service_tier": "auto"}, {}),
        (CUSTOM, {"service_tier": "auto"}, {"service_tier": "auto"}),
        (CUSTOM, {"seed": 1, "frequency_penalty": 1}, {"seed": 1, "frequency_penalty": 1}),
        (
            "my-gpt-endpoint",
            {"temperature": 0.2, "reasoning_effort": "low"},
            {"temperature": 0.2, "reasoning_effort": "low"},
        ),
        (CLAUDE, {"thinking": THINKS, "temperature": 1}, budget(1024, 5120)),
    ],
)
def test_parameters(model: str, params: dict[str, Any], expected: dict[str, Any]) -> None:
    """What the model takes goes; a value that asks for the default is left out where it does not."""
    assert expected == body(model, params)


@pytest.mark.parametrize(
    ("model", "params", "named"),
    [
        (LLAMA, {"seed": 1}, ["seed"]),
        (LLAMA, {"seed": 1, "logit_bias": {"1": 2}}, ["seed", "logit_bias"]),
        (LLAMA, {"parallel_tool_calls": False}, ["parallel_tool_calls"]),
        (LLAMA, {"thinking": {"type": "enabled", "budget_tokens": 1024}}, ["thinking"]),
        (LLAMA, {"reasoning_effort": "low"}, ["reasoning_effort"]),
        (OPUS, {"temperature": 0.5, "top_p": 0.5, "top_k": 1}, ["temperature", "top_p", "top_k"]),
        (CLAUDE, {"n": 2}, ["n"]),
        (CLAUDE, {"temperature": 0.5, "reasoning_effort": "low"}, ["temperature"]),
        (ALWAYS, {"tools": [TOOL], "tool_choice": "required"}, ["tool_choice"]),
        (GPT, {"stop": "x", "temperature": 0.2}, ["stop", "temperature"]),
        (ALWAYS, {"reasoning_effort": "none"}, ["reasoning_effort"]),
        (ALWAYS, {"thinking": {"type": "disabled"}}, ["thinking"]),
        ("databricks-gemma-3-12b", {"tools": [TOOL]}, ["tools"]),
        ("databricks-gpt-5-nano", {"service_tier": "priority"}, ["service_tier"]),
    ],
)
def test_unsupported(model: str, params: dict[str, Any], named: list[str]) -> None:
    """What cannot be sent is refused by name; dropped when the caller says so; sent when he insists."""
    with pytest.raises(UnsupportedParamsError, match="does not support parameters") as caught:
        body(model, params)

    assert str(named) in caught.value.message
    for name in named:
        assert name not in body(model, params, leniency=Leniency(drop=True))
        assert params[name] == body(model, params, leniency=Leniency(allowed=frozenset(named)))[name]


def test_the_default_is_sent_if_the_caller_insists() -> None:
    """A parameter that is allowed by name goes as it is, also one that would be left out as needless."""
    params = {"thinking": THINKS, "temperature": 1}

    assert 1 == body(CLAUDE, params, leniency=Leniency(allowed=frozenset({"temperature"})))["temperature"]


@pytest.mark.parametrize(
    ("dropped", "expected"),
    [
        (("seed",), {"tools": [TOOL | {"x": {"y": 1}}]}),
        (("seed", "tools[*].x"), {"tools": [TOOL]}),
        (("seed", "tools[*].x.y", "nothing.here"), {"tools": [TOOL | {"x": {}}]}),
    ],
)
def test_additional_drop_params(dropped: tuple[str, ...], expected: dict[str, Any]) -> None:
    """Paths into parameters can be dropped, whatever the model says to them."""
    params = {"seed": 1, "tools": [TOOL | {"x": {"y": 1}}]}

    assert expected == body(CUSTOM, params, leniency=Leniency(dropped=dropped))


def adaptive(effort: str | None, **more: Any) -> dict[str, Any]:
    output = {"output_config": {"effort": effort}} if effort else {}
    return {"thinking": {"type": "adaptive", **more}, **output}


SHOWN = {"display": "summarized"}


@pytest.mark.parametrize(
    ("model", "params", "expected"),
    [
        (CLAUDE, {"reasoning_effort": "none"}, {}),
        (CLAUDE, {"reasoning_effort": "minimal"}, budget(1024, 5120)),
        (CLAUDE, {"reasoning_effort": "low"}, budget(1024, 5120)),
        (CLAUDE, {"reasoning_effort": "medium"}, budget(2048, 6144)),
        (CLAUDE, {"reasoning_effort": "high"}, budget(4096, 8192)),
        (CLAUDE, {"reasoning_effort": "xhigh"}, budget(8192, 12288)),
        (CLAUDE, {"reasoning_effort": "max"}, budget(16384, 20480)),
        (CLAUDE, {"reasoning_effort": {"effort": "low"}}, budget(1024, 5120)),
        (CLAUDE, {"reasoning_effort": "high", "max_tokens": 1000}, budget(4096, 5096)),
        (CLAUDE, {"reasoning_effort": "low", "max_tokens": 2000}, budget(1024, 2000)),
        (CLAUDE, {"thinking": {"type": "enabled", "budget_tokens": 1024}}, budget(1024, 5120)),
        (CLAUDE, {"thinking": {"type": "enabled", "budgetTokens": 1024}}, budget(1024, 5120)),
        (CLAUDE, {"thinking": True}, budget(2048, 6144)),
        (CLAUDE, {"thinking": False}, {}),
        (CLAUDE, {"thinking": {"type": "disabled"}}, {"thinking": {"type": "disabled"}}),
        (CLAUDE, {"thinking": True, "reasoning_effort": "low"}, budget(1024, 5120)),
        (CLAUDE, {"thinking": {"type": "enabled"}}, budget(2048, 6144)),
        (CLAUDE, {"thinking": {"type": "adaptive", "display": "summarized"}}, budget(2048, 6144)),
        (
            CLAUDE,
            {"thinking": {"type": "adaptive"}, "output_config": {"effort": "high"}},
            budget(4096, 8192),
        ),
        (
            OPUS45,
            {"thinking": {"type": "adaptive"}, "output_config": {"effort": "high"}},
            {**budget(4096, 8192), "output_config": {"effort": "high"}},
        ),
        # The most that Claude Opus 4 writes is 32,000 tokens, thinking and answer together.
        (OPUS4, {"thinking": {"type": "enabled", "budget_tokens": 30_000}}, budget(27_904, 32_000)),
        (OPUS4, {"thinking": {"type": "enabled", "budget_tokens": 500_000}}, budget(27_904, 32_000)),
        (OPUS4, {**budget(20_000, 20_000)}, budget(12_000, 32_000)),
        (OPUS4, {**budget(31_900, 31_500)}, budget(1024, 32_000)),
        (OPUS4, {**budget(40_000, 40_000)}, budget(1024, 40_000)),
        (OPUS4, {**budget(40_000, 50_000)}, budget(40_000, 50_000)),
        (GEMINI25, {"reasoning_effort": "low"}, budget(1024, 5120)),
        ("my-claude-endpoint", {"reasoning_effort": "low"}, budget(1024, 5120)),
        (OPUS, {"reasoning_effort": "minimal"}, adaptive("low", **SHOWN)),
        (OPUS, {"reasoning_effort": "high"}, adaptive("high", **SHOWN)),
        (OPUS, {"reasoning_effort": "none"}, {}),
        (OPUS, {"thinking": {"type": "enabled", "budget_tokens": 1024}}, adaptive("low")),
        (OPUS, {"thinking": {"type": "enabled", "budget_tokens": 4096}}, adaptive("high")),
        (OPUS, {"thinking": {"type": "enabled", "budget_tokens": 9000}}, adaptive("high")),
        (ALWAYS, {"thinking": {"type": "enabled", "budget_tokens": 9000}}, adaptive("xhigh")),
        (
            OPUS,
            {"thinking": {"type": "enabled", "budget_tokens": 9000}, "output_config": {"effort": "max"}},
            adaptive("max"),
        ),
        ("my-claude-opus-4-9-endpoint", {"reasoning_effort": "low"}, adaptive("low", **SHOWN)),
        (ALWAYS, {"thinking": False}, {}),
        (GPT, {"reasoning_effort": "none"}, {"reasoning_effort": "none"}),
        (GPT, {"thinking": {"type": "adaptive"}}, {}),
        (GPT, {"thinking": {"type": "disabled"}}, {"reasoning_effort": "none"}),
        (GPT, {"thinking": {"type": "enabled"}}, {"reasoning_effort": "medium"}),
        (GPT, {"thinking": THINKS, "reasoning_effort": "high"}, {"reasoning_effort": "high"}),
        (KIMI, {"thinking": {"type": "enabled", "budget_tokens": 20_000}}, {"reasoning_effort": "max"}),
        (KIMI, {"thinking": {"type": "enabled", "budget_tokens": 4096}}, {"reasoning_effort": "high"}),
        (
            "databricks-gpt-5-4",
            {"thinking": {"type": "enabled", "budget_tokens": 9000}},
            {"reasoning_effort": "xhigh"},
        ),
        (GPT, {"reasoning_effort": "max"}, {"reasoning_effort": "high"}),
        (OSS, {"reasoning_effort": "minimal"}, {"reasoning_effort": "low"}),
        (OSS, {"thinking": {"type": "enabled", "budget_tokens": 2048}}, {"reasoning_effort": "medium"}),
        (GEMINI, {"reasoning_effort": "xhigh"}, {"reasoning_effort": "high"}),
        ("databricks-deepseek-v4-1-flash-1017", {"reasoning_effort": "medium"}, {"reasoning_effort": "high"}),
        ("databricks-glm-5-2", {"reasoning_effort": "low"}, {"reasoning_effort": "high"}),
        (LLAMA, {"reasoning_effort": "none"}, {}),
        (LLAMA, {"thinking": {"type": "disabled"}}, {}),
        (CUSTOM, {"reasoning_effort": "odd"}, {"reasoning_effort": "odd"}),
    ],
)
def test_reasoning(model: str, params: dict[str, Any], expected: dict[str, Any]) -> None:
    """Reasoning in the form that each family takes, with room for the answer where it counts together."""
    assert expected == body(model, params)


def test_budgets_can_be_set() -> None:
    """The budgets behind reasoning_effort are the caller's to choose."""
    leniency = Leniency(budgets={"low": 1500})

    assert budget(1500, 5596) == body(CLAUDE, {"reasoning_effort": "low"}, leniency=leniency)


@pytest.mark.parametrize("model", [CLAUDE, OPUS, GPT, OSS])
def test_unknown_effort(model: str) -> None:
    """An effort that no one knows is named, with those that are."""
    with pytest.raises(BadRequestError, match=r"Unmapped reasoning effort: 'default'\. Must be one of"):
        body(model, {"reasoning_effort": "default"})


@pytest.mark.parametrize(
    ("thinking", "param"),
    [
        ("enabled", "thinking"),
        (5, "thinking"),
        ({"type": ["enabled"]}, "thinking.type"),
        ({"type": "enabled", "budget_tokens": "1024"}, "thinking.budget_tokens"),
        ({"type": "enabled", "budget_tokens": True}, "thinking.budget_tokens"),
    ],
)
@pytest.mark.parametrize("model", [CLAUDE, OPUS, GPT, CUSTOM])
def test_what_is_no_thinking_is_named(model: str, thinking: Any, param: str) -> None:
    """On every model, whatever becomes of it there."""
    with pytest.raises(BadRequestError) as caught:
        body(model, {"thinking": thinking})

    assert param == caught.value.param


class City(pydantic.BaseModel):
    name: str
    mayor: str | None = None


SCHEMA = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}
FORMAT = {"type": "json_schema", "json_schema": {"name": "city", "schema": SCHEMA}}
JSON_TOOL = {
    "type": "function",
    "function": {
        "name": "json_tool_call",
        "description": "Give the final answer by calling this tool, with the answer as its arguments.",
        "parameters": SCHEMA,
    },
}
FORCED = {"type": "function", "function": {"name": "json_tool_call"}}


@pytest.mark.parametrize(
    ("model", "params", "expected"),
    [
        pytest.param(LLAMA, {"response_format": FORMAT}, {"response_format": FORMAT}, id="as it is"),
        pytest.param(LLAMA, {"response_format": {"type": "text"}}, {}, id="text is the default"),
        pytest.param(CLAUDE, {"response_format": FORMAT}, {"response_format": FORMAT}, id="Claude: directly"),
        pytest.param(
            CLAUDE,
            {"response_format": FORMAT, "reasoning_effort": "low"},
            {"response_format": FORMAT, **budget(1024, 5120)},
            id="Claude: with thinking",
        ),
        pytest.param(
            CLAUDE,
            {"response_format": FORMAT, "tools": [TOOL]},
            {"tools": [TOOL, JSON_TOOL], "tool_choice": "required"},
            id="Claude: beside the caller's tools",
        ),
        pytest.param(
            CLAUDE,
            {"response_format": FORMAT, "tools": [TOOL], "tool_choice": "none"},
            {"tools": [TOOL, JSON_TOOL], "tool_choice": FORCED},
            id="Claude: the caller wants no tool",
        ),
        pytest.param(
            CLAUDE,
            {"response_format": FORMAT, "tools": [TOOL], "reasoning_effort": "low"},
            {"tools": [TOOL, JSON_TOOL], "tool_choice": "auto", **budget(1024, 5120)},
            id="Claude: thinking may not be forced",
        ),
    ],
)
def test_structured_output(model: str, params: dict[str, Any], expected: dict[str, Any]) -> None:
    """A schema is sent as one, or, where Claude would refuse that, asked for as a tool call."""
    assert expected == body(model, params)


def test_structured_stream() -> None:
    """Claude refuses a schema in a stream, so there too the answer is a tool's arguments."""
    fields = body(CLAUDE, {"response_format": FORMAT}, stream=True)

    assert {"tools": [JSON_TOOL], "tool_choice": FORCED, "stream": True} == fields


def test_json_object_on_claude() -> None:
    """json_object, which Claude does not know, still gives an object."""
    fields = body(CLAUDE, {"response_format": {"type": "json_object"}})

    assert {"type": "object", "properties": {}} == fields["tools"][0]["function"]["parameters"]
    assert FORCED == fields["tool_choice"]


def test_pydantic_class() -> None:
    """A class becomes a strict schema: all properties required, no others allowed."""
    described = body(GPT, {"response_format": City})["response_format"]["json_schema"]

    assert "City" == described["name"]
    assert described["strict"]
    assert ["name", "mayor"] == described["schema"]["required"]
    assert described["schema"]["additionalProperties"] is False


class Country(pydantic.BaseModel):
    capital: City


def test_references_are_written_out() -> None:
    """Nested models come as $ref, which Databricks does not support."""
    schema = body(CLAUDE, {"response_format": Country})["response_format"]["json_schema"]["schema"]

    assert "$defs" not in schema
    assert {"name", "mayor"} == schema["properties"]["capital"]["properties"].keys()


@pytest.mark.parametrize(
    ("model", "params", "tags", "context"),
    [
        (LLAMA, {"user": "ann"}, {}, {"user": "ann"}),
        (LLAMA, {"metadata": {"team": "x", "n": 1, "skip": {"a": 1}}}, {}, {"team": "x", "n": "1"}),
        (LLAMA, {"user": "ann"}, {"user": "bob"}, {"user": "bob"}),
        (CUSTOM, {"user": "ann", "metadata": {"a": "b"}}, {}, None),
        (CUSTOM, {"user": "ann"}, {"a": "1"}, {"a": "1"}),
    ],
)
def test_usage_context(model: str, params: Any, tags: Any, context: Any) -> None:
    """A serving endpoint takes it in the body: of user and metadata what is plain, and only where known."""
    assert context == body(model, params, tags=tags).get("usage_context")


@pytest.mark.parametrize("model", [LLAMA, CUSTOM])
def test_tags_header(model: str) -> None:
    """The gateway takes it in a header, for every model, and then not in the body."""
    params = {"user": "ann", "metadata": {"team": "é"}}
    request = ChatRequest(messages=HI, params=params, tags={"b": "2"}, client_request_id="r")
    fields = write(request, profile(model), model, gateway=True).fields
    header = r'{"b":"2","client_request_id":"r","team":"\u00e9","user":"ann"}'

    assert {"model", "messages"} == fields.keys()
    assert ((("Databricks-Ai-Gateway-Request-Tags", header),)) == tags_header(request)


@pytest.mark.parametrize("model", [LLAMA, CUSTOM])
def test_client_request_id(model: str) -> None:
    """A serving endpoint has a field of its own for the caller's id of the request."""
    assert {"client_request_id": "r"} == body(model, {}, client_request_id="r")


@pytest.mark.parametrize("model", [CUSTOM, LLAMA])
def test_user_goes_if_the_caller_insists(model: str) -> None:
    """As a parameter, beside what is made of it."""
    assert "ann" == body(model, {"user": "ann"}, leniency=Leniency(allowed=frozenset({"user"})))["user"]


@pytest.mark.parametrize(
    ("model", "gateway", "asked", "sent"),
    [
        (GPT, False, True, True),
        (GPT, False, False, True),
        (GPT, True, True, False),
        (LLAMA, False, True, True),
        (LLAMA, False, False, False),
        (LLAMA, True, True, False),
        (CLAUDE, False, True, False),
        (GEMINI, False, True, False),
        (CUSTOM, False, True, True),
        (CUSTOM, False, False, False),
    ],
)
def test_stream_options(model: str, gateway: bool, asked: bool, sent: bool) -> None:
    """Usage in a stream is asked for only where the server accepts the question, of GPT always."""
    params = {"stream_options": {"include_usage": asked}}
    fields = body(model, params, gateway=gateway, stream=True, include_usage=asked)

    assert sent == (fields.get("stream_options") == {"include_usage": True})


def test_extra_body_has_the_last_word() -> None:
    """extra_body is laid over everything, the model's name included."""
    request = ChatRequest(messages=HI, params={"max_tokens": 1}, extra_body={"model": "x", "max_tokens": 2})

    assert {"model": "x", "messages": HI, "max_tokens": 2} == write(request, profile(LLAMA), LLAMA).fields


@pytest.mark.parametrize(
    ("model", "tool", "expected"),
    [
        (CLAUDE, {"name": "f", "input_schema": {"type": "object", "properties": {}}}, TOOL),
        (CLAUDE, {"type": "custom", "name": "f", "input_schema": {}}, TOOL),
        (CLAUDE, {"type": "function", "name": "f", "parameters": {"type": "object", "properties": {}}}, TOOL),
        (CLAUDE, {"type": "function", "function": {**TOOL["function"], "strict": True}}, TOOL),
        (CLAUDE, {"type": "function", "function": {"name": "f"}}, TOOL),
        (CLAUDE, {**TOOL, "cache_control": {"type": "ephemeral"}}, TOOL),
        (CLAUDE, COMPUTER, COMPUTER),
        (CUSTOM, {"type": "web_search"}, {"type": "web_search"}),
        (
            GPT,
            {"type": "function", "function": {**TOOL["function"], "strict": True}},
            {"type": "function", "function": {**TOOL["function"], "strict": True}},
        ),
    ],
)
def test_tools(model: str, tool: dict[str, Any], expected: dict[str, Any]) -> None:
    """Tools of every dialect, without what only GPT accepts; Anthropic's own to Claude."""
    assert [expected] == body(model, {"tools": [tool]})["tools"]


@pytest.mark.parametrize(
    ("tools", "param"),
    [
        (5, "tools"),
        ({"a": 1}, "tools"),
        (["f"], "tools[0]"),
        ([TOOL, {"type": "web_search"}], "tools[1]"),
        ([{"type": "web_search_20250305", "name": "web_search"}], "tools[0]"),
        ([{"type": "function", "function": "f"}], "tools[0].function"),
        ([{"type": "function", "function": {}}], "tools[0].function.name"),
        ([{"function": {"name": "f", "parameters": [1]}}], "tools[0].function.parameters"),
    ],
)
def test_what_is_no_tool_is_refused(tools: Any, param: str) -> None:
    """The error says which tool, and which part of it."""
    with pytest.raises(BadRequestError) as caught:
        body(CLAUDE, {"tools": tools})

    assert param == caught.value.param
    assert caught.value.message.startswith(f"{param} must be ")


@pytest.mark.parametrize(
    "params", [{"tools": 5}, {"reasoning_effort": "odd"}, {"response_format": "json"}, {"thinking": 5}]
)
def test_errors_tell_whose_call_it_was(params: dict[str, Any]) -> None:
    """The provider and the model, although the mistake was found before anything was theirs."""
    with pytest.raises(BadRequestError) as caught:
        body(LLAMA, params)

    assert ("databricks", LLAMA) == (caught.value.llm_provider, caught.value.model)
