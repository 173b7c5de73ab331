"""The headers of a call's requests: the caller's own, checked before they are sent, and our User-Agent."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from lakeway.calls import checked
from lakeway.core import shapes
from lakeway.core.http import HeaderPairs
from lakeway.settings import Settings
from lakeway.version import __version__

Control = Mapping[str, Any]


def headers(control: Control, settings: Settings, environ: Mapping[str, str] = os.environ) -> HeaderPairs:
    """`extra_headers` over `headers`, or the package's where there are neither, and a User-Agent unless it is
    among them. Raises BadRequestError for a header that HTTP cannot carry.
    """
    given = _given(control, settings)
    pairs = tuple(_pairs(given)) if given else ()
    if any(name.lower() == "user-agent" for name, _ in pairs):
        return pairs
    return (*pairs, ("User-Agent", user_agent(control, settings, environ)))


def _given(control: Control, settings: Settings) -> Control:
    general, extra = checked.mapping(control, "headers"), checked.mapping(control, "extra_headers")
    if general or extra:
        return {**general, **extra}
    return checked.mapping({"headers": settings.headers}, "headers") if settings.headers else checked.NOTHING


# RFC 9110, sections 5.6.2 and 5.5.
_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")


def _pairs(given: Control) -> Iterator[tuple[str, str]]:
    for name, value in given.items():
        if value is None:
            continue
        if not _NAME.fullmatch(name):
            raise shapes.bad("extra_headers", f"holds {name!r}, which is no name for a header")
        if not (isinstance(value, str | int | float) and _VALUE.fullmatch(str(value))):
            raise shapes.bad(
                "extra_headers",
                f"holds a value for {name} that is no text, or that has a line break or another character "
                "which no HTTP header can carry",
            )
        yield name, str(value)


def user_agent(control: Control, settings: Settings, environ: Mapping[str, str] = os.environ) -> str:
    """`lakeway/<version>`, led by a partner's name where one is set: Databricks keeps it in its usage tables.

    Of `user_agent="acme/1.2"` the name counts, as with LiteLLM; a name with other characters is ignored.
    """
    return _user_agent(
        checked.text(control, "user_agent")
        or checked.text(control, "databricks_user_agent")
        or checked.text(control, "databricks_partner")
        or settings.user_agent
        or _partner(environ)
    )


_size_without_partner = -1


def _partner(environ: Mapping[str, str]) -> str:
    """Most programs name none, and a variable that is not set is slow to look for: so the process's own
    environment is searched again only once it has grown or shrunk."""
    global _size_without_partner
    if environ is os.environ and len(environ) == _size_without_partner:
        return ""
    partner = environ.get("LITELLM_USER_AGENT") or environ.get("DATABRICKS_USER_AGENT") or ""
    if environ is os.environ and not partner:
        _size_without_partner = len(environ)
    return partner


@lru_cache(maxsize=64)
def _user_agent(partner: str) -> str:
    partner = partner.partition("/")[0].strip()
    plain = partner.isascii() and partner.replace("-", "").replace("_", "").isalnum()
    return f"{partner}_lakeway/{__version__}" if plain else f"lakeway/{__version__}"
