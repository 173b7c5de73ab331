"""Compressed bodies that nobody asked for: read, bounded, or refused."""

from __future__ import annotations

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lakeway.core.http import BadResponse
from lakeway.transport.content import MAX_INFLATED, Inflater
from lakeway.transport.http1 import ResponseParser

TEXT = b'{"choices": []}' * 20


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


def inflate(coding: str, data: bytes, size: int) -> bytes:
    inflater = Inflater([coding])
    result = b"".join(inflater.feed(data[start : start + size]) for start in range(0, len(data), size))
    inflater.finish()
    return result


CODED = {
    "gzip": ("gzip", gzip.compress(TEXT)),
    "x-gzip": ("x-gzip", gzip.compress(TEXT)),
    "gzip in two members": ("gzip", gzip.compress(TEXT[:50]) + gzip.compress(TEXT[50:])),
    "deflate": ("deflate", zlib.compress(TEXT)),
    "deflate without its header": ("deflate", raw_deflate(TEXT)),
}


@pytest.mark.parametrize("size", [1, 2, 7, 10_000])
@pytest.mark.parametrize("name", CODED)
def test_inflates(name: str, size: int):
    """Both codings, in the forms that servers send them, in any pieces."""
    coding, data = CODED[name]

    assert inflate(coding, data, size) == TEXT


@pytest.mark.parametrize("size", [1, 10_000])
@pytest.mark.parametrize(
    ("coding", "data"),
    [
        ("gzip", gzip.compress(TEXT)[:-1]),
        ("gzip", gzip.compress(TEXT) + b"trailing"),
        ("gzip", b"not at all"),
        ("gzip", zlib.compress(TEXT)),
        ("deflate", zlib.compress(TEXT)[:-1]),
        ("deflate", zlib.compress(TEXT) + b"trailing"),
        ("deflate", b"\xff\xff\xff"),
    ],
)
def test_damaged(coding: str, data: bytes, size: int):
    """Cut, continued or not compressed at all: no body."""
    with pytest.raises(BadResponse):
        inflate(coding, data, size)


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_bombs(coding: str):
    """A small piece that becomes an enormous one is refused before it is there."""
    pack = gzip.compress if coding == "gzip" else zlib.compress

    with pytest.raises(BadResponse, match="beyond all measure"):
        Inflater([coding]).feed(pack(bytes(MAX_INFLATED + 1)))


def test_nothing_is_fine():
    """An empty body needs no frame: servers mark 0 bytes as gzip."""
    assert inflate("gzip", b"", 1) == b""


def answer(coding: bytes, body: bytes) -> bytes:
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: %s\r\nContent-Length: %d\r\nX: y\r\n\r\n"
    return head % (coding, len(body)) + body


def test_response_is_as_if_uncompressed():
    """Neither the coding nor the compressed length is told to the caller."""
    parser = ResponseParser()
    parser.feed(answer(b"GZIP", gzip.compress(TEXT)))

    assert (TEXT, (("x", "y"),), True) == (parser.take(), parser.headers.items(), parser.reusable)


def test_limit_counts_what_comes_out():
    """The bound of a whole body is one of memory, not of the network."""
    parser = ResponseParser(max_body=1000)

    with pytest.raises(BadResponse, match="larger than 1000 bytes"):
        parser.feed(answer(b"gzip", gzip.compress(bytes(1001))))


def test_response_that_ends_inside_its_compression():
    """All of the length arrived, but not all of the text."""
    parser = ResponseParser()

    with pytest.raises(BadResponse, match="ends too early"):
        parser.feed(answer(b"gzip", gzip.compress(TEXT)[:-9]))


@pytest.mark.parametrize("method", ["HEAD", "GET"])
def test_no_body_needs_no_decoder(method: str):
    """The head of a compressed body alone is fine, even with a coding that we cannot undo."""
    parser = ResponseParser(method)
    status = b"200 OK" if method == "HEAD" else b"304 Not Modified"
    coding = b"br" if method == "HEAD" else b"gzip"
    parser.feed(b"HTTP/1.1 " + status + b"\r\nContent-Encoding: " + coding + b"\r\n\r\n")

    assert parser.complete


@given(st.binary(max_size=300), st.sampled_from(["gzip", "deflate"]), st.integers(1, 20))
def test_there_and_back(data: bytes, coding: str, size: int):
    """Any bytes, in any pieces."""
    packed = gzip.compress(data) if coding == "gzip" else zlib.compress(data)

    assert inflate(coding, packed, size) == data
