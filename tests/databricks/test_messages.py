"""Messages as each family accepts them, as tables."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from openai.types.chat import ChatCompletionMessage

from lakeway.databricks.messages import EMPTY_RESULT, RETURNED, write
from lakeway.databricks.profiles import profile
from lakeway.errors import BadRequestError

CLAUDE, LLAMA, GPT, GEMINI = (
    "databricks-claude-sonnet-4-5",
    "databricks-meta-llama-3-3-70b-instruct",
    "databricks-gpt-5-2",
    "databricks-gemini-3-8-flash",
)
MARK = {"type": "ephemeral"}
IMAGE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}
FILE = {"type": "file", "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,AA=="}}


def call(call_id: str, name: str = "f", arguments: Any = "{}", **more: Any) -> dict[str, Any]:
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}, **more}


def result(call_id: str, content: Any = "ok") -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": call_id, "content": content}


def user(content: Any, **more: Any) -> dict[str, Any]:
    return {"role": "user", "content": content, **more}


def assistant(content: Any = None, **more: Any) -> dict[str, Any]:
    return {"role": "assistant", **({} if content is None else {"content": content}), **more}


def text(text: str, **more: Any) -> dict[str, Any]:
    return {"type": "text", "text": text, **more}


@pytest.mark.parametrize(
    ("model", "given", "expected"),
    [
        pytest.param(CLAUDE, [user("hi", name="ann")], [user("hi")], id="no names"),
        pytest.param(
            CLAUDE,
            [{"role": "developer", "content": "x"}],
            [{"role": "system", "content": "x"}],
            id="developer",
        ),
        pytest.param(CLAUDE, [{"content": "x"}], [assistant("x")], id="a missing role is the assistant's"),
        pytest.param(
            CLAUDE,
            [user("hi", cache_control={**MARK, "scope": "global"})],
            [user([text("hi", cache_control=MARK)])],
            id="a marker on a message moves to its text",
        ),
        pytest.param(
            CLAUDE,
            [user([text("a"), text("b")], cache_control=MARK)],
            [user([text("a"), text("b", cache_control=MARK)])],
            id="or to the last part",
        ),
        pytest.param(
            LLAMA,
            [user([text("a", cache_control=MARK)])],
            [user("a")],
            id="Llama knows no markers, nor lists of one",
        ),
        pytest.param(CLAUDE, [user([text("a"), text("")])], [user([text("a")])], id="empty text is refused"),
        pytest.param(CLAUDE, [assistant("")], [], id="an empty turn is left out"),
        pytest.param(
            CLAUDE,
            [assistant("", tool_calls=[call("1")]), result("1")],
            [assistant(tool_calls=[call("1")]), result("1")],
            id="calls without text",
        ),
        pytest.param(
            CLAUDE,
            [assistant(tool_calls=[call("1", arguments={"a": 1})]), result("1", {"b": 2})],
            [assistant(tool_calls=[call("1", arguments='{"a":1}')]), result("1", '{"b":2}')],
            id="arguments and results become text",
        ),
        pytest.param(CLAUDE, [result("1", "")], [result("1", EMPTY_RESULT)], id="a result says something"),
        pytest.param(
            CLAUDE,
            [result("1", [text("a"), IMAGE])],
            [result("1", "a"), user([text(RETURNED.format(kind="images")), IMAGE])],
            id="a tool's picture follows as a user's",
        ),
        pytest.param(
            CLAUDE,
            [
                assistant(tool_calls=[call("1"), call("2")]),
                result("1", [IMAGE]),
                result("2", [text("b"), FILE]),
                user("go on"),
            ],
            [
                assistant(tool_calls=[call("1"), call("2")]),
                result("1", EMPTY_RESULT),
                result("2", "b"),
                user([text(RETURNED.format(kind="files")), IMAGE, FILE]),
                user("go on"),
            ],
            id="and after all results, as nothing may stand between them; files too",
        ),
        pytest.param(
            CLAUDE,
            [result("1", ["plain", {"type": "json", "json": {"x": 1}}, text("b"), 5])],
            [result("1", 'plain\n{"type":"json","json":{"x":1}}\nb\n5')],
            id="whatever a tool returned is told",
        ),
        pytest.param(CLAUDE, [result("1", " \n")], [result("1", EMPTY_RESULT)], id="blank is nothing"),
        pytest.param(
            GPT,
            [user([{"type": "file", "file": {"file_data": "data:,", "format": "x"}}, FILE])],
            [user([{"type": "file", "file": {"filename": "my_file.pdf", "file_data": "data:,"}}, FILE])],
            id="a file has a name",
        ),
        pytest.param(
            CLAUDE,
            [{"role": "system", "content": ""}, {"role": "system", "content": [text("")]}, user("hi")],
            [user("hi")],
            id="an empty instruction is left out",
        ),
        pytest.param(CLAUDE, [user(text("hi"))], [user([text("hi")])], id="one part alone"),
        pytest.param(
            CLAUDE,
            [user([{"type": "image_url", "image_url": "data:x"}])],
            [user([{"type": "image_url", "image_url": {"url": "data:x"}}])],
            id="a bare address",
        ),
        pytest.param(
            CLAUDE,
            [
                user(
                    [
                        {
                            "type": "image",
                            "source": {"type": "base64", "media_type": "image/png", "data": "AA=="},
                        }
                    ]
                )
            ],
            [user([IMAGE])],
            id="Anthropic's picture",
        ),
        pytest.param(
            CLAUDE,
            [assistant("x", function_call={"name": "f", "arguments": "{}"})],
            [assistant("x", tool_calls=[call("call_f")])],
            id="the old function_call",
        ),
        pytest.param(
            CLAUDE,
            [
                assistant(function_call={"name": "f", "arguments": "{}"}),
                {"role": "function", "name": "f", "content": "1"},
            ],
            [assistant(tool_calls=[call("call_f")]), result("call_f", "1")],
            id="and its result, by the function's name",
        ),
        pytest.param(
            LLAMA,
            [{"role": "system", "content": "a"}, {"role": "system", "content": "b"}, user("c")],
            [{"role": "system", "content": "a\n\nb"}, user("c")],
            id="one system message",
        ),
        pytest.param(
            LLAMA,
            [{"role": "system", "content": [text("a"), text("b")]}, {"role": "system", "content": "c"}],
            [{"role": "system", "content": [text("a"), text("b"), text("c")]}],
            id="of several parts, if it must be",
        ),
        pytest.param(
            LLAMA,
            [assistant("let me see", tool_calls=[call("1"), call("2")]), result("1"), result("2")],
            [
                assistant("let me see", tool_calls=[call("1")]),
                result("1"),
                assistant(tool_calls=[call("2")]),
                result("2"),
            ],
            id="parallel results are split for Llama",
        ),
        pytest.param(
            LLAMA,
            [assistant(tool_calls=[call("1"), call("2")]), result("2"), user("go on")],
            [
                assistant(tool_calls=[call("2")]),
                result("2"),
                assistant(tool_calls=[call("1")]),
                user("go on"),
            ],
            id="incomplete results too",
        ),
        pytest.param(
            GPT,
            [assistant(tool_calls=[call("1"), call("2")]), result("1"), result("2")],
            [assistant(tool_calls=[call("1"), call("2")]), result("1"), result("2")],
            id="GPT keeps them together",
        ),
        pytest.param(
            GEMINI,
            [
                assistant(
                    tool_calls=[
                        call("w", "w", '{"c":1}', thoughtSignature="s1"),
                        call("w", "w", '{"c":2}', thoughtSignature="s2"),
                        call("v", "v"),
                    ]
                ),
                result("w", "1"),
                result("w", "2"),
                result("v", "3"),
            ],
            [
                assistant(tool_calls=[call("w", "w", '{"c":1}', thoughtSignature="s1")]),
                result("w", "1"),
                assistant(tool_calls=[call("w", "w", '{"c":2}', thoughtSignature="s2")]),
                result("w", "2"),
                assistant(tool_calls=[call("v", "v")]),
                result("v", "3"),
            ],
            id="calls that share an id are answered in their order",
        ),
        pytest.param(
            GEMINI,
            [assistant(tool_calls=[call("f", thoughtSignature="s")]), result("f")],
            [assistant(tool_calls=[call("f", thoughtSignature="s")]), result("f")],
            id="Gemini's signature goes back",
        ),
        pytest.param(
            GEMINI,
            [assistant(tool_calls=[call("f", provider_specific_fields={"thought_signature": "s"})])],
            [assistant(tool_calls=[call("f", thoughtSignature="s")])],
            id="under LiteLLM's name as well",
        ),
        pytest.param(
            LLAMA,
            [assistant(tool_calls=[call("f", thoughtSignature="s")])],
            [assistant(tool_calls=[call("f")])],
            id="to Gemini alone",
        ),
        pytest.param(
            GEMINI,
            [assistant("hi", provider_specific_fields={"thought_signatures": ["s"]})],
            [assistant([text("hi", thoughtSignature="s")])],
            id="and so does a text's",
        ),
        pytest.param(
            GEMINI,
            [
                assistant(
                    [text("a"), text("b"), text("c")],
                    provider_specific_fields={"thought_signatures": ["s", None, "t"]},
                )
            ],
            [assistant([text("a", thoughtSignature="s"), text("b"), text("c", thoughtSignature="t")])],
            id="each text its own",
        ),
        pytest.param(
            GEMINI,
            [assistant("abc", provider_specific_fields={"thought_signatures": ["s", "t", None]})],
            [assistant([text("abc", thoughtSignature="t")])],
            id="texts joined since have the last",
        ),
        pytest.param(
            GEMINI,
            [assistant([text("a", thoughtSignature="s")])],
            [assistant([text("a", thoughtSignature="s")])],
            id="one that is still on its text stays there",
        ),
        pytest.param(
            GEMINI,
            [assistant("a", provider_specific_fields={"thought_signatures": "s"})],
            [assistant("a")],
            id="what is no list of signatures is none",
        ),
        pytest.param(
            CLAUDE,
            [
                assistant("a", provider_specific_fields={"thought_signatures": ["s"]}),
                assistant([text("b", thoughtSignature="s")]),
            ],
            [assistant("a"), assistant([text("b")])],
            id="no other family sees them",
        ),
        pytest.param(
            "my-endpoint",
            [user("hi", name="ann", custom=1), assistant("x", thinking_blocks=[], annotations=[])],
            [user("hi", name="ann", custom=1), assistant("x")],
            id="an unknown endpoint gets what the caller wrote",
        ),
        pytest.param(
            "my-endpoint",
            [assistant(tool_calls=[call("f", thoughtSignature="s")])],
            [assistant(tool_calls=[call("f", thoughtSignature="s")])],
            id="and back what may be its own",
        ),
    ],
)
def test_write(model: str, given: list[dict[str, Any]], expected: list[dict[str, Any]]) -> None:
    """What is sent of the caller's messages; and the caller's stay as they were."""
    before = copy.deepcopy(given)

    assert expected == write(given, profile(model), model)
    assert before == given


THOUGHT = {"type": "thinking", "thinking": "hm", "signature": "sig"}
REDACTED = {"type": "redacted_thinking", "data": "xyz"}
ITEM = {"type": "reasoning", "summary": [{"type": "summary_text", "text": "hm", "signature": "sig"}]}
SECRET = {"type": "reasoning", "summary": [{"type": "summary_encrypted_text", "data": "xyz"}]}


@pytest.mark.parametrize(
    ("model", "message", "expected"),
    [
        pytest.param(
            CLAUDE, assistant("a", thinking_blocks=[THOUGHT]), [assistant([ITEM, text("a")])], id="text"
        ),
        pytest.param(
            CLAUDE,
            assistant(None, thinking_blocks=[THOUGHT], tool_calls=[call("1")]),
            [assistant([ITEM], tool_calls=[call("1")])],
            id="a call alone",
        ),
        pytest.param(
            CLAUDE,
            assistant("a", thinking_blocks=[THOUGHT, REDACTED], tool_calls=[call("1")]),
            [assistant([ITEM, SECRET, text("a")], tool_calls=[call("1")])],
            id="redacted too",
        ),
        pytest.param(
            CLAUDE,
            assistant("a", provider_specific_fields={"thinking_blocks": [THOUGHT]}),
            [assistant([ITEM, text("a")])],
            id="from provider_specific_fields",
        ),
        pytest.param(
            CLAUDE,
            assistant([THOUGHT, text("a")]),
            [assistant([ITEM, text("a")])],
            id="from Anthropic's content",
        ),
        pytest.param(
            CLAUDE,
            assistant([ITEM, text("a")]),
            [assistant([ITEM, text("a")])],
            id="the wire's own form as it is",
        ),
        pytest.param(
            CLAUDE,
            assistant("a", thinking_blocks=[{**THOUGHT, "signature": ""}]),
            [assistant("a")],
            id="unsigned reasoning would be refused",
        ),
        pytest.param(
            CLAUDE,
            assistant("a", thinking_blocks=[{**THOUGHT, "thinking": ""}]),
            [
                assistant(
                    [
                        {
                            "type": "reasoning",
                            "summary": [{"type": "summary_text", "text": "", "signature": "sig"}],
                        },
                        text("a"),
                    ]
                )
            ],
            id="opaque reasoning has no text but a signature",
        ),
        pytest.param(
            CLAUDE,
            assistant(thinking_blocks=[THOUGHT], function_call={"name": "f", "arguments": "{}"}),
            [assistant([ITEM], tool_calls=[call("call_f")])],
            id="an old function_call keeps it",
        ),
        pytest.param(CLAUDE, assistant(thinking_blocks=[THOUGHT]), [], id="not alone"),
        pytest.param(
            CLAUDE,
            assistant(
                "a",
                thinking_blocks=[THOUGHT],
                provider_specific_fields={"thinking_model": "claude-opus-5"},
            ),
            [assistant("a")],
            id="not to another model",
        ),
        pytest.param(
            "system.ai.claude-sonnet-4-5",
            assistant(
                "a",
                thinking_blocks=[THOUGHT],
                provider_specific_fields={"thinking_model": "claude-sonnet-4-5"},
            ),
            [assistant([ITEM, text("a")])],
            id="but to the same one on the other surface",
        ),
        pytest.param(LLAMA, assistant("a", thinking_blocks=[THOUGHT]), [assistant("a")], id="not to Llama"),
        pytest.param(LLAMA, assistant([ITEM, text("a")]), [assistant([text("a")])], id="in no form"),
        pytest.param(GPT, assistant("a", reasoning_content="hm"), [assistant("a")], id="nor its text"),
    ],
)
def test_reasoning_goes_back(model: str, message: dict[str, Any], expected: list[dict[str, Any]]) -> None:
    """Claude gets its reasoning as it sent it; no one else does."""
    assert expected == write([message], profile(model), model)


def test_objects_are_messages_too() -> None:
    """A message of the openai client's own class is read like its dict."""
    message = ChatCompletionMessage(role="assistant", content="hi")

    assert [assistant("hi")] == write([message], profile(CLAUDE), CLAUDE)


@pytest.mark.parametrize(
    ("message", "param"),
    [
        ("there", "messages[1]"),
        (user(5), "messages[1].content"),
        (user([None]), "messages[1].content[0]"),
        (assistant(tool_calls=[{"function": {"name": "f", "arguments": {"x": float("nan")}}}]), None),
    ],
)
def test_what_is_no_message_is_refused(message: Any, param: str | None) -> None:
    """The error says which one, and what is wrong with it."""
    with pytest.raises(BadRequestError) as caught:
        write([user("hi"), message], profile(CLAUDE), CLAUDE)

    assert caught.value.param == (param or "tool_calls.function.arguments.x")
