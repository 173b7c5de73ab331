"""What the workspace received, kept for tests to assert on; secrets are blanked."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any

import msgspec

from lakeway.emulator.exchange import Request

Json = dict[str, Any]

_SECRET = frozenset(
    {"authorization", "cookie", "proxy-authorization", "x-api-key", "api-key", "x-databricks-token"}
)

_LARGEST = 1 << 20


class Recorder:
    """The newest requests, oldest first."""

    def __init__(self, size: int) -> None:
        self._entries: deque[Json] = deque(maxlen=size)

    def add(self, request: Request) -> Json:
        """Record `request`; the caller fills in `status`, and `aborted` when the client left early."""
        entry: Json = {
            "id": request.request_id,
            "method": request.method,
            "path": request.path,
            "query": dict(request.query),
            "headers": _redacted(request.headers),
            "requester": request.requester,
            "body": _body(request),
            "status": None,
            "aborted": False,
        }
        self._entries.append(entry)
        return entry

    def entries(self) -> list[Json]:
        return list(self._entries)

    def clear(self) -> None:
        self._entries.clear()


def _redacted(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: _blank(value) if name in _SECRET else value for name, value in headers.items()}


def _blank(value: str) -> str:
    """The scheme stays, the secret goes."""
    scheme, separator, _ = value.partition(" ")
    return f"{scheme} [redacted]" if separator else "[redacted]"


def _body(request: Request) -> Any:
    if request.path.startswith("/oidc/"):
        return "[redacted]"
    if len(request.content) > _LARGEST:
        return f"[{len(request.content)} bytes]"
    try:
        return msgspec.json.decode(request.content) if request.content else None
    except (msgspec.DecodeError, RecursionError):
        return request.content[:2000].decode(errors="replace")
