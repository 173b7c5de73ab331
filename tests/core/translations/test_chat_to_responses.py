"""Chat requests as Responses requests."""

import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openai.types.responses.response_create_params import ResponseCreateParamsNonStreaming
from pydantic import TypeAdapter

from lakeway.core.dialects.openai_responses import short_id
from lakeway.core.translations.chat_to_responses import request, unsupported
from lakeway.errors import BadRequestError

USER = {"role": "user", "content": "Hi"}
INPUT = [{"type": "message", "role": "user", "content": "Hi"}]
FUNCTION = {
    "name": "f",
    "description": "d",
    "parameters": {"type": "object", "properties": {"a": {"type": "string"}}},
}
TOOL = {"type": "function", "function": FUNCTION}
FLAT = {"type": "function", **FUNCTION, "strict": False}
NO_PARAMETERS = {"type": "object", "properties": {}}
SCHEMA = {"type": "object", "properties": {}, "additionalProperties": False}
ENCRYPTED = "reasoning.encrypted_content"


def written(**chat):
    """The request for `chat` without what every request has."""
    body = request({"model": "m", "messages": [USER], **chat}, keep_reasoning=False)
    return {name: value for name, value in body.items() if name not in ("model", "input")}


def inputs(*messages):
    body = request({"model": "m", "messages": list(messages)})
    return body.get("instructions"), body["input"]


def test_a_plain_question():
    """The least request: model, input, and the wish for reasoning that can be sent back; never `store`."""
    expected = {"model": "m", "input": INPUT, "include": [ENCRYPTED]}

    assert expected == request({"model": "m", "messages": [USER]})


@pytest.mark.parametrize(
    ("chat", "expected"),
    [
        pytest.param({"temperature": 0.2, "top_p": 0.9}, {"temperature": 0.2, "top_p": 0.9}, id="sampling"),
        pytest.param({"max_tokens": 99}, {"max_output_tokens": 99}, id="max_tokens"),
        pytest.param(
            {"max_completion_tokens": 99, "max_tokens": 5},
            {"max_output_tokens": 99},
            id="the newer name wins",
        ),
        pytest.param({"max_tokens": 5}, {"max_output_tokens": 16}, id="no fewer than 16 tokens"),
        pytest.param({"max_tokens": None, "user": None}, {}, id="None is not there"),
        pytest.param(
            {"reasoning_effort": "high"}, {"reasoning": {"effort": "high", "summary": "auto"}}, id="effort"
        ),
        pytest.param(
            {"reasoning_effort": "none"}, {"reasoning": {"effort": "none"}}, id="no effort, no summary"
        ),
        pytest.param(
            {"reasoning_effort": {"effort": "low", "summary": "detailed"}},
            {"reasoning": {"effort": "low", "summary": "detailed"}},
            id="effort as Responses has it",
        ),
        pytest.param(
            {"reasoning_effort": "low", "reasoning": {"summary": "concise"}},
            {"reasoning": {"effort": "low", "summary": "concise"}},
            id="a caller's own reasoning object",
        ),
        pytest.param(
            {
                "response_format": {
                    "type": "json_schema",
                    "json_schema": {"name": "n", "schema": SCHEMA, "strict": True},
                }
            },
            {"text": {"format": {"type": "json_schema", "name": "n", "schema": SCHEMA, "strict": True}}},
            id="a schema",
        ),
        pytest.param(
            {"response_format": {"type": "json_object"}, "verbosity": "low"},
            {"text": {"format": {"type": "json_object"}, "verbosity": "low"}},
            id="JSON and verbosity",
        ),
        pytest.param(
            {"response_format": {"type": "text"}}, {"text": {"format": {"type": "text"}}}, id="text"
        ),
        pytest.param(
            {"logprobs": True, "top_logprobs": 2, "include": ["x"]},
            {"include": ["x", "message.output_text.logprobs"], "top_logprobs": 2},
            id="logprobs",
        ),
        pytest.param(
            {"stream": True, "stream_options": {"include_usage": True}},
            {"stream": True},
            id="usage comes anyway",
        ),
        pytest.param(
            {"user": "u", "metadata": {"a": "b"}, "service_tier": "priority", "truncation": "auto"},
            {"user": "u", "metadata": {"a": "b"}, "service_tier": "priority", "truncation": "auto"},
            id="the same name on both, or unknown to chat",
        ),
        pytest.param({"store": False, "n": 2, "seed": 1, "background": True}, {}, id="no counterpart"),
        pytest.param(
            {"tools": [TOOL], "parallel_tool_calls": False},
            {"tools": [FLAT], "parallel_tool_calls": False},
            id="tools",
        ),
        pytest.param({"tools": [], "tool_choice": "auto", "parallel_tool_calls": True}, {}, id="no tools"),
    ],
)
def test_parameters(chat, expected):
    """Each parameter of chat has its place on Responses, or none."""
    assert expected == written(**chat)


