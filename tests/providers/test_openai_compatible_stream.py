"""Streams of an OpenAI-compatible host in every chunking: chunks, usage, ends, faults that lose nothing."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lakeway import errors as tree
from lakeway.core.dialects.openai_chunks import assemble
from lakeway.core.exchange import StreamReader
from lakeway.core.request import ChatRequest
from lakeway.core.steps import Credential
from lakeway.providers.openai_compatible import ChatExchange, OpenAITarget

TARGET = OpenAITarget(model="m", alias="openai/m", credential=Credential(), base="https://api.example/v1")
DONE = b"data: [DONE]\n\n"
USAGE = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}


def event(wire: Any) -> bytes:
    return b"data: " + msgspec.json.encode(wire) + b"\n\n"


def chunk(delta: dict[str, Any], finish: str | None = None, index: int | None = 0, **more: Any) -> bytes:
    choice = {"delta": delta, "finish_reason": finish, **({} if index is None else {"index": index})}
    return event({"id": "c1", "created": 1, "model": "served", "choices": [choice], **more})


def usage_chunk() -> bytes:
    return event({"id": "c1", "created": 1, "model": "served", "choices": [], "usage": USAGE})


def read(
    data: bytes, size: int | None = None, *, include_usage: bool = False
) -> tuple[list[dict[str, Any]], StreamReader]:
    request = ChatRequest(messages=[], stream=True, include_usage=include_usage)
    reader = ChatExchange(TARGET, request).stream_reader()
    size = size or max(len(data), 1)
    chunks: list[dict[str, Any]] = []
    for start in range(0, len(data), size):
        chunks += reader.feed(data[start : start + size])
    return chunks + reader.finish(), reader


def deltas(chunks: list[dict[str, Any]]) -> list[Any]:
    return [(c["choices"][0]["delta"], c["choices"][0]["finish_reason"]) for c in chunks if c["choices"]]


def fragment(arguments: str, index: int | None = 0, **head: Any) -> dict[str, Any]:
    numbered = {} if index is None else {"index": index}
    return {"tool_calls": [{**numbered, "function": {"arguments": arguments}, **head}]}


TEXT = chunk({"role": "assistant", "content": ""}) + chunk({"content": "Hé"}) + chunk({}, "stop")
ASSISTANT = {"role": "assistant"}
CASES: dict[str, tuple[bytes, list[Any]]] = {
    "text": (
        TEXT + usage_chunk() + DONE,
        [({**ASSISTANT, "content": ""}, None), ({"content": "Hé"}, None), ({}, "stop")],
    ),
    "no role, a role in every chunk": (
        chunk({"content": "a"}) + chunk({"role": "assistant", "content": "b"}, "stop") + DONE,
        [({**ASSISTANT, "content": "a"}, None), ({"content": "b"}, "stop")],
    ),
    "reasoning under both names": (
        chunk({"reasoning_content": "1"})
        + chunk({"reasoning": "2"})
        + chunk({"content": "a"}, "stop")
        + DONE,
        [
            ({**ASSISTANT, "reasoning_content": "1"}, None),
            ({"reasoning_content": "2"}, None),
            ({"content": "a"}, "stop"),
        ],
    ),
    "a call that ends as if it were text, its fragments unnumbered": (
        chunk(fragment("{", None, id="c")) + chunk(fragment("}", None)) + chunk({}, "stop") + DONE,
        [({**ASSISTANT, **fragment("{", id="c")}, None), (fragment("}"), None), ({}, "tool_calls")],
    ),
    "no [DONE] after the last choice's end": (
        chunk({"content": "a"}) + chunk({}, "length"),
        [({**ASSISTANT, "content": "a"}, None), ({}, "length")],
    ),
    "[DONE] and no end": (
        chunk({"content": "a"}) + DONE,
        [({**ASSISTANT, "content": "a"}, None), ({}, "stop")],
    ),
    "an end that is said twice": (
        chunk({"content": "a"}, "stop") + chunk({}, "stop") + DONE,
        [({**ASSISTANT, "content": "a"}, "stop"), ({}, None)],
    ),
    "Azure's filter results first": (
        event({"id": "", "choices": [], "prompt_filter_results": []})
        + chunk({"content": "a"}, "stop")
        + DONE,
        [({**ASSISTANT, "content": "a"}, "stop")],
    ),
    "a comment, and no number on the choice": (
        b": ping\n\n" + chunk({"content": "a"}, "stop", index=None) + DONE,
        [({**ASSISTANT, "content": "a"}, "stop")],
    ),
    "a whole reply where a stream was asked for": (
        event({"choices": [{"message": {"role": "assistant", "content": "a"}, "finish_reason": "stop"}]}),
        [({**ASSISTANT, "content": "a"}, "stop")],
    ),
}


@pytest.mark.parametrize("size", [1, 2, 7, None])
@pytest.mark.parametrize("name", CASES)
def test_chunks(name: str, size: int | None) -> None:
    """The same chunks however the bytes arrive, in OpenAI's words."""
    data, expected = CASES[name]
    chunks, reader = read(data, size)

    assert expected == deltas(chunks)
    assert reader.failure is None
    assert {"chat.completion.chunk"} == {each["object"] for each in chunks}


