"""Messages as callers write them, and the names of what is wrong with them."""

from __future__ import annotations

import copy
from types import MappingProxyType
from typing import Any

import pydantic
import pytest
from openai.types.chat import ChatCompletionMessage, ChatCompletionMessageFunctionToolCall

from lakeway.core.dialects.openai_messages import read
from lakeway.errors import BadRequestError
from lakeway.types.chat import Message

TEXT = {"type": "text", "text": "hi"}
IMAGE = {"type": "image_url", "image_url": {"url": "data:,"}}
CALL = {"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}


class Part(pydantic.BaseModel):
    type: str = "text"
    text: str = "hi"


class Weather(pydantic.BaseModel):
    degrees: int = 18


def user(content: Any) -> dict[str, Any]:
    return {"role": "user", "content": content}


def tool(content: Any) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": "1", "content": content}


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        pytest.param(user("hi"), user("hi"), id="a text"),
        pytest.param(user(None), user(None), id="nothing"),
        pytest.param(user([TEXT, "there"]), user([TEXT, "there"]), id="parts"),
        pytest.param(user((TEXT,)), user([TEXT]), id="a tuple of them"),
        pytest.param(user(TEXT), user([TEXT]), id="one part alone"),
        pytest.param(user(Part()), user([TEXT]), id="a part object"),
        pytest.param(user([Part()]), user([TEXT]), id="a list of them"),
        pytest.param(MappingProxyType(user("hi")), user("hi"), id="any mapping"),
        pytest.param(
            user([{"type": "odd", "x": 1}]), user([{"type": "odd", "x": 1}]), id="a part unknown here"
        ),
        pytest.param(tool("18"), tool("18"), id="a result"),
        pytest.param(tool([TEXT, IMAGE]), tool([TEXT, IMAGE]), id="a result in parts"),
        pytest.param(tool(IMAGE), tool([IMAGE]), id="a picture alone"),
        pytest.param(tool({"degrees": 18}), tool('{"degrees":18}'), id="a result as an object"),
        pytest.param(tool(Weather()), tool('{"degrees":18}'), id="as a pydantic object"),
        pytest.param(tool({"type": "celsius"}), tool('{"type":"celsius"}'), id="an object with a type"),
        pytest.param(tool([{"a": 1}, {"a": 2}]), tool('[{"a":1},{"a":2}]'), id="as a list of objects"),
        pytest.param(tool(18), tool("18"), id="as a number"),
        pytest.param(tool([]), tool([]), id="an empty result"),
        pytest.param(tool(["a", {"b": 1}, 2]), tool(["a", '{"b":1}', "2"]), id="texts and objects"),
        pytest.param(
            {"role": "assistant", "tool_calls": [ChatCompletionMessageFunctionToolCall(**CALL)]},
            {"role": "assistant", "tool_calls": [CALL]},
            id="a call of the openai client's",
        ),
    ],
)
def test_read(message: Any, expected: dict[str, Any]) -> None:
    """Whatever says the same is read the same."""
    before = copy.deepcopy(message) if isinstance(message, dict) else None

    assert [expected] == read([message])
    assert before is None or before == message


@pytest.mark.parametrize(
    "message",
    [ChatCompletionMessage(role="assistant", content="hi"), Message(role="assistant", content="hi")],
    ids=["openai", "lakeway"],
)
def test_reply_messages(message: Any) -> None:
    """A reply's message goes back as it is, whoever's object it is."""
    (message,) = read([message])

    assert ("assistant", "hi") == (message["role"], message["content"])


@pytest.mark.parametrize(
    ("message", "param", "wanted"),
    [
        ("hi", "messages[1]", "an object with a role, not str"),
        (None, "messages[1]", "an object with a role, not NoneType"),
        (Part, "messages[1]", "an object with a role, not ModelMetaclass"),
        ({"role": ["user"], "content": "x"}, "messages[1].role", "a string, not list"),
        (user(5), "messages[1].content", "a text or a list of content parts, not int"),
        (user(b"hi"), "messages[1].content", "a text or a list of content parts, not bytes"),
        (user([None]), "messages[1].content[0]", "a content part, not NoneType"),
        (user([TEXT, ["x"]]), "messages[1].content[1]", "a content part, not list"),
        (user([{"type": 5}]), "messages[1].content[0].type", "a string, not int"),
        (user([{"type": "text", "text": 5}]), "messages[1].content[0].text", "a string, not int"),
        (
            user([{**TEXT, "cache_control": True}]),
            "messages[1].content[0].cache_control",
            "an object, not bool",
        ),
        (user([{"type": "image", "source": "x"}]), "messages[1].content[0].source", "an object, not str"),
        ({**user("x"), "cache_control": "ephemeral"}, "messages[1].cache_control", "an object, not str"),
        (
            {**user("x"), "thinking_blocks": "abc"},
            "messages[1].thinking_blocks",
            "a list of objects, not str",
        ),
        ({**user("x"), "thinking_blocks": [1]}, "messages[1].thinking_blocks[0]", "an object, not int"),
        ({**user("x"), "reasoning_items": 3}, "messages[1].reasoning_items", "a list of objects, not int"),
        ({**user("x"), "tool_calls": {"id": "1"}}, "messages[1].tool_calls", "a list of objects, not dict"),
        ({**user("x"), "tool_calls": ["x"]}, "messages[1].tool_calls[0]", "an object, not str"),
        (
            {**user("x"), "tool_calls": [{"function": "f"}]},
            "messages[1].tool_calls[0].function",
            "an object, not str",
        ),
        ({**user("x"), "tool_calls": [{"id": 1}]}, "messages[1].tool_calls[0].id", "a string, not int"),
        ({**user("x"), "function_call": "f"}, "messages[1].function_call", "an object, not str"),
        ({**tool("x"), "tool_call_id": 1}, "messages[1].tool_call_id", "a string, not int"),
    ],
)
def test_what_is_wrong_is_named(message: Any, param: str, wanted: str) -> None:
    """Which value of which message it is, what it should be, and what it is."""
    with pytest.raises(BadRequestError) as caught:
        read([user("hi"), message])

    assert param == caught.value.param
    assert f"{param} must be {wanted}." == caught.value.message


def test_a_result_that_is_no_json() -> None:
    """An object that JSON has no form for is named like any other mistake."""
    with pytest.raises(BadRequestError) as caught:
        read([tool({"degrees": float("nan")})])

    assert "messages[0].content.degrees" == caught.value.param


@pytest.mark.parametrize("messages", ["hi", 5, {"role": "user"}, None])
def test_no_messages(messages: Any) -> None:
    """Only a list is one."""
    with pytest.raises(BadRequestError, match="messages must be a list of messages"):
        read(messages)
