"""Responses event streams as chat completion chunks."""

import copy

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openai.types.chat import ChatCompletionChunk

from lakeway.core.sse import SseDecoder, encode_event
from lakeway.core.translations.responses_to_chat import reply
from lakeway.core.translations.responses_to_chat_stream import ResponsesToChatStream

REASONING = {
    "type": "reasoning",
    "id": "rs_1",
    "summary": [
        {"type": "summary_text", "text": "The user wants"},
        {"type": "summary_text", "text": "weather."},
    ],
    "encrypted_content": "gAAA",
}
RAW_REASONING = {
    "type": "reasoning",
    "id": "rs_2",
    "summary": [],
    "content": [{"type": "reasoning_text", "text": "Hm."}],
}
CALL = {
    "type": "function_call",
    "id": "fc_1",
    "call_id": "call_1",
    "name": "get_weather",
    "arguments": '{"city":"Oslo"}',
    "status": "completed",
}
CUSTOM = {"type": "custom_tool_call", "id": "ctc_1", "call_id": "call_2", "name": "sql", "input": "select 1"}
SEARCH = {"type": "web_search_call", "id": "ws_1", "status": "completed"}
CITED = {"type": "url_citation", "start_index": 0, "end_index": 1, "url": "https://a", "title": "A"}
USAGE = {
    "input_tokens": 120,
    "input_tokens_details": {"cached_tokens": 64},
    "output_tokens": 40,
    "output_tokens_details": {"reasoning_tokens": 20},
    "total_tokens": 160,
}


def said(text, **extra):
    content = [{"type": "output_text", "text": text, "annotations": extra.pop("annotations", [])}]
    return {"type": "message", "id": "msg_1", "role": "assistant", **extra, "content": content}


def refused(text):
    return {"type": "message", "id": "msg_1", "content": [{"type": "refusal", "refusal": text}]}


def response(*output, **extra):
    return {
        "id": "resp_1",
        "created_at": 1790000000,
        "status": "completed",
        "model": "gpt-5.5",
        "output": list(output),
        "usage": USAGE,
        **extra,
    }


def fragments(text):
    return [text[start : start + 3] for start in range(0, len(text), 3)]


def deltas(item):
    """The deltas of an item as OpenAI's server sends them: event type, fragment, place within the item."""
    match item["type"]:
        case "message":
            for part in item["content"]:
                kind = "refusal" if part["type"] == "refusal" else "output_text"
                yield from ((kind, text, {}) for text in fragments(part.get("text") or part["refusal"]))
        case "reasoning":
            for index, part in enumerate(item["summary"]):
                yield from (
                    ("reasoning_summary_text", text, {"summary_index": index})
                    for text in fragments(part["text"])
                )
            for index, part in enumerate(item.get("content") or ()):
                yield from (
                    ("reasoning_text", text, {"content_index": index}) for text in fragments(part["text"])
                )
        case "function_call":
            yield from (("function_call_arguments", text, {}) for text in fragments(item["arguments"]))
        case "custom_tool_call":
            yield from (("custom_tool_call_input", text, {}) for text in fragments(item["input"]))


def events(whole):
    """The events with which OpenAI's server tells `whole`, in its order."""
    opening = {**whole, "output": [], "usage": None, "status": "in_progress"}
    yield {"type": "response.created", "response": opening}
    yield {"type": "response.in_progress", "response": opening}
    for place, item in enumerate(whole["output"]):
        empty = {name: "" if name in ("arguments", "input") else value for name, value in item.items()}
        where = {"output_index": place, "item_id": item["id"]}
        yield {"type": "response.output_item.added", "output_index": place, "item": empty}
        for kind, text, inside in deltas(item):
            yield {"type": f"response.{kind}.delta", "delta": text, **where, **inside}
        yield {"type": "response.output_item.done", "output_index": place, "item": item}
    yield {"type": f"response.{whole['status']}", "response": whole}


def chunks_of(stream_events):
    stream = ResponsesToChatStream()
    chunks = [chunk for event in stream_events for chunk in stream.feed(event)]
    return chunks + stream.finish(), stream


