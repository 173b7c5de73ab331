"""The fake usage tables: one row per served request, shaped like Databricks' system tables.

Classic calls fill `system.serving.endpoint_usage` (attribution from the body's usage_context), gateway calls
`system.ai_gateway.usage` (attribution from a header). The wrong channel is silently lost, as it really is.
"""

from __future__ import annotations

from collections import deque
from typing import Any

import msgspec

from lakeway.emulator.exchange import Request
from lakeway.emulator.validation.wording import Surface

Json = dict[str, Any]

TAGS_HEADER = "databricks-ai-gateway-request-tags"


class UsageTable:
    """The newest rows, oldest first."""

    def __init__(self, size: int, workspace_id: str) -> None:
        self._rows: deque[Json] = deque(maxlen=size)
        self._workspace_id = workspace_id

    def add(self, surface: Surface, request: Request, endpoint: str, body: Json, usage: Json) -> None:
        read = usage["prompt_tokens"] if "prompt_tokens" in usage else usage["input_tokens"]
        written = usage.get("completion_tokens") or usage.get("output_tokens") or 0
        row: Json = {
            "table": "system.serving.endpoint_usage" if surface == "classic" else "system.ai_gateway.usage",
            "workspace_id": self._workspace_id,
            "databricks_request_id": request.request_id,
            "endpoint_name": endpoint,
            "requester": request.requester,
            "status_code": 200,
            "request_streaming": bool(body.get("stream")),
            "input_token_count": read,
            "output_token_count": written,
            "total_tokens": usage.get("total_tokens", read + written),
        }
        if surface == "classic":
            row |= {
                "usage_context": body.get("usage_context"),
                "client_request_id": body.get("client_request_id"),
            }
        else:
            row |= {"request_tags": _tags(request.headers.get(TAGS_HEADER))}
        self._rows.append(row)

    def rows(self) -> list[Json]:
        return list(self._rows)

    def clear(self) -> None:
        self._rows.clear()


def _tags(header: str | None) -> Any:
    try:
        return msgspec.json.decode(header) if header else {}
    except msgspec.DecodeError:
        return {}
