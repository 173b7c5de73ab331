"""The first line of a request: what is asked, of which host, in which version. Pure.

Such lines repeat, so what they mean is remembered; only of short ones, so that no sender fills the memory.
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import unquote_to_bytes

_REMEMBERED = 256  # bytes of a line and its host, at most, that are
_ABSOLUTE = re.compile(rb"https?://([^/?#]+)(.*)", re.IGNORECASE | re.DOTALL)
_BAD_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
# RFC 3986 sections 3.2.2 and 3.2.3: a name or an address, and perhaps a port; no user (RFC 9110 4.2.4).
_AUTHORITY = re.compile(rb"(?:[!$&'()*+,;=\-._~%0-9A-Za-z]*|\[[0-9A-Fa-f:.]+\])(?::[0-9]*)?")

_Line = tuple[str, str, str, bool, bytes | None]


class Mistake(Exception):
    """What came is not a request that can be answered; the connection is of no more use.

    The status is a 4xx, also where RFC 9110 has 501 (CONNECT, a transfer coding) and 505 (a version): what
    strangers send must not look like a failure of ours, which wakes somebody up.
    """

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(status, reason)
        self.status = status
        self.reason = reason


def read_line(line: bytes, host: bytes | None) -> _Line:
    """Method, path (percent-decoded), query (as it came), whether it is HTTP/1.0, and the host.

    `host` is the Host header's, if there is one; a target that is a whole URL names another. `line` has
    passed llhttp. Raises Mistake.
    """
    if len(line) + len(host or b"") <= _REMEMBERED:
        return _remembered(line, host)
    return _read(line, host)


def _read(line: bytes, host: bytes | None) -> _Line:
    parts = line.split(b" ")
    if len(parts) != 3:
        raise Mistake(400, "the first line of the request is not method, target and version")
    method, target, version = parts
    if version not in (b"HTTP/1.1", b"HTTP/1.0"):
        raise Mistake(400, "the request is not HTTP/1.1 or HTTP/1.0")
    old = version == b"HTTP/1.0"
    if host is None and not old:
        raise Mistake(400, "the Host header is missing")
    if method == b"CONNECT":
        raise Mistake(400, "this is not a proxy")
    if target == b"*" and method != b"OPTIONS":
        raise Mistake(400, "the target * is for OPTIONS alone")
    path, query, host = _read_target(target, host)
    return method.decode(), path, query, old, host


_remembered = lru_cache(maxsize=1024)(_read)


def _read_target(target: bytes, host: bytes | None) -> tuple[str, str, bytes | None]:
    if b"#" in target:
        raise Mistake(400, "the target has a fragment")
    if not target.startswith(b"/") and target != b"*":
        host, target = _split_absolute(target)
    if host is not None and not _AUTHORITY.fullmatch(host):
        raise Mistake(400, "the Host header names no host")
    path, _, query = target.partition(b"?")
    return _decode(path), query.decode("ascii"), host


def _split_absolute(target: bytes) -> tuple[bytes, bytes]:
    """The host of a URL, and the rest (RFC 9112 section 3.2.2)."""
    url = _ABSOLUTE.fullmatch(target)
    if url is None or not _AUTHORITY.fullmatch(url[1]):
        raise Mistake(400, "the target is neither a path nor an http URL")
    return url[1], url[2] if url[2].startswith(b"/") else b"/" + url[2]


def _decode(path: bytes) -> str:
    if b"%" not in path:
        return path.decode("ascii")
    if _BAD_ESCAPE.search(path):
        raise Mistake(400, "the path has a % that begins no escape")
    try:
        decoded = unquote_to_bytes(path).decode()
    except UnicodeDecodeError as error:
        raise Mistake(400, "the path is not UTF-8") from error
    if _CONTROL.search(decoded):
        raise Mistake(400, "the path has a control character")
    return decoded