def assembled(chunks):
    """The completion that a client puts together from `chunks`."""
    message = {"role": None, "content": None, "tool_calls": None, "function_call": None}
    calls = {}
    for chunk in chunks:
        (choice,) = chunk["choices"]
        for name, value in choice["delta"].items():
            if name == "tool_calls":
                for fragment in value:
                    merge(calls.setdefault(fragment["index"], {}), fragment)
            else:
                message[name] = message[name] + value if message.get(name) else value
    if calls:
        message["tool_calls"] = [{k: v for k, v in calls[i].items() if k != "index"} for i in sorted(calls)]
    last = chunks[-1]
    choice = {
        "index": 0,
        "message": message,
        "finish_reason": last["choices"][0]["finish_reason"],
        "logprobs": None,
    }
    return {**last, "object": "chat.completion", "choices": [choice]}


def merge(call, fragment):
    for name, value in fragment.items():
        if isinstance(value, dict):
            merge(call.setdefault(name, {}), value)
        else:
            call[name] = call.get(name, "") + value if name in ("arguments", "input") else value


OUTPUTS = {
    "text": [said("Hello, world")],
    "reasoning and text": [REASONING, said("It is cold.")],
    "reasoning and calls": [REASONING, CALL, {**CALL, "id": "fc_2", "call_id": "call_3"}],
    "an open model's reasoning": [RAW_REASONING, said("Hi")],
    "reasoning twice": [REASONING, CALL, {**REASONING, "id": "rs_3"}, said("Hi")],
    "a phase": [said("Let me see.", phase="commentary"), CALL],
    "a refusal": [refused("I cannot.")],
    "a custom tool": [CUSTOM],
    "a hosted tool and a citation": [SEARCH, said("A"), said("Bc", annotations=[CITED], id="msg_2")],
    "an empty call": [{**CALL, "arguments": ""}],
}
whole_replies = pytest.mark.parametrize("output", OUTPUTS.values(), ids=OUTPUTS.keys())


@whole_replies
def test_a_stream_says_what_the_reply_says(output):
    """Chunks put together are the completion that the same response makes at once."""
    whole = response(*output)

    chunks, stream = chunks_of(events(whole))

    assert reply(whole) == assembled(chunks)
    assert stream.complete


@whole_replies
@pytest.mark.parametrize("size", [1, 2, 7, 10**6])
def test_through_server_sent_events(output, size):
    """The bytes of the stream, cut anywhere, give the same chunks."""
    told = list(events(response(*output)))
    data = b"".join(encode_event(msgspec.json.encode(event), event["type"]) for event in told)
    decoder = SseDecoder()
    decoded = [
        event for start in range(0, len(data), size) for event in decoder.feed(data[start : start + size])
    ]

    assert chunks_of(told)[0] == chunks_of(msgspec.json.decode(event.data) for event in decoded)[0]


@whole_replies
@pytest.mark.parametrize(
    "kept",
    [
        pytest.param(lambda kind: ".delta" not in kind, id="without deltas"),
        pytest.param(lambda kind: ".delta" not in kind and ".added" not in kind, id="with whole items only"),
        pytest.param(lambda kind: kind in ("response.created", "response.completed"), id="with the end only"),
    ],
)
def test_a_server_that_streams_less(output, kept):
    """Agents may leave out deltas, or items; nothing is said twice or not at all."""
    whole = response(*output)

    sparse, stream = chunks_of(event for event in events(whole) if kept(event["type"]))

    assert assembled(chunks_of(events(whole))[0]) == assembled(sparse)
    assert stream.complete


@whole_replies
def test_are_openais_own_types(output):
    """openai's client reads every chunk."""
    for chunk in chunks_of(events(response(*output)))[0]:
        for call in chunk["choices"][0]["delta"].get("tool_calls") or ():
            call["type"] = "function"  # the client knows custom calls in whole replies alone
        ChatCompletionChunk.model_validate(chunk, strict=True)


def test_the_first_chunk_has_the_role_and_the_last_the_usage():
    """One role, one finish reason, one usage, in the places where clients look."""
    chunks, _ = chunks_of(events(response(said("Hello"))))

    assert ["assistant", None, None] == [chunk["choices"][0]["delta"].get("role") for chunk in chunks]
    assert [None, None, "stop"] == [chunk["choices"][0]["finish_reason"] for chunk in chunks]
    assert [False, False, True] == ["usage" in chunk for chunk in chunks]


def test_every_chunk_names_the_response():
    """Clients group chunks by id."""
    chunks, _ = chunks_of(events(response(REASONING, CALL)))

    assert {("resp_1", "gpt-5.5", 1790000000)} == {
        (chunk["id"], chunk["model"], chunk["created"]) for chunk in chunks
    }


