"""Every form that a streamed reply was seen in, and what goes wrong with streams."""

from typing import Any

from parity.case import (
    CLAUDE,
    GEMINI,
    GPT,
    LLAMA,
    OSS,
    STREAM,
    Case,
    Reply,
    call,
    chat,
    chunk,
    completion,
    stream,
)

TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {}}}}
COUNTS = {"prompt_tokens": 100, "completion_tokens": 2, "total_tokens": 102}
CACHED = {**COUNTS, "cache_read_input_tokens": 90, "cache_creation_input_tokens": 0}
ASK_USAGE = {"include_usage": True}
TEXT = [chunk({"role": "assistant", "content": "Hel"}), chunk({"content": "lo!"}), chunk({}, "stop")]


def _thought(text: str, signature: str = "") -> dict[str, Any]:
    summary = {"type": "summary_text", "text": text, "signature": signature}
    return {"role": "assistant", "content": [{"type": "reasoning", "summary": [summary]}]}


REASONING = stream(
    chunk(_thought("17 times")),
    chunk(_thought(" 23")),
    chunk(_thought("", "sig-final")),
    chunk({"role": "assistant", "content": "39"}),
    chunk({"role": "assistant", "content": "1"}),
    chunk({"role": "assistant", "content": ""}, "stop"),
)
TOOLS = stream(
    chunk({"role": "assistant", "content": None, "tool_calls": [call(0, arguments="")]}),
    chunk({"tool_calls": [call(0, None, '{"x":')]}),
    chunk({"tool_calls": [call(0, None, " 1}")]}),
    chunk({}, "tool_calls"),
)
PARALLEL = stream(
    chunk({"role": "assistant", "content": None, "tool_calls": [call(0, arguments=""), call(1, "g", "")]}),
    chunk({"tool_calls": [call(0, None, '{"x":1}')]}),
    chunk({"tool_calls": [call(1, None, '{"y":2}')]}),
    chunk({}, "tool_calls"),
)
BRACES = stream(
    chunk({"role": "assistant", "tool_calls": [call(0, arguments="{}")]}),
    chunk({"tool_calls": [call(0, None, '{"x": 1}')]}),
    chunk({}, "tool_calls"),
)
UNCOUNTED = stream(chunk({"content": "Hello!"}, usage=...), chunk({}, "stop", usage=...))
FORMS: dict[str, tuple[str, Reply, dict[str, Any]]] = {
    "text": (LLAMA, STREAM, {}),
    "text-role-on-every-chunk": (
        CLAUDE,
        stream(
            *(chunk({"role": "assistant", "content": c}) for c in "abc"),
            chunk({"role": "assistant", "content": ""}, "stop"),
        ),
        {},
    ),
    "text-finish-with-last": (
        LLAMA,
        stream(chunk({"content": "Hel"}), chunk({"content": "lo!"}, "stop")),
        {},
    ),
    "text-lists": (
        CLAUDE,
        stream(chunk({"content": [{"type": "text", "text": "Hi"}]}), chunk({}, "stop")),
        {},
    ),
    "text-null-content": (LLAMA, stream(chunk({"role": "assistant", "content": None}), *TEXT), {}),
    "text-length": (LLAMA, stream(chunk({"content": "Hel"}), chunk({}, "length")), {}),
    "text-end_turn": (CLAUDE, stream(chunk({"content": "Hel"}), chunk({}, "end_turn")), {}),
    "reasoning-lists": (CLAUDE, REASONING, {}),
    "reasoning-lists-usage": (CLAUDE, REASONING, {"stream_options": ASK_USAGE}),
    "reasoning-unsigned": (
        OSS,
        stream(
            chunk({"content": [{"type": "reasoning", "summary": [{"type": "summary_text", "text": "hm"}]}]}),
            chunk({"content": [{"type": "text", "text": "Hi"}]}),
            chunk({}, "stop"),
        ),
        {},
    ),
    "reasoning_content": (
        LLAMA,
        stream(chunk({"role": "assistant", "content": None, "reasoning_content": "hm"}), *TEXT),
        {},
    ),
    "reasoning-top-level": (
        LLAMA,
        stream(chunk({"role": "assistant", "content": None, "reasoning": "hm"}), *TEXT),
        {},
    ),
    "reasoning-think-tags": (
        LLAMA,
        stream(
            chunk({"content": "<think>"}),
            chunk({"content": "hm</think>"}),
            chunk({"content": "Hi"}),
            chunk({}, "stop"),
        ),
        {},
    ),
    "reasoning-redacted": (
        CLAUDE,
        stream(
            chunk(
                {
                    "content": [
                        {"type": "reasoning", "summary": [{"type": "summary_encrypted_text", "data": "x"}]}
                    ]
                }
            ),
            *TEXT,
        ),
        {},
    ),
    "citation": (
        CLAUDE,
        stream(
            chunk({"content": "Blue"}),
            chunk(
                {
                    "content": [
                        {
                            "type": "text",
                            "text": "",
                            "citations": [{"type": "char_location", "cited_text": "b"}],
                        }
                    ]
                }
            ),
            chunk({}, "stop"),
        ),
        {},
    ),
    "tools": (LLAMA, TOOLS, {"tools": [TOOL]}),
    "tools-claude": (CLAUDE, TOOLS, {"tools": [TOOL]}),
    "tools-parallel": (LLAMA, PARALLEL, {"tools": [TOOL]}),
    "tools-braces-first": (CLAUDE, BRACES, {"tools": [TOOL]}),
    "tools-braces-only": (
        CLAUDE,
        stream(chunk({"tool_calls": [call(0, arguments="{}")]}), chunk({}, "tool_calls")),
        {"tools": [TOOL]},
    ),
    "tools-no-arguments": (
        CLAUDE,
        stream(chunk({"tool_calls": [call(0, arguments="")]}), chunk({}, "tool_calls")),
        {"tools": [TOOL]},
    ),
    "tools-finish-stop": (
        LLAMA,
        stream(chunk({"tool_calls": [call(0)]}), chunk({}, "stop")),
        {"tools": [TOOL]},
    ),
    "tools-no-index": (
        LLAMA,
        stream(chunk({"tool_calls": [call(None)]}), chunk({}, "tool_calls")),
        {"tools": [TOOL]},
    ),
    "tools-thoughtSignature": (
        GEMINI,
        stream(chunk({"tool_calls": [call(0, thoughtSignature="sig")]}), chunk({}, "tool_calls")),
        {"tools": [TOOL]},
    ),
    "text-then-tools": (
        CLAUDE,
        stream(
            chunk({"role": "assistant", "content": "Let me."}),
            chunk({"tool_calls": [call(0)]}),
            chunk({}, "tool_calls"),
        ),
        {"tools": [TOOL]},
    ),
    "usage-on-every-chunk": (LLAMA, stream(*(c | {"usage": COUNTS} for c in TEXT)), {}),
    "usage-on-every-chunk-asked": (
        LLAMA,
        stream(*(c | {"usage": COUNTS} for c in TEXT)),
        {"stream_options": ASK_USAGE},
    ),
    "usage-cached-asked": (
        CLAUDE,
        stream(*(c | {"usage": CACHED} for c in TEXT)),
        {"stream_options": ASK_USAGE},
    ),
    "usage-last-chunk-asked": (
        GPT,
        stream(*(c | {"usage": None} for c in TEXT), chunk(choices=[], usage=COUNTS)),
        {"stream_options": ASK_USAGE},
    ),
    "usage-last-chunk": (
        GPT,
        stream(*(c | {"usage": None} for c in TEXT), chunk(choices=[], usage=COUNTS)),
        {},
    ),
    "usage-none": (LLAMA, UNCOUNTED, {}),
    "usage-none-asked": (LLAMA, UNCOUNTED, {"stream_options": ASK_USAGE}),
    "two-choices": (
        LLAMA,
        stream(
            {
                **chunk(),
                "choices": [
                    {"index": i, "delta": {"content": "ab"[i]}, "finish_reason": None} for i in (0, 1)
                ],
            },
            {**chunk(), "choices": [{"index": i, "delta": {}, "finish_reason": "stop"} for i in (0, 1)]},
        ),
        {"n": 2},
    ),
    "logprobs": (
        LLAMA,
        stream(
            {**chunk(), "choices": [{"index": 0, "delta": {"content": "a"}, "logprobs": {"content": []}}]},
            chunk({}, "stop"),
        ),
        {},
    ),
    "service_tier": (
        GPT,
        stream(*(c | {"service_tier": "priority"} for c in TEXT)),
        {"service_tier": "priority"},
    ),
    "head-missing": (LLAMA, stream(*({"choices": c["choices"]} for c in TEXT)), {}),
    "no-done": (LLAMA, stream(*TEXT, done=False), {}),
    "cut": (LLAMA, stream(*TEXT[:2], done=False), {}),
    "empty": (LLAMA, Reply(body="", content_type="text/event-stream"), {}),
    "done-alone": (LLAMA, stream(), {}),
    "comments": (LLAMA, stream(": ping", *TEXT), {}),
    "crlf": (
        LLAMA,
        Reply(body=STREAM.encoded().decode().replace("\n", "\r\n"), content_type="text/event-stream"),
        {},
    ),
    "malformed-line": (LLAMA, stream(TEXT[0], "data: {oops", *TEXT[1:]), {}),
    "error-event": (
        LLAMA,
        stream(TEXT[0], {"error_code": "REQUEST_LIMIT_EXCEEDED", "message": "slow down"}),
        {},
    ),
    "error-event-openai": (
        LLAMA,
        stream(TEXT[0], {"error": {"message": "slow down", "type": "rate_limit_exceeded", "code": 429}}),
        {},
    ),
    "error-event-first": (LLAMA, stream({"error": {"message": "slow down", "code": 429}}), {}),
    "json-instead": (LLAMA, chat(), {}),
    "whole-reply-instead": (
        LLAMA,
        stream(
            {
                **chunk(),
                "object": "chat.completion",
                "choices": [
                    {"index": 0, "message": {"role": "assistant", "content": "Hi"}, "finish_reason": "stop"}
                ],
            }
        ),
        {},
    ),
}

CASES: tuple[Case, ...] = (
    *(
        completion(name, model, reply, stream=True, says="slow down" if "error" in name else "", **params)
        for name, (model, reply, params) in FORMS.items()
    ),
    completion("async-text", CLAUDE, STREAM, call="acompletion", stream=True),
    completion("async-reasoning", CLAUDE, REASONING, call="acompletion", stream=True),
    completion(
        "refused",
        LLAMA,
        Reply(status=429, body={"error_code": "REQUEST_LIMIT_EXCEEDED", "message": "slow down"}),
        stream=True,
        says="slow down",
    ),
)
