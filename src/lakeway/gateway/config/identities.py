"""An id for each row of `model_list`, which stays the same while the row does."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from lakeway.gateway.config.references import PREFIX
from lakeway.gateway.config.rows import ModelRow

_CREDENTIALS = ("api_key", "client_secret")


def identities(written: Sequence[Mapping[str, Any]], rows: Sequence[ModelRow]) -> Iterator[str]:
    """The rows' own ids, or else digests of the rows as they were written. Of a credential only its reference
    counts, so that an id tells nothing about a secret and outlives its rotation."""
    taken: set[str] = set()
    for raw, row in zip(written, rows, strict=True):
        identity = row.model_info.id or _digest(raw, row)
        while identity in taken:
            identity = hashlib.sha256(identity.encode()).hexdigest()
        taken.add(identity)
        yield identity


def _digest(raw: Mapping[str, Any], row: ModelRow) -> str:
    params = {
        str(key): value
        for key, value in raw["litellm_params"].items()
        if key not in _CREDENTIALS or str(value).startswith(PREFIX)
    }
    text = msgspec.json.encode([row.model_name, params], order="sorted", enc_hook=str)
    return hashlib.sha256(text).hexdigest()
