"""What a request asks for behind the question mark. What nobody here knows is left alone."""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qsl

from lakeway.errors import BadRequestError

MOST: Final = 100
FLAGS: Final = {
    **dict.fromkeys(("", "1", "true", "True", "TRUE"), True),
    **dict.fromkeys(("0", "false", "False", "FALSE"), False),
}


def text(query: str, name: str) -> str | None:
    """The first value of `name`; None where there is none, or an empty one. Raises BadRequestError."""
    return _first(query, name) or None


def flag(query: str, name: str) -> bool:
    """Whether `name` is set; its name alone sets it. Raises BadRequestError for a value that is neither."""
    value = _first(query, name)
    if value is None:
        return False
    if (meant := FLAGS.get(value)) is None:
        raise BadRequestError(f"{name} must be true or false, not {value!r}.", param=name)
    return meant


def _first(query: str, name: str) -> str | None:
    if not query:
        return None
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=MOST)
    except ValueError as error:
        raise BadRequestError(f"The query has more than {MOST} fields.", param="query") from error
    return next((value for key, value in pairs if key == name), None)
