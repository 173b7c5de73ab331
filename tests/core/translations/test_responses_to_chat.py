"""Responses replies as chat completions."""

import copy

import pytest
from openai.types.chat import ChatCompletion

from lakeway.core.translations.responses_to_chat import failure, finish_reason, message, reply, usage

REASONING = {
    "type": "reasoning",
    "id": "rs_1",
    "summary": [{"type": "summary_text", "text": "The user wants weather."}],
    "encrypted_content": "gAAA",
}
TEXT = {
    "type": "message",
    "id": "msg_1",
    "role": "assistant",
    "status": "completed",
    "content": [{"type": "output_text", "text": "18C", "annotations": []}],
}
CALL = {
    "type": "function_call",
    "id": "fc_1",
    "call_id": "call_1",
    "name": "get_weather",
    "arguments": '{"city":"San Francisco"}',
    "status": "completed",
}
RESPONSE = {
    "id": "resp_1",
    "object": "response",
    "created_at": 1790000000,
    "status": "completed",
    "error": None,
    "incomplete_details": None,
    "model": "gpt-5.5",
    "output": [REASONING, CALL],
    "service_tier": "default",
    "tools": [],
    "usage": {
        "input_tokens": 120,
        "input_tokens_details": {"cached_tokens": 64},
        "output_tokens": 40,
        "output_tokens_details": {"reasoning_tokens": 20},
        "total_tokens": 160,
    },
}
CHAT = {
    "id": "resp_1",
    "model": "gpt-5.5",
    "service_tier": "default",
    "created": 1790000000,
    "object": "chat.completion",
    "choices": [
        {
            "index": 0,
            "message": {
                "role": "assistant",
                "content": None,
                "tool_calls": [
                    {
                        "id": "call_1",
                        "type": "function",
                        "function": {"name": "get_weather", "arguments": '{"city":"San Francisco"}'},
                    }
                ],
                "function_call": None,
                "reasoning_content": "The user wants weather.",
                "reasoning_items": [REASONING],
            },
            "finish_reason": "tool_calls",
            "logprobs": None,
        }
    ],
    "usage": {
        "prompt_tokens": 120,
        "completion_tokens": 40,
        "total_tokens": 160,
        "prompt_tokens_details": {"cached_tokens": 64},
        "completion_tokens_details": {"reasoning_tokens": 20},
    },
}


def test_a_reply_with_reasoning_and_a_call():
    """The whole of a reply, field by field, and the response untouched."""
    before = copy.deepcopy(RESPONSE)

    assert CHAT == reply(RESPONSE)
    assert before == RESPONSE


def test_what_the_server_left_out_is_left_out():
    """A Databricks agent may send neither id nor model, time nor usage."""
    choice = {"index": 0, "message": message([TEXT]), "finish_reason": "stop", "logprobs": None}

    assert {"object": "chat.completion", "choices": [choice]} == reply({"output": [TEXT]})


def test_a_time_of_day_with_a_fraction():
    """Chat counts whole seconds; recorded agents do not."""
    assert 1761660865 == reply({"output": [], "created_at": 1761660865.178889})["created"]


def test_nulls_stand_for_nothing():
    """Databricks' agents fill what they do not know with null."""
    nulls = [
        {"type": "message", "content": None},
        {"type": "message", "content": [{"type": "output_text", "text": None, "annotations": None}]},
        {"type": "message", "content": [{"type": "refusal", "refusal": None}]},
        {"type": "reasoning", "id": None, "summary": None, "content": None},
        {"type": "function_call", "call_id": None, "id": "fc_1", "name": None, "arguments": None},
    ]

    answered = reply({"id": None, "output": nulls, "usage": None, "service_tier": None})

    call = {"id": "fc_1", "type": "function", "function": {"name": "", "arguments": ""}}
    said = answered["choices"][0]["message"]
    assert ("", [call]) == (said["content"], said["tool_calls"])
    assert {"object", "choices"} == answered.keys()
    assert "stop" == reply({"output": None})["choices"][0]["finish_reason"]


def said(*texts, **part):
    return {"type": "message", "content": [{"type": "output_text", "text": text, **part} for text in texts]}


