"""The answer behind an error: httpx's own class where the program has loaded httpx, else the part of its
shape that error handlers read. It never imports httpx.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from typing import Any


class ErrorHeaders(dict[str, str]):
    """Response headers by lower-case name, found in any case; repeated ones are joined by a comma."""

    def __init__(self, headers: Mapping[str, str] | Iterable[tuple[str, str]] = ()) -> None:
        super().__init__()
        pairs = headers.items() if hasattr(headers, "items") else headers
        for name, value in pairs:
            name = name.lower()
            self[name] = f"{self[name]}, {value}" if name in self else value

    def __getitem__(self, name: str) -> str:
        return super().__getitem__(name.lower())

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and super().__contains__(name.lower())

    def get(self, name: str, default: Any = None) -> Any:
        return super().get(name.lower(), default)


class ErrorRequest:
    """What was asked. Headers are left out: they hold the token."""

    def __init__(self, method: str, url: str) -> None:
        self.method = method
        self.url = url


class ErrorResponse:
    """What was answered."""

    def __init__(
        self, status_code: int, headers: Mapping[str, str], content: bytes, request: ErrorRequest
    ) -> None:
        self.status_code = status_code
        self.headers = headers
        self.content = content
        self.request = request

    @property
    def text(self) -> str:
        return self.content.decode("utf-8", "replace")

    def json(self) -> Any:
        """The decoded body; raises ValueError when it is not JSON."""
        import json

        return json.loads(self.content)

    def __repr__(self) -> str:
        return f"<ErrorResponse [{self.status_code}]>"


def build_request(method: str, url: str) -> Any:
    """An `httpx.Request` if httpx is loaded, else an `ErrorRequest`."""
    library = _http_library()
    return ErrorRequest(method, url) if library is None else library.Request(method, url)


def build_response(status: int, headers: Mapping[str, str], body: Any, request: tuple[str, str]) -> Any:
    """An `httpx.Response` if httpx is loaded, else an `ErrorResponse`; `request` is method and address."""
    library, asked, content = _http_library(), build_request(*request), _encoded(body)
    if library is None:
        return ErrorResponse(status, headers, content, asked)
    # The body is decoded already; these would make httpx decode it again.
    stale = {"content-encoding", "content-length", "transfer-encoding"}
    kept = {name: value for name, value in headers.items() if name not in stale}
    return library.Response(status, headers=kept, content=content, request=asked)


def _http_library() -> Any:
    # Newer releases of openai are built on httpx2, older ones on httpx: its users know the class it uses.
    names = ("httpx2", "httpx") if "openai" in sys.modules else ("httpx", "httpx2")
    return next((sys.modules[name] for name in names if sys.modules.get(name)), None)


def _encoded(body: Any) -> bytes:
    if isinstance(body, bytes):
        return body
    if body is None or isinstance(body, str):
        return (body or "").encode()
    import json

    return json.dumps(body, default=str).encode()
