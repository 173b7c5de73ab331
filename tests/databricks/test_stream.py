"""Streams in every chunking: the chunks that come out, and what a stream cut short looks like."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lakeway.core.dialects.openai_chunks import assemble
from lakeway.databricks.stream import ChatStream
from lakeway.errors import (
    APIResponseValidationError,
    BadRequestError,
    InternalServerError,
    LakewayError,
    RateLimitError,
    StreamCutError,
)

MODEL = "databricks-claude-sonnet-4-5"
DONE = b"data: [DONE]\n\n"


def event(wire: dict[str, Any]) -> bytes:
    return b"data: " + msgspec.json.encode(wire) + b"\n\n"


def chunk(delta: dict[str, Any], finish: str | None = None, **more: Any) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return {"id": "c1", "created": 1, "model": "served", "choices": [choice], **more}


def thought(text: str, signature: str = "") -> dict[str, Any]:
    summary = {"type": "summary_text", "text": text, "signature": signature}
    return {"content": [{"type": "reasoning", "summary": [summary]}]}


def fragment(index: int, arguments: str, **head: Any) -> dict[str, Any]:
    function = {"arguments": arguments, **({"name": head.pop("name")} if "name" in head else {})}
    return {"tool_calls": [{"index": index, "function": function, **head}]}


def read(data: bytes, size: int | None = None, **options: Any) -> tuple[list[dict[str, Any]], ChatStream]:
    stream = ChatStream(MODEL, **options)
    size = size or max(len(data), 1)
    chunks: list[dict[str, Any]] = []
    for start in range(0, len(data), size):
        chunks += stream.feed(data[start : start + size])
    return chunks + stream.finish(), stream


def deltas(chunks: list[dict[str, Any]]) -> list[Any]:
    """(delta, finish reason) of each chunk's first choice, the reasoning's origin left out."""
    shown = []
    for choice in (c["choices"][0] for c in chunks if c["choices"]):
        delta = {k: v for k, v in choice["delta"].items() if k != "provider_specific_fields"}
        shown.append((delta, choice["finish_reason"]))
    return shown


USAGE = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15, "cache_read_input_tokens": 8}
THINKING = {"type": "thinking", "thinking": "", "signature": ""}

CASES: dict[str, tuple[bytes, list[Any]]] = {
    "text": (
        event(chunk({"role": "assistant", "content": "Hel"}))
        + event(chunk({"role": "assistant", "content": "lo"}))
        + event(chunk({"content": ""}, "stop"))
        + DONE,
        [
            ({"role": "assistant", "content": "Hel"}, None),
            ({"content": "lo"}, None),
            ({"content": ""}, "stop"),
        ],
    ),
    "Claude's reasoning, then text": (
        event(chunk({"role": "assistant", **thought("17")}))
        + event(chunk(thought("*3")))
        + event(chunk(thought("", "sig")))
        + event(chunk({"content": "Hi"}))
        + event(chunk({"content": ""}, "stop"))
        + DONE,
        [
            (
                {
                    "role": "assistant",
                    "content": "",
                    "reasoning_content": "17",
                    "thinking_blocks": [{**THINKING, "thinking": "17", "index": 0}],
                },
                None,
            ),
            (
                {
                    "content": "",
                    "reasoning_content": "*3",
                    "thinking_blocks": [{**THINKING, "thinking": "*3", "index": 0}],
                },
                None,
            ),
            (
                {
                    "content": "",
                    "reasoning_content": "",
                    "thinking_blocks": [{**THINKING, "signature": "sig", "index": 0}],
                },
                None,
            ),
            ({"content": "Hi"}, None),
            ({"content": ""}, "stop"),
        ],
    ),
    "reasoning beside the content": (
        event(chunk({"role": "assistant", "content": None, "reasoning_content": "We"}))
        + event(chunk({"reasoning": " need", "content": None}))
        + event(chunk({"content": "391"}, "stop"))
        + DONE,
        [
            ({"role": "assistant", "content": None, "reasoning_content": "We"}, None),
            ({"content": None, "reasoning_content": " need"}, None),
            ({"content": "391"}, "stop"),
        ],
    ),
    "a call, with Claude's first {}": (
        event(
            chunk(
                {"role": "assistant", "content": None, **fragment(0, "{}", id="a", type="function", name="f")}
            )
        )
        + event(chunk(fragment(0, '{"x":')))
        + event(chunk(fragment(0, "1}")))
        + event(chunk({}, "tool_calls"))
        + DONE,
        [
            (
                {"role": "assistant", "content": None, **fragment(0, "", id="a", type="function", name="f")},
                None,
            ),
            (fragment(0, '{"x":'), None),
            (fragment(0, "1}"), None),
            ({}, "tool_calls"),
        ],
    ),
    "a call without arguments": (
        event(chunk({"role": "assistant", **fragment(0, "{}", id="a", name="f")}))
        + event(chunk({}, "stop"))
        + DONE,
        [
            ({"role": "assistant", **fragment(0, "", id="a", name="f")}, None),
            (fragment(0, "{}"), "tool_calls"),
        ],
    ),
    "parallel calls": (
        event(chunk({"role": "assistant", **fragment(0, "", id="a", name="f")}))
        + event(chunk(fragment(1, "", id="b", name="g")))
        + event(chunk(fragment(0, "{}")))
        + event(chunk(fragment(1, '{"y":2}')))
        + event(chunk({}, "tool_calls"))
        + DONE,
        [
            ({"role": "assistant", **fragment(0, "", id="a", name="f")}, None),
            (fragment(1, "", id="b", name="g"), None),
            (fragment(0, "{}"), None),
            (fragment(1, '{"y":2}'), None),
            ({}, "tool_calls"),
        ],
    ),
    "a foreign finish reason": (
        event(chunk({"content": "x"}, "max_tokens")) + DONE,
        [({"role": "assistant", "content": "x"}, "length")],
    ),
    "an agent's bare deltas": (
        event({"id": "c1", "delta": {"role": "assistant", "content": "Hi", "id": "m"}})
        + event({"id": "c1", "choices": None, "delta": {"content": " there"}})
        + DONE,
        [
            ({"role": "assistant", "content": "Hi", "id": "m"}, None),
            ({"content": " there"}, None),
            ({}, "stop"),
        ],
    ),
    "a whole message": (
        event(
            {
                "choices": [
                    {"index": 0, "message": {"role": "assistant", "content": "x"}, "finish_reason": "stop"}
                ]
            }
        ),
        [({"role": "assistant", "content": "x"}, "stop")],
    ),
    "no [DONE]": (event(chunk({"content": "x"}, "stop")), [({"role": "assistant", "content": "x"}, "stop")]),
    "CRLF and comments": (
        b": hello\r\n\r\n"
        + event(chunk({"content": "x"}, "stop")).replace(b"\n", b"\r\n")
        + b"data: [DONE]\r\n\r\n",
        [({"role": "assistant", "content": "x"}, "stop")],
    ),
    "a call without an index": (
        event(
            chunk({"tool_calls": [{"index": None, "id": "a", "function": {"name": "f", "arguments": "{}"}}]})
        )
        + event(chunk({}, "tool_calls"))
        + DONE,
        [
            ({"role": "assistant", **fragment(0, "", id="a", name="f")}, None),
            (fragment(0, "{}"), "tool_calls"),
        ],
    ),
    "an end that is said twice": (
        event(chunk({"role": "assistant", **fragment(0, "{}", id="a", name="f")}))
        + event(chunk({}, "tool_calls"))
        + event(chunk({}, "tool_calls"))
        + DONE,
        [
            ({"role": "assistant", **fragment(0, "", id="a", name="f")}, None),
            (fragment(0, "{}"), "tool_calls"),
            ({}, None),
        ],
    ),
    "reasoning under either name": (
        event(chunk({"content": None, "reasoning": "a", "reasoning_content": None}))
        + event(chunk({"content": [{"type": "text", "text": "x"}], "reasoning": "b"}))
        + event(chunk({}, "stop"))
        + DONE,
        [
            ({"role": "assistant", "content": None, "reasoning_content": "a"}, None),
            ({"content": "x", "reasoning_content": "b"}, None),
            ({}, "stop"),
        ],
    ),
    "an end and nothing else": (DONE, [({"role": "assistant"}, "stop")]),
    "a citation": (
        event(chunk({"content": [{"type": "text", "text": "", "citations": [{"cited_text": "sky"}]}]}))
        + event(chunk({}, "stop"))
        + DONE,
        [({"role": "assistant", "content": ""}, None), ({}, "stop")],
    ),
}


@pytest.mark.parametrize("size", [1, 2, 7, None])
@pytest.mark.parametrize("name", CASES)
def test_chunks(name: str, size: int | None) -> None:
    """The same chunks come out however the bytes arrive."""
    data, expected = CASES[name]
    chunks, stream = read(data, size)

    assert stream.failure is None
    assert expected == deltas(chunks)


@given(st.data())
def test_any_chunking(data: st.DataObject) -> None:
    """Cut anywhere, a stream reads the same."""
    wire, expected = CASES["Claude's reasoning, then text"]
    cuts = sorted(data.draw(st.sets(st.integers(0, len(wire)), max_size=30)) | {0, len(wire)})
    stream = ChatStream(MODEL)
    chunks = [c for a, b in pairwise(cuts) for c in stream.feed(wire[a:b])]

    assert expected == deltas(chunks + stream.finish())


def test_nothing_is_delayed() -> None:
    """Each chunk leaves with the bytes that end its event."""
    stream = ChatStream(MODEL)
    for wire in (chunk({"content": "a"}), chunk({"content": "b"})):
        assert 1 == len(stream.feed(event(wire)))


@pytest.mark.parametrize("asked", [True, False])
def test_usage_is_the_last_and_told_once(asked: bool) -> None:
    """Usage runs along on every chunk; it is not summed, and shown in a last chunk if asked for."""
    data = event(chunk({"content": "a"}, usage={**USAGE, "completion_tokens": 1, "total_tokens": 11}))
    data += event(chunk({"content": ""}, "stop", usage=USAGE)) + DONE
    chunks, stream = read(data, include_usage=asked)

    assert all("usage" not in c for c in chunks[:2])
    assert [2, 3][asked] == len(chunks)
    assert stream.usage is not None
    assert (10, 5, 8) == tuple(
        stream.usage[k] for k in ("prompt_tokens", "completion_tokens", "cache_read_input_tokens")
    )
    if asked:
        assert ([], stream.usage) == (chunks[-1]["choices"], chunks[-1]["usage"])
        assert ("c1", "served") == (chunks[-1]["id"], chunks[-1]["model"])


def test_usage_in_a_chunk_of_its_own() -> None:
    """GPT-style endpoints send usage without choices; it makes no chunk unless asked for."""
    data = event(chunk({"content": "a"}, "stop")) + event({"choices": [], "usage": USAGE}) + DONE
    chunks, stream = read(data)

    assert 1 == len(chunks)
    assert stream.usage is not None
    assert 15 == stream.usage["total_tokens"]


@pytest.mark.parametrize(
    ("data", "kind", "status", "said"),
    [
        (b"", StreamCutError, 500, "stopped before its end"),
        (event(chunk({"content": "x"})), StreamCutError, 500, "stopped before its end"),
        (event(chunk({"content": "x"}, "stop"))[:-20], APIResponseValidationError, 500, "not valid"),
        (b"data: {oops}\n\n", APIResponseValidationError, 500, "oops"),
        (b"data: [1]\n\n", APIResponseValidationError, 500, "not valid"),
        (b"<html><body>Bad gateway</body></html>", StreamCutError, 500, "stopped before its end"),
        (event({"error_code": "REQUEST_LIMIT_EXCEEDED", "message": "slow"}), RateLimitError, 429, "slow"),
        (event({"error": {"message": "bad", "code": 400}}), BadRequestError, 400, "bad"),
        (event({"error": "broke"}), InternalServerError, 500, "broke"),
        (b'{"error_code":"BAD_REQUEST","message":"no"}\n', BadRequestError, 400, "no"),
    ],
)
@pytest.mark.parametrize("size", [1, None])
def test_failures(data: bytes, kind: type[LakewayError], status: int, said: str, size: int | None) -> None:
    """A stream that goes wrong never looks finished: the failure has its class and its reason."""
    _, stream = read(data, size)

    assert isinstance(stream.failure, kind)
    assert status == stream.failure.status_code
    assert said in stream.failure.message


def test_what_was_good_before_a_failure_is_kept() -> None:
    """Chunks and fault in one piece of bytes: the chunks come first."""
    data = event(chunk({"content": "x"})) + event({"error": {"message": "bad", "code": 503}})
    chunks, stream = read(data)

    assert ["x"] == [c["choices"][0]["delta"]["content"] for c in chunks]
    assert stream.failure is not None


JSON_CALL = fragment(0, "", id="j", name="json_tool_call")


@pytest.mark.parametrize(
    ("events", "content", "calls", "finish"),
    [
        pytest.param(
            [
                chunk({"content": "Sure: "}),
                chunk(JSON_CALL),
                chunk(fragment(0, '{"a":')),
                chunk(fragment(0, "1}")),
                chunk({}, "tool_calls"),
            ],
            '{"a":1}',
            None,
            "stop",
            id="the answer alone, its preamble left out",
        ),
        pytest.param(
            [
                chunk(fragment(0, '{"a":1}', id="j", name="json_tool_call")),
                chunk(fragment(1, '{"a":2}', id="k", name="json_tool_call")),
                chunk({}, "tool_calls"),
            ],
            '{"a":1}',
            None,
            "stop",
            id="the first of several answers",
        ),
        pytest.param(
            [chunk(fragment(0, "{}", id="j", name="json_tool_call")), chunk({}, "tool_calls")],
            "{}",
            None,
            "stop",
            id="an empty object",
        ),
        pytest.param(
            [
                chunk({"content": "Look: "}),
                chunk(fragment(0, "{}", id="a", name="f")),
                chunk({}, "tool_calls"),
            ],
            "Look: ",
            ["f"],
            "tool_calls",
            id="the caller's own tool instead",
        ),
    ],
)
def test_structured_answer(events: list[Any], content: str, calls: Any, finish: str) -> None:
    """The tool that carries a structured answer comes out as content."""
    chunks, _ = read(b"".join(map(event, events)) + DONE, json_tool=True)
    reply = assemble(chunks)

    assert reply is not None
    message = reply["choices"][0]["message"]
    assert content == message["content"]
    assert calls == (message["tool_calls"] and [c["function"]["name"] for c in message["tool_calls"]])
    assert finish == reply["choices"][0]["finish_reason"]


@pytest.mark.parametrize("size", [1, 2, 7, None])
def test_think_tags(size: int | None) -> None:
    """Reasoning written as text between tags is told apart, wherever the pieces are cut."""
    said = "<think>\nhm <b>so</b></think>\n\nIt is 4 </think>."
    step = size or len(said)
    pieces = [said[i : i + step] for i in range(0, len(said), step)]
    data = b"".join(event(chunk({"content": p})) for p in pieces) + event(chunk({}, "stop")) + DONE
    chunks, _ = read(data, think_tags=True)
    reply = assemble(chunks)

    assert reply is not None
    message = reply["choices"][0]["message"]
    assert ("hm <b>so</b>", "It is 4 </think>.") == (message["reasoning_content"], message["content"])


def test_reasoning_survives_assembly() -> None:
    """Blocks keep their borders, signatures and origin, redacted ones too, fit to be sent back."""
    secret = {
        "content": [{"type": "reasoning", "summary": [{"type": "summary_encrypted_text", "data": "xyz"}]}]
    }
    events = [
        chunk({"role": "assistant", **thought("one")}),
        chunk(thought("", "s1")),
        chunk(secret),
        chunk(thought("two")),
        chunk(thought("!", "s2")),
        chunk({"content": "Hi"}, "stop"),
    ]
    chunks, _ = read(b"".join(map(event, events)) + DONE)
    reply = assemble(chunks)

    assert reply is not None
    message = reply["choices"][0]["message"]
    blocks = [
        {"type": "thinking", "thinking": "one", "signature": "s1"},
        {"type": "redacted_thinking", "data": "xyz"},
        {"type": "thinking", "thinking": "two!", "signature": "s2"},
    ]
    assert blocks == message["thinking_blocks"]
    assert "onetwo!" == message["reasoning_content"]
    assert {"citations": None, "thinking_blocks": blocks, "thinking_model": "claude-sonnet-4-5"} == (
        message["provider_specific_fields"]
    )


def test_nothing_assembles_to_nothing() -> None:
    """LiteLLM's builder answers None for no chunks."""
    assert assemble([]) is None