@pytest.mark.parametrize(
    ("tool", "expected"),
    [
        pytest.param(
            {"type": "function", "function": {**FUNCTION, "strict": True}},
            {**FLAT, "strict": True},
            id="strict",
        ),
        pytest.param(
            {"type": "function", "function": {"name": "f"}},
            {"type": "function", "name": "f", "parameters": NO_PARAMETERS, "strict": False},
            id="no parameters",
        ),
        pytest.param({**TOOL, "cache_control": {"type": "ephemeral"}}, FLAT, id="a cache mark is Claude's"),
        pytest.param(
            {"name": "f", "description": "d", "input_schema": FUNCTION["parameters"]},
            FLAT,
            id="Anthropic's form",
        ),
        pytest.param(FLAT, FLAT, id="Responses' own form"),
        pytest.param({"type": "web_search"}, {"type": "web_search"}, id="a hosted tool"),
        pytest.param(
            {
                "type": "custom",
                "custom": {
                    "name": "sql",
                    "format": {"type": "grammar", "grammar": {"syntax": "lark", "definition": "start: x"}},
                },
            },
            {
                "type": "custom",
                "name": "sql",
                "format": {"type": "grammar", "syntax": "lark", "definition": "start: x"},
            },
            id="a custom tool with a grammar",
        ),
        pytest.param(
            {"type": "custom", "custom": {"name": "x", "format": {"type": "text"}}},
            {"type": "custom", "name": "x", "format": {"type": "text"}},
            id="a custom tool",
        ),
    ],
)
def test_tools(tool, expected):
    """Tools are flat on Responses, and lax unless the caller says strict."""
    assert {"tools": [expected]} == written(tools=[tool])


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ("auto", "auto"),
        ("none", "none"),
        ("required", "required"),
        ("any", "required"),
        ({"type": "function", "function": {"name": "f"}}, {"type": "function", "name": "f"}),
        ({"type": "tool", "name": "f"}, {"type": "function", "name": "f"}),
        ({"type": "custom", "custom": {"name": "sql"}}, {"type": "custom", "name": "sql"}),
        (
            {
                "type": "allowed_tools",
                "allowed_tools": {
                    "mode": "auto",
                    "tools": [{"type": "function", "function": {"name": "f"}}],
                },
            },
            {"type": "allowed_tools", "mode": "auto", "tools": [{"type": "function", "name": "f"}]},
        ),
    ],
)
def test_tool_choice(choice, expected):
    """A named function loses its wrapper."""
    assert expected == written(tools=[TOOL], tool_choice=choice)["tool_choice"]


