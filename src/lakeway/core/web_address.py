"""An address that somebody typed: scheme, host and path made plain, and every slip told apart.

Nothing here is read from the environment, and no refusal repeats a query, a password or a token.
"""

from __future__ import annotations

import re
from collections.abc import Set
from typing import NoReturn
from urllib.parse import SplitResult, parse_qs, urlsplit

from msgspec import Struct

from lakeway.errors import BadRequestError

_HOST = re.compile(r"[a-z0-9]([a-z0-9._-]*[a-z0-9])?")
_LOOPBACK = re.compile(r"localhost|127(\.\d+){3}|::1")
_DEFAULT_PORT = {"http": 80, "https": 443}
_TOKENS = ("dapi", "dkea", "sk-")


class WebAddress(Struct, frozen=True):
    """`host_url` has scheme, host and port; `path` its segments, each after a slash, without a slash at its
    end; `query` the names that were in the query."""

    host_url: str
    path: str
    query: frozenset[str]


def parse(address: str, *, provider: str, query: Set[str] = frozenset()) -> WebAddress:
    """Understand a base address; without a scheme it is https, but http for a loopback host.

    Names in `query` may stand in its query. Raises BadRequestError that names what is wrong.
    """
    try:
        parts = _split(address)
        asked = frozenset(parse_qs(parts.query, keep_blank_values=True))
        _check(parts, asked - query)
    except ValueError as error:
        refuse(str(error), provider, error.__cause__)
    path = "".join(f"/{segment}" for segment in parts.path.split("/") if segment)
    return WebAddress(_host_url(parts), path, asked)


def _split(address: str) -> SplitResult:
    text = address.strip() if isinstance(address, str) else ""
    if not text:
        raise ValueError("it is empty")
    if text.startswith("os.environ/"):
        raise ValueError(f"{text} is a reference to an environment variable that nobody resolved")
    if re.search(r"\s", text):
        raise ValueError("it holds white space")
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        _ = parts.port
    except ValueError as error:
        raise ValueError("its host or port is malformed") from error
    if "://" not in text and _LOOPBACK.fullmatch(parts.hostname or ""):
        parts = parts._replace(scheme="http")
    return parts


def _check(parts: SplitResult, unknown: Set[str]) -> None:
    if parts.scheme not in _DEFAULT_PORT:
        raise ValueError(f"its scheme is {parts.scheme}, not https or http")
    if parts.username is not None:
        raise ValueError("it holds a user name or password; pass the token as api_key")
    host = parts.hostname or ""
    if ":" not in host and not _HOST.fullmatch(host):
        raise ValueError("its host name is missing or malformed")
    if "." not in host and host.startswith(_TOKENS):
        raise ValueError("it looks like a token, not an address")
    if unknown:
        raise ValueError(f"its query ({', '.join(sorted(unknown))}) would not be sent; leave it out")


def _host_url(parts: SplitResult) -> str:
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    port = "" if parts.port in (None, _DEFAULT_PORT[parts.scheme]) else f":{parts.port}"
    return f"{parts.scheme}://{host}{port}"


def refuse(reason: str, provider: str, cause: BaseException | None = None) -> NoReturn:
    raise BadRequestError(
        f"api_base cannot be used: {reason}.", model="", llm_provider=provider, param="api_base"
    ) from cause
