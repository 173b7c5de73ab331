"""A request's body as a JSON object. What is none is the client's mistake, and says where it is."""

from __future__ import annotations

from typing import Any

import msgspec

from lakeway.errors import BadRequestError

_decode = msgspec.json.Decoder().decode


def fields(body: bytes) -> dict[str, Any]:
    """The fields of `body`, nulls left out. Raises BadRequestError."""
    try:
        value = _decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _not_json(str(error)) from error
    except RecursionError as error:
        raise _not_json("nested too deeply") from error
    if not isinstance(value, dict):
        raise _not_json("expected an object")
    return {name: inner for name, inner in value.items() if inner is not None}


def _not_json(reason: str) -> BadRequestError:
    return BadRequestError(f"Invalid JSON payload: {reason}", param="request_body")
