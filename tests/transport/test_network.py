"""Proxies and CAs from the environment: who wins, who is passed by, who is refused."""

from __future__ import annotations

import pytest

from lakeway.core.http import ConnectFailed
from lakeway.transport.network import Network, Proxy, parse_proxy
from lakeway.transport.origin import parse_url

HTTP, HTTPS = "http://site.test/", "https://site.test/"


def proxy_for(url: str, environ: dict[str, str]) -> str | None:
    proxy = Network.from_environ(environ).route(parse_url(url).origin).proxy
    return proxy and f"{proxy.host}:{proxy.port}"


@pytest.mark.parametrize(
    ("url", "environ", "expected"),
    [
        (HTTP, {}, None),
        (HTTP, {"HTTP_PROXY": "http://p:1"}, "p:1"),
        (HTTP, {"HTTPS_PROXY": "http://p:1"}, None),
        (HTTPS, {"HTTPS_PROXY": "http://p:1"}, "p:1"),
        (HTTPS, {"HTTP_PROXY": "http://p:1"}, None),
        (HTTPS, {"ALL_PROXY": "http://p:1"}, "p:1"),
        (HTTP, {"all_proxy": "http://p:1"}, "p:1"),
        (HTTP, {"http_proxy": "http://low:1", "HTTP_PROXY": "http://up:1"}, "low:1"),
        (HTTP, {"HTTP_PROXY": "http://p:1", "ALL_PROXY": "http://all:1"}, "p:1"),
        (HTTP, {"http_proxy": "", "HTTP_PROXY": "http://p:1"}, None),
        (HTTPS, {"HTTPS_PROXY": "", "ALL_PROXY": "http://p:1"}, None),
        (HTTP, {"HTTP_PROXY": "p:1"}, "p:1"),
        (HTTP, {"HTTP_PROXY": "p"}, "p:80"),
        (HTTP, {"HTTP_PROXY": "http://[::1]:1/"}, "::1:1"),
        (HTTP, {"HTTP_PROXY": "http://p:1", "REQUEST_METHOD": "GET"}, None),
        (HTTP, {"http_proxy": "http://p:1", "REQUEST_METHOD": "GET"}, "p:1"),
        (HTTP, {"HTTP_PROXY": "http://p:1", "ALL_PROXY": "http://all:1", "REQUEST_METHOD": "GET"}, "all:1"),
        (HTTPS, {"HTTPS_PROXY": "http://p:1", "REQUEST_METHOD": "GET"}, "p:1"),
    ],
)
def test_choice(url: str, environ: dict[str, str], expected: str | None):
    """By scheme, lower case first; a CGI request's own header is not believed."""
    assert proxy_for(url, environ) == expected


@pytest.mark.parametrize(
    ("no_proxy", "url", "passed_by"),
    [
        ("", "http://site.test/", False),
        ("*", "http://site.test/", True),
        ("site.test", "http://site.test/", True),
        ("SITE.test", "http://site.test/", True),
        ("site.test", "http://a.site.test/", True),
        (".site.test", "http://a.site.test/", True),
        (".site.test", "http://site.test/", True),
        ("*.site.test", "http://a.site.test/", True),
        ("site.test", "http://mysite.test/", False),
        ("site.test", "http://site.test.evil/", False),
        ("a.site.test", "http://site.test/", False),
        ("site.test:80", "http://site.test/", True),
        ("site.test:81", "http://site.test/", False),
        ("site.test:81", "http://site.test:81/", True),
        ("other.test, site.test", "http://site.test/", True),
        ("other.test site.test", "http://site.test/", True),
        ("10.0.0.1", "http://10.0.0.1/", True),
        ("fd00::1", "http://[fd00::1]/", True),
        ("[fd00::1]:80", "http://[fd00::1]/", True),
        ("", "http://localhost:4010/", True),
        ("", "http://127.0.0.1:4010/", True),
        ("", "http://[::1]:4010/", True),
    ],
)
def test_exceptions(no_proxy: str, url: str, passed_by: bool):
    """NO_PROXY by host, all below it, or port; and this machine's own loopback always."""
    assert passed_by == (proxy_for(url, {"HTTP_PROXY": "http://p:1", "NO_PROXY": no_proxy}) is None)


def test_lower_case_exceptions():
    """no_proxy counts like NO_PROXY."""
    assert proxy_for(HTTP, {"HTTP_PROXY": "http://p:1", "no_proxy": "site.test"}) is None


@pytest.mark.parametrize("scheme", ["https", "socks5", "socks5h", "socks4"])
def test_unknown_proxies_are_not_passed_by(scheme: str):
    """A proxy that we cannot talk to fails the call; going around it may be what it is there to prevent."""
    network = Network.from_environ({"ALL_PROXY": f"{scheme}://user:secret@p:1"})

    with pytest.raises(ConnectFailed, match=f"cannot use a {scheme} proxy") as caught:
        network.route(parse_url(HTTPS).origin)
    assert (False, False) == (caught.value.sent, "secret" in str(caught.value))


@pytest.mark.parametrize("value", ["http://", "http://user:secret@/", "http://a b:secret", "http://p:secret"])
def test_broken_proxies_are_named(value: str):
    """The error names the variable; its value may hold a password."""
    with pytest.raises(ValueError, match="HTTPS_PROXY is not a proxy URL") as caught:
        Network.from_environ({"HTTPS_PROXY": value})
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "authorization"),
    [
        ("http://p:1", ""),
        ("http://user:pass@p:1", "Basic dXNlcjpwYXNz"),
        ("http://us%40er:p%3Ass@p:1", "Basic dXNAZXI6cDpzcw=="),
        ("http://user@p:1", "Basic dXNlcjo="),
    ],
)
def test_proxy_credentials(url: str, authorization: str):
    """User and password become Basic authorization, unquoted first, and are never shown."""
    proxy = parse_proxy(url)

    assert (Proxy("http", "p", 1, authorization), "Proxy(http://p:1)") == (proxy, repr(proxy))


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, (None, None)),
        ({"SSL_CERT_FILE": "/a", "REQUESTS_CA_BUNDLE": "/b", "CURL_CA_BUNDLE": "/c"}, ("/a", None)),
        ({"SSL_CERT_FILE": "", "REQUESTS_CA_BUNDLE": "/b", "CURL_CA_BUNDLE": "/c"}, ("/b", None)),
        ({"CURL_CA_BUNDLE": "/c", "SSL_CERT_DIR": "/d"}, ("/c", "/d")),
    ],
)
def test_certificates(environ: dict[str, str], expected: tuple[str | None, str | None]):
    """The first CA bundle that is named counts, and a folder of CAs beside it."""
    network = Network.from_environ(environ)

    assert expected == (network.ca_file, network.ca_dir)


def test_environment_is_read_once(monkeypatch: pytest.MonkeyPatch):
    """What changes in the environment later does not change a network."""
    monkeypatch.setenv("HTTP_PROXY", "http://p:1")
    network = Network.from_environ()
    monkeypatch.setenv("HTTP_PROXY", "http://other:1")

    assert network.route(parse_url(HTTP).origin).proxy == Proxy("http", "p", 1)
