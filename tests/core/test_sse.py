"""The event stream decoder and encoder, by the HTML standard and at every chunking."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lakeway.core.sse import Event, EventTooLong, SseDecoder, encode_event

CASES = {
    "one event": (b"data: {}\n\n", [Event(b"{}")]),
    "two events": (b"data: 1\n\ndata: 2\n\n", [Event(b"1"), Event(b"2")]),
    "no space after the colon": (b"data:{}\n\n", [Event(b"{}")]),
    "only one space is taken off": (b"data:  x\n\n", [Event(b" x")]),
    "CRLF": (b"data: 1\r\n\r\ndata: 2\r\n\r\n", [Event(b"1"), Event(b"2")]),
    "CR": (b"data: 1\r\rdata: 2\r\r", [Event(b"1"), Event(b"2")]),
    "mixed line ends": (b"event: a\r\ndata: 1\r\n\ndata: 2\r\r\n", [Event(b"1", "a"), Event(b"2")]),
    "several data lines": (b"data: a\ndata\ndata: b\n\n", [Event(b"a\n\nb")]),
    "a type": (b"event: ping\ndata: 1\n\ndata: 2\n\n", [Event(b"1", "ping"), Event(b"2")]),
    "the type may follow the data": (b"data: 1\nevent: ping\n\n", [Event(b"1", "ping")]),
    "an empty type": (b"event: \ndata: 1\n\n", [Event(b"1")]),
    "an id lasts": (b"id: 7\ndata: 1\n\ndata: 2\n\n", [Event(b"1", None, "7"), Event(b"2", None, "7")]),
    "an empty id resets": (b"id: 7\ndata: 1\n\nid\ndata: 2\n\n", [Event(b"1", None, "7"), Event(b"2")]),
    "an id with NUL is ignored": (b"id: \0\ndata: 1\n\n", [Event(b"1")]),
    "comments": (b": keep-alive\n\n: x\ndata: 1\n\n", [Event(b"1")]),
    "retry and unknown fields": (b"retry: 10\nfoo: bar\ndata: 1\n\n", [Event(b"1")]),
    "no data, no event": (b"event: ping\n\ndata: \n\ndata:\n\n\n\n", []),
    "byte order mark": (b"\xef\xbb\xbfdata: 1\n\ndata: 2\n\n", [Event(b"1"), Event(b"2")]),
    "colons in the data": (b"data: a: b\n\n", [Event(b"a: b")]),
    "UTF-8": ("data: żółć 🧪\n\n".encode(), [Event("żółć 🧪".encode())]),
    "a type that is not UTF-8": (b"event: \xff\ndata: 1\n\n", [Event(b"1", "�")]),
    "the end ends an event": (b"data: 1\n\ndata: [DONE]", [Event(b"1"), Event(b"[DONE]")]),
    "a bare JSON line": (b'data: 1\n\n{"error_code":"X"}\n', [Event(b"1"), Event(b'{"error_code":"X"}')]),
    "bare JSON at the end": (b'data: 1\n\n{"error":1}', [Event(b"1"), Event(b'{"error":1}')]),
    "bare JSON lines": (b"{1}\n{2}\n\n{3}\n", [Event(b"{1}"), Event(b"{2}"), Event(b"{3}")]),
    "bare JSON beside data": (b'{"a":1}\ndata: 2\n\n', [Event(b'{"a":1}'), Event(b"2")]),
    "nothing": (b"", []),
    "a bare newline": (b"\n", []),
}

PIECES = [
    b"data: ",
    b"data:",
    b"event: x",
    b"id: 1",
    b": c",
    b"{1}",
    b"x",
    b"\n",
    b"\n\n",
    b"\r",
    b"\r\n",
    b"{",
]


def decode(*chunks: bytes) -> list[Event]:
    decoder = SseDecoder()
    events = [event for chunk in chunks for event in decoder.feed(chunk)]
    return events + decoder.finish()


def cut(data: bytes, size: int) -> list[bytes]:
    return [data[start : start + size] for start in range(0, len(data), size)]


@pytest.mark.parametrize("size", [1, 2, 7, 10**6])
@pytest.mark.parametrize(("data", "expected"), CASES.values(), ids=CASES.keys())
def test_decodes(data, expected, size):
    """The bytes come out as these events, whatever the size of the chunks."""
    assert expected == decode(*cut(data, size))


@given(st.data())
def test_any_chunking_gives_the_same_events(data):
    """Line ends, fields and bare JSON in any order decode alike however the bytes are cut."""
    stream = b"".join(data.draw(st.lists(st.sampled_from(PIECES), max_size=30)))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=10)))

    chunks = [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]

    assert decode(stream) == decode(*chunks)


@pytest.mark.parametrize("ending", [b"\n\n", b"\r\r", b"\r\n\r"])
def test_an_event_leaves_with_the_byte_that_ends_it(ending):
    """Nothing waits for the next event, not even for the LF of a CRLF."""
    decoder = SseDecoder()

    assert [Event(b"1")] == decoder.feed(b"data: 1" + ending)


def test_an_empty_chunk_between_cr_and_lf():
    """A read of no bytes does not make two line ends of one."""
    assert [Event(b"1\n2")] == decode(b"data: 1\r", b"", b"\ndata: 2\r", b"\n\r\n")


def test_a_bare_json_line_leaves_at_its_line_end():
    """An error body that a proxy writes into the stream is not held back until a blank line."""
    decoder = SseDecoder()
    decoder.feed(b'data: 1\n\n{"error_code":')

    assert [Event(b'{"error_code":"X"}')] == decoder.feed(b'"X"}\n')


@pytest.mark.parametrize("size", [1, 7, 10**6])
def test_an_event_of_the_limit_passes(size):
    """The limit itself is allowed, at any chunk size."""
    data = b"data: 3456789\n\n"
    decoder = SseDecoder(limit=13)

    assert [Event(b"3456789")] == [event for chunk in cut(data, size) for event in decoder.feed(chunk)]


@pytest.mark.parametrize("size", [1, 7, 10**6])
@pytest.mark.parametrize("tail", [b"", b"\n\n"])
def test_a_longer_event_is_refused(size, tail):
    """What exceeds the limit raises instead of filling the memory, whether or not it ever ends."""
    decoder = SseDecoder(limit=13)

    with pytest.raises(EventTooLong, match="13 bytes"):
        list(map(decoder.feed, cut(b"data: 345678901234" + tail, size)))


def test_many_events_are_no_long_event():
    """The limit counts one event, not the stream."""
    decoder = SseDecoder(limit=13)

    assert 100 == len([event for _ in range(100) for event in decoder.feed(b"data: 3456789\n\n")])


@example("a\r\nb\rc\nd", None)
@given(st.text(), st.none() | st.from_regex(r"\A[a-z_.]+\Z"))
def test_what_is_encoded_decodes(text, event):
    """Any data and type come back, with line ends as LF; empty data is no event."""
    encoded = encode_event(text.encode(), event)

    data = re.sub("\r\n|\r", "\n", text).encode()
    assert ([Event(data, event)] if data else []) == decode(encoded)


def test_encodes_as_the_wire_has_it():
    """The bytes are those that OpenAI's and Anthropic's servers send."""
    assert b"data: [DONE]\n\n" == encode_event(b"[DONE]")
    assert b"event: message_stop\ndata: {}\n\n" == encode_event(b"{}", "message_stop")


@pytest.mark.parametrize("event", ["a\nb", "a\rb"])
def test_a_type_of_two_lines_is_refused(event):
    """A type cannot smuggle a field of its own into the stream."""
    with pytest.raises(ValueError, match="one line"):
        encode_event(b"{}", event)