def test_a_call_opens_with_its_name():
    """Id and name come first, then nothing but arguments."""
    calls = [chunk["choices"][0]["delta"].get("tool_calls") for chunk in chunks_of(events(response(CALL)))[0]]

    opened = {
        "index": 0,
        "id": "call_1",
        "type": "function",
        "function": {"name": "get_weather", "arguments": ""},
    }
    assert [opened] == calls[0]
    assert [{"index": 0, "function": {"arguments": '{"c'}}] == calls[1]


@whole_replies
def test_no_event_waits_for_the_next(output):
    """Every delta leaves as a chunk of its own, at once."""
    stream = ResponsesToChatStream()

    counts = [(event["type"], len(stream.feed(event))) for event in events(response(*output))]

    assert {1} >= {count for kind, count in counts if kind.endswith(".delta")}


@pytest.mark.parametrize(
    ("details", "expected"),
    [({"reason": "max_output_tokens"}, "length"), ({"reason": "content_filter"}, "content_filter")],
)
def test_an_incomplete_response(details, expected):
    """A reply cut off by the server says why, and the stream itself is whole."""
    whole = response(said("Hel"), status="incomplete", incomplete_details=details)

    chunks, stream = chunks_of(events(whole))

    assert expected == chunks[-1]["choices"][0]["finish_reason"]
    assert stream.complete


def test_a_stream_cut_short_is_not_complete():
    """Without its last event a stream is no reply, however much was said."""
    *most, _ = events(response(said("Hello")))

    chunks, stream = chunks_of(most)

    assert "Hello" == assembled(chunks)["choices"][0]["message"]["content"]
    assert not stream.complete


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        pytest.param(
            {"type": "error", "code": "server_error", "message": "oops", "param": None, "sequence_number": 3},
            {"code": "server_error", "message": "oops", "param": None},
            id="OpenAI's",
        ),
        pytest.param(
            {"type": "error", "error": {"code": "rate_limit_exceeded", "message": "slow down"}},
            {"code": "rate_limit_exceeded", "message": "slow down"},
            id="in an envelope",
        ),
        pytest.param(
            {
                "type": "response.failed",
                "response": {"status": "failed", "error": {"code": "c", "message": "oops"}},
            },
            {"code": "c", "message": "oops"},
            id="a failed response",
        ),
        pytest.param(
            {"type": "response.failed", "response": None},
            {"message": "The response ended with status 'failed' and no reason.", "code": "failed"},
            id="a failed response that says nothing",
        ),
        pytest.param(
            {"type": "response.cancelled", "response": {"status": None, "error": None}},
            {"message": "The response ended with status 'cancelled' and no reason.", "code": "cancelled"},
            id="a cancelled response",
        ),
        pytest.param(
            {"type": "response.completed", "response": {"error": {"message": "oops"}}},
            {"message": "oops"},
            id="at the end",
        ),
        pytest.param({"error": "oops"}, {"message": "oops"}, id="an agent's"),
        pytest.param(
            {"error_code": "REQUEST_LIMIT_EXCEEDED", "message": "slow down"},
            {"message": "slow down", "code": "REQUEST_LIMIT_EXCEEDED"},
            id="Databricks'",
        ),
    ],
)
def test_errors_surface(event, expected):
    """Every form of an error event becomes one error object, and is an end of the stream."""
    chunks, stream = chunks_of([event])

    assert [{"error": expected}] == chunks
    assert stream.complete


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"trace_id": "tr-1"},
        {"type": "response.content_part.added", "part": {}},
        {"type": "response.output_text.delta", "delta": ""},
        {"type": "response.refusal.delta", "delta": ""},
        {"type": "response.reasoning_summary_text.delta", "delta": ""},
        {"type": "response.function_call_arguments.delta", "delta": "{}", "item_id": "unknown"},
        {"type": "response.output_item.added", "item": {"type": "message"}},
        {"type": "response.output_item.done", "item": {"type": "function_call_output"}},
        {"type": "response.output_item.done"},
    ],
)
def test_what_says_nothing_makes_no_chunk(event):
    """Events without text, and those of other worlds, pass unseen."""
    assert [] == chunks_of([event])[0]


