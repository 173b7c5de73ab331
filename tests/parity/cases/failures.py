"""Every status with every envelope that errors were seen in, and texts that say more than the status."""

import json
from typing import Any

from parity.case import CLAUDE, LLAMA, Case, Reply, completion

STATUSES = (400, 401, 402, 403, 404, 405, 408, 409, 413, 422, 424, 429, 499, 500, 501, 502, 503, 504, 529)
REASON = "the very reason"
ENVELOPES: dict[str, Any] = {
    "databricks": {"error_code": "X", "message": REASON},
    "nested": {"error_code": "X", "message": json.dumps({"message": REASON})},
    "number": {"error_code": 7, "message": REASON},
    "openai": {"error": {"message": REASON, "type": "t", "param": "p", "code": "c"}},
    "bare": {"error": REASON},
    "detail": {"detail": REASON},
    "text": REASON,
    "html": f"<html><body><h1>{REASON}</h1></body></html>",
    "empty": "",
}
CODES = {
    "bad-request": (400, "BAD_REQUEST"),
    "invalid-parameter": (400, "INVALID_PARAMETER_VALUE"),
    "permission": (403, "PERMISSION_DENIED"),
    "endpoint-not-found": (404, "ENDPOINT_NOT_FOUND"),
    "does-not-exist": (404, "RESOURCE_DOES_NOT_EXIST"),
    "rate-limit": (429, "REQUEST_LIMIT_EXCEEDED"),
    "exhausted": (429, "RESOURCE_EXHAUSTED"),
    "internal": (500, "INTERNAL_ERROR"),
    "unavailable": (503, "TEMPORARILY_UNAVAILABLE"),
    "deadline": (504, "DEADLINE_EXCEEDED"),
}
CONTEXT_TEXTS = {
    "openai": "This model's maximum context length is 8192 tokens.",
    "requested": "Requested token count exceeds the model's maximum context length",
    "claude": "prompt is too long: 210000 tokens > 200000 maximum",
    "bedrock": "Input is too long for requested model.",
    "databricks": "Input is too long.",
    "longer": "The prompt (length 9000) is longer than the model's context length 8192",
    "exceed": "input length and max_tokens exceed context limit: 199000 + 5000 > 200000",
    "tgi": "`inputs` tokens + `max_new_tokens` must be <= 4096",
    "configured": "input tokens exceed the configured limit of 272000 tokens",
    "available": "the request exceeds the available context size",
    "gemini": "The input token count (1100000) exceeds the maximum number of tokens allowed (1048576).",
    "code": 'it failed, "code": "context_length_exceeded"',
}
SPECIAL: dict[str, tuple[int, Any]] = {
    "token-invalid": (403, {"error_code": 403, "message": "Invalid access token."}),
    "token-expired": (403, {"error_code": 403, "message": "Token is expired."}),
    "ip-acl": (
        403,
        {"error_code": 403, "message": "Source IP address: 203.0.113.7 is blocked by Databricks IP ACL"},
    ),
    "rate-limit-documented": (
        429,
        {
            "error": {
                "message": "ITPM limit reached",
                "type": "rate_limit_exceeded",
                "code": 429,
                "retry_after": 15,
            }
        },
    ),
    "guardrail": (
        400,
        {
            "error_code": "BAD_REQUEST",
            "message": json.dumps(
                {"input_guardrail": [{"pii_detection": True}], "finishReason": "input_guardrail_triggered"}
            ),
        },
    ),
    "content-filter": (400, {"error": {"message": "The response was filtered", "code": "content_filter"}}),
    "retired": (
        400,
        {"error_code": "BAD_REQUEST", "message": "The model has been retired and is no longer available."},
    ),
    "payload": (400, {"error_code": "BAD_REQUEST", "message": "exceeds maximum allowed content length."}),
    "secret": (
        401,
        {
            "error_code": "X",
            "message": "bad header Authorization: Bearer dapi0123456789abcdef0123456789abcdef",
        },
    ),
}


def _refused(name: str, status: int, body: Any, says: str = "", model: str = LLAMA) -> Case:
    return completion(name, model, Reply(status=status, body=body), says=says)


CASES: tuple[Case, ...] = (
    *(_refused(f"status-{status}", status, ENVELOPES["databricks"], REASON) for status in STATUSES),
    *(
        _refused(f"envelope-{name}-{status}", status, body, REASON if name != "empty" else "")
        for name, body in ENVELOPES.items()
        for status in (400, 500)
        if name != "databricks"
    ),
    *(
        _refused(f"code-{name}", status, {"error_code": code, "message": REASON}, REASON)
        for name, (status, code) in CODES.items()
    ),
    *(
        _refused(f"context-{name}", 400, {"error_code": "BAD_REQUEST", "message": text}, text, CLAUDE)
        for name, text in CONTEXT_TEXTS.items()
    ),
    *(_refused(name, status, body) for name, (status, body) in SPECIAL.items()),
    completion("nobody-listens", api_base="http://127.0.0.1:1/serving-endpoints"),
)
