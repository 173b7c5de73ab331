"""Bodies that are no JSON, too much of it, or none that anybody meant."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator

from hostile.case import BEARER, CHAT, COMPLETIONS, COUNTER, EMBEDDINGS, HELLO, HOST, Act, Case, head, post

MIB = 1024 * 1024
TEXT = json.dumps(HELLO).encode()
PROPER = {
    CHAT: HELLO,
    COMPLETIONS: {"model": "llama", "prompt": "Hello"},
    EMBEDDINGS: {"model": "bge", "input": "Hello"},
    COUNTER: HELLO,
}
BROKEN = {
    "nothing": b"",
    "space": b"  \r\n\t ",
    "a word": b"hello",
    "a form": b"model=llama&messages=hello",
    "XML": b"<!DOCTYPE x [<!ENTITY y SYSTEM 'file:///etc/passwd'>]><x>&y;</x>",
    "multipart": b"--x\r\nContent-Disposition: form-data; name=model\r\n\r\nllama\r\n--x--\r\n",
    "null": b"null",
    "true": b"true",
    "a number": b"17",
    "a text": b'"hello"',
    "a list": b"[]",
    "a list of one": b"[" + TEXT + b"]",
    "two objects": TEXT + TEXT,
    "lines": TEXT + b"\n" + TEXT,
    "something behind": TEXT + b"x",
    "NUL behind": TEXT + b"\x00",
    "a byte order mark": b"\xef\xbb\xbf" + TEXT,
    "UTF-16": TEXT.decode().encode("utf-16"),
    "UTF-32": TEXT.decode().encode("utf-32"),
    "Latin-1": b'{"model": "llama", "messages": [{"role": "user", "content": "\xe9"}]}',
    "overlong": b'{"model": "llama", "messages": [{"role": "user", "content": "\xc0\xaf"}]}',
    "UTF-8 surrogate": b'{"model": "llama", "messages": [{"role": "user", "content": "\xed\xa0\x80"}]}',
    "lone surrogate": b'{"model": "llama", "messages": [{"role": "user", "content": "\\ud800"}]}',
    "lone surrogate in a name": b'{"\\udfff": 1, "model": "llama", "messages": []}',
    "half a pair": b'{"model": "llama", "messages": [{"role": "user", "content": "\\ud83d x"}]}',
    "NaN": TEXT[:-1] + b', "temperature": NaN}',
    "Infinity": TEXT[:-1] + b', "temperature": Infinity}',
    "-Infinity": TEXT[:-1] + b', "temperature": -Infinity}',
    "hex": TEXT[:-1] + b', "max_tokens": 0x10}',
    "leading zero": TEXT[:-1] + b', "max_tokens": 010}',
    "plus": TEXT[:-1] + b', "max_tokens": +1}',
    "a point": TEXT[:-1] + b', "temperature": .5}',
    "single quotes": b"{'model': 'llama'}",
    "no quotes": b"{model: 1}",
    "comment": b"/* */" + TEXT,
    "trailing comma": TEXT[:-1] + b",}",
    "control character": b'{"model": "lla\nma", "messages": []}',
    "bad escape": b'{"model": "\\x41", "messages": []}',
    "half an escape": b'{"model": "\\u00',
    "Python": b"{'model': None}",
    "gzip": gzip.compress(TEXT, mtime=0),
    "zlib": zlib.compress(TEXT),
    "a gzip bomb": gzip.compress(bytes(20 * MIB), mtime=0),
    "1e400": TEXT[:-1] + b', "temperature": 1e400}',
}
# Whatever becomes of them: taken as Python takes them, or refused.
DOUBTFUL = {
    "a doubled name": TEXT[:-1] + b', "model": "llama"}',
    "a doubled name of another type": TEXT[:-1] + b', "messages": 1}',
    "1e-400": TEXT[:-1] + b', "temperature": 1e-400}',
    "10**400": TEXT[:-1] + b', "max_tokens": 1' + b"0" * 400 + b"}",
    "10**5000": TEXT[:-1] + b', "seed": 1' + b"0" * 5000 + b"}",
    "-10**5000": TEXT[:-1] + b', "n": -1' + b"0" * 5000 + b"}",
    "10**100000": TEXT[:-1] + b', "top_logprobs": 1' + b"0" * 100_000 + b"}",
    "2**63": TEXT[:-1] + b', "max_tokens": 9223372036854775808}',
    "2**64": TEXT[:-1] + b', "max_tokens": 18446744073709551616}',
    "many digits": TEXT[:-1] + b', "temperature": 0.' + b"3" * 100_000 + b"}",
    "an escaped NUL": b'{"model": "llama", "messages": [{"role": "user", "content": "\\u0000"}]}',
    "ten thousand names": TEXT[:-1] + b"".join(b', "x%d": 1' % n for n in range(10_000)) + b"}",
    "__proto__": TEXT[:-1] + b', "__proto__": {"admin": true}, "constructor": 1, "__class__": "x"}',
    "an empty name": TEXT[:-1] + b', "": 1}',
    "a long name": TEXT[:-1] + b', "' + b"n" * MIB + b'": 1}',
    "a long text": TEXT[:-1] + b', "user": "' + b"u" * MIB + b'"}',
}
KINDS = (
    *("", "text/plain", "application/xml", "application/x-www-form-urlencoded", "multipart/form-data"),
    *("application/json; charset=utf-16", "application/json; charset=nonsense", "*/*", "a/b/c", "\x80\xff"),
)


def cases() -> Iterator[Case]:
    for name, body in BROKEN.items():
        for target in PROPER:
            yield Case(f"{name} to {target}", (post(target, body),), (400,), "JSON|finite", "request_body")
    for name, body in DOUBTFUL.items():
        yield Case(name, (post(CHAT, body),), (200, 400), "")
    yield from _nested()
    yield from _large()
    yield from _cut()
    yield from _every_byte()
    for kind in KINDS:
        yield Case(f"called {kind!r}", (post(CHAT, HELLO, {"content-type": kind.encode("latin-1")}),), (200,))
    for coding in ("gzip", "br", "deflate", "gzip, gzip", "identity", "x"):
        said = {"content-encoding": coding}
        yield Case(f"coded {coding}, but not", (post(CHAT, HELLO, said),), (200, 400, 415), "JSON|encod|cod")
        squeezed = post(CHAT, gzip.compress(TEXT, mtime=0), said)
        yield Case(f"coded {coding}", (squeezed,), (400, 415), "JSON|encod|cod")


def _nested() -> Iterator[Case]:
    for depth in (500, 1000, 5_000, 100_000):
        lists, objects = b"[" * depth + b"]" * depth, b'{"a":' * depth + b"1" + b"}" * depth
        mixed = b'[{"a":' * depth + b"1" + b"}]" * depth
        for name, value in (("lists", lists), ("objects", objects), ("both", mixed)):
            for field in ("messages", "metadata", "tools", "x", "extra_body", "response_format"):
                body = TEXT[:-1] + b', "%s": %s}' % (field.encode(), value)
                yield Case(f"{depth} {name} in {field}", (post(CHAT, body),), (200, 400), "")
            yield Case(f"{depth} {name}", (post(CHAT, value),), (400,), "JSON|missing")
            deep = b'{"model": "bge", "input": %s}' % value
            yield Case(f"{depth} {name} to embed", (post(EMBEDDINGS, deep),), (400,), "input|nested|JSON")
        yield Case(f"{depth} lists without end", (post(CHAT, b"[" * depth),), (400,), "JSON")
        yield Case(f"{depth} objects without end", (post(CHAT, b'{"a":' * depth),), (400,), "JSON")


def _large() -> Iterator[Case]:
    said = "larger than 32.0 MiB.*max_request_size_mb"
    for target in PROPER:
        told = {**HOST, **BEARER, "content-length": str(33 * MIB)}
        yield Case(
            f"33 MiB announced to {target}", (head("POST", target, told),), (413,), said, "request_body"
        )
        expects = {**told, "expect": "100-continue"}
        yield Case(f"33 MiB, if it may, to {target}", (head("POST", target, expects),), (413,), said)
    chunked = head("POST", CHAT, {**HOST, **BEARER, "transfer-encoding": "chunked"})
    piece = b"100000\r\n" + bytes(MIB) + b"\r\n"
    yield Case("33 MiB in chunks", (chunked, *([piece] * 33)), (413,), said)
    yield Case(
        "33 MiB sent",
        (head("POST", CHAT, {**HOST, **BEARER, "content-length": str(33 * MIB)}), *([bytes(MIB)] * 33)),
        (413,),
        said,
    )
    yield Case("half a million chunks", (chunked + b"1\r\n \r\n" * 500_000 + b"0\r\n\r\n",), (400,), "JSON")
    yield Case("30 MiB of space", (post(CHAT, b" " * 30 * MIB),), (400,), "JSON")
    yield Case("30 MiB of text", (post(CHAT, b'"' + b"a" * 30 * MIB + b'"'),), (400,), "JSON")
    yield Case("chunks without end", (chunked, b"5\r\nhello\r\n" * 1000, Act.HALF_CLOSE), answers=0)
    yield Case("chunks, then a reset", (chunked, b"5\r\nhello\r\n" * 1000, Act.RESET), answers=0)


def _cut() -> Iterator[Case]:
    """Framed well, but not all of the JSON."""
    for target, body in PROPER.items():
        text = json.dumps(body).encode()
        for length in range(len(text)):
            yield Case(
                f"{length} bytes to {target}", (post(target, text[:length]),), (400,), "JSON", "request_body"
            )


def _every_byte() -> Iterator[Case]:
    """Each of the 256 put into each kind of place in JSON."""
    for place in (0, 1, 3, TEXT.index(b":"), TEXT.index(b"llama") + 2, TEXT.index(b"[") + 1, len(TEXT)):
        for byte in range(256):
            body = TEXT[:place] + bytes([byte]) + TEXT[place:]
            yield Case(
                f"byte {byte} at {place}",
                (post(CHAT, body),),
                (200, 400, 404),
                "JSON|model|missing|parameter",
            )