CITED = {"type": "url_citation", "start_index": 0, "end_index": 1, "url": "https://a", "title": "A"}


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        pytest.param([], {"content": None}, id="nothing"),
        pytest.param([said("")], {"content": ""}, id="an empty text"),
        pytest.param([said("a", "b")], {"content": "ab"}, id="parts"),
        pytest.param(
            [{"type": "message", "content": [{"type": "refusal", "refusal": "no"}]}],
            {"content": None, "refusal": "no"},
            id="a refusal",
        ),
        pytest.param(
            [REASONING, {**REASONING, "summary": [{"text": "Then"}, {"text": "so."}]}, said("a")],
            {
                "content": "a",
                "reasoning_content": "The user wants weather.\n\nThen\n\nso.",
                "reasoning_items": [REASONING, {**REASONING, "summary": [{"text": "Then"}, {"text": "so."}]}],
            },
            id="reasoning in paragraphs",
        ),
        pytest.param(
            [{**REASONING, "summary": []}, said("a")],
            {"content": "a", "reasoning_items": [{**REASONING, "summary": []}]},
            id="reasoning without a summary",
        ),
        pytest.param(
            [{"type": "custom_tool_call", "call_id": "c", "name": "sql", "input": "select 1"}],
            {
                "content": None,
                "tool_calls": [{"id": "c", "type": "custom", "custom": {"name": "sql", "input": "select 1"}}],
            },
            id="a custom tool's call",
        ),
        pytest.param(
            [said("ab", "c", annotations=[CITED, {"type": "file_path", "file_id": "f"}])],
            {
                "content": "abc",
                "annotations": [
                    {
                        "type": "url_citation",
                        "url_citation": {
                            "start_index": s,
                            "end_index": s + 1,
                            "url": "https://a",
                            "title": "A",
                        },
                    }
                    for s in (0, 2)
                ],
            },
            id="citations move with their text",
        ),
    ],
)
def test_messages(output, expected):
    """The items of an output make one message."""
    plain = {"role": "assistant", "tool_calls": None, "function_call": None}

    assert plain | expected == message(output)


def test_logprobs():
    """Token probabilities stand beside the message, as chat has them."""
    token = {"token": "a", "logprob": -0.1, "bytes": [97], "top_logprobs": []}

    assert {"content": [token], "refusal": None} == reply({"output": [said("a", logprobs=[token])]})[
        "choices"
    ][0]["logprobs"]


@pytest.mark.parametrize(
    ("response", "called", "expected"),
    [
        ({"status": "completed"}, False, "stop"),
        ({"status": "completed"}, True, "tool_calls"),
        ({"status": None}, False, "stop"),
        ({}, True, "tool_calls"),
        ({"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}}, True, "length"),
        (
            {"status": "incomplete", "incomplete_details": {"reason": "content_filter"}},
            False,
            "content_filter",
        ),
        ({"status": "incomplete", "incomplete_details": None}, False, "length"),
    ],
)
def test_finish_reason(response, called, expected):
    """The status says why it ended; an incomplete reply never looks whole."""
    assert expected == finish_reason(response, called=called)


@pytest.mark.parametrize(
    ("counted", "expected"),
    [
        (
            {"input_tokens": 3, "output_tokens": 4},
            {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7},
        ),
        ({}, {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}),
        (
            {"input_tokens": 3, "input_tokens_details": None, "output_tokens": 4, "total_tokens": 9},
            {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 9},
        ),
    ],
)
def test_usage(counted, expected):
    """A total that is missing is the sum; details only where the server gives any."""
    assert expected == usage(counted)


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        ({"status": "completed", "error": None}, None),
        ({"status": "incomplete"}, None),
        ({}, None),
        (
            {"status": "failed", "error": {"code": "server_error", "message": "oops"}},
            {"code": "server_error", "message": "oops"},
        ),
        ({"error": "oops"}, {"message": "oops"}),
        (
            {"status": "cancelled"},
            {"message": "The response ended with status 'cancelled' and no reason.", "code": "cancelled"},
        ),
    ],
)
def test_failure(response, expected):
    """A response can fail with HTTP status 200; its error is found in every form."""
    assert expected == failure(response)


@pytest.mark.parametrize(
    "output", [[REASONING, CALL], [TEXT], [REASONING, TEXT, CALL, {"type": "web_search_call"}], []]
)
def test_is_openais_own_type(output):
    """openai's client reads the completion."""
    ChatCompletion.model_validate(reply({**RESPONSE, "output": output}), strict=True)