def test_usage_that_nobody_reported_is_not_made_up() -> None:
    """Asked for, but never told: there is no chunk that claims zero tokens."""
    chunks, stream = read(event(chunk({"content": "a"}, "stop")) + DONE, include_usage=True)

    assert (1, None) == (len(chunks), stream.usage)


def test_signatures_of_text_are_kept() -> None:
    """Gemini signs text, too, and wants the signatures back."""
    parts = [{"content": [{"type": "text", "text": t, "thoughtSignature": s}]} for t, s in ("a1", "b2")]
    chunks, _ = read(b"".join(event(chunk(p)) for p in parts) + event(chunk({}, "stop")) + DONE)
    reply = assemble(chunks)

    assert reply is not None
    assert {"thought_signatures": ["1", "2"]} == reply["choices"][0]["message"]["provider_specific_fields"]


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 5)
    | st.floats(allow_nan=False)
    | st.sampled_from(["", "x", "text"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "choices",
                    "delta",
                    "message",
                    "content",
                    "tool_calls",
                    "function",
                    "index",
                    "type",
                    "text",
                    "summary",
                    "reasoning",
                    "usage",
                    "finish_reason",
                    "arguments",
                    "name",
                    "id",
                    "error",
                    "citations",
                    "signature",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(st.lists(JSON, max_size=4), st.booleans())
def test_no_json_breaks_the_reader(wires: list[Any], structured: bool) -> None:
    """Events of any shape are chunks or a typed failure, never another exception."""
    data = b"".join(b"data: " + msgspec.json.encode(wire) + b"\n\n" for wire in wires)
    _, stream = read(data, json_tool=structured, include_usage=True, think_tags=True)

    assert isinstance(stream.failure, LakewayError)


@given(st.lists(JSON, max_size=3))
def test_no_choices_break_the_reader(choices: list[Any]) -> None:
    """Nor do choices of any shape."""
    _, stream = read(event({"choices": choices}) + DONE, think_tags=True)

    assert stream.failure is None or isinstance(stream.failure, APIResponseValidationError)
