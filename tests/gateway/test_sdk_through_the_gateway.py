"""Our own SDK against our own gateway, as programs are that share one."""

from __future__ import annotations

from typing import Any

import pytest

import lakeway

WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}


@pytest.fixture
def ask(address: str) -> Any:
    def _ask(messages: list[Any], **params: Any) -> Any:
        given = {
            "api_base": f"{address}/v1",
            "api_key": "sk-gateway-tests",
            "model": "databricks/claude",
            **params,
        }
        answer = lakeway.completion(messages=messages, **given)
        return lakeway.stream_chunk_builder(list(answer)) if params.get("stream") else answer

    yield _ask
    lakeway.close()


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
def test_thinking_goes_back(ask: Any, stream: bool) -> None:
    """The gateway's name for the model is the SDK's; the signature is the model's own, and verified."""
    messages: list[Any] = [{"role": "user", "content": "What is the weather in Paris?"}]
    asked: dict[str, Any] = {"tools": [WEATHER], "reasoning_effort": "low", "stream": stream}
    message = ask(messages, **asked).choices[0].message
    results = [{"role": "tool", "tool_call_id": c.id, "content": "18 degrees"} for c in message.tool_calls]
    answer = ask([*messages, message, *results], **asked)

    assert message.thinking_blocks[0]["signature"]
    assert "18 degrees" in answer.choices[0].message.content


def test_usage_of_a_stream(ask: Any) -> None:
    """Asked for, it is passed on to be asked for."""
    messages = [{"role": "user", "content": "What is the capital of France?"}]
    whole = ask(messages)
    streamed = ask(messages, stream=True, stream_options={"include_usage": True})

    assert whole.usage.total_tokens == streamed.usage.total_tokens
