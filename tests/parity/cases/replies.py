"""Every form that a whole reply was seen in (Databricks docs, query-reason-models; recorded replies)."""

from typing import Any

from parity.case import ADAPTIVE, CLAUDE, GEMINI, GPT, LLAMA, OSS, Case, Reply, chat, completion, envelope

SIGNED = {"type": "reasoning", "summary": [{"type": "summary_text", "text": "hm", "signature": "s"}]}
UNSIGNED = {"type": "reasoning", "summary": [{"type": "summary_text", "text": "hm"}]}
TWO_PARTS = {
    "type": "reasoning",
    "summary": [
        {"type": "summary_text", "text": "one", "signature": "s1"},
        {"type": "summary_text", "text": "two", "signature": "s2"},
    ],
}
REDACTED = {"type": "reasoning", "summary": [{"type": "summary_encrypted_text", "data": "xyz"}]}
OPAQUE = {"type": "reasoning", "summary": [{"type": "summary_text", "text": "", "signature": "s"}]}
TEXT = {"type": "text", "text": "Hello!"}
CITATION = {
    "type": "char_location",
    "cited_text": "The sky is blue.",
    "document_index": 0,
    "start_char_index": 0,
    "end_char_index": 16,
}
CONTENT: dict[str, tuple[str, Any]] = {
    "text": (LLAMA, "Hello!"),
    "empty": (LLAMA, ""),
    "null": (LLAMA, None),
    "list-one": (CLAUDE, [TEXT]),
    "list-two": (CLAUDE, [TEXT, TEXT]),
    "list-empty": (CLAUDE, []),
    "list-null-field": (CLAUDE, [{**TEXT, "citations": None}]),
    "list-unknown-item": (CLAUDE, [{"type": "odd", "x": 1}, TEXT]),
    "reasoning": (CLAUDE, [SIGNED, TEXT]),
    "reasoning-two": (CLAUDE, [SIGNED, SIGNED, TEXT]),
    "reasoning-parts": (CLAUDE, [TWO_PARTS, TEXT]),
    "reasoning-redacted": (CLAUDE, [REDACTED, TEXT]),
    "reasoning-opaque": (ADAPTIVE, [OPAQUE, TEXT]),
    "reasoning-alone": (CLAUDE, [SIGNED]),
    "reasoning-unsigned": (OSS, [UNSIGNED, TEXT]),
    "citations": (CLAUDE, [{**TEXT, "citations": [CITATION]}]),
    "citations-two-blocks": (
        CLAUDE,
        [{**TEXT, "citations": [CITATION]}, TEXT, {**TEXT, "citations": [CITATION]}],
    ),
    "think-tags": (LLAMA, "<think>hm</think>Hello!"),
    "think-tags-open": (LLAMA, "<think>hm"),
    "think-tags-later": (LLAMA, "Hello! <think>hm</think>"),
}
COUNTS = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}
USAGE: dict[str, tuple[str, Any]] = {
    "plain": (LLAMA, COUNTS),
    "null-details": (LLAMA, {**COUNTS, "prompt_tokens_details": None, "completion_tokens_details": None}),
    "claude-cache-read": (
        CLAUDE,
        {**COUNTS, "cache_read_input_tokens": 90, "cache_creation_input_tokens": 0},
    ),
    "claude-cache-write": (
        CLAUDE,
        {**COUNTS, "cache_read_input_tokens": 0, "cache_creation_input_tokens": 80},
    ),
    "claude-cache-beside": (
        CLAUDE,
        {**COUNTS, "prompt_tokens": 10, "total_tokens": 30, "cache_read_input_tokens": 90},
    ),
    "gpt-details": (
        GPT,
        {
            **COUNTS,
            "prompt_tokens_details": {"cached_tokens": 64},
            "completion_tokens_details": {"reasoning_tokens": 16},
        },
    ),
    "reasoning_tokens": (OSS, {**COUNTS, "reasoning_tokens": 16}),
    "extra": (LLAMA, {**COUNTS, "queue_time": 0.5}),
    "zero": (LLAMA, {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}),
}
FINISHES = (
    "stop",
    "length",
    "tool_calls",
    "content_filter",
    "function_call",
    "end_turn",
    "max_tokens",
    "odd",
    None,
)
MESSAGE = {"role": "assistant", "content": "Hello!"}
NULLS: Any = {"refusal": None, "function_call": None, "tool_calls": None, "annotations": None, "audio": None}
LOGPROBS = {"content": [{"token": "Hi", "logprob": -0.1, "bytes": None, "top_logprobs": []}]}


