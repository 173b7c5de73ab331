"""What a request is for: its target as path and query, and the host that it names. Pure.

Targets repeat, so what they mean is remembered; only short ones, so that no sender fills the memory.
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import unquote_to_bytes

_REMEMBERED = 256  # bytes of a target and its host, at most, that are
_ABSOLUTE = re.compile(rb"https?://([^/?#]+)(.*)", re.IGNORECASE | re.DOTALL)
_BAD_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
# RFC 3986 sections 3.2.2 and 3.2.3: a name or an address, and perhaps a port; no user (RFC 9110 4.2.4).
_AUTHORITY = re.compile(rb"(?:[!$&'()*+,;=\-._~%0-9A-Za-z]*|\[[0-9A-Fa-f:.]+\])(?::[0-9]*)?")


def read_target(method: bytes, target: bytes, host: bytes | None) -> tuple[str, str, str, bytes | None]:
    """Method, path (percent-decoded), query (as it came), and host, for a target and a Host header.

    `host` is None if there is no such header, which is for the caller to judge. A target that is a whole URL
    names the host itself. Raises ValueError with what is wrong.
    """
    if len(target) + len(host or b"") <= _REMEMBERED:
        return _remembered(method, target, host)
    return _read(method, target, host)


def _read(method: bytes, target: bytes, host: bytes | None) -> tuple[str, str, str, bytes | None]:
    if target == b"*" and method != b"OPTIONS":
        raise ValueError("the target * is for OPTIONS alone")
    if b"#" in target:
        raise ValueError("the target has a fragment")
    if not target.startswith(b"/") and target != b"*":
        host, target = _split_absolute(target)
    if host is not None and not _AUTHORITY.fullmatch(host):
        raise ValueError("the Host header names no host")
    path, _, query = target.partition(b"?")
    return method.decode(), _decode(path), query.decode("ascii"), host


_remembered = lru_cache(maxsize=1024)(_read)


def _split_absolute(target: bytes) -> tuple[bytes, bytes]:
    """The host of a URL, and the rest (RFC 9112 section 3.2.2)."""
    url = _ABSOLUTE.fullmatch(target)
    if url is None or not _AUTHORITY.fullmatch(url[1]):
        raise ValueError("the target is neither a path nor an http URL")
    return url[1], url[2] if url[2].startswith(b"/") else b"/" + url[2]


def _decode(path: bytes) -> str:
    if b"%" not in path:
        return path.decode("ascii")
    if _BAD_ESCAPE.search(path):
        raise ValueError("the path has a % that begins no escape")
    try:
        decoded = unquote_to_bytes(path).decode()
    except UnicodeDecodeError as error:
        raise ValueError("the path is not UTF-8") from error
    if _CONTROL.search(decoded):
        raise ValueError("the path has a control character")
    return decoded
