"""What is said, and where it ends."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

LLAMA, GPT, CLAUDE = (
    "databricks-meta-llama-3-3-70b-instruct",
    "databricks-gpt-5",
    "databricks-claude-sonnet-4-5",
)


def said(reply: Any) -> tuple[str, str]:
    choice = reply["choices"][0]
    return choice["message"]["content"], choice["finish_reason"]


@pytest.mark.parametrize(
    ("prompt", "answer"),
    [
        ("What is the capital of France?", "The capital of France is Paris."),
        (
            "Tell me the capital city of the United States please",
            "The capital of the United States is Washington, D.C.",
        ),
        ("Hello, how are you?", "Hello! I'm doing well, thank you. How can I help you today?"),
        ("What is 2+2?", "2+2 = 4"),
        ("What is 17 * 23?", "17 * 23 = 391"),
        ("Count to 5", "1, 2, 3, 4, 5"),
        ("Reply with exactly: pong", "pong"),
        ("Say hello world", "hello world"),
        ("", "There was nothing to answer."),
    ],
)
def test_questions_with_answers(caller: Any, prompt: str, answer: str) -> None:
    """The emulator knows a little."""
    assert said(caller.chat(LLAMA, prompt)) == (answer, "stop")


@pytest.mark.parametrize(
    ("prompt", "times"),
    [
        ("1/0", 1),
        ("9", 400),
        ("2026-11-22", 1),
        ("1.2.3+4", 1),
        ("9", 200_000),
        ("1 ", 100_000),
        ("1+", 100_000),
    ],
)
def test_sums_that_are_none(caller: Any, prompt: str, times: int) -> None:
    """What cannot be calculated is answered all the same."""
    assert said(caller.chat(LLAMA, prompt * times))[1] == "stop"


def test_the_last_user_message_counts(caller: Any) -> None:
    """Earlier turns are history."""
    messages = [
        {"role": "user", "content": "What is 2+2?"},
        {"role": "assistant", "content": "4"},
        {"role": "user", "content": [{"type": "text", "text": "Capital of Italy?"}]},
    ]

    assert said(caller.chat(LLAMA, messages=messages))[0] == "The capital of Italy is Rome."


def test_images_are_seen(caller: Any) -> None:
    """An image is mentioned in the answer."""
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
    content = [{"type": "text", "text": "What is 1+1?"}, image]

    assert (
        said(caller.chat(CLAUDE, messages=[{"role": "user", "content": content}]))[0]
        == "I see an image. 1+1 = 2"
    )


def test_max_tokens_cut_the_answer(caller: Any) -> None:
    """The answer ends where the tokens do, with `length`, and the usage says so."""
    reply = caller.chat(LLAMA, "Count to 100", max_tokens=5)

    assert said(reply) == ("1, 2, 3", "length")
    assert reply["usage"]["completion_tokens"] == 5


def test_thinking_spends_tokens_too(caller: Any) -> None:
    """A limit smaller than the thought leaves no text."""
    reply = caller.chat("databricks-glm-5-3", "Capital of France?", max_tokens=4)
    message = reply["choices"][0]["message"]

    assert (message["content"], reply["choices"][0]["finish_reason"]) == ("", "length")
    assert message["reasoning_content"]


@pytest.mark.parametrize(
    ("stop", "expected"), [("3", "1, 2, "), (["9", "4"], "1, 2, 3, "), ("zzz", "1, 2, 3, 4, 5")]
)
def test_stop_sequences(caller: Any, stop: Any, expected: str) -> None:
    """The earliest stop ends the text and is not part of it."""
    assert said(caller.chat(LLAMA, "Count to 5", stop=stop)) == (expected, "stop")


def test_prefill_is_continued(caller: Any) -> None:
    """An answer that was begun goes on from there."""
    messages = [
        {"role": "user", "content": "Capital of France?"},
        {"role": "assistant", "content": "The capital of"},
    ]

    assert said(caller.chat(CLAUDE, messages=messages))[0] == " France is Paris."


def test_json_object(caller: Any) -> None:
    """json_object gives an object."""
    reply = caller.chat(GPT, "Capital of France, as json", response_format={"type": "json_object"})

    assert msgspec.json.decode(said(reply)[0]) == {"answer": "The capital of France is Paris."}


def test_json_schema_is_filled(caller: Any) -> None:
    """json_schema gives a value that fits, from the prompt where it can."""
    schema = {
        "type": "object",
        "properties": {
            "city": {"type": "string"},
            "mood": {"enum": ["good", "bad"]},
            "stars": {"type": "integer", "minimum": 1, "maximum": 5},
        },
        "required": ["city", "mood", "stars"],
        "additionalProperties": False,
    }
    form = {"type": "json_schema", "json_schema": {"name": "review", "schema": schema, "strict": True}}
    reply = caller.chat(GPT, "A bad review of Rome with 9 stars", response_format=form)

    assert msgspec.json.decode(said(reply)[0]) == {"city": "Rome", "mood": "bad", "stars": 5}


def test_answers_are_the_same_twice(caller: Any) -> None:
    """The same question has the same answer."""
    assert said(caller.chat(LLAMA, "Tell me about rain")) == said(caller.chat(LLAMA, "Tell me about rain"))
