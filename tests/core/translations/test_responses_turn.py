"""One assistant turn as a chat message and as Responses items."""

import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lakeway.core.dialects.openai_responses import input_item
from lakeway.core.translations.responses_to_chat import message
from lakeway.core.translations.responses_turn import OUTLINE, items, outline

REASONING = {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "gAAA"}
CALL = {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "f", "arguments": "{}"}
SEARCH = {"type": "web_search_call", "id": "ws_1", "action": {"type": "search", "query": "q"}}
CHAT_CALL = {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{}"}}


def text(said, **extra):
    return {
        "type": "message",
        "role": "assistant",
        **extra,
        "content": [{"type": "output_text", "text": said}],
    }


def sent(*output):
    """The items as they should go back: what the API refuses is off, ids that nothing refers to too."""
    kept = []
    for item in map(input_item, output):
        if item["type"] in ("message", "function_call", "custom_tool_call"):
            item.pop("id", None)
        kept.append(item)
    return kept


@pytest.mark.parametrize(
    "output",
    [
        pytest.param([text("hi")], id="text"),
        pytest.param([CALL], id="a call"),
        pytest.param([REASONING, CALL], id="reasoning and a call"),
        pytest.param([REASONING, text("hi"), CALL, {**CALL, "call_id": "call_2"}], id="all three"),
    ],
)
def test_a_plain_turn_needs_no_outline(output):
    """What chat's own fields tell is not told twice."""
    assert outline(output) is None
    assert "provider_specific_fields" not in message(output)
    assert sent(*output) == items(message(output))


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        pytest.param(
            [text("Let me see.", phase="commentary"), CALL],
            [
                {"type": "message", "length": 11, "phase": "commentary"},
                {"type": "function_call", "call_id": "call_1"},
            ],
            id="a phase",
        ),
        pytest.param(
            [REASONING, CALL, {**REASONING, "id": "rs_2"}, text("hi")],
            [
                {"type": "reasoning"},
                {"type": "function_call", "call_id": "call_1"},
                {"type": "reasoning"},
                {"type": "message", "length": 2},
            ],
            id="reasoning in between",
        ),
        pytest.param(
            [{**CALL, "encrypted_content": "gAAA"}],
            [{"type": "function_call", "call_id": "call_1", "encrypted_content": "gAAA"}],
            id="Gemini's signature on a call",
        ),
        pytest.param([SEARCH, text("hi")], [SEARCH, {"type": "message", "length": 2}], id="a hosted tool"),
        pytest.param(
            [text("a"), text("bc")],
            [{"type": "message", "length": 1}, {"type": "message", "length": 2}],
            id="two messages",
        ),
    ],
)
def test_a_turn_that_chat_cannot_tell_carries_an_outline(output, expected):
    """The message says in which order its parts came, and the items go back in that order."""
    said = message(output)

    assert {OUTLINE: expected} == said["provider_specific_fields"]
    assert sent(*output) == items(said)


@pytest.mark.parametrize(
    "edit",
    [
        {"content": "other words"},
        {"tool_calls": None},
        {"tool_calls": [{**CHAT_CALL, "id": "call_9"}]},
        {"reasoning_items": None},
        {"provider_specific_fields": {OUTLINE: "nonsense"}},
        {"provider_specific_fields": {OUTLINE: [1]}},
        {"provider_specific_fields": {OUTLINE: [{"type": "message", "length": "x"}]}},
        {"provider_specific_fields": {OUTLINE: [{"type": "message", "length": -1}]}},
        {
            "reasoning_items": None,
            "tool_calls": None,
            "provider_specific_fields": {OUTLINE: [{"type": "message", "length": n} for n in (-1, 3)]},
        },
        {"provider_specific_fields": {OUTLINE: [{"type": "function_call"}]}},
    ],
)
def test_an_edited_turn_goes_by_its_fields(edit):
    """An outline that no longer describes the message, or never did, is left alone."""
    said = {**message([REASONING, CALL, text("hi", phase="commentary")]), **edit}
    plain = {name: value for name, value in said.items() if name != "provider_specific_fields"}

    assert items(plain) == items(said)


