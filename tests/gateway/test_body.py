"""A request's body as a JSON object, and what is said of one that is none."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lakeway.errors import BadRequestError
from lakeway.gateway.body import fields


def test_the_fields():
    """A null says nothing, at the top; pairs of surrogates are characters."""
    assert {"a": "\U0001f600", "b": [None]} == fields(rb'{"a": "\ud83d\ude00", "b": [null], "c": null}')


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "Input data was truncated"),
        (b"{", "Input data was truncated"),
        (b"[1]", "expected an object"),
        (b"[" * 100_000, "nested too deeply"),
        (rb'{"a":"\q"}', "JSON is malformed: invalid escape character in string (byte 8)"),
        (b'{"a":"\xff"}', "not valid UTF-8 (byte 6)"),
        (b'{"\xff":1}', "not valid UTF-8 (byte 2)"),
        (b'{"\xc3\xa9":"\\n\xc3"}', "not valid UTF-8 (byte 9)"),
        (b'{"a":"\xed\xa0\x80"}', "not valid UTF-8 (byte 6)"),
        (rb'{"a":"\ud800"}', "a lone surrogate in a string (byte 12)"),
        (rb'{"\uDBFF":1}', "a lone surrogate in a string (byte 8)"),
        (rb'{"a":"\\\ud800"}', "a lone surrogate in a string (byte 14)"),
        (rb'{"a":"\ud800 and more"}', "a lone surrogate in a string (byte 12)"),
        (rb'{"a":"\udc00"}', "a lone surrogate in a string (byte 12)"),
        (rb'{"a":"\ud800\u0041"}', "a lone surrogate in a string (byte 18)"),
        (rb'{"a":"\ud83d', "Input data was truncated"),
        (rb'{"a":"\ud83d\ude', "Input data was truncated"),
        (rb'{"a":"\\ud83d"', "Input data was truncated"),
        (rb'{"a":"\ud83d\ude00"', "Input data was truncated"),
    ],
)
def test_what_is_none(body, reason):
    """The reason and the place are those of the whole body, and never another mistake than the one made."""
    with pytest.raises(BadRequestError) as caught:
        fields(body)

    assert ("request_body", f"BadRequestError: Invalid JSON payload: {reason}") == (
        caught.value.param,
        str(caught.value),
    )


@given(st.binary())
def test_any_bytes(body):
    """Whatever comes is an object or the client's mistake, and nothing worse."""
    with suppress(BadRequestError):
        assert isinstance(fields(b'{"a":"' + body + b'"}'), dict)
