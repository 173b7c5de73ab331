"""Messages as callers write them, history that came from replies included."""

from typing import Any

from parity.case import ADAPTIVE, CLAUDE, CUSTOM, GEMINI, GPT, LLAMA, OSS, Case, call, completion

PNG = "data:image/png;base64,aGk="
CACHED = {"type": "ephemeral"}
USER = {"role": "user", "content": "hi"}
THOUGHT = {"type": "thinking", "thinking": "hm", "signature": "sig"}
REDACTED = {"type": "redacted_thinking", "data": "xyz"}
WIRE_THOUGHT = {"type": "reasoning", "summary": [{"type": "summary_text", "text": "hm", "signature": "sig"}]}


def _text(text: str, **more: Any) -> dict[str, Any]:
    return {"type": "text", "text": text, **more}


def _image(image: Any) -> dict[str, Any]:
    return {"role": "user", "content": [_text("what?"), {"type": "image_url", "image_url": image}]}


SPOKEN: dict[str, list[Any]] = {
    "system": [{"role": "system", "content": "be brief"}, USER],
    "system-two": [{"role": "system", "content": "a"}, {"role": "system", "content": "b"}, USER],
    "system-two-one-empty": [{"role": "system", "content": "a"}, {"role": "system", "content": ""}, USER],
    "system-later": [USER, {"role": "system", "content": "a"}, USER],
    "system-list": [{"role": "system", "content": [_text("a"), _text("b")]}, USER],
    "system-two-lists": [
        {"role": "system", "content": [_text("a"), _text("b")]},
        {"role": "system", "content": "c"},
        USER,
    ],
    "developer": [{"role": "developer", "content": "be brief"}, USER],
    "developer-and-system": [{"role": "system", "content": "a"}, {"role": "developer", "content": "b"}, USER],
    "name-user": [{"role": "user", "name": "ann", "content": "hi"}],
    "name-assistant": [USER, {"role": "assistant", "name": "bot", "content": "yes"}, USER],
    "list-one-text": [{"role": "user", "content": [_text("hi")]}],
    "list-two-texts": [{"role": "user", "content": [_text("a"), _text("b")]}],
    "list-empty-text": [{"role": "user", "content": [_text(""), _text("b"), _text("c")]}],
    "empty-assistant": [USER, {"role": "assistant", "content": ""}, USER],
    "empty-assistant-none": [USER, {"role": "assistant", "content": None}, USER],
    "empty-assistant-spaces": [USER, {"role": "assistant", "content": "  "}, USER],
    "empty-assistant-list": [USER, {"role": "assistant", "content": []}, USER],
    "empty-user": [{"role": "user", "content": ""}],
    "empty-user-list": [{"role": "user", "content": [_text("")]}],
    "role-missing": [USER, {"content": "yes"}, USER],
    "cache_control-block": [{"role": "user", "content": [_text("a", cache_control=CACHED), _text("b")]}],
    "cache_control-message": [{"role": "user", "content": "a", "cache_control": CACHED}],
    "cache_control-message-list": [
        {"role": "user", "content": [_text("a"), _text("b")], "cache_control": CACHED}
    ],
    "image-data": [_image({"url": PNG})],
    "image-text": [_image(PNG)],
    "image-detail": [_image({"url": PNG, "detail": "low"})],
    "image-format": [_image({"url": PNG, "format": "image/png"})],
    "prefix": [USER, {"role": "assistant", "content": "yes", "prefix": True}],
    "history-thinking_blocks": [
        USER,
        {"role": "assistant", "content": "yes", "reasoning_content": "hm", "thinking_blocks": [THOUGHT]},
        USER,
    ],
    "history-redacted": [
        USER,
        {"role": "assistant", "content": "yes", "thinking_blocks": [REDACTED, THOUGHT]},
        USER,
    ],
    "history-reasoning_content": [
        USER,
        {"role": "assistant", "content": "yes", "reasoning_content": "hm"},
        USER,
    ],
    "history-thinking-alone": [
        USER,
        {"role": "assistant", "content": None, "thinking_blocks": [THOUGHT]},
        USER,
    ],
    "history-thinking-and-call": [
        USER,
        {"role": "assistant", "content": None, "tool_calls": [call(None)], "thinking_blocks": [THOUGHT]},
        {"role": "tool", "tool_call_id": "call_0", "content": "1"},
    ],
    "history-thinking-in-content": [USER, {"role": "assistant", "content": [THOUGHT, _text("yes")]}, USER],
    "history-reasoning-in-content": [
        USER,
        {"role": "assistant", "content": [WIRE_THOUGHT, _text("yes")]},
        USER,
    ],
    "history-reply-fields": [
        USER,
        {
            "role": "assistant",
            "content": "yes",
            "tool_calls": None,
            "function_call": None,
            "refusal": None,
            "annotations": None,
            "audio": None,
            "provider_specific_fields": {"citations": None},
        },
        USER,
    ],
    "tool-result-image": [
        USER,
        {"role": "assistant", "content": None, "tool_calls": [call(None)]},
        {
            "role": "tool",
            "tool_call_id": "call_0",
            "content": [_text("seen"), {"type": "image_url", "image_url": {"url": PNG}}],
        },
    ],
    "extra-key": [{"role": "user", "content": "hi", "odd": 1}],
}

CASES: tuple[Case, ...] = (
    *(
        completion(f"{name}-{family}", model, messages=messages)
        for name, messages in SPOKEN.items()
        for family, model in (("claude", CLAUDE), ("llama", LLAMA))
    ),
    completion("system-two-gpt", GPT, messages=SPOKEN["system-two"]),
    completion("history-thinking_blocks-adaptive", ADAPTIVE, messages=SPOKEN["history-thinking_blocks"]),
    completion("history-thinking_blocks-gpt-oss", OSS, messages=SPOKEN["history-thinking_blocks"]),
    completion("history-thinking_blocks-gemini", GEMINI, messages=SPOKEN["history-thinking_blocks"]),
    completion("history-thinking_blocks-custom", CUSTOM, messages=SPOKEN["history-thinking_blocks"]),
    completion("extra-key-custom", CUSTOM, messages=SPOKEN["extra-key"]),
    completion(
        "file-data",
        GPT,
        messages=[
            {
                "role": "user",
                "content": [_text("read"), {"type": "file", "file": {"file_data": PNG, "format": "pdf"}}],
            }
        ],
    ),
    completion("content-type-unknown", messages=[{"role": "user", "content": [{"type": "odd", "x": 1}]}]),
    completion("message-not-an-object", messages=["hi"]),
    completion("messages-not-a-list", messages="hi"),
    *(
        completion(
            f"cache_control_injection_points-{role}",
            CLAUDE,
            messages=SPOKEN["system"],
            cache_control_injection_points=[{"location": "message", "role": role}],
        )
        for role in ("system", "user")
    ),
    completion(
        "cache_control_injection_points-index",
        CLAUDE,
        messages=SPOKEN["system"],
        cache_control_injection_points=[{"location": "message", "index": -1}],
    ),
)