def _choices(*messages: Any, **fields: Any) -> Reply:
    return envelope(
        choices=[
            {"index": i, "message": m, "finish_reason": "stop", **fields} for i, m in enumerate(messages)
        ]
    )


CASES: tuple[Case, ...] = (
    *(completion(f"content-{name}", model, chat(content)) for name, (model, content) in CONTENT.items()),
    *(completion(f"usage-{name}", model, chat(usage=usage)) for name, (model, usage) in USAGE.items()),
    *(completion(f"finish-{finish}", LLAMA, chat(finish=finish)) for finish in FINISHES),
    completion("reasoning_content", LLAMA, chat(reasoning_content="hm")),
    completion("reasoning-top-level", LLAMA, chat(reasoning="hm")),
    completion("reasoning_content-null", LLAMA, chat(reasoning_content=None)),
    completion("null-fields", OSS, _choices({**MESSAGE, **NULLS}, logprobs=None)),
    completion("refusal", GPT, chat(None, refusal="I cannot")),
    completion("two-choices", LLAMA, _choices(MESSAGE, {**MESSAGE, "content": "Hi!"}), n=2),
    completion("logprobs", LLAMA, _choices(MESSAGE, logprobs=LOGPROBS)),
    completion("system_fingerprint", LLAMA, envelope(choices=[], system_fingerprint="fp", service_tier=None)),
    completion("service_tier", GPT, envelope(choices=[], service_tier="priority")),
    completion("choices-empty", LLAMA, envelope(choices=[])),
    completion("choices-missing", LLAMA, envelope()),
    completion(
        "id-missing",
        LLAMA,
        envelope(id=..., choices=[{"index": 0, "message": MESSAGE, "finish_reason": "stop"}]),
    ),
    completion(
        "created-missing",
        LLAMA,
        envelope(created=..., choices=[{"index": 0, "message": MESSAGE, "finish_reason": "stop"}]),
    ),
    completion(
        "usage-missing",
        LLAMA,
        envelope(usage=..., choices=[{"index": 0, "message": MESSAGE, "finish_reason": "stop"}]),
    ),
    completion(
        "model-missing",
        LLAMA,
        envelope(model=..., choices=[{"index": 0, "message": MESSAGE, "finish_reason": "stop"}]),
    ),
    completion(
        "model-priced",
        LLAMA,
        envelope(
            model="databricks-meta-llama-3-3-70b-instruct",
            choices=[{"index": 0, "message": MESSAGE, "finish_reason": "stop"}],
        ),
    ),
    completion(
        "model-bedrock",
        CLAUDE,
        envelope(
            model="us.anthropic.claude-sonnet-4-5-20250929-v1:0",
            choices=[{"index": 0, "message": MESSAGE, "finish_reason": "stop"}],
        ),
    ),
    completion("message-without-content", LLAMA, _choices({"role": "assistant"})),
    completion("message-without-role", LLAMA, _choices({"content": "Hello!"})),
    completion(
        "extra-fields",
        LLAMA,
        envelope(choices=[{"index": 0, "message": MESSAGE, "finish_reason": "stop"}], trace="t1"),
    ),
    completion(
        "policy-block",
        GEMINI,
        chat("Request blocked by service policy 'block-pii'.", finish="content_filter"),
    ),
    completion("html", LLAMA, Reply(body="<html>hi</html>", content_type="text/html")),
    completion("empty-body", LLAMA, Reply(body="")),
    completion("json-list", LLAMA, Reply(body=[1])),
    completion("error-in-200", LLAMA, Reply(body={"error_code": "BAD_REQUEST", "message": "no"}), says="no"),
    completion(
        "summary-without-text",
        CLAUDE,
        chat([{"type": "reasoning", "summary": [{"type": "summary_text"}]}, TEXT]),
    ),
)
