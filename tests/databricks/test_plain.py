"""The short way of a plain chat against the long one: whatever it takes, both say and read the same."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lakeway.auth.credentials import StaticToken
from lakeway.core.dialects import plain_chat
from lakeway.core.http import Headers, HttpResponse
from lakeway.core.request import ChatRequest
from lakeway.databricks import plain, surfaces
from lakeway.databricks.catalogue import MODELS
from lakeway.databricks.chat import exchange
from lakeway.databricks.plain import PlainExchange
from lakeway.databricks.target import DatabricksTarget

TOKEN = (("authorization", "Bearer t"),)
NAMES = [name for name, model in MODELS.items() if model.mode == "chat"] + [
    "my-endpoint",
    "my-claude-opus-4-8",
]
BASES = [
    "https://w.cloud.databricks.com",
    "https://w.cloud.databricks.com/ai-gateway",
    "https://other.example/v1",
]


def target(model: str, base: str) -> DatabricksTarget:
    return DatabricksTarget(
        provider="databricks",
        model=model,
        alias=f"databricks/{model}",
        credential=StaticToken("t"),
        base=surfaces.parse(base),
        headers=(("User-Agent", "lakeway"),),
    )


TEXTS = st.text(min_size=1).filter(lambda text: not text.isspace())
MESSAGES = st.tuples(
    st.lists(st.fixed_dictionaries({"role": st.just("system"), "content": TEXTS}), max_size=1),
    st.lists(
        st.fixed_dictionaries({"role": st.sampled_from(["user", "assistant"]), "content": TEXTS}), min_size=1
    ),
).map(lambda parts: parts[0] + parts[1])
PARAMS = st.fixed_dictionaries(
    {},
    optional={
        "max_tokens": st.integers(1, 9999),
        "temperature": st.sampled_from([0, 0.5, 1, 1.0, 2]),
        "top_p": st.sampled_from([0.1, 1, 1.0]),
        "stop": st.one_of(st.text(), st.lists(st.text(), max_size=3)),
        "stream": st.booleans(),
        "stream_options": st.fixed_dictionaries({}, optional={"include_usage": st.booleans()}),
    },
)


def long_way(model: DatabricksTarget, given: dict[str, Any], tags: dict[str, str]) -> Any:
    params = {name: value for name, value in given.items() if name not in ("model", "messages", "stream")}
    if tags:
        params["metadata"] = tags
    return exchange(
        model,
        ChatRequest(
            messages=given["messages"],
            params=params,
            stream=given.get("stream", False),
            include_usage=given.get("stream_options", {}).get("include_usage", False),
        ),
    )


@given(
    st.sampled_from(NAMES),
    st.sampled_from(BASES),
    MESSAGES,
    PARAMS,
    st.sampled_from([{}, {"key_alias": "team", "user_id": "ü"}]),
)
def test_both_ways_say_the_same(name, base, messages, params, tags):
    """Of every model on every surface, with any of the parameters that it takes."""
    given_ = {"model": "public", "messages": messages, **params}
    chat = plain_chat.read_request(json.dumps(given_).encode())
    to = target(name, base)
    taken = plain.takes(to)
    assert chat is not None
    if taken is None or not chat.sampling <= taken:
        return
    short = PlainExchange(to, chat, tags).write_request(TOKEN)
    long = long_way(to, given_, tags).write_request(TOKEN)

    assert json.loads(long.body) == json.loads(short.body)
    assert (long.url, long.headers, long.stream) == (short.url, short.headers, short.stream)


def test_most_models_take_plain_chats():
    """Or there would be no point in it."""
    taken = [plain.takes(target(name, BASES[0])) for name in NAMES]

    assert sum(names is not None and "max_tokens" in names for names in taken) > len(NAMES) * 0.7


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"model": "a"},
        {"model": 1, "messages": [{"role": "user", "content": "x"}]},
        {"messages": []},
        {"messages": [{"role": "user", "content": ""}]},
        {"messages": [{"role": "user", "content": " \n"}]},
        {"messages": [{"role": "user", "content": None}]},
        {"messages": [{"role": "user", "content": [{"type": "text", "text": "x"}]}]},
        {"messages": [{"role": "developer", "content": "x"}]},
        {"messages": [{"role": "tool", "content": "x", "tool_call_id": "1"}]},
        {"messages": [{"role": "user", "content": "x", "name": "Ann"}]},
        {"messages": [{"role": "user", "content": "x", "cache_control": {"type": "ephemeral"}}]},
        {"messages": [{"role": "assistant", "content": "x", "thinking_blocks": []}]},
        {"messages": [{"role": "system", "content": "x"}, {"role": "system", "content": "y"}]},
        {"messages": [{"role": "user", "content": "x"}], "tools": []},
        {"messages": [{"role": "user", "content": "x"}], "max_tokens": "5"},
        {"messages": [{"role": "user", "content": "x"}], "temperature": True},
        {"messages": [{"role": "user", "content": "x"}], "stream": "yes"},
        {"messages": [{"role": "user", "content": "x"}], "stream_options": {"other": 1}},
        {"messages": [{"role": "user", "content": "x"}], "reasoning_effort": "low"},
        {"messages": [{"role": "user", "content": "x"}], "metadata": {}},
        {"messages": [{"role": "user", "content": "x"}], "timeout": 3},
        {"messages": [{"role": "user", "content": "x"}], "api_base": "https://evil.example"},
    ],
    ids=str,
)
def test_what_is_not_plain(body):
    """Whatever has to be looked into, translated, refused or obeyed is read in full."""
    assert plain_chat.read_request(json.dumps({"model": "a", **body} if body else body).encode()) is None


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"model":"a","messages":[' + b"[" * 5000, b"\xff"])
def test_what_is_broken(body):
    """Likewise: the long way says what is wrong."""
    assert plain_chat.read_request(body) is None


REPLY = {
    "id": "1",
    "object": "chat.completion",
    "created": 5,
    "model": "m",
    "choices": [
        {"index": 0, "message": {"role": "assistant", "content": "hello"}, "finish_reason": "stop"},
        {
            "index": 1,
            "message": {"role": "assistant", "content": "", "refusal": None},
            "finish_reason": "length",
        },
    ],
    "usage": {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7},
}


def read_both(wire: Any) -> tuple[Any, Any]:
    to = target("databricks-meta-llama-3-3-70b-instruct", BASES[0])
    chat = plain_chat.read_request(b'{"model":"a","messages":[{"role":"user","content":"x"}]}')
    assert chat is not None
    response = HttpResponse(200, Headers(), json.dumps(wire).encode())
    long = long_way(to, {"messages": [{"role": "user", "content": "x"}]}, {})
    short = plain_chat.encode(PlainExchange(to, chat, {}).read_reply(response))
    return long.read_reply(response), json.loads(short)


def without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_nulls(inner) for key, inner in value.items() if inner is not None}
    return [without_nulls(inner) for inner in value] if isinstance(value, list) else value


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"system_fingerprint": "fp"},
        {
            "usage": {
                "prompt_tokens": 3,
                "completion_tokens": 4,
                "total_tokens": 7,
                "cache_read_input_tokens": 2,
            }
        },
        {"usage": {}},
        {"choices": [{"index": 0, "message": {"role": "assistant", "content": "a"}, "finish_reason": "eos"}]},
        {
            "choices": [
                {
                    "index": 0,
                    "message": {"role": "assistant", "content": " <think>so</think> a"},
                    "finish_reason": "stop",
                }
            ]
        },
        {
            "choices": [
                {
                    "index": 0,
                    "message": {"role": "assistant", "content": [{"type": "text", "text": "a"}]},
                    "finish_reason": "stop",
                }
            ]
        },
        {
            "choices": [
                {
                    "index": 0,
                    "message": {
                        "role": "assistant",
                        "content": "a",
                        "tool_calls": [
                            {"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
                        ],
                    },
                    "finish_reason": "stop",
                }
            ]
        },
        {"service_tier": "priority"},
    ],
    ids=str,
)
def test_both_ways_read_the_same(change):
    """Of what is plain the bytes are passed on, of anything else what the long way makes of it; nulls, which
    say nothing, apart."""
    long, short = read_both({**REPLY, **change})

    assert without_nulls(long) == without_nulls(short)


def test_a_reply_that_is_an_error():
    """It is told as one by both."""
    to = target("databricks-meta-llama-3-3-70b-instruct", BASES[0])
    chat = plain_chat.read_request(b'{"model":"a","messages":[{"role":"user","content":"x"}]}')
    assert chat is not None
    body = b'{"error_code":"BAD_REQUEST","message":"no"}'

    with pytest.raises(Exception, match="no"):
        PlainExchange(to, chat, {}).read_reply(HttpResponse(200, Headers(), body))
