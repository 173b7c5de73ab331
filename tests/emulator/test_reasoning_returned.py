"""Reasoning that comes back: verbatim it is taken, changed or missing it is refused."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import msgspec
import pytest

CLAUDE = "databricks-claude-sonnet-4-5"
THINKING = {"thinking": {"type": "enabled", "budget_tokens": 1024}, "max_tokens": 4096}
QUESTION = {"role": "user", "content": "Weather in Paris?"}
AGAIN = {"role": "user", "content": "And now simpler."}


def tool_turn(caller: Any, model: str = CLAUDE, **fields: Any) -> list[Any]:
    """A conversation up to the tool's result, as the model wrote its part."""
    body = {"model": model, "messages": [QUESTION], "tools": [caller.tool()], **fields}
    status, reply = caller.post(caller.CHAT, body)
    assert status == 200, reply
    message = reply["choices"][0]["message"]
    result = {"role": "tool", "tool_call_id": message["tool_calls"][0]["id"], "content": "18C"}
    return [QUESTION, message, result]


def answer(caller: Any, messages: list[Any], model: str = CLAUDE, **fields: Any) -> tuple[int, Any]:
    body = {"model": model, "messages": messages, "tools": [caller.tool()], **fields}
    status, reply = caller.post(caller.CHAT, body)
    if status == 200:
        return status, reply["choices"][0]["message"]["content"]
    return status, msgspec.json.decode(reply["message"])["message"]


def test_verbatim_reasoning_is_taken(caller: Any) -> None:
    """A tool turn with its own reasoning goes on."""
    status, content = answer(caller, tool_turn(caller, **THINKING), **THINKING)

    assert status == 200
    assert content[-1] == {"type": "text", "text": "According to the tools, get_weather: 18C."}


def test_streamed_reasoning_can_be_put_together(caller: Any) -> None:
    """The pieces of a stream give the block that the next turn needs."""
    chunks = caller.chunks(CLAUDE, "Why is the sky blue?", **THINKING)
    contents = [c["choices"][0]["delta"]["content"] for c in chunks]
    items = [content[0]["summary"][0] for content in contents if isinstance(content, list)]
    summary = {
        "type": "summary_text",
        "text": "".join(item["text"] for item in items),
        "signature": "".join(item["signature"] for item in items),
    }
    text = "".join(content for content in contents if isinstance(content, str))
    turn = [{"type": "reasoning", "summary": [summary]}, {"type": "text", "text": text}]
    messages = [QUESTION, {"role": "assistant", "content": turn}, AGAIN]

    assert caller.post(caller.CHAT, {"model": CLAUDE, "messages": messages, **THINKING})[0] == 200


@pytest.mark.parametrize(
    ("key", "value"), [("text", "I never thought that."), ("signature", "EqoB"), ("signature", "é")]
)
def test_changed_reasoning_is_refused(caller: Any, key: str, value: str) -> None:
    """One letter changed in text or signature, and the upstream notices."""
    messages = deepcopy(tool_turn(caller, **THINKING))
    messages[1]["content"][0]["summary"][0][key] = value

    assert (400, "messages.1.content.0: Invalid `signature` in `thinking` block") == answer(
        caller, messages, **THINKING
    )


def test_another_models_reasoning_is_refused(caller: Any) -> None:
    """Signatures are bound to the model."""
    messages = tool_turn(caller, "databricks-claude-opus-4-5", **THINKING)

    assert (400, "messages.1.content.0: Invalid `signature` in `thinking` block") == answer(
        caller, messages, **THINKING
    )


def test_missing_reasoning_is_refused(caller: Any) -> None:
    """With thinking on, the turn that called the tool must begin with its reasoning."""
    messages = tool_turn(caller)
    status, text = answer(caller, messages, **THINKING)

    assert status == 400
    assert text.startswith(
        "messages.1.content.0.type: Expected `thinking` or `redacted_thinking`, but found `tool_use`."
    )


def test_missing_reasoning_can_be_allowed(new_caller: Any) -> None:
    """`strict_reasoning=False` asks for nothing back."""
    caller = new_caller(strict_reasoning=False)

    assert answer(caller, tool_turn(caller), **THINKING)[0] == 200


def test_adaptive_models_do_not_demand_reasoning(caller: Any) -> None:
    """Adaptive thinking may skip the thought, so nothing is demanded."""
    model = "databricks-claude-opus-4-8"

    assert answer(caller, tool_turn(caller, model), model, thinking={"type": "adaptive"})[0] == 200


@pytest.mark.parametrize(("change", "status"), [("", 200), ("AAAA", 400)])
def test_redacted_reasoning(caller: Any, change: str, status: int) -> None:
    """Redacted data is taken as it was given, and only so."""
    body = {"model": CLAUDE, "messages": [QUESTION], **THINKING}
    _, reply = caller.post(caller.CHAT, body, x_emulator_thinking="redacted")
    turn = deepcopy(reply["choices"][0]["message"])
    turn["content"][0]["summary"][0]["data"] += change

    assert caller.post(caller.CHAT, {**body, "messages": [QUESTION, turn, AGAIN]})[0] == status


def test_reasoning_alone_cannot_be_sent_back(caller: Any) -> None:
    """A turn of nothing but thought is no turn."""
    turn = deepcopy(tool_turn(caller, **THINKING)[1])
    del turn["tool_calls"]
    status, text = answer(caller, [QUESTION, turn, AGAIN], **THINKING)

    assert (400, "messages.1: The final block in an assistant message cannot be `thinking`.") == (
        status,
        text,
    )


def test_gemini_signatures(caller: Any) -> None:
    """Gemini's thoughtSignature returns with the call, unchanged; ids are the function's name."""
    model = "databricks-gemini-3-8-flash"
    messages = tool_turn(caller, model)
    call = messages[1]["tool_calls"][0]
    forged = deepcopy(messages)
    forged[1]["tool_calls"][0]["thoughtSignature"] = "forged"
    body = {"model": model, "tools": [caller.tool()]}

    assert call["id"] == call["function"]["name"] == "get_weather"
    assert caller.post(caller.CHAT, {**body, "messages": messages})[0] == 200
    assert (400, "Thought signature is not valid.") == caller.refusal({**body, "messages": forged})


def test_other_families_refuse_reasoning_items(caller: Any) -> None:
    """GPT OSS writes reasoning items, but does not take them back."""
    model = "databricks-gpt-oss-20b"
    turn = caller.chat(model)["choices"][0]["message"]
    status, text = caller.refusal({"model": model, "messages": [QUESTION, turn, AGAIN]})

    assert (
        400,
        "messages.1.content.0.type: Input tag 'reasoning' does not match any of the expected tags",
    ) == (
        status,
        text,
    )
