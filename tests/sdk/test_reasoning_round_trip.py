"""Reasoning goes back: the emulator verifies every signature, as the real models do."""

from __future__ import annotations

import copy
from typing import Any

import pytest

import lakeway
from lakeway.errors import BadRequestError

pytestmark = pytest.mark.usefixtures("databricks_environment")

BUDGET, ADAPTIVE = "databricks/databricks-claude-sonnet-4-5", "databricks/databricks-claude-opus-4-8"
UNITY = "databricks/system.ai.claude-sonnet-5"
RESPONSES = "databricks/databricks-gpt-6-sol"
GEMINI = "databricks/databricks-gemini-3-8-flash"
OPEN = ["databricks/databricks-gpt-oss-120b", "databricks/databricks-glm-5-3"]
WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}


def ask(sdk: Any, messages: list[Any], model: str, *, stream: bool, **params: Any) -> Any:
    answer = sdk.completion(model=model, messages=messages, stream=stream, **params)
    return lakeway.stream_chunk_builder(answer, messages=messages) if stream else answer


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("model", [BUDGET, ADAPTIVE, UNITY, RESPONSES, GEMINI, *OPEN])
def test_tool_loop(sdk: Any, model: str, stream: bool) -> None:
    """Question, calls, results, answer: the message goes back as it came, and the model goes on."""
    messages: list[Any] = [{"role": "user", "content": "What is the weather in Paris?"}]
    asked = {"tools": [WEATHER], "reasoning_effort": "low", "stream": stream}
    first = ask(sdk, messages, model, **asked).choices[0]
    messages.append(first.message)
    for call in first.message.tool_calls:
        messages.append({"role": "tool", "tool_call_id": call.id, "content": "18 degrees"})
    second = ask(sdk, messages, model, **asked).choices[0]

    assert ("tool_calls", "stop") == (first.finish_reason, second.finish_reason)
    assert "18 degrees" in second.message.content


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("form", ["object", "dict", "openai client"])
def test_reasoning_arrives_verbatim(databricks_emulator: Any, sdk: Any, form: str, stream: bool) -> None:
    """Text and signature are what the model sent, whichever way the message is kept meanwhile."""
    messages: list[Any] = [{"role": "user", "content": "What is the capital of France?"}]
    message = ask(sdk, messages, BUDGET, stream=stream, reasoning_effort="low").choices[0].message
    kept = {"object": message, "dict": message.model_dump(), "openai client": _only_blocks(message)}[form]
    ask(sdk, [*messages, kept, {"role": "user", "content": "Thanks"}], BUDGET, stream=stream)
    sent = databricks_emulator.requests[-1]["body"]["messages"][1]

    assert message.thinking_blocks[0]["signature"]
    assert {
        "role": "assistant",
        "content": [
            {
                "type": "reasoning",
                "summary": [
                    {
                        "type": "summary_text",
                        "text": message.thinking_blocks[0]["thinking"],
                        "signature": message.thinking_blocks[0]["signature"],
                    }
                ],
            },
            {"type": "text", "text": "The capital of France is Paris."},
        ],
    } == sent


def _only_blocks(message: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": message.content, "thinking_blocks": message.thinking_blocks}


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
def test_redacted_reasoning(sdk: Any, stream: bool) -> None:
    """Reasoning that nobody may read goes back too."""
    trigger = (
        "ANTHROPIC_MAGIC_STRING_TRIGGER_REDACTED_THINKING_"
        "46C9A13E193C177646C7398A98432ECCCE4C1253D5E2D82641AC0E52CC2876CB"
    )
    messages: list[Any] = [{"role": "user", "content": f"{trigger} What is the weather in Paris?"}]
    asked = {"tools": [WEATHER], "reasoning_effort": "low", "stream": stream}
    message = ask(sdk, messages, BUDGET, **asked).choices[0].message
    results = [{"role": "tool", "tool_call_id": c.id, "content": "18 degrees"} for c in message.tool_calls]
    answer = ask(sdk, [*messages, message, *results], BUDGET, **asked)

    assert "redacted_thinking" in {block["type"] for block in message.thinking_blocks}
    assert "18 degrees" in answer.choices[0].message.content


@pytest.mark.parametrize("field", ["thinking", "signature"])
def test_a_changed_block_is_refused(sdk: Any, field: str) -> None:
    """So the tests above prove something: one changed letter, and the workspace says no."""
    messages: list[Any] = [{"role": "user", "content": "What is the capital of France?"}]
    message = copy.deepcopy(
        sdk.completion(model=BUDGET, messages=messages, reasoning_effort="low").choices[0].message
    )
    message.thinking_blocks[0][field] = "x" + message.thinking_blocks[0][field][1:]
    with pytest.raises(BadRequestError, match=r"signature"):
        sdk.completion(model=BUDGET, messages=[*messages, message, {"role": "user", "content": "Thanks"}])


def test_a_lost_block_is_refused(sdk: Any) -> None:
    """Dropping the reasoning of a tool turn, as LiteLLM does, is what the service complains of."""
    messages: list[Any] = [{"role": "user", "content": "What is the weather in Paris?"}]
    asked: dict[str, Any] = {"tools": [WEATHER], "reasoning_effort": "low"}
    message = sdk.completion(model=BUDGET, messages=messages, **asked).choices[0].message
    bare = {"role": "assistant", "content": message.content, "tool_calls": message.tool_calls}
    result = {"role": "tool", "tool_call_id": message.tool_calls[0].id, "content": "18"}
    with pytest.raises(BadRequestError, match="Expected `thinking`"):
        sdk.completion(model=BUDGET, messages=[*messages, bare, result], **asked)


def test_another_model_does_not_get_it(sdk: Any) -> None:
    """Signatures are bound to their model: a conversation that moves on leaves the reasoning behind."""
    messages: list[Any] = [{"role": "user", "content": "What is the capital of France?"}]
    message = sdk.completion(model=BUDGET, messages=messages, reasoning_effort="low").choices[0].message
    for model in (ADAPTIVE, "databricks/databricks-meta-llama-3-3-70b-instruct"):
        answer = sdk.completion(
            model=model, messages=[*messages, message, {"role": "user", "content": "Thanks"}]
        )

        assert answer.choices[0].message.content


def test_the_same_model_on_the_other_surface_does(databricks_emulator: Any, sdk: Any) -> None:
    """databricks-x and system.ai.x are one model."""
    messages: list[Any] = [{"role": "user", "content": "What is the capital of France?"}]
    message = sdk.completion(model=BUDGET, messages=messages, reasoning_effort="low").choices[0].message
    other = "databricks/system.ai.claude-sonnet-4-5"
    sdk.completion(model=other, messages=[*messages, message, {"role": "user", "content": "Thanks"}])

    assert "reasoning" == databricks_emulator.requests[-1]["body"]["messages"][1]["content"][0]["type"]