def test_a_tool_choice_that_is_none():
    """Nonsense is the caller's error, named, and not the server's to find."""
    with pytest.raises(BadRequestError, match="Invalid tool choice"):
        request({"model": "m", "messages": [USER], "tools": [TOOL], "tool_choice": 7})


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        pytest.param([{"role": "system", "content": "Be brief."}, USER], ("Be brief.", INPUT), id="system"),
        pytest.param(
            [
                {"role": "system", "content": [{"type": "text", "text": "A"}, {"type": "text", "text": "B"}]},
                {"role": "developer", "content": "C"},
                {"role": "system", "content": ""},
                USER,
            ],
            ("A\n\nB\n\nC", INPUT),
            id="several, in parts",
        ),
        pytest.param(
            [USER, {"role": "system", "content": "Now in French."}],
            (None, [*INPUT, {"type": "message", "role": "system", "content": "Now in French."}]),
            id="system in the middle",
        ),
        pytest.param(
            [{"role": "system", "content": "Say hi."}],
            (None, [{"type": "message", "role": "system", "content": "Say hi."}]),
            id="nothing but system",
        ),
        pytest.param(
            [{"role": "system", "content": [{"type": "image_url", "image_url": "u"}]}, USER],
            (
                None,
                [
                    {
                        "type": "message",
                        "role": "system",
                        "content": [{"type": "input_image", "image_url": "u", "detail": "auto"}],
                    },
                    *INPUT,
                ],
            ),
            id="system with more than text",
        ),
        pytest.param([], (None, []), id="nothing"),
        pytest.param([{**USER, "name": "Ann"}], (None, INPUT), id="a name has no place"),
        pytest.param(
            [{"role": "user", "content": None}],
            (None, [{"type": "message", "role": "user", "content": ""}]),
            id="no content",
        ),
        pytest.param(
            [{"content": "Hi"}],
            (
                None,
                [
                    {
                        "type": "message",
                        "role": "assistant",
                        "content": [{"type": "output_text", "text": "Hi"}],
                    }
                ],
            ),
            id="no role is the assistant's",
        ),
    ],
)
def test_messages(messages, expected):
    """Leading instructions are hoisted; everything else stays where it is."""
    assert expected == inputs(*messages)


def test_instructions_of_the_caller_come_first():
    """A caller who knows Responses may give instructions beside a system message; neither is lost."""
    body = request(
        {"model": "m", "messages": [{"role": "system", "content": "B"}, USER], "instructions": "A"}
    )

    assert "A\n\nB" == body["instructions"]


def test_a_json_object_keeps_the_system_message_in_the_input():
    """The API looks for the word JSON in the input alone, where the caller's system message has it."""
    system = {"role": "system", "content": "Answer in JSON."}

    body = request({"model": "m", "messages": [system, USER], "response_format": {"type": "json_object"}})

    assert "instructions" not in body
    assert [{"type": "message", **system}, *INPUT] == body["input"]


