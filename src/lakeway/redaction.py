"""Takes secrets out of text that a person may read: errors, logs, dumps of requests.

It knows what tokens look like and which names hold one. It must not blank what merely sounds like a
secret: `max_tokens`, "token limit", "Bearer token required". It is given what strangers write, so every
pattern takes a time that grows with the text and no faster.
"""

from __future__ import annotations

import functools
import re
from typing import Any

_MASK = "[REDACTED]"
_NAMES = (
    r"client_secret|client_assertion|access_token|refresh_token|id_token|api[_-]?key|password|master[_-]?key"
    r"|x-databricks-[\w-]{0,64}token"
)
_PATTERNS = (
    # `Authorization: Bearer abc`, also as a JSON member.
    r"(?i)(\bauthorization[\"']?\s*[:=]\s*[\"']?(?:(?:bearer|basic)\s+)?)(?!bearer\b|basic\b)[^\s\"',;}]+",
    # `Bearer abc`, but not the words that follow "bearer" in prose.
    r"(?i)(\bbearer\s+)(?!(?:tokens?|auth\w*|schemes?|prefix|headers?|credentials?)\b)[\w.~+/=-]+",
    # `client_secret=abc` in a form or an address, `"client_secret": "abc"` in JSON.
    rf"(?i)(\b(?:{_NAMES})=)[^\s\"'&,;]+",
    rf"(?i)([\"'](?:{_NAMES}|token)[\"']\s*:\s*[\"'])[^\"']+",
    # Databricks tokens (`dapi…`) and OAuth secrets (`dose…`), gateway and OpenAI keys (`sk-…`), JWTs.
    r"()\bdapi[\w-]{6,}",
    r"()\bdose[0-9a-f]{16,}",
    r"()\bsk-[\w-]{12,}",
    # Where no dots follow a word it is passed over whole, however often it says `eyJ`.
    r"((?<![\w-])(?=[\w-]++\.[\w-]++\.)[\w-]*?\b)eyJ[\w-]{8,}\.[\w-]+\.[\w-]*",
)


@functools.cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern) for pattern in _PATTERNS)


@functools.cache
def _secret_name() -> re.Pattern[str]:
    return re.compile(rf"(?i)(?:{_NAMES}|(?:proxy-)?authorization|x-api-key|token|secret)\Z")


def redact(text: str) -> str:
    """`text` with every token, key and secret replaced by `[REDACTED]`."""
    for pattern in _patterns():
        text = pattern.sub(rf"\1{_MASK}", text)
    return text


def redact_all(value: Any) -> Any:
    """A copy of JSON-shaped `value`: each string redacted, and whatever has the name of a secret."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        secret = _secret_name().match
        return {
            name: _MASK if member and secret(str(name)) else redact_all(member)
            for name, member in value.items()
        }
    if isinstance(value, list | tuple):
        return [redact_all(member) for member in value]
    return value
