"""How to reach servers: proxies and certificates, read from the environment once and then frozen.

Names and precedence are those of curl and requests. No socket is opened here.
"""

from __future__ import annotations

import os
import re
from base64 import b64encode
from collections.abc import Mapping
from typing import TYPE_CHECKING

from msgspec import Struct

from lakeway.core.http import ConnectFailed
from lakeway.transport.origin import Origin, split_server

if TYPE_CHECKING:
    from ssl import SSLContext

# A proxy elsewhere cannot reach this machine's loopback; Go's net/http makes the same exception.
_LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
_CA_FILES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
_PROXY_URL = re.compile(r"(?:([a-zA-Z][a-zA-Z0-9+.-]*)://)?(?:([^@/]*)@)?([^@/]+)/?")


class Proxy(Struct, frozen=True):
    scheme: str
    host: str
    port: int
    authorization: str = ""  # the whole value of Proxy-Authorization; a secret

    def __repr__(self) -> str:
        return f"Proxy({self.scheme}://{self.host}:{self.port})"


class Route(Struct, frozen=True, cache_hash=True):
    """The way to an origin: straight, or through a proxy."""

    origin: Origin
    proxy: Proxy | None = None

    @property
    def secure(self) -> bool:
        return self.origin.scheme == "https"

    @property
    def tunnel(self) -> Proxy | None:
        """The proxy, where it has to be asked for a tunnel."""
        return self.proxy if self.secure else None

    @property
    def next_hop(self) -> tuple[str, int]:
        """Host and port to open a socket to."""
        server = self.proxy or self.origin
        return server.host, server.port


class Network(Struct, frozen=True, kw_only=True):
    """Proxies by scheme, hosts that need none, and whom to trust.

    `ssl_verify` is True for the CAs of `ca_file` and `ca_dir`, or of the system where neither is given;
    False for no verification at all; a path to a bundle or a folder of CAs; or a context to use as it is.
    """

    http_proxy: Proxy | None = None
    https_proxy: Proxy | None = None
    no_proxy: tuple[str, ...] = ()
    ssl_verify: bool | str | os.PathLike[str] | SSLContext = True
    ca_file: str | None = None
    ca_dir: str | None = None

    @classmethod
    def from_environ(
        cls,
        environ: Mapping[str, str] | None = None,
        *,
        ssl_verify: bool | str | os.PathLike[str] | SSLContext = True,
    ) -> Network:
        """Read HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY, SSL_CERT_FILE, SSL_CERT_DIR,
        REQUESTS_CA_BUNDLE and CURL_CA_BUNDLE. Raises ValueError naming a proxy variable that is no URL."""
        environ = os.environ if environ is None else environ
        no_proxy = (environ.get("no_proxy") or environ.get("NO_PROXY") or "").replace(",", " ").split()
        return cls(
            http_proxy=_proxy(environ, "http_proxy"),
            https_proxy=_proxy(environ, "https_proxy"),
            no_proxy=(*no_proxy, *_LOOPBACK),
            ssl_verify=ssl_verify,
            ca_file=next((environ[name] for name in _CA_FILES if environ.get(name)), None),
            ca_dir=environ.get("SSL_CERT_DIR") or None,
        )

    def route(self, origin: Origin) -> Route:
        """Raises ConnectFailed where a proxy is set that speaks something else than HTTP: going around it
        could be what its owner meant to prevent."""
        proxy = self.https_proxy if origin.scheme == "https" else self.http_proxy
        if proxy is None or any(_excepts(entry, origin) for entry in self.no_proxy):
            return Route(origin)
        if proxy.scheme != "http":
            raise ConnectFailed(f"cannot use a {proxy.scheme} proxy, only http:// ones")
        return Route(origin, proxy)


def parse_proxy(url: str) -> Proxy:
    """A proxy from `http://user:password@host:port`, where all but the host may be missing."""
    match = _PROXY_URL.fullmatch(url.strip())
    if match is None:
        raise ValueError("not a proxy URL")
    host, port = split_server(match[3])
    return Proxy((match[1] or "http").lower(), host, port or 80, _basic(match[2]) if match[2] else "")


def _proxy(environ: Mapping[str, str], name: str) -> Proxy | None:
    """Lower case wins; set but empty means none. A CGI server puts a request's `Proxy:` header into
    HTTP_PROXY, so that one is not believed there (CVE-2016-5385)."""
    names = (name, name.upper(), "all_proxy", "ALL_PROXY")
    forged = "HTTP_PROXY" if "REQUEST_METHOD" in environ else None
    chosen = next((each for each in names if each in environ and each != forged), None)
    if chosen is None or not environ[chosen].strip():
        return None
    try:
        return parse_proxy(environ[chosen])
    except ValueError:
        raise ValueError(f"{chosen} is not a proxy URL") from None  # the value may hold a password


def _basic(user: str) -> str:
    from urllib.parse import unquote

    name, _, password = user.partition(":")
    return "Basic " + b64encode(f"{unquote(name)}:{unquote(password)}".encode()).decode("ascii")


def _excepts(entry: str, origin: Origin) -> bool:
    """Whether an entry of NO_PROXY covers `origin`: `*`, a host with all below it, either with a port."""
    if entry == "*":
        return True
    try:
        host, port = split_server(entry.removeprefix("*").removeprefix("."))
    except ValueError:
        host, port = entry.lower(), None  # such as a bare IPv6 address
    return port in (None, origin.port) and (origin.host == host or origin.host.endswith("." + host))
