"""Request lines and headers as nobody should send them."""

from __future__ import annotations

from collections.abc import Iterator

from hostile.case import BEARER, CHAT, HELLO, HOST, Act, Case, get, head, post

ALIVE = "/health/liveliness"
OPEN = f"GET {ALIVE} HTTP/1.1\r\nHost: gateway.test\r\n".encode()
POST = f"POST {CHAT} HTTP/1.1\r\nHost: gateway.test\r\nAuthorization: {BEARER['authorization']}\r\n".encode()
KIB, MIB = 1024, 1024 * 1024

LINES = {
    "TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(32), 400, "HTTP"),
    "SSH": (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", 400, "HTTP"),
    "HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, "HTTP/1.1"),
    "HTTP/0.9": (b"GET /\r\n\r\n", 400, "version"),
    "HTTP/2 by name": (b"GET / HTTP/2.0\r\nHost: x\r\n\r\n", 400, "HTTP/1.1"),
    "HTTP/9.9": (b"GET / HTTP/9.9\r\nHost: x\r\n\r\n", 400, "version"),
    "lower case": (b"get / http/1.1\r\nhost: x\r\n\r\n", 400, "method|HTTP"),
    "no target": (b"GET  HTTP/1.1\r\nHost: x\r\n\r\n", 400, "HTTP"),
    "two targets": (b"GET / / HTTP/1.1\r\nHost: x\r\n\r\n", 400, "HTTP"),
    "bare LF": (b"GET / HTTP/1.1\nHost: x\n\n", 400, "HTTP"),
    "bare CR": (b"GET / HTTP/1.1\rHost: x\r\r", 400, "HTTP"),
    "no host": (b"GET / HTTP/1.1\r\n\r\n", 400, "Host header is missing"),
    "two hosts": (OPEN + b"Host: elsewhere\r\n\r\n", 400, "two host headers"),
    "bad host": (b"GET / HTTP/1.1\r\nHost: a b/c@d\r\n\r\n", 400, "Host header names no host"),
    "CONNECT": (b"CONNECT example.org:443 HTTP/1.1\r\nHost: x\r\n\r\n", 400, "not a proxy"),
    "authority": (b"GET example.org:443 HTTP/1.1\r\nHost: x\r\n\r\n", 400, "url schema"),
    "ftp": (b"GET ftp://example.org/ HTTP/1.1\r\nHost: x\r\n\r\n", 400, "neither a path nor"),
    "user in URL": (b"GET http://a:b@example.org/ HTTP/1.1\r\nHost: x\r\n\r\n", 400, "neither a path nor"),
    "asterisk": (b"GET * HTTP/1.1\r\nHost: x\r\n\r\n", 400, "OPTIONS alone"),
    "fragment": (b"GET /#a HTTP/1.1\r\nHost: x\r\n\r\n", 400, "fragment"),
    "folded": (OPEN + b"X: a\r\n b\r\n\r\n", 400, "HTTP"),
    "space before colon": (OPEN + b"X : a\r\n\r\n", 400, "HTTP"),
    "no colon": (OPEN + b"X\r\n\r\n", 400, "HTTP"),
    "empty name": (OPEN + b": a\r\n\r\n", 400, "HTTP"),
    "space first": (b"GET / HTTP/1.1\r\n Host: x\r\n\r\n", 400, "HTTP"),
    "response": (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 400, "HTTP"),
    "a body": (b'{"model": "llama"}\r\n\r\n', 400, "HTTP"),
}
FRAMES = {
    "two lengths": (b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}", 400, "HTTP"),
    "two different lengths": (b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", 400, "HTTP"),
    "list of lengths": (b"Content-Length: 2, 2\r\n\r\n{}", 400, "HTTP"),
    "length and chunks": (b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, "HTTP"),
    "chunks and length": (b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", 400, "HTTP"),
    "negative length": (b"Content-Length: -1\r\n\r\n", 400, "HTTP"),
    "signed length": (b"Content-Length: +2\r\n\r\n{}", 400, "HTTP"),
    "hex length": (b"Content-Length: 0x2\r\n\r\n{}", 400, "HTTP"),
    "empty length": (b"Content-Length: \r\n\r\n", 400, "HTTP"),
    "length of 2**64": (b"Content-Length: 18446744073709551616\r\n\r\n", 400, "HTTP"),
    "length of 10**400": (b"Content-Length: 1" + b"0" * 400 + b"\r\n\r\n", 400, "HTTP"),
    "length of 2**63": (b"Content-Length: 9223372036854775808\r\n\r\n", 413, "larger than 32.0 MiB"),
    "gzip": (b"Transfer-Encoding: gzip\r\n\r\n", 400, "HTTP|transfer coding"),
    "gzip and chunked": (b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 400, "transfer coding"),
    "chunked twice": (b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", 400, "HTTP|transfer coding"),
    "chunked not last": (b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", 400, "HTTP|transfer"),
    "two codings": (
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
        400,
        "HTTP|transfer",
    ),
    "xchunked": (b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 400, "HTTP|transfer coding"),
    "vertical tab": (b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n", 400, "HTTP|transfer coding"),
}
CHUNKS = {
    "not hex": b"zz\r\n",
    "negative": b"-1\r\n",
    "empty size": b"\r\n",
    "0x": b"0x2\r\n{}\r\n0\r\n\r\n",
    "of 2**64": b"10000000000000000\r\n",
    "of 2**400": b"1" + b"0" * 100 + b"\r\n",
    "bare LF": b"2\n{}\n0\n\n",
    "longer than it says": b"1\r\n{}\r\n0\r\n\r\n",
    "shorter than it says": b"3\r\n{}\r\n0\r\n\r\n",
    "space": b"2 \r\n{}\r\n0\r\n\r\n",
    "bad extension": b"2;\x00\r\n{}\r\n0\r\n\r\n",
    "broken trailer": b"2\r\n{}\r\n0\r\nX\r\n\r\n",
    "folded trailer": b"2\r\n{}\r\n0\r\nX: a\r\n b\r\n\r\n",
    "megabytes of extension": b"2;" + b"a=b;" * 300_000 + b"\r\n{}\r\n0\r\n\r\n",
    "megabytes of trailer": b"2\r\n{}\r\n0\r\n" + b"X: a\r\n" * 200_000 + b"\r\n",
    "a trailer without end": b"2\r\n{}\r\n0\r\nX: " + b"a" * MIB + b"\r\n\r\n",
    "size without end": b"0" * MIB + b"2\r\n{}\r\n0\r\n\r\n",
}
TARGETS = {
    "traversal": ("/../../etc/passwd", 404),
    "escaped traversal": ("/%2e%2e/%2e%2e/etc/passwd", 404),
    "traversal into a model": ("/v1/models/../../etc/passwd", 404),
    "backslashes": (r"/..\..\windows", 404),
    "double slash": ("//v1//chat//completions", 404),
    "empty model": ("/engines//chat/completions", 404),
    "escaped NUL": ("/v1/models/%00", 400),
    "escaped CRLF": ("/v1/models/%0d%0aX:%20a", 400),
    "overlong slash": ("/%c0%af", 400),
    "overlong NUL": ("/%c0%80", 400),
    "surrogate": ("/%ed%a0%80", 400),
    "half an escape": ("/%", 400),
    "half an escape more": ("/%4", 400),
    "no escape": ("/%zz", 400),
    "unicode escape": ("/%u0041", 400),
    "format": ("/%25s%25n{0}", 404),
    "unknown": ("/v1/fine_tuning/jobs", 404),
    "administration": ("/key/generate", 404),
    "null byte in query": ("/v1/models?a=%00", 200),
    "many fields": ("/v1/models?" + "a=b&" * 2000, 400),
    "one long field": ("/v1/models?return_wildcard_routes=" + "x" * 10_000, 400),
    "bad flag": ("/v1/models?return_wildcard_routes=maybe", 400),
    "flag of bytes": ("/v1/models?return_wildcard_routes=%ff%fe", 400),
    "an unknown model": ("/v1/models/nobody", 404),
    "a long unknown model": ("/v1/models/" + "m" * 20_000, 404),
    "an unknown deployment": ("/health?model=nobody", 404),
    "a long unknown deployment": ("/health?model=" + "m" * 20_000, 404),
    "no model to ask about": ("/utils/supported_openai_params", 400),
    "an unknown model to ask about": ("/utils/supported_openai_params?model=openai/nobody", 400),
    "a long model to ask about": ("/utils/supported_openai_params?model=" + "n" * 20_000, 400),
}
ABOUT_TARGETS = "nothing at|does not exist|must be|missing|the path|more than|no deployment|invalid model"
METHODS = [
    "PUT",
    "DELETE",
    "PATCH",
    "TRACE",
    "OPTIONS",
    "PROPFIND",
    "MKCOL",
    "SEARCH",
    "PURGE",
    "LOCK",
    "M-SEARCH",
    "SUBSCRIBE",
    "LINK",
    "QUERY",
]
TOKENS = [*map(chr, range(256))]


def cases() -> Iterator[Case]:
    yield from _rows(LINES, b"")
    yield from _rows(FRAMES, POST)
    chunked = POST + b"Transfer-Encoding: chunked\r\n\r\n"
    for name, data in CHUNKS.items():
        yield Case(f"chunk {name}", (chunked + data,), (400,), "chunk|more frame than body|JSON|missing")
    for name, (target, status) in TARGETS.items():
        yield Case(f"target {name}", (get(target),), (status,), ABOUT_TARGETS)
    for word in ("eyJ-", "x-databricks-", "bearer%20", "sk-", "%2e", "%25", "%00", "%5c", "//", "a=b&"):
        target = "/" + word * (60_000 // len(word))
        said = "nothing at|control character"
        yield Case(f"60 kB of {word}", (head("GET", target, HOST),), (400, 404), said)
    yield from _large()
    yield from _methods()
    yield from _every_byte()
    yield from _cut()


def _rows(rows: dict[str, tuple[bytes, int, str]], before: bytes) -> Iterator[Case]:
    for name, (data, status, says) in rows.items():
        yield Case(name, (before + data,), (status,), says)


def _large() -> Iterator[Case]:
    for size in (64 * KIB, MIB, 8 * MIB):
        yield Case(f"target of {size}", (get("/" + "a" * size),), (414,), "target and headers are more")
        yield Case(f"query of {size}", (get("/v1/models?a=" + "a" * size),), (414,), "target and headers")
        yield Case(f"header of {size}", (get(ALIVE, {"x": "a" * size}),), (431,), "headers are more")
        yield Case(f"name of {size}", (get(ALIVE, {"a" * size: "x"}),), (431,), "headers are more")
        yield Case(f"method of {size}", (head("A" * size, "/", HOST),), (400, 414), "HTTP|target")
    for count in (129, 1000, 10_000, 100_000):
        several = [("host", "x"), *((f"x-{number}", "a") for number in range(count))]
        one = [("host", "x"), *(("x", "a") for _ in range(count))]
        yield Case(f"{count} headers", (head("GET", ALIVE, several),), (431,), "headers are more than")
        yield Case(f"{count} of one", (head("GET", ALIVE, one),), (431,), "headers are more than")
    yield Case("128 headers", (head("GET", ALIVE, {**HOST, **{f"x{n}": "" for n in range(127)}}),), (200,))


def _methods() -> Iterator[Case]:
    for method in METHODS:
        for target, takes in ((ALIVE, "GET"), (CHAT, "POST")):
            data = head(method, target, {**HOST, **BEARER})
            yield Case(f"{method} {target}", (data,), (400, 405), f"takes {takes}, not {method}|method")
    for method in ("GETT", "G", "get", "POSTPOST", "FOO", "G\tET", "💥", "<script>", "%s%n", "GET\x00"):
        yield Case(f"method {method!r}", (head(method, ALIVE, HOST),), (400, 405), "HTTP|takes GET")
    for target in (CHAT, "/v1/models/llama", "/metrics", "/nothing"):
        yield Case(f"HEAD {target}", (head("HEAD", target, {**HOST, **BEARER}),), (200, 404, 405))
    yield Case("absolute", (get(f"http://elsewhere.test{ALIVE}"),), (200,))
    yield Case("absolute, unknown", (get("HTTPS://elsewhere.test"),), (200,))
    yield Case("a body to a GET", (get(ALIVE, {"content-length": "5"}) + b"hello",), (200,))
    yield Case("a large body to a GET", (get(ALIVE, {"content-length": "99999"}),), (413,), "larger than")


def _every_byte() -> Iterator[Case]:
    """Each of the 256 put into each part of a head."""
    lines = (
        (b"GE", b"T /health/liveliness HTTP/1.1\r\nHost: x\r\nX: a\r\n\r\n"),
        (b"GET /health", b"/liveliness HTTP/1.1\r\nHost: x\r\nX: a\r\n\r\n"),
        (b"GET /health/liveliness?a=", b" HTTP/1.1\r\nHost: x\r\nX: a\r\n\r\n"),
        (b"GET /health/liveliness HTTP/1.", b"1\r\nHost: x\r\nX: a\r\n\r\n"),
        (b"GET /health/liveliness HTTP/1.1\r\nHost: x", b"\r\nX: a\r\n\r\n"),
        (b"GET /health/liveliness HTTP/1.1\r\nHost: x\r\nX", b": a\r\n\r\n"),
        (b"GET /health/liveliness HTTP/1.1\r\nHost: x\r\nX: a", b"b\r\n\r\n"),
    )
    for place, (before, after) in enumerate(lines):
        for byte in range(256):
            data = before + bytes([byte]) + after
            said = "HTTP|Host|nothing|%|fragment|first line|api key"
            yield Case(f"byte {byte} in place {place}", (data,), (200, 400, 401, 404, 405), said)


def _cut() -> Iterator[Case]:
    """Who sends a part of a request and no more is not answered."""
    whole = post(CHAT, HELLO)
    for length in range(0, len(whole), 3):
        end = (Act.HALF_CLOSE, Act.RESET)[length % 2]
        yield Case(f"{length} bytes, then {end.value}", (whole[:length], end), answers=0)