def test_a_schema_does_not():
    """Only the JSON object without a schema has that rule."""
    form = {"type": "json_schema", "json_schema": {"name": "n", "schema": SCHEMA}}

    body = request(
        {"model": "m", "messages": [{"role": "system", "content": "A"}, USER], "response_format": form}
    )

    assert ("A", INPUT) == (body["instructions"], body["input"])


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        (
            {"type": "text", "text": "a", "cache_control": {"type": "ephemeral"}},
            {"type": "input_text", "text": "a"},
        ),
        ("a", {"type": "input_text", "text": "a"}),
        (
            {
                "type": "image_url",
                "image_url": {"url": "data:image/png;base64,AA", "detail": "low", "format": "png"},
            },
            {"type": "input_image", "image_url": "data:image/png;base64,AA", "detail": "low"},
        ),
        (
            {"type": "image_url", "image_url": "https://a/b.png"},
            {"type": "input_image", "image_url": "https://a/b.png", "detail": "auto"},
        ),
        (
            {
                "type": "file",
                "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,AA", "format": "x"},
            },
            {"type": "input_file", "filename": "a.pdf", "file_data": "data:application/pdf;base64,AA"},
        ),
        ({"type": "file", "file": {"file_id": "file-1"}}, {"type": "input_file", "file_id": "file-1"}),
        (
            {"type": "file", "file": {"file_id": "https://a/b.pdf"}},
            {"type": "input_file", "file_url": "https://a/b.pdf"},
        ),
        ({"type": "input_text", "text": "a"}, {"type": "input_text", "text": "a"}),
        (
            {"type": "input_audio", "input_audio": {"data": "AA"}},
            {"type": "input_audio", "input_audio": {"data": "AA"}},
        ),
    ],
)
def test_content_parts(part, expected):
    """Text, images and files change their form; what Responses lacks goes as it is."""
    assert (None, [{"type": "message", "role": "user", "content": [expected]}]) == inputs(
        {"role": "user", "content": [part]}
    )


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("18C", "18C"),
        (None, ""),
        ([], ""),
        ([{"type": "text", "text": "18C"}], "18C"),
        (
            [{"type": "text", "text": "a"}, {"type": "image_url", "image_url": "data:image/png;base64,AA"}],
            [
                {"type": "input_text", "text": "a"},
                {"type": "input_image", "image_url": "data:image/png;base64,AA", "detail": "auto"},
            ],
        ),
        (
            [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}],
            [{"type": "input_text", "text": "a"}, {"type": "input_text", "text": "b"}],
        ),
        (
            [{"type": "image_url", "image_url": "u"}],
            [{"type": "input_image", "image_url": "u", "detail": "auto"}],
        ),
        ({"degrees": 18}, '{"degrees":18}'),
    ],
)
def test_tool_results(content, expected):
    """One text is a string, several parts stay a list, anything else is JSON."""
    output = {"type": "function_call_output", "call_id": "call_1", "output": expected}

    assert (None, [output]) == inputs({"role": "tool", "tool_call_id": "call_1", "content": content})


def test_a_long_call_id_still_pairs_with_its_result():
    """Both ends of a call are cut alike, and two calls that differ at the end of their ids stay two."""
    ids = ["call_" + "x" * 80 + end for end in "ab"]
    asked = {
        "role": "assistant",
        "tool_calls": [{"id": i, "type": "function", "function": {"name": "f"}} for i in ids],
    }
    answered = [{"role": "tool", "tool_call_id": i, "content": "1"} for i in ids]

    _, items = inputs(asked, *answered)

    assert [*map(short_id, ids)] * 2 == [item["call_id"] for item in items]
    assert 2 == len({item["call_id"] for item in items})


def test_a_custom_call_gets_a_custom_result():
    """The kind of the call decides the kind of its result."""
    asked = {
        "role": "assistant",
        "tool_calls": [{"id": "c", "type": "custom", "custom": {"name": "sql", "input": "x"}}],
    }

    _, items = inputs(asked, {"role": "tool", "tool_call_id": "c", "content": "1"})

    assert ["custom_tool_call", "custom_tool_call_output"] == [item["type"] for item in items]


def test_a_call_of_the_older_form_pairs_by_name():
    """Messages with `function_call` have no ids; the function's name stands in."""
    _, items = inputs(
        {"role": "assistant", "function_call": {"name": "f", "arguments": "{}"}},
        {"role": "function", "name": "f", "content": "1"},
    )

    assert [("function_call", "f"), ("function_call_output", "f")] == [
        (i["type"], i["call_id"]) for i in items
    ]


@pytest.mark.parametrize(
    ("chat", "expected"),
    [
        ({"temperature": 1, "stream_options": {}, "tools": [TOOL], "top_k": 3}, []),
        ({"stop": ["a"], "seed": 0, "n": 2}, ["stop", "seed", "n"]),
        (
            {
                "n": 1,
                "presence_penalty": 0,
                "frequency_penalty": 0.0,
                "logit_bias": {},
                "modalities": ["text"],
            },
            [],
        ),
        ({"presence_penalty": 0.1, "modalities": ["text", "audio"]}, ["presence_penalty", "modalities"]),
        ({"store": False, "background": False, "stop": [], "seed": None}, []),
        ({"store": True, "previous_response_id": "r"}, ["store", "previous_response_id"]),
        ({"thinking": {"type": "enabled"}}, ["thinking"]),
    ],
)
def test_what_responses_cannot_do(chat, expected):
    """Named is what would change the answer; a value that asks for nothing is not."""
    assert expected == unsupported({"model": "m", "messages": [USER], **chat})


