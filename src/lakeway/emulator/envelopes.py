"""Errors as a workspace writes them: the six envelope forms of Databricks, raised as one exception.

Forms: coded `{"error_code": "TEXT", "message"}`, numbered `{"error_code": 403, "message"}`, nested (a coded
one whose message is JSON text again), openai `{"error": {...}}`, oidc `{"error", "error_description"}`, and
pages that are no JSON at all. Which form answers what is decided where the error is raised.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

Json = dict[str, Any]
Form = Literal["coded", "numbered", "nested", "openai", "oidc", "html", "text", "empty"]

CODES = {
    400: "BAD_REQUEST",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "RESOURCE_DOES_NOT_EXIST",
    408: "DEADLINE_EXCEEDED",
    409: "RESOURCE_CONFLICT",
    429: "REQUEST_LIMIT_EXCEEDED",
    499: "CANCELLED",
    500: "INTERNAL_ERROR",
    501: "NOT_IMPLEMENTED",
    503: "TEMPORARILY_UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}


class ApiError(Exception):
    """A reply other than success, complete with its bytes."""

    def __init__(
        self,
        status: int,
        content: bytes,
        *,
        content_type: str = "application/json",
        headers: tuple[tuple[str, str], ...] = (),
    ) -> None:
        super().__init__(f"{status}: {content[:200].decode(errors='replace')}")
        self.status = status
        self.content = content
        self.content_type = content_type
        self.headers = headers


def coded(
    status: int, code: str, message: str, *, headers: tuple[tuple[str, str], ...] = (), **more: Any
) -> ApiError:
    body = {"error_code": code, "message": message, **more}
    return ApiError(status, msgspec.json.encode(body), headers=headers)


def numbered(status: int, message: str) -> ApiError:
    """The form of the authentication layer: the code is the HTTP status again."""
    return ApiError(status, msgspec.json.encode({"error_code": status, "message": message}))


def nested(status: int, code: str, message: str) -> ApiError:
    """The upstream's own JSON error as text inside `message` (seen with Claude)."""
    return coded(status, code, msgspec.json.encode({"message": message}).decode())


def openai(
    status: int,
    message: str,
    *,
    kind: str = "invalid_request_error",
    param: str | None = None,
    code: Any = None,
) -> ApiError:
    body = {"error": {"message": message, "type": kind, "param": param, "code": code}}
    return ApiError(status, msgspec.json.encode(body))


def oidc(status: int, error: str, description: str) -> ApiError:
    return ApiError(status, msgspec.json.encode({"error": error, "error_description": description}))


def page(status: int, text: str) -> ApiError:
    """What a proxy in front of the workspace answers: HTML."""
    html = f"<!DOCTYPE html><html><head><title>{status}</title></head><body><h1>{text}</h1></body></html>"
    return ApiError(status, html.encode(), content_type="text/html; charset=utf-8")


def bad_request(message: str) -> ApiError:
    return coded(400, "BAD_REQUEST", message)


def invalid_parameter(message: str) -> ApiError:
    return coded(400, "INVALID_PARAMETER_VALUE", message)


def in_form(
    form: Form, status: int, message: str, headers: tuple[tuple[str, str], ...] = (), *, code: str = ""
) -> ApiError:
    """`message` with `status` in the wanted form; used by faults. `code` is the status's own unless given."""
    code = code or CODES.get(status, "UNKNOWN")
    match form:
        case "coded":
            return coded(status, code, message, headers=headers)
        case "nested":
            error = nested(status, code, message)
        case "numbered":
            error = numbered(status, message)
        case "openai":
            error = openai(status, message, kind=code.lower(), code=status)
        case "oidc":
            error = oidc(status, code.lower(), message)
        case "html":
            error = page(status, message)
        case "text":
            error = ApiError(status, message.encode(), content_type="text/plain")
        case "empty":
            error = ApiError(status, b"")
    error.headers = headers
    return error
