"""URLs: what they name, and which are refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lakeway.transport.origin import Origin, parse_url, split_server


@pytest.mark.parametrize(
    ("url", "origin", "target", "authority"),
    [
        ("http://h", Origin("http", "h", 80), "/", "h"),
        ("https://h", Origin("https", "h", 443), "/", "h"),
        ("HTTPS://H.Example/P", Origin("https", "h.example", 443), "/P", "h.example"),
        ("https://h:443/", Origin("https", "h", 443), "/", "h"),
        ("https://h:80/", Origin("https", "h", 80), "/", "h:80"),
        ("http://h:/x", Origin("http", "h", 80), "/x", "h"),
        ("http://h?q=1", Origin("http", "h", 80), "/?q=1", "h"),
        ("http://h/a?b#c", Origin("http", "h", 80), "/a?b", "h"),
        ("http://h/a/../b//c", Origin("http", "h", 80), "/a/../b//c", "h"),
        ("http://127.0.0.1:8080/", Origin("http", "127.0.0.1", 8080), "/", "127.0.0.1:8080"),
        ("http://[::1]:81/", Origin("http", "::1", 81), "/", "[::1]:81"),
        ("http://[2001:DB8:0::1]/", Origin("http", "2001:db8::1", 80), "/", "[2001:db8::1]"),
        ("http://[fe80::1%25eth0]:1/", Origin("http", "fe80::1%eth0", 1), "/", "[fe80::1]:1"),
        (
            "http://b\xfccher.example/",
            Origin("http", "xn--bcher-kva.example", 80),
            "/",
            "xn--bcher-kva.example",
        ),
        ("http://a_b.example./", Origin("http", "a_b.example.", 80), "/", "a_b.example."),
    ],
)
def test_parts(url: str, origin: Origin, target: str, authority: str):
    """Server, target and name of the server."""
    parsed = parse_url(url)

    assert (origin, target, authority) == (parsed.origin, parsed.target, parsed.authority)


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/%20%7e", "/%20%7e"),
        ("/100%", "/100%25"),
        ("/%zz", "/%25zz"),
        ("/\xe9", "/%C3%A9"),
        ("/\u2603?\u2603", "/%E2%98%83?%E2%98%83"),
        ('/"<>[]^`{|}', "/%22%3C%3E%5B%5D%5E%60%7B%7C%7D"),
        ("/a:b@c!$&'()*+,;=-._~", "/a:b@c!$&'()*+,;=-._~"),
    ],
)
def test_quoting(path: str, target: str):
    """What a target cannot hold is quoted; what is quoted already stays as it is."""
    assert parse_url("http://h" + path).target == target


@pytest.mark.parametrize(
    "url",
    [
        "",
        "h/path",
        "//h/path",
        "ftp://h/",
        "file:///etc/passwd",
        "http:/h",
        "http://",
        "http:///path",
        "http://:80/",
        "http://h:0/",
        "http://h:65536/",
        "http://h:123456/",
        "http://h:8o/",
        "http://h:-1/",
        "http://h:\u0661/",
        "http://h h/",
        "http://h/a b",
        "http://h/\r\nX: y",
        "http://h/\t",
        "http://h/\0",
        "http://good\\@evil/",
        "http://user:secret@h/",
        "http://secret@h/",
        "http://a..b/",
        "http://-a/",
        "http://a-/",
        "http://" + "a" * 64 + "/",
        "http://" + "a." * 130 + "/",
        "http://a%2eb/",
        "http://[::1/",
        "http://::1/",
        "http://[::1]x/",
        "http://[nonsense]/",
        "http://[127.0.0.1]/",
        "http://\u2603\u2603.\ud800/",
    ],
)
def test_refused(url: str):
    """What has no meaning or two of them is refused, and not repeated: it may hold a secret."""
    with pytest.raises(ValueError, match=r"URL") as caught:
        parse_url(url)
    assert "secret" not in str(caught.value)


@given(st.text(max_size=40))
def test_targets_stay_on_their_line(path: str):
    """Whatever is in a path or query: visible ASCII comes out, or a refusal."""
    try:
        target = parse_url("http://h/" + path).target
    except ValueError:
        return
    assert target.startswith("/")
    assert all("!" <= character <= "~" for character in target)


@pytest.mark.parametrize(
    ("server", "expected"),
    [
        ("h", ("h", None)),
        ("h:", ("h", None)),
        ("H:1", ("h", 1)),
        ("[::1]:2", ("::1", 2)),
        ("[::1]", ("::1", None)),
    ],
)
def test_split_server(server: str, expected: tuple[str, int | None]):
    """Host, and port where there is one."""
    assert split_server(server) == expected