TOOL_LOOP = [
    {"role": "system", "content": "Be brief."},
    {
        "role": "user",
        "content": [{"type": "text", "text": "Weather?"}, {"type": "image_url", "image_url": {"url": "u"}}],
    },
    {
        "role": "assistant",
        "content": "Looking.",
        "reasoning_content": "Hm.",
        "reasoning_items": [{"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "gAAA"}],
        "tool_calls": [{"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}],
        "function_call": None,
    },
    {"role": "tool", "tool_call_id": "c", "content": "18C"},
    {"role": "user", "content": "And now?"},
]


def test_a_tool_loop_with_reasoning():
    """The turn goes back as reasoning, text, call, then the result: the order in which it came."""
    instructions, items = inputs(*TOOL_LOOP)

    assert "Be brief." == instructions
    assert [
        ("message", "user"),
        ("reasoning", None),
        ("message", "assistant"),
        ("function_call", None),
        ("function_call_output", None),
        ("message", "user"),
    ] == [(item["type"], item.get("role")) for item in items]


def test_reasoning_can_be_left_behind():
    """After a switch of models the earlier one's reasoning is unreadable; the rest of the turn goes on."""
    body = request({"model": "m", "messages": TOOL_LOOP}, keep_reasoning=False)

    kinds = ["message", "message", "function_call", "function_call_output", "message"]
    assert kinds == [item["type"] for item in body["input"]]
    assert "include" not in body


FULL = {
    "model": "m",
    "messages": TOOL_LOOP,
    "tools": [TOOL, {"type": "custom", "custom": {"name": "sql"}}],
    "tool_choice": {"type": "function", "function": {"name": "f"}},
    "parallel_tool_calls": True,
    "response_format": {
        "type": "json_schema",
        "json_schema": {"name": "n", "schema": SCHEMA, "strict": True},
    },
    "reasoning_effort": "high",
    "verbosity": "low",
    "max_tokens": 100,
    "temperature": 1,
    "logprobs": True,
    "top_logprobs": 1,
    "user": "u",
    "metadata": {"a": "b"},
}


def as_typed(item):
    """An assistant's message as openai's types have it; the API itself asks for less."""
    if item.get("role") != "assistant":
        return item
    content = [{"annotations": [], **part} for part in item["content"]]
    return {"id": "msg_1", "status": "completed", **item, "content": content}


def test_fits_openais_own_types():
    """openai's types accept the body, and know every field of it."""
    body = request(FULL)
    typed = {**body, "input": [*map(as_typed, body["input"])]}

    TypeAdapter(ResponseCreateParamsNonStreaming).validate_python(typed)

    assert body.keys() <= ResponseCreateParamsNonStreaming.__annotations__.keys()


def test_the_callers_request_is_left_alone():
    """The same request can be translated again for the next attempt."""
    before = copy.deepcopy(FULL)

    first = request(FULL)

    assert before == FULL
    assert first == request(FULL)


@settings(deadline=None)
@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "role": st.sampled_from(["system", "developer", "user", "assistant"]),
                "content": st.text(min_size=1),
            }
        ),
        max_size=6,
    )
)
def test_no_text_is_lost(messages):
    """Every message's text is in the instructions or the input, in order."""
    instructions, items = inputs(*messages)

    sent = [instructions] if instructions else []
    for item in items:
        content = item["content"]
        sent.append(content if isinstance(content, str) else content[0]["text"])
    assert "\n\n".join(message["content"] for message in messages) == "\n\n".join(sent)


@pytest.mark.parametrize("name", ["text", "reasoning", "include"])
def test_fields_of_its_own_have_a_shape(name):
    """What Responses calls its own is passed on, but not whatever it is."""
    with pytest.raises(BadRequestError, match=f"{name} must be"):
        request({"model": "m", "messages": [], name: 5})