def test_an_agent_whose_ids_change():
    """Recorded agents change an item's id between its events and interleave items; places tell them apart."""
    chunks, _ = chunks_of(
        [
            {
                "type": "response.output_item.added",
                "output_index": 0,
                "item": {"type": "message", "id": "fake_item"},
            },
            {"type": "response.output_text.delta", "output_index": 0, "item_id": "fake_text", "delta": "Hi"},
            {
                "type": "response.output_item.added",
                "output_index": 1,
                "item": {**CALL, "id": "fake", "arguments": ""},
            },
            {
                "type": "response.function_call_arguments.delta",
                "output_index": 1,
                "item_id": "fake",
                "delta": "{}",
            },
            {
                "type": "response.output_item.added",
                "output_index": 2,
                "item": {**CALL, "id": "fake", "call_id": "b"},
            },
            {
                "type": "response.function_call_arguments.delta",
                "output_index": 2,
                "item_id": "fake",
                "delta": "[]",
            },
            {"type": "response.output_item.done", "output_index": 1, "item": {**CALL, "id": "fake"}},
            {
                "type": "response.output_item.done",
                "output_index": 2,
                "item": {**CALL, "id": "fake", "call_id": "b"},
            },
            {
                "type": "response.output_item.done",
                "output_index": 0,
                "item": {**said("Hi"), "id": "fake_text"},
            },
            {"type": "responses.completed", "response": {"id": "resp_1"}},
        ]
    )

    message = assembled(chunks)["choices"][0]["message"]
    assert "Hi" == message["content"]
    assert [("call_1", "{}"), ("b", "[]")] == [
        (c["id"], c["function"]["arguments"]) for c in message["tool_calls"]
    ]


def test_items_that_all_claim_the_first_place():
    """An agent may number every item 0; each is told once."""
    done = [
        {"type": "response.output_text.delta", "item_id": "a", "delta": "One. "},
        {"type": "response.output_item.done", "output_index": 0, "item": {**said("One. "), "id": "a"}},
        {"type": "response.output_item.done", "output_index": 0, "item": {**said("Two. "), "id": "b"}},
        {"type": "response.output_item.done", "output_index": 0, "item": {**said("Three."), "id": "c"}},
        {"type": "responses.completed", "response": None},
    ]

    assert "One. Two. Three." == assembled(chunks_of(done)[0])["choices"][0]["message"]["content"]


def test_items_that_have_neither_place_nor_id():
    """What came as deltas is not said again by its item."""
    told = [
        {"type": "response.created", "response": None},
        {"type": "response.output_text.delta", "delta": "One."},
        {"type": "response.output_item.done", "item": {**said("One."), "id": None}},
        {"type": "response.completed", "response": {}},
    ]

    assert "One." == assembled(chunks_of(told)[0])["choices"][0]["message"]["content"]


def test_an_agent_that_sends_several_responses():
    """An agent that runs tools on its side goes on after `response.completed`, and its last words count."""
    first, second = list(events(response(said("One. ")))), list(events(response(said("Two."), id="resp_2")))

    chunks, stream = chunks_of([*first, *second[:3]])
    assert not stream.complete

    chunks, stream = chunks_of([*first, *second])
    assert "One. Two." == assembled(chunks)["choices"][0]["message"]["content"]
    assert ("resp_1", "resp_2", True) == (chunks[0]["id"], chunks[-1]["id"], stream.complete)


def test_reasoning_told_twice_is_read_once():
    """A model that streams its reasoning and a summary of it fills `reasoning_content` with the first."""
    both = {**RAW_REASONING, "summary": [{"type": "summary_text", "text": "Hm, in short."}]}

    assert (
        "Hm, in short."
        == assembled(chunks_of(events(response(both)))[0])["choices"][0]["message"]["reasoning_content"]
    )


def test_logprobs():
    """Token probabilities travel with the text that they belong to."""
    token = {"token": "a", "logprob": -0.1, "top_logprobs": []}

    ((chunk,), _) = chunks_of([{"type": "response.output_text.delta", "delta": "a", "logprobs": [token]}])

    assert {"content": [token], "refusal": None} == chunk["choices"][0]["logprobs"]


texts = st.text(min_size=1, max_size=12)
items = st.one_of(
    st.builds(said, texts, phase=st.sampled_from(["commentary", "final_answer"])),
    st.builds(
        lambda parts: {**REASONING, "summary": [{"text": part} for part in parts]},
        st.lists(texts, max_size=3),
    ),
    st.builds(lambda text: {**CALL, "arguments": text}, texts),
    st.just(CUSTOM),
    st.just(SEARCH),
)


@settings(deadline=None)
@given(st.lists(items, max_size=6))
def test_any_output_streams_as_it_replies(output):
    """Text, reasoning, calls, usage and order are the same either way, and no event is changed."""
    whole = response(*output)
    told = list(events(whole))
    before = copy.deepcopy(told)

    chunks, _ = chunks_of(told)

    assert reply(whole) == assembled(chunks)
    assert before == told
