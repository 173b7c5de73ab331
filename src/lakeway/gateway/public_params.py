"""What may be shown of a row's parameters, in `/model/info` and `/health`: everything but its secrets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from lakeway.calls.connection import PRIVATE
from lakeway.core.cost import is_price
from lakeway.redaction import redact_all

_SECRET = re.compile(r"(\w*_)?(credentials|key|password|secret|token)", re.IGNORECASE)
_HEADERS = frozenset({"extra_headers", "headers"})


def public(params: Mapping[str, Any]) -> dict[str, Any]:
    """`params` without credentials; what looks like a secret in other places is blanked."""
    shown = {name: value for name, value in params.items() if is_price(name) or not _SECRET.fullmatch(name)}
    for name in _HEADERS & shown.keys():
        shown[name] = _public_headers(shown[name])
    blanked: dict[str, Any] = redact_all(shown)
    return blanked


def _public_headers(headers: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value
        for name, value in headers.items()
        if name.lower() not in PRIVATE and not _SECRET.fullmatch(name.replace("-", "_"))
    }
