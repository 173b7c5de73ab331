"""Headers with which a client says something of itself, or of how it wants to be treated."""

from __future__ import annotations

from collections.abc import Iterator

from hostile.case import CHAT, HELLO, Case, get, post

JUNK = {
    "empty": b"",
    "spaces": b"   \t ",
    "zero": b"0",
    "negative": b"-1",
    "huge": b"9" * 400,
    "1e400": b"1e400",
    "nan": b"nan",
    "infinity": b"inf",
    "hex": b"0x10",
    "digits of others": "١٢".encode(),
    "underscores": b"1_0",
    "a list": b"1, 2",
    "words": b"soon, please",
    "JSON": b'{"a": [1]}',
    "a text of 20 kB": b"a" * 20_000,
    "commas": b"," * 10_000,
    "high bytes": bytes(range(128, 256)),
    "emoji": "🔥💥".encode(),
    "a format": b"%s%n{0}",
    "escaped lines": b"a%0d%0aset-cookie: b",
    "markup": b"<script>alert(1)</script>",
    "a template": b"${jndi:ldap://127.0.0.1/a}",
}
STEERING = ("x-litellm-timeout", "x-litellm-num-retries", "x-litellm-tags", "x-litellm-stream-timeout")
CLAIMS = (
    *("x-litellm-call-id", "traceparent", "tracestate", "baggage", "user-agent", "accept", "accept-encoding"),
    *("origin", "referer", "cookie", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "forwarded"),
    *(
        "x-real-ip",
        "x-request-id",
        "x-litellm-spend-logs-metadata",
        "x-litellm-end-user-id",
        "anthropic-version",
    ),
    *(
        "openai-organization",
        "if-none-match",
        "if-modified-since",
        "range",
        "te",
        "prefer",
        "x-http-method-override",
    ),
    *(
        "x-databricks-org-id",
        "x-litellm-model-id",
        "llm_provider-x",
        "x-stainless-retry-count",
        "x-litellm-enable-message-redaction",
    ),
)
FRAMING = {
    "upgrade to a websocket": {"connection": "upgrade", "upgrade": "websocket", "sec-websocket-key": "x"},
    "upgrade to h2c": {"connection": "upgrade, http2-settings", "upgrade": "h2c", "http2-settings": "AAM"},
    "connection of junk": {"connection": "\x80, ,, keep-alive, x"},
    "closes": {"connection": "close, keep-alive"},
    "expects": {"expect": "100-continue"},
    "expects more": {"expect": "200-ok"},
    "proxy": {"proxy-connection": "keep-alive", "proxy-authorization": "Basic eDp5", "via": "1.1 x"},
}
# What browsers ask first, and pretend.
PREFLIGHTS = (
    {"origin": "null", "access-control-request-method": "POST"},
    {"origin": "https://evil.test", "access-control-request-method": "POST"},
    {
        "origin": "https://evil.test",
        "access-control-request-method": "\xff",
        "access-control-request-headers": "x" * 5000,
    },
    {
        "origin": "http://a\tb",
        "access-control-request-method": "GET",
        "access-control-request-headers": ",,,\x80",
    },
    {"origin": "", "access-control-request-method": ""},
    {"access-control-request-method": "DELETE"},
    {"origin": "https://evil.test"},
)


def cases() -> Iterator[Case]:
    for header in STEERING:
        for name, junk in JUNK.items():
            data = post(CHAT, HELLO, {header: junk})
            yield Case(f"{header} {name}", (data,), (200, 400, 408), "timeout|retries|tags")
    for header in CLAIMS:
        for name, junk in JUNK.items():
            for what, data in (
                ("chat", post(CHAT, HELLO, {header: junk})),
                ("list", get("/v1/models/llama", {header: junk})),
            ):
                yield Case(f"{header} {name} {what}", (data,), (200,))
    yield Case("a fault", (post(CHAT, HELLO, {"x-emulator-fault": "status=500"}),), (200,))
    for name, given in FRAMING.items():
        yield Case(
            name,
            (post(CHAT, HELLO, {k: v.encode("latin-1") for k, v in given.items()}),),
            (200, 400, 417),
            "",
        )
    for number, given in enumerate(PREFLIGHTS):
        for target in (CHAT, "/v1/models", "/nowhere", "*"):
            data = get(target, {k: v.encode("latin-1") for k, v in given.items()}).replace(
                b"GET", b"OPTIONS", 1
            )
            yield Case(f"preflight {number} {target}", (data,), (204, 400, 404, 405), "takes|nothing at|")
