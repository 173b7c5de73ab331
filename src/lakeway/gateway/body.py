"""A request's body as a JSON object. What is none is the client's mistake, and says where it is."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from lakeway.errors import BadRequestError

_decode = msgspec.json.Decoder().decode
# The first half of a pair with no second one, in a string: an escape of its own, not one of a backslash.
_LONE_HALF = re.compile(rb"(?<!\\)(?:\\\\)*\\u[dD][89abAB][0-9a-fA-F]{2}(?=[^\\])")


def fields(body: bytes) -> dict[str, Any]:
    """The fields of `body`, nulls left out. Raises BadRequestError."""
    try:
        value = _decode(body)
    except UnicodeDecodeError as error:
        raise _not_json(f"not valid UTF-8{_where_not_utf8(body)}") from error
    except msgspec.DecodeError as error:
        raise _not_json(_reason(str(error), body)) from error
    except RecursionError as error:
        raise _not_json("nested too deeply") from error
    if not isinstance(value, dict):
        raise _not_json("expected an object")
    return {name: inner for name, inner in value.items() if inner is not None}


def _where_not_utf8(body: bytes) -> str:
    """In the body: msgspec counts from the beginning of the string."""
    try:
        body.decode()
    except UnicodeDecodeError as error:
        return f" (byte {error.start})"
    return ""


def _reason(text: str, body: bytes) -> str:
    """msgspec's, but for a lone surrogate, which is truncated input to it near the end of a body."""
    if "surrogate" in text:
        return f"a lone surrogate in a string{text[text.find(' (byte') :]}"
    if "truncated" in text and (half := _LONE_HALF.search(body)):
        return f"a lone surrogate in a string (byte {half.end()})"
    return text


def _not_json(reason: str) -> BadRequestError:
    return BadRequestError(f"Invalid JSON payload: {reason}", param="request_body")
