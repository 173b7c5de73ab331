"""Who may come in: the key of a request, compared as a digest, or, without any key, this machine alone."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from hashlib import sha256
from typing import Final

from msgspec import Struct

from lakeway.errors import AuthenticationError, PermissionDeniedError

# In LiteLLM's order: the first header that is there counts.
KEY_HEADERS: Final = (b"x-litellm-api-key", b"authorization", b"api-key", b"x-api-key")
# Besides those, what tells a page in a browser from a program on this machine.
LOCAL_HEADERS: Final = (b"host", b"origin")
LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1", "[::1]"})
PLACEHOLDER: Final = "sk-1234"


class Access(Struct, frozen=True):
    """`digest` is the SHA-256 of the master key; None lets in everybody who is on this machine."""

    digest: bytes | None = None

    @classmethod
    def by_key(cls, key: str) -> Access:
        return cls(sha256(key.encode()).digest())

    def __repr__(self) -> str:
        return f"Access({'open to this machine' if self.digest is None else 'by key'})"

    def check(self, headers: Mapping[bytes, bytes]) -> None:
        """Raises AuthenticationError, with LiteLLM's texts, or PermissionDeniedError."""
        if self.digest is None:
            return _check_local(headers)
        key = key_of(headers)
        if not hmac.compare_digest(sha256(key).digest(), self.digest):
            raise _refused(key)
        return None


def key_of(headers: Mapping[bytes, bytes]) -> bytes:
    """The key that a request shows. Raises AuthenticationError when there is none."""
    for name in KEY_HEADERS:
        value = headers.get(name)
        if value is None:
            continue
        key = _bearer(value) if name == b"authorization" else value.strip()
        if not key:
            raise _denied("Malformed API Key passed in. Ensure Key has `Bearer ` prefix.")
        return key
    raise _denied("No api key passed in.")


def _bearer(value: bytes) -> bytes:
    scheme, _, key = value.strip().partition(b" ")
    return key.strip() if scheme.lower() in (b"bearer", b"basic") else b""


def _refused(key: bytes) -> AuthenticationError:
    if key.startswith(b"dapi"):
        return _denied("A Databricks token was passed in; the gateway wants one of its own keys.")
    if not key.startswith(b"sk-"):
        return _denied("Invalid proxy server token passed: expected to start with 'sk-'.")
    return AuthenticationError(
        "Authentication Error, Invalid proxy server token passed.",
        type="token_not_found_in_db",
        param="key",
    )


def _denied(reason: str) -> AuthenticationError:
    return AuthenticationError(f"Authentication Error, {reason}", type="auth_error")


def _check_local(headers: Mapping[bytes, bytes]) -> None:
    """Any page in a browser can send requests to this machine, by its own name or by one that it had
    resolved to 127.0.0.1. The browser says so in Origin and Host; programs name the loopback address."""
    host = headers.get(b"host", b"localhost").decode("latin-1")
    origin = headers.get(b"origin", b"").decode("latin-1").rpartition("//")[2]
    if _name(host) in LOOPBACK and (not origin or _name(origin) in LOOPBACK):
        return
    raise PermissionDeniedError(
        "Without a master key the gateway answers programs on this machine only. "
        "Set general_settings.master_key, or LAKEWAY_MASTER_KEY, to open it to others."
    )


def _name(authority: str) -> str:
    """The host of `host:port`."""
    if authority.startswith("["):
        return authority.partition("]")[0].lower() + "]"
    return authority.partition(":")[0].lower()