@pytest.mark.parametrize(
    ("given_message", "expected"),
    [
        pytest.param({"content": "hi"}, [text("hi")], id="text"),
        pytest.param(
            {
                "content": [
                    {"type": "text", "text": "h"},
                    {"type": "reasoning", "summary": []},
                    {"type": "text", "text": "i"},
                ]
            },
            [text("hi")],
            id="a list, with another provider's reasoning",
        ),
        pytest.param({"content": ""}, [], id="nothing"),
        pytest.param({"content": None, "tool_calls": [CHAT_CALL]}, sent(CALL), id="a call"),
        pytest.param(
            {
                "tool_calls": [
                    {"id": "c", "type": "function", "function": {"name": "f", "arguments": {"a": 1}}}
                ]
            },
            [{"type": "function_call", "call_id": "c", "name": "f", "arguments": '{"a":1}'}],
            id="arguments as an object",
        ),
        pytest.param(
            {"tool_calls": [{"id": "c", "type": "custom", "custom": {"name": "sql", "input": "select 1"}}]},
            [{"type": "custom_tool_call", "call_id": "c", "name": "sql", "input": "select 1"}],
            id="a custom tool's call",
        ),
        pytest.param(
            {"function_call": {"name": "f", "arguments": "{}"}},
            [{"type": "function_call", "call_id": "f", "name": "f", "arguments": "{}"}],
            id="a call of the older form",
        ),
        pytest.param(
            {"content": None, "refusal": "no"},
            [{"type": "message", "role": "assistant", "content": [{"type": "refusal", "refusal": "no"}]}],
            id="a refusal",
        ),
        pytest.param(
            {"content": "hi", "reasoning_items": [REASONING]}, [REASONING, text("hi")], id="reasoning"
        ),
        pytest.param(
            {"content": "hi", "provider_specific_fields": {"reasoning_items": [REASONING]}},
            [REASONING, text("hi")],
            id="reasoning among the provider's fields",
        ),
        pytest.param(
            {
                "content": "hi",
                "reasoning_items": [{"type": "reasoning", "id": "rs_1", "summary": [{"text": "s"}]}],
            },
            [text("hi")],
            id="reasoning that only refers to a store",
        ),
        pytest.param(
            {"content": "hi", "reasoning_items": [{"type": "reasoning", "content": [{"text": "raw"}]}]},
            [{"type": "reasoning", "content": [{"text": "raw"}], "summary": []}, text("hi")],
            id="an open model's reasoning",
        ),
        pytest.param(
            {"content": None, "reasoning_items": [REASONING]}, [], id="reasoning that nothing follows"
        ),
        pytest.param(
            {"content": "hi", "thinking_blocks": [{"type": "thinking"}]}, [text("hi")], id="Claude's thinking"
        ),
    ],
)
def test_assistant_messages(given_message, expected):
    """Every form of an assistant message becomes items that the API accepts."""
    before = copy.deepcopy(given_message)

    assert expected == items(given_message)
    assert before == given_message


identifiers = st.text("abc_0", min_size=1, max_size=80)
reasoning = st.builds(
    lambda i, s: {
        "type": "reasoning",
        "id": f"rs_{i}",
        "summary": [{"type": "summary_text", "text": s}],
        "encrypted_content": i,
    },
    identifiers,
    st.text(max_size=5),
)
messages = st.builds(
    lambda said, phase: text(said, **({"phase": phase} if phase else {})),
    st.text(min_size=1, max_size=9),
    st.sampled_from([None, "commentary", "final_answer"]),
)
calls = st.builds(
    lambda i, name, written: {
        "type": "function_call",
        "id": f"fc_{i}",
        "call_id": i,
        "name": name,
        "arguments": written,
        "status": "completed",
    },
    identifiers,
    st.text(min_size=1, max_size=5),
    st.sampled_from(["{}", '{"a":"ż"}', "not json"]),
)
outputs = st.lists(
    st.one_of(reasoning, messages, calls, st.just(SEARCH)),
    max_size=6,
    unique_by=lambda i: i.get("call_id", id(i)),
)


@settings(deadline=None)
@given(outputs)
def test_there_and_back_loses_nothing(output):
    """Any output, seen as a chat message, comes back as the same items in the same order."""
    before = copy.deepcopy(output)
    followed = output
    while followed and followed[-1]["type"] == "reasoning":
        followed = followed[:-1]

    said = message(output)

    assert sent(*followed) == items(said)
    assert before == output
