"""What the chat surfaces refuse, in their own words: one table per kind of rule, one row per line."""

# ruff: noqa: E501

from __future__ import annotations

from typing import Any

import msgspec
import pytest

CLAUDE, ADAPTIVE, ALWAYS = (
    "databricks-claude-sonnet-4-5",
    "databricks-claude-opus-4-8",
    "databricks-claude-opus-5-5",
)
LLAMA, GPT, GPT_54 = "databricks-meta-llama-3-3-70b-instruct", "databricks-gpt-5", "databricks-gpt-5-4"
GEMINI, GPT_OSS, DEEPSEEK = (
    "databricks-gemini-3-8-flash",
    "databricks-gpt-oss-20b",
    "databricks-deepseek-v4-1-flash",
)
GATEWAY = "/ai-gateway/mlflow/v1/chat/completions"
USER = {"role": "user", "content": "Hi"}
IMAGE = {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}
TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {}}}}
CALL = {"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}}
CALL_B = {**CALL, "id": "b"}
RESULT = {"role": "tool", "tool_call_id": "a", "content": "1"}
RESULT_B = {**RESULT, "tool_call_id": "b"}
BUDGET = {"type": "enabled", "budget_tokens": 1024}
SCHEMA = {"type": "json_schema", "json_schema": {"name": "s", "schema": {"type": "object"}}}


def inner(message: str) -> str:
    """The text of a nested envelope."""
    return str(msgspec.json.decode(message)["message"])


def turns(*messages: Any) -> dict[str, Any]:
    return {"messages": [USER, *messages]}


def parts(*content: Any) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": list(content)}]}


FLAT = [
    (CLAUDE, {"parallel_tool_calls": True}, "parallel_tool_calls: Extra inputs are not permitted"),
    (CLAUDE, {"reasoning_effort": "low"}, "reasoning_effort: Extra inputs are not permitted"),
    (LLAMA, {"reasoning_effort": "low"}, "reasoning_effort: Extra inputs are not permitted"),
    (LLAMA, {"thinking": BUDGET}, "thinking: Extra inputs are not permitted"),
    (LLAMA, {"service_tier": "priority"}, "service_tier: Extra inputs are not permitted"),
    (GEMINI, {"stream_options": {"include_usage": True}}, "stream_options: Extra inputs are not permitted"),
    (GPT, {"seed": 1}, "seed: Extra inputs are not permitted"),
    (LLAMA, {"max_tokens": "10"}, "max_tokens: Input should be a valid integer"),
    (LLAMA, {"max_tokens": 0}, "max_tokens: Input should be greater than or equal to 1"),
    (LLAMA, {"max_tokens": True}, "max_tokens: Input should be a valid integer"),
    (LLAMA, {"temperature": 3}, "temperature: Input should be less than or equal to 2"),
    (LLAMA, {"stream": "yes"}, "stream: Input should be a valid boolean"),
    (LLAMA, {"stop": [1]}, "stop.0: Input should be a valid string"),
    (LLAMA, {"messages": []}, "messages: List should have at least 1 item after validation, not 0"),
    (LLAMA, {"messages": [{"role": "bot", "content": "x"}]}, "messages.0.role: Input should be 'system' or 'user' or 'assistant' or 'tool'"),
    (LLAMA, {"messages": [{"role": "user"}]}, "messages.0.content: Field required"),
    (LLAMA, {"messages": [{**USER, "name": "Ann"}]}, "messages.0.name: Extra inputs are not permitted"),
    (GPT_OSS, turns({"role": "assistant", "content": "x", "reasoning_content": "y"}, USER), "messages.1.reasoning_content: Extra inputs are not permitted"),
    (LLAMA, turns({"role": "assistant"}), "messages.1: assistant message must have either content or tool_calls"),
    (LLAMA, parts({"type": "text", "text": "x", "cache_control": {"type": "ephemeral"}}), "messages.0.content.0.cache_control: Extra inputs are not permitted"),
    (GPT_OSS, {"reasoning_effort": "max"}, "reasoning_effort: Input should be 'low' or 'medium' or 'high'"),
    (GPT_OSS, {"reasoning_effort": {"effort": "low"}}, "reasoning_effort: Input should be a valid string"),
    (LLAMA, {"tools": [{**TOOL, "function": {**TOOL["function"], "strict": True}}]}, "tools.0.function.strict: Extra inputs are not permitted"),
    (LLAMA, {"tools": [{**TOOL, "cache_control": {}}]}, "tools.0.cache_control: Extra inputs are not permitted"),
    (LLAMA, {"tools": [TOOL] * 33}, "tools: at most 32 functions are supported, got 33"),
    (LLAMA, {"tools": [TOOL], "tool_choice": "any"}, "tool_choice: Input should be 'auto' or 'required' or 'none'"),
    (LLAMA, {"tools": [{"type": "function", "function": {"name": "f", "parameters": {"type": "strange"}}}]}, "Invalid schema for function 'f': 'strange' is not a type"),
    (LLAMA, turns({"role": "system", "content": "late"}), "messages.1: only the first message may have the role system"),
    (LLAMA, turns({"role": "assistant", "tool_calls": [CALL, CALL_B]}, RESULT, RESULT_B), "messages with role tool must be a response to a preceeding message with tool_calls"),
    (LLAMA, turns(RESULT), "messages with role tool must be a response to a preceeding message with tool_calls"),
    (LLAMA, turns({"role": "assistant", "tool_calls": [CALL]}, {**RESULT, "content": [{"type": "text", "text": "1"}]}), "messages.2.content: Input should be a valid string"),
    (GPT, turns({"role": "assistant", "tool_calls": [CALL]}, USER), "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: a"),
    (GPT, {"response_format": {"type": "json_object"}, "messages": [{"role": "system", "content": "Answer in JSON"}, USER]}, "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'."),
    (GPT, {"temperature": 0.5}, "databricks-gpt-5 does not support the temperature parameter"),
    (GPT, {"stop": "x"}, "databricks-gpt-5 does not support the stop parameter"),
    (GPT_54, {"tools": [TOOL], "reasoning_effort": "low"}, "Function tools with reasoning_effort are not supported for gpt-5.4 in /v1/chat/completions. To use function tools, use /v1/responses or set reasoning_effort to 'none'."),
    (GEMINI, turns({"role": "assistant", "tool_calls": [CALL]}, RESULT), "Function call is missing a thought_signature in functionCall parts. This is required for tools to work correctly"),
    (GEMINI, {"temperature": 1}, f"{GEMINI} does not support the temperature parameter"),
    (ADAPTIVE, {"temperature": 1}, f"{ADAPTIVE} does not support the temperature parameter"),
    (ADAPTIVE, {"top_k": 5}, f"{ADAPTIVE} does not support the top_k parameter"),
    (CLAUDE, parts(IMAGE), "Http data URLs are not supported by Claude"),
    (CLAUDE, {"max_tokens": 64_001}, f"max_tokens: 64001 > 64000, which is the maximum allowed number of output tokens for {CLAUDE}"),
    ("databricks-gpt-5-5", {}, "The model databricks-gpt-5-5 is only available through the Responses API. Use the Responses API."),
    ("databricks-dbrx-instruct", {}, "The model databricks-dbrx-instruct has been retired and is no longer available."),
    ("databricks-meta-llama-3-1-8b-instruct", {"tools": [TOOL]}, "databricks-meta-llama-3-1-8b-instruct does not support the tools parameter"),
]  # fmt: skip


@pytest.mark.parametrize(("model", "change", "message"), FLAT)
def test_refused_in_plain_words(caller: Any, model: str, change: Any, message: str) -> None:
    """A 400 whose message is the text itself."""
    assert (400, message) == caller.refusal({**caller.body(model), **change})


NESTED = [
    (CLAUDE, turns({"role": "assistant", "content": "x", "thinking_blocks": []}, USER), "messages.1.thinking_blocks: Extra inputs are not permitted"),
    (CLAUDE, turns({"role": "assistant", "content": ""}, USER), "messages.1: all messages must have non-empty content"),
    (CLAUDE, parts({"type": "text", "text": ""}), "messages: text content blocks must be non-empty"),
    (CLAUDE, parts(*[{"type": "text", "text": "x", "cache_control": {"type": "ephemeral"}}] * 5), "A maximum of 4 blocks with cache_control may be provided. Found 5."),
    (CLAUDE, parts({"type": "text", "text": "x", "cache_control": {"type": "ephemeral", "scope": "x"}}), "messages.0.content.0.cache_control.scope: Extra inputs are not permitted"),
    (CLAUDE, {"thinking": {**BUDGET, "budget_tokens": 1023}, "max_tokens": 5000}, "thinking.enabled.budget_tokens: Input should be greater than or equal to 1024"),
    (CLAUDE, {"thinking": BUDGET, "max_tokens": 1024}, "`max_tokens` must be greater than `thinking.budget_tokens`."),
    (CLAUDE, {"thinking": BUDGET}, "`max_tokens` must be greater than `thinking.budget_tokens`."),
    (CLAUDE, {"thinking": BUDGET, "max_tokens": 5000, "temperature": 0}, "`temperature` may only be set to 1 when thinking is enabled."),
    (CLAUDE, {"thinking": BUDGET, "max_tokens": 5000, "tools": [TOOL], "tool_choice": "required"}, "Thinking may not be enabled when tool_choice forces tool use."),
    (CLAUDE, {"thinking": {"type": "adaptive"}}, "adaptive thinking is not supported on this model"),
    (ALWAYS, {"thinking": {"type": "disabled"}}, "thinking.type: reasoning cannot be disabled for this model"),
    (ALWAYS, {"tools": [TOOL], "tool_choice": "required"}, "tool_choice: this model does not support forced tool use"),
    (ADAPTIVE, turns({"role": "assistant", "content": "I"}), "This model does not support assistant message prefill. The conversation must end with a user message."),
    (CLAUDE, turns({"role": "assistant", "tool_calls": [CALL]}, {**RESULT, "content": [{"type": "text", "text": "x"}, IMAGE]}), "messages.2.content.0.tool_result.content.1: Input tag 'image_url' found using 'type' does not match any of the expected tags"),
]  # fmt: skip


@pytest.mark.parametrize(("model", "change", "message"), NESTED)
def test_refused_by_the_upstream(caller: Any, model: str, change: Any, message: str) -> None:
    """A 400 of Claude's own, whose message is JSON once more."""
    status, text = caller.refusal({**caller.body(model), **change})

    assert (400, message) == (status, inner(text))


BEGINNINGS = [
    (ADAPTIVE, {"thinking": BUDGET, "max_tokens": 5000}, '"thinking.type.enabled" is not supported for this model.'),
    (CLAUDE, turns({"role": "assistant", "tool_calls": [CALL]}, USER), "messages.2: `tool_use` ids were found without"),
    (CLAUDE, turns({"role": "assistant", "tool_calls": [CALL, CALL_B]}, RESULT), "messages.3: `tool_use` ids were found"),
    (CLAUDE, turns(RESULT), "messages.1.content.0: unexpected `tool_use_id` found in `tool_result` blocks: a."),
]  # fmt: skip


@pytest.mark.parametrize(("model", "change", "beginning"), BEGINNINGS)
def test_refused_by_the_upstream_at_length(caller: Any, model: str, change: Any, beginning: str) -> None:
    """The upstream's longer texts, by their beginnings."""
    status, text = caller.refusal({**caller.body(model), **change})

    assert (400, beginning) == (status, inner(text)[: len(beginning)])


@pytest.mark.parametrize("company", [{"tools": [TOOL]}, {"stream": True}])
def test_claude_schema_stands_alone(caller: Any, company: Any) -> None:
    """json_schema is refused together with tools or with streaming on Claude."""
    status, text = caller.refusal({**caller.body(CLAUDE), "response_format": SCHEMA, **company})

    assert (
        400,
        f"response_format: json_schema cannot be combined with {next(iter(company))} for Claude models",
    ) == (
        status,
        text,
    )


def test_claude_refuses_json_object(caller: Any) -> None:
    """Claude takes json_schema only."""
    status, text = caller.refusal({**caller.body(CLAUDE), "response_format": {"type": "json_object"}})

    assert status == 400
    assert "not json_object" in text


@pytest.mark.parametrize(
    ("schema", "problem"),
    [
        ({"type": "object", "properties": {"a": {"type": "string"}}}, "'additionalProperties' is required"),
        (
            {"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": False},
            "Missing 'a'.",
        ),
    ],
)
def test_strict_schemas_of_gpt(caller: Any, schema: Any, problem: str) -> None:
    """`strict: true` wants every object closed and every property required."""
    form = {"type": "json_schema", "json_schema": {"name": "s", "schema": schema, "strict": True}}
    status, text = caller.refusal({**caller.body(GPT), "response_format": form})

    assert status == 400
    assert problem in text


GO = [
    ({"parallel_tool_calls": True}, 'json: unknown field "parallel_tool_calls"'),
    ({"stream_options": {"include_usage": True}}, 'json: unknown field "stream_options"'),
    ({"client_request_id": "x"}, 'json: unknown field "client_request_id"'),
    ({"messages": [{**USER, "name": "Ann"}]}, 'json: unknown field "name"'),
    ({"max_tokens": "1"}, "json: cannot unmarshal value into Go struct field max_tokens of type int"),
]


@pytest.mark.parametrize(("change", "message"), GO)
def test_gateway_words(caller: Any, change: Any, message: str) -> None:
    """The gateway speaks like a Go decoder."""
    body = {**caller.body("system.ai.claude-sonnet-4-5"), **change}

    assert (400, message) == caller.refusal(body, GATEWAY)


def test_context_overflow_of_claude_is_nested(new_caller: Any) -> None:
    """A prompt beyond the window: nested words for Claude, OpenAI's for others."""
    endpoints = [
        {"name": f"my-{family}", "family": family, "max_input": 100} for family in ("claude", "llama")
    ]
    caller = new_caller(endpoints=endpoints)
    prompt = "word " * 1000

    assert (400, '{"message":"Input is too long."}') == caller.refusal(caller.body("my-claude", prompt))
    assert caller.refusal(caller.body("my-llama", prompt))[1].startswith(
        "This model's maximum context length is 100 tokens."
    )


def test_body_limit_names_both_sizes(caller: Any) -> None:
    """A body over 32 MiB is refused with its size and the limit."""
    content = b'{"model":"' + b"x" * 33_554_432 + b'"}'
    outcome = caller.send("POST", caller.CHAT, content)

    assert msgspec.json.decode(outcome.content) == {
        "error_code": "BAD_REQUEST",
        "message": "BAD_REQUEST: Server received a request which exceeds maximum allowed content length. "
        f"RequestSize(bytes): {len(content)}, Limit(bytes): 33554432",
    }


ACCEPTED = [
    (CLAUDE, {"top_k": 5, "top_p": 0.5, "stop": ["x"], "max_tokens": 10, "usage_context": {"a": "b"}}),
    (CLAUDE, {"thinking": {"type": "disabled"}}),
    (CLAUDE, turns({"role": "assistant", "tool_calls": [CALL, CALL_B]}, RESULT, RESULT_B)),
    (CLAUDE, turns({"role": "assistant", "content": "The answer is"})),
    (ADAPTIVE, {"thinking": {"type": "adaptive"}, "output_config": {"effort": "high"}, "max_completion_tokens": 99}),
    (ADAPTIVE, {"messages": [USER, {"role": "system", "content": "late"}, USER]}),
    (GPT, turns({"role": "assistant", "tool_calls": [CALL, CALL_B]}, RESULT, RESULT_B)),
    (GPT, {"tools": [{**TOOL, "function": {**TOOL["function"], "strict": True}}], "reasoning_effort": "low"}),
    (GPT, {"service_tier": "priority", "stream_options": {"include_usage": True}}),
    (GPT_54, {"tools": [TOOL], "reasoning_effort": "none"}),
    (LLAMA, turns({"role": "assistant", "tool_calls": [CALL]}, RESULT, {"role": "assistant", "tool_calls": [CALL_B]}, RESULT_B)),
    (LLAMA, {"stream_options": {"include_usage": True}, "logprobs": True, "top_logprobs": 2, "n": 2}),
    (DEEPSEEK, {"reasoning_effort": "minimal"}),
    (GEMINI, {"reasoning_effort": "low"}),
    (LLAMA, {"temperature": None, "tools": None, "stop": None}),
]  # fmt: skip


@pytest.mark.parametrize(("model", "change"), ACCEPTED)
def test_taken_as_it_is(caller: Any, model: str, change: Any) -> None:
    """What the documents allow is answered."""
    assert caller.post(caller.CHAT, {**caller.body(model), **change})[0] == 200
