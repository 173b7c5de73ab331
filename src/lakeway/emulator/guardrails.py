"""What the two kinds of guardrail answer: recorded for endpoints, from prose for gateway policies.

An endpoint guardrail is a 400 whose message is JSON again (inference table row of 2026-08-28). A gateway
policy answers 200 with finish_reason content_filter, which a client that looks at statuses only will miss.
"""

from __future__ import annotations

import msgspec

from lakeway.emulator.envelopes import ApiError, coded

_NOTHING = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}


def blocked(*, gateway: bool) -> ApiError:
    """The reply to a request that a guardrail stopped."""
    return _policy_block() if gateway else _input_block()


def _input_block() -> ApiError:
    report = {
        "usage": {"prompt_tokens": 0, "total_tokens": 0},
        "input_guardrail": [
            {
                "flagged": False,
                "categories": None,
                "category_scores": None,
                "pii_detection": True,
                "anonymized_input": [{"role": "user", "content": "Write to <EMAIL_ADDRESS>"}],
            }
        ],
        "finishReason": "input_guardrail_triggered",
    }
    return coded(400, "BAD_REQUEST", msgspec.json.encode(report).decode())


def _policy_block() -> ApiError:
    message = {"role": "assistant", "content": "Request blocked by service policy 'block-pii'."}
    body = {
        "id": "chatcmpl-blocked",
        "object": "chat.completion",
        "created": 0,
        "model": "blocked",
        "choices": [{"index": 0, "message": message, "finish_reason": "content_filter"}],
        "usage": _NOTHING,
    }
    return ApiError(200, msgspec.json.encode(body))
