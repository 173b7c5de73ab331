"""Keys that open nothing, in every place where a key may be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hostile.case import CHAT, HOST, KEY, Case, head

GUESS = "sk-guess-5f4dcc3b5aa765d61d8327deb882cf99"  # must not be told to anybody
WORDS = {
    "empty": b"",
    "a space": b" ",
    "wrong": GUESS.encode(),
    "nearly right": KEY[:-1].encode(),
    "more than right": KEY.encode() + b"x",
    "in upper case": KEY.upper().encode(),
    "two": KEY.encode() + b"," + GUESS.encode(),
    "two words": KEY.encode() + b" " + GUESS.encode(),
    "quoted": b'"' + KEY.encode() + b'"',
    "null": b"null",
    "undefined": b"undefined",
    "none": b"None",
    "a hash": b"8b1a9953c4611296a827abf8c47804d78b1a9953c4611296a827abf8c47804d7",
    "long": b"sk-" + b"a" * 50_000,
    "not ASCII": "sk-schlüssel-🔑".encode(),
    "Latin-1": b"sk-\xe9\xff\x80",
    "SQL": b"sk-' OR '1'='1'; DROP TABLE keys; --",
    "LDAP": b"sk-*)(uid=*))(|(uid=*",
    "a shell": b"sk-$(touch /tmp/x)`id`;|&",
    "a format": b"sk-%s%s%n{0}{key.__class__}",
    "a template": b"sk-{{7*7}}${7*7}<%= 7*7 %>",
    "a path": b"../../../../etc/passwd",
    "JSON": b'{"key": "sk-1", "$ne": null}',
    "a Databricks token": b"dapi" + b"0" * 32,
    "a JWT": b"eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9.",
    "tabs": b"\t" + GUESS.encode() + b"\t",
}
PLACES = (
    *("authorization", "x-api-key", "api-key", "x-litellm-api-key", "x-goog-api-key"),
    "ocp-apim-subscription-key",
)
SCHEMES = ("Basic", "Digest", "Negotiate", "Token", "Bearer:", "BearerBearer", "ApiKey", "AWS4-HMAC-SHA256")
CLOSED = (
    *("/v1/models", "/v1/models/llama", "/v1/model/info", "/model_group/info", "/metrics"),
    *("/health", "/health/readiness/details", "/utils/supported_openai_params?model=llama"),
)


def cases() -> Iterator[Case]:
    for place in PLACES:
        for name, word in WORDS.items():
            value = b"Bearer " + word if place == "authorization" else word
            yield _asking(f"{name} in {place}", [(place, value)])
    for scheme in SCHEMES:
        yield _asking(f"scheme {scheme}", [("authorization", f"{scheme} {GUESS}")])
    yield _asking("no key", [])
    yield _asking("a key in a cookie", [("cookie", f"key={KEY}; token={KEY}")])
    yield _asking("a key in the host", [("x-forwarded-authorization", f"Bearer {KEY}")])
    yield _asking(
        "a wrong key before a right one", [("x-litellm-api-key", GUESS), ("authorization", f"Bearer {KEY}")]
    )
    yield _asking("a right key twice", [("x-api-key", KEY), ("x-api-key", KEY)])
    twice = [("authorization", f"Bearer {KEY}"), ("authorization", f"Bearer {GUESS}")]
    yield Case("two authorizations", (_request(twice),), (400,), "two authorization")
    for target in CLOSED:
        for headers in ([], [("authorization", f"Bearer {GUESS}")]):
            data = head("GET", target, [*HOST.items(), *headers])
            yield Case(f"{target} with {len(headers)} keys", (data,), (401,), "Authentication Error")
    query = head("GET", f"/v1/models?api_key={KEY}&key={KEY}&token={KEY}", HOST)
    yield Case("a key in the query", (query,), (401,), "No api key")


def _asking(name: str, headers: list[tuple[str, str | bytes]]) -> Case:
    return Case(name, (_request(headers),), (401,), "Authentication Error, [A-Z]")


def _request(headers: Sequence[tuple[str, str | bytes]]) -> bytes:
    return head("POST", CHAT, [*HOST.items(), ("content-length", "2"), *headers]) + b"{}"
