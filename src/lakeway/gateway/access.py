"""Who may come in: the key of a request, found by its digest, or, without any key, this machine alone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Final

from lakeway.errors import AuthenticationError, PermissionDeniedError
from lakeway.gateway.caller import ANYBODY, Caller

# In LiteLLM's order: the first header that is there counts.
KEY_HEADERS: Final = (
    b"x-litellm-api-key",
    b"authorization",
    b"api-key",
    b"x-api-key",
    b"x-goog-api-key",
    b"ocp-apim-subscription-key",
)
LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1", "[::1]"})
PLACEHOLDER: Final = "sk-1234"
_AUTHORITY = re.compile(r"(\[[0-9a-f:]+\]|[^:\[\]]*)(:\d*)?", re.IGNORECASE)


class Access:
    """The keys by their SHA-256: a digest tells nothing about its key, so its look-up may be fast.

    Without any key everybody who is on this machine may come in. `header` is one more place for a key.
    """

    __slots__ = ("_callers", "_headers", "open")

    def __init__(self, callers: Mapping[bytes, Caller] | None = None, *, header: str | None = None) -> None:
        self._callers = dict(callers or {})
        self.open = not self._callers
        own = (header.lower().encode("latin-1"),) if header else ()
        self._headers = (*own, *(name for name in KEY_HEADERS if name not in own))

    @classmethod
    def by_key(cls, key: str) -> Access:
        """For one key, which may do everything."""
        return cls({sha256(key.encode()).digest(): master(key)})

    def joined(self, callers: Mapping[bytes, Caller], header: str | None = None) -> Access:
        """With further keys. The master key stays what it is, whoever else claims its digest."""
        return Access({**callers, **self._callers}, header=header)

    def __repr__(self) -> str:
        return f"Access({'open to this machine' if self.open else f'{len(self._callers)} keys'})"

    def check(self, headers: Mapping[bytes, bytes]) -> Caller:
        """Who sent `headers`. Raises AuthenticationError, with LiteLLM's texts, or PermissionDeniedError."""
        if self.open:
            _check_local(headers)
            return ANYBODY
        key = self._key_of(headers)
        caller = self._callers.get(sha256(key).digest())
        if caller is None:
            raise _refused(key)
        return caller

    def _key_of(self, headers: Mapping[bytes, bytes]) -> bytes:
        for name in self._headers:
            value = headers.get(name)
            if value is None:
                continue
            key = _bearer(value) if name == b"authorization" else _bare(value)
            if not key:
                raise _denied("Malformed API Key passed in. Ensure Key has `Bearer ` prefix.")
            return key
        raise _denied("No api key passed in.")


def master(key: str) -> Caller:
    """Whoever holds the master key."""
    return Caller(key=sha256(key.encode()).hexdigest(), admin=True)


def _bearer(value: bytes) -> bytes:
    if value[:7] == b"Bearer ":
        return value[7:].strip()
    scheme, _, key = value.strip().partition(b" ")
    return key.strip() if scheme.lower() in (b"bearer", b"basic") else b""


def _bare(value: bytes) -> bytes:
    """A key in a header of its own; people write the scheme there too."""
    value = value.strip()
    return value[7:].strip() if value[:7].lower() == b"bearer " else value


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
    resolved to 127.0.0.1. The browser says so in Host; programs name the loopback address."""
    host = headers.get(b"host", b"localhost").decode("latin-1")
    if _name(host) in LOOPBACK and not _is_of_a_foreign_page(headers):
        return
    raise PermissionDeniedError(
        "Without a master key the gateway answers programs on this machine only. "
        "Set general_settings.master_key, or LAKEWAY_MASTER_KEY, to open it to others."
    )


def _is_of_a_foreign_page(headers: Mapping[bytes, bytes]) -> bool:
    """A browser names the page in Origin, or, where it shows no answer to it, as for a picture, says that it
    is of another site (Fetch Metadata, W3C)."""
    origin = headers.get(b"origin")
    if origin is None:
        return headers.get(b"sec-fetch-site") == b"cross-site"
    return _name(origin.decode("latin-1").rpartition("//")[2]) not in LOOPBACK


def _name(authority: str) -> str:
    """The host of `host:port`; empty for what is neither."""
    found = _AUTHORITY.fullmatch(authority)
    return found[1].lower() if found else ""