@pytest.mark.parametrize(("wanted", "count"), [(True, 1), (False, 0)])
def test_usage_is_counted_and_handed_out_only_if_wanted(wanted: bool, count: int) -> None:
    """The host is always asked; a client that did not ask sees no chunk without choices."""
    chunks, reader = read(TEXT + usage_chunk() + DONE, include_usage=wanted)
    tell = [each["usage"]["total_tokens"] for each in chunks if "usage" in each]

    assert reader.usage is not None
    assert (10, [10] * count) == (reader.usage["total_tokens"], tell)
    assert count == sum(not each["choices"] for each in chunks)


def test_usage_on_every_chunk_is_no_sum() -> None:
    """vLLM can tell a running count; the last one stands."""
    counts = [{"prompt_tokens": 7, "completion_tokens": n, "total_tokens": 7 + n} for n in (1, 2)]
    data = chunk({"content": "a"}, usage=counts[0]) + chunk({"content": "b"}, "stop", usage=counts[1]) + DONE
    chunks, reader = read(data, include_usage=True)

    assert reader.usage is not None
    assert [9] == [each["usage"]["total_tokens"] for each in chunks if "usage" in each]
    assert 9 == reader.usage["total_tokens"]


def test_several_choices() -> None:
    """Each choice has its own role and end."""
    data = chunk({"content": "a"}) + chunk({"content": "b"}, "stop", 1) + chunk({}, "length") + DONE
    whole = assemble(read(data)[0])

    assert whole is not None
    assert [("a", "length"), ("b", "stop")] == [
        (choice["message"]["content"], choice["finish_reason"]) for choice in whole["choices"]
    ]


@pytest.mark.parametrize("size", [1, 7, None])
@pytest.mark.parametrize(
    ("fault", "kind", "status"),
    [
        (b"", tree.StreamCutError, 500),
        (b"data: {", tree.APIResponseValidationError, 500),
        (b"data: [1]\n\n", tree.APIResponseValidationError, 500),
        (event({"choices": [{"delta": 3}]}), tree.APIResponseValidationError, 500),
        (event({"error": {"message": "m", "type": "server_error"}}), tree.InternalServerError, 500),
        (event({"error": {"message": "m", "code": "rate_limit_exceeded"}}), tree.RateLimitError, 429),
        (event({"error": {"message": "m", "type": "overloaded_error"}}), tree.ServiceUnavailableError, 503),
        (event({"error": {"message": "m", "code": 503}}), tree.ServiceUnavailableError, 503),
        (event({"object": "error", "message": "m", "code": 400}), tree.BadRequestError, 400),
        (event([{"error": {"message": "m", "code": 429}}]), tree.RateLimitError, 429),
        (b'{"error": {"message": "m", "code": "content_filter"}}\n', tree.ContentPolicyViolationError, 400),
        (event({"error": "m"}), tree.InternalServerError, 500),
    ],
)
def test_a_fault_loses_nothing_of_what_came_before(
    fault: bytes, kind: type, status: int, size: int | None
) -> None:
    """The reader never raises: the good chunks come first, then it says why nothing more will."""
    chunks, reader = read(chunk({"content": "a"}) + fault, size)

    assert [({"role": "assistant", "content": "a"}, None)] == deltas(chunks)
    assert reader.failure is not None
    assert kind is getattr(type(reader.failure), "_own_class", type(reader.failure))
    assert (status, "openai", "m") == (
        reader.failure.status_code,
        reader.failure.llm_provider,
        reader.failure.model,
    )
    assert [] == reader.feed(TEXT)


@given(st.binary(max_size=60))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    """Whatever follows, there are chunks or a failure, and never an exception."""
    chunks, reader = read(b"data: " + data, size=5)

    assert chunks or reader.failure is not None
