"""Signatures over reasoning: made when a model thinks, checked when the reasoning comes back.

The real ones are opaque; these are an HMAC over model, visible text and the hidden thought, so a changed
letter, a truncated signature and another model's block are all noticed.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac

_MARK = b"\x12\xaa\x01\x0aH\x08\x01\x10\x01\x18\x02\x22@"
_REDACTED = b"\x12\xb0\x01\x0aH\x08\x01\x10\x02\x18\x02\x22@"
_DIGEST = hashlib.sha256().digest_size


class Signer:
    """Signs and verifies for one secret."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def sign(self, model: str, text: str, thought: str) -> str:
        """The signature of the visible `text` (may be empty) of a `thought` of `model`."""
        nonce = hashlib.sha256(thought.encode()).digest()
        return self._sealed(_MARK, nonce, model, text)

    def genuine(self, model: str, text: str, signature: str) -> bool:
        return self._opens(_MARK, signature, model, text)

    def redact(self, model: str, thought: str) -> str:
        """A thought nobody may read, as opaque data."""
        nonce = hashlib.sha256(thought.encode()).digest()
        return self._sealed(_REDACTED, nonce, model, "")

    def genuine_redaction(self, model: str, data: str) -> bool:
        return self._opens(_REDACTED, data, model, "")

    def _sealed(self, mark: bytes, nonce: bytes, model: str, text: str) -> str:
        return base64.b64encode(mark + nonce + self._digest(mark, nonce, model, text)).decode()

    def _opens(self, mark: bytes, sealed: str, model: str, text: str) -> bool:
        try:
            raw = base64.b64decode(sealed, validate=True)
        except (binascii.Error, ValueError):
            return False
        if len(raw) != len(mark) + 2 * _DIGEST or not raw.startswith(mark):
            return False
        nonce, digest = raw[len(mark) : -_DIGEST], raw[-_DIGEST:]
        return hmac.compare_digest(digest, self._digest(mark, nonce, model, text))

    def _digest(self, mark: bytes, nonce: bytes, model: str, text: str) -> bytes:
        body = b"\0".join((mark, nonce, model.encode(), text.encode()))
        return hmac.new(self._secret, body, hashlib.sha256).digest()
