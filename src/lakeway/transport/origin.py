"""URLs: which server to reach, and what to ask it for. Pure; nothing of a refused URL goes into its error."""

from __future__ import annotations

import re
from functools import lru_cache

from msgspec import Struct

_PORTS = {"http": 80, "https": 443}
_UNSAFE = re.compile(r"[\x00-\x20\x7f\\]")
_URL = re.compile(r"(?P<scheme>[a-zA-Z][a-zA-Z0-9+.-]*)://(?P<server>[^/?#]*)(?P<target>[^#]*)")
_SERVER = re.compile(r"(?:\[(?P<address>[^\[\]]+)\]|(?P<name>[^:\[\]]+))(?::(?P<port>[0-9]{1,5})?)?")
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\.?")
# What may not stand in a path or query as it is (RFC 3986 sections 3.3 and 3.4); a % only before two digits.
_TO_QUOTE = re.compile(r"%(?![0-9A-Fa-f]{2})|[^A-Za-z0-9\-._~!$&'()*+,;=:@/?%]+")


class Origin(Struct, frozen=True, cache_hash=True):
    """A server: connections to equal origins serve each other's requests."""

    scheme: str
    host: str
    port: int

    @property
    def authority(self) -> str:
        """What the Host header says: the port only where it is not the scheme's own."""
        return _bracketed(self.host) if self.port == _PORTS[self.scheme] else self.address

    @property
    def address(self) -> str:
        """`host:port`, as a CONNECT request and an error message name it."""
        return f"{_bracketed(self.host)}:{self.port}"


class Url(Struct, frozen=True):
    """`target` is what to ask of `origin`, `authority` what to call it in the Host header."""

    origin: Origin
    target: str
    authority: str


@lru_cache(maxsize=1024)
def parse_url(url: str) -> Url:
    """Take an absolute http or https URL apart; its fragment is dropped, what needs quoting is quoted.

    Raises ValueError for whatever could be read in two ways: spaces, control characters, backslashes,
    user names (credentials belong into headers), and hosts that are neither name nor address.
    """
    if _UNSAFE.search(url):
        raise ValueError("the URL holds a space, a backslash or a control character")
    match = _URL.match(url)
    scheme = match["scheme"].lower() if match else ""
    if match is None or scheme not in _PORTS:
        raise ValueError("the URL must begin with http:// or https://")
    if "@" in match["server"]:
        raise ValueError("the URL holds a user name; send credentials as a header")
    host, port = split_server(match["server"])
    origin = Origin(scheme, host, port or _PORTS[scheme])
    target = match["target"] if match["target"].startswith("/") else "/" + match["target"]
    return Url(origin, _TO_QUOTE.sub(_quoted, target), origin.authority)


def split_server(server: str) -> tuple[str, int | None]:
    """Host and port of `host`, `host:port` or `[address]:port`; the host as it is looked up.

    That is in lower case, by IDNA where it is not ASCII, or an IPv6 address without brackets.
    """
    match = _SERVER.fullmatch(server)
    if match is None:
        raise ValueError("the URL's host is not a name or an address")
    port = int(match["port"]) if match["port"] else None
    if port is not None and not 0 < port < 65536:
        raise ValueError("the URL's port is not between 1 and 65535")
    return _ipv6(match["address"]) if match["address"] else _name(match["name"]), port


def _name(host: str) -> str:
    name = host.lower()
    try:
        name = name if name.isascii() else name.encode("idna").decode("ascii")
    except UnicodeError:
        name = ""
    if len(name) > 254 or not _NAME.fullmatch(name):
        raise ValueError("the URL's host is not a name or an address")
    return name


def _ipv6(address: str) -> str:
    from ipaddress import IPv6Address

    try:
        return str(IPv6Address(address.replace("%25", "%", 1)))  # a zone's % is quoted in a URL (RFC 6874)
    except ValueError:
        raise ValueError("the URL's host is not an IPv6 address") from None


def _bracketed(host: str) -> str:
    """A zone means something on this machine only, so nobody else is told (RFC 6874 section 4)."""
    return f"[{host.partition('%')[0]}]" if ":" in host else host


def _quoted(match: re.Match[str]) -> str:
    from urllib.parse import quote

    return quote(match[0], safe="")
