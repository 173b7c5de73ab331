"""Text completions, mocks, and models that only Responses serves."""

from typing import Any

from parity.case import CLAUDE, HI, LLAMA, STREAM, Case, Reply, chat, completion

RESPONSES_MODEL = "databricks/databricks-gpt-5-5"
RESPONSE = Reply(
    body={
        "id": "resp_1",
        "object": "response",
        "created_at": 1700000000,
        "status": "completed",
        "model": "gpt-5.5",
        "output": [
            {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "hm"}]},
            {
                "type": "message",
                "id": "msg_1",
                "role": "assistant",
                "status": "completed",
                "content": [{"type": "output_text", "text": "Hello!", "annotations": []}],
            },
        ],
        "usage": {
            "input_tokens": 9,
            "output_tokens": 4,
            "total_tokens": 13,
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens_details": {"reasoning_tokens": 2},
        },
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
    }
)
CALLED = Reply(
    body={
        **RESPONSE.body,
        "output": [
            {
                "type": "function_call",
                "id": "fc_1",
                "call_id": "call_0",
                "name": "f",
                "arguments": '{"x": 1}',
                "status": "completed",
            }
        ],
    }
)
TOOL = {
    "type": "function",
    "function": {"name": "f", "parameters": {"type": "object", "properties": {"x": {"type": "integer"}}}},
}


def _text(name: str, prompt: Any, reply: Reply | None = None, **params: Any) -> Case:
    arguments = {"model": LLAMA, "prompt": prompt, **params}
    return Case(name=name, call="text_completion", arguments=arguments, reply=reply or chat())


CASES: tuple[Case, ...] = (
    _text("text", "say hi"),
    _text("text-parameters", "say hi", max_tokens=5, temperature=0.1, stop=["x"]),
    _text("text-list-of-one", ["say hi"]),
    _text("text-list", ["say hi", "say ho"]),
    _text("text-echo", "say hi", echo=True, suffix="."),
    _text("text-stream", "say hi", STREAM, stream=True),
    completion("mock", mock_response="mocked"),
    completion("mock-claude", CLAUDE, mock_response="mocked"),
    completion("mock-stream", mock_response="well mocked", stream=True),
    completion("mock-async", call="acompletion", mock_response="mocked"),
    completion("mock-rate-limit", mock_response="litellm.RateLimitError"),
    completion("mock-context-window", mock_response="litellm.ContextWindowExceededError"),
    completion("mock-internal", mock_response="litellm.InternalServerError"),
    completion("mock-content-filter", mock_response="Exception: content_filter_policy"),
    completion("mock-exception", mock_response=Exception("boo"), says="boo"),
    completion(
        "mock-tool_calls",
        mock_response="",
        mock_tool_calls=[{"id": "call_0", "type": "function", "function": {"name": "f", "arguments": "{}"}}],
    ),
    completion("responses-text", RESPONSES_MODEL, RESPONSE),
    completion("responses-forced", "databricks/responses/databricks-gpt-5-2", RESPONSE),
    completion("responses-limits", RESPONSES_MODEL, RESPONSE, max_tokens=64, reasoning_effort="low"),
    completion(
        "responses-system", RESPONSES_MODEL, RESPONSE, messages=[{"role": "system", "content": "a"}, *HI]
    ),
    completion("responses-tools", RESPONSES_MODEL, CALLED, tools=[TOOL], tool_choice="auto"),
    completion(
        "responses-tool-result",
        RESPONSES_MODEL,
        RESPONSE,
        messages=[
            *HI,
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [
                    {"id": "call_0", "type": "function", "function": {"name": "f", "arguments": "{}"}}
                ],
            },
            {"role": "tool", "tool_call_id": "call_0", "content": "1"},
        ],
        tools=[TOOL],
    ),
    completion(
        "responses-image",
        RESPONSES_MODEL,
        RESPONSE,
        messages=[
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "a"},
                    {"type": "image_url", "image_url": {"url": "data:image/png;base64,aGk="}},
                ],
            }
        ],
    ),
    completion(
        "responses-schema",
        RESPONSES_MODEL,
        RESPONSE,
        response_format={
            "type": "json_schema",
            "json_schema": {"name": "city", "schema": {"type": "object", "properties": {}}, "strict": True},
        },
    ),
    completion(
        "responses-refused",
        RESPONSES_MODEL,
        Reply(status=400, body={"error_code": "BAD_REQUEST", "message": "no"}),
        says="no",
    ),
    completion(
        "tools-and-effort-gpt-5-4",
        "databricks/databricks-gpt-5-4",
        CALLED,
        tools=[TOOL],
        reasoning_effort="low",
    ),
)
