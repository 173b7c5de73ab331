"""Chat, embedding and text objects: LiteLLM's constructors, defaults and shapes over the wire JSON."""

from __future__ import annotations

import importlib
import json
import pickle
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from lakeway.types.chat import (
    ChatCompletionMessageToolCall,
    Choices,
    Delta,
    Function,
    Message,
    ModelResponse,
    ModelResponseStream,
    PromptTokensDetailsWrapper,
    StreamingChoices,
    Usage,
)
from lakeway.types.embeddings import Embedding, EmbeddingResponse
from lakeway.types.reply import Reply
from lakeway.types.text import TextChoices, TextCompletionResponse
from lakeway.types.wire import WireObject

CLASSES: dict[str, type[WireObject]] = {
    name: value
    for module in ("chat", "embeddings", "text")
    for name, value in vars(importlib.import_module(f"lakeway.types.{module}")).items()
    if isinstance(value, type) and issubclass(value, WireObject)
}
RECORDED = json.loads(Path(__file__).with_name("litellm_1_109_1_dumps.json").read_text())

THINKING = [{"type": "thinking", "thinking": "France, so Paris.", "signature": "EuYBCkQ"}]
WIRE: dict[str, Any] = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1740470510,
    "model": "databricks/claude",
    "choices": [
        {
            "index": 0,
            "message": {
                "role": "assistant",
                "content": "Paris.",
                "reasoning_content": "France, so Paris.",
                "thinking_blocks": THINKING,
                "tool_calls": [
                    {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
                ],
            },
            "logprobs": {
                "content": [
                    {"token": "P", "logprob": -0.1, "top_logprobs": [{"token": "Q", "logprob": -2.0}]}
                ]
            },
            "finish_reason": "stop",
        }
    ],
    "usage": {
        "prompt_tokens": 42,
        "completion_tokens": 68,
        "total_tokens": 110,
        "prompt_tokens_details": {"cached_tokens": 0},
        "cache_read_input_tokens": 0,
    },
}
CHUNK: dict[str, Any] = {
    "id": "c",
    "object": "chat.completion.chunk",
    "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}],
}


def _without_none(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_none(member) for name, member in value.items() if member is not None}
    return [_without_none(member) for member in value] if isinstance(value, list) else value


@pytest.mark.parametrize("row", RECORDED, ids=lambda row: row["class"])
def test_dumps_of_litellm(row: dict[str, Any]) -> None:
    """Constructed from the same arguments, our objects dump what LiteLLM 1.109.1 dumped, apart from nulls."""
    made = CLASSES[row["class"]](**row["arguments"])

    assert _without_none(made.model_dump()) == _without_none(row["dump"])


def test_response() -> None:
    """A whole reply is read by attributes and by items down to its leaves."""
    r = ModelResponse.from_wire(WIRE)
    choice = r.choices[0]

    assert r["choices"][0]["message"]["content"] == choice.message.content == "Paris."
    assert choice.message.tool_calls is not None
    assert choice.message.tool_calls[0].function.name == "f"
    assert choice.message.thinking_blocks == choice.thinking_blocks == THINKING
    assert choice.message.reasoning_content == choice.reasoning_content == "France, so Paris."
    assert choice.logprobs is not None
    assert choice.logprobs.content is not None
    assert choice.logprobs.content[0].top_logprobs[0].token == "Q"
    assert r.usage["cache_read_input_tokens"] == r.usage.cache_read_input_tokens == 0
    assert r.usage.prompt_tokens_details is not None
    assert r.usage.prompt_tokens_details.cached_tokens == 0
    assert ("id" in r, r.get("model"), r.system_fingerprint) == (True, "databricks/claude", None)


def test_reading_through_is_not_dumped() -> None:
    """The thinking that choices show belongs to the message, and is dumped there only."""
    dumped = ModelResponse.from_wire(WIRE).model_dump()["choices"][0]

    assert "thinking_blocks" not in dumped
    assert dumped["message"]["thinking_blocks"] == THINKING


def test_message_goes_back() -> None:
    """A reply's message can be sent back as it is, as an object or as a dump, with its signatures."""
    message = ModelResponse.from_wire(WIRE).choices[0].message

    assert json.loads(json.dumps([message]))[0] == WIRE["choices"][0]["message"]
    assert message.model_dump(exclude_none=True) == WIRE["choices"][0]["message"]


def test_repr_as_on_the_page() -> None:
    """The repr has the names and order of LiteLLM's Databricks page."""
    assert repr(ModelResponse.from_wire(WIRE)) == (
        "ModelResponse(id='chatcmpl-1', created=1740470510, model='databricks/claude', "
        "object='chat.completion', system_fingerprint=None, choices=[Choices(finish_reason='stop', index=0, "
        "message=Message(content='Paris.', role='assistant', tool_calls=[ChatCompletionMessageToolCall("
        "function=Function(arguments='{}', name='f'), id='c1', type='function')], function_call=None, "
        f"reasoning_content='France, so Paris.', thinking_blocks={THINKING!r}), "
        "logprobs=ChoiceLogprobs(content=[TokenLogprob(token='P', bytes=None, logprob=-0.1, "
        "top_logprobs=[TopLogprob(token='Q', bytes=None, logprob=-2.0)])]))], "
        "usage=Usage(completion_tokens=68, prompt_tokens=42, total_tokens=110, "
        "completion_tokens_details=None, prompt_tokens_details=PromptTokensDetailsWrapper("
        "audio_tokens=None, cached_tokens=0, text_tokens=None, image_tokens=None), "
        "cache_read_input_tokens=0))"
    )


def test_chunk() -> None:
    """An empty delta is a true `Delta` whose fields read None."""
    chunk = ModelResponseStream.from_wire(CHUNK)
    delta = chunk.choices[0].delta

    assert type(delta) is Delta
    assert delta
    assert (delta.content, delta.role, delta.tool_calls, delta.reasoning_content) == (None, None, None, None)
    assert (chunk.usage, chunk.choices[0].finish_reason) == (None, "stop")


def test_generated_fields() -> None:
    """Constructors make up what LiteLLM's make up: an id and the time."""
    for made in (ModelResponse(), ModelResponseStream(), TextCompletionResponse()):
        assert re.fullmatch(r"chatcmpl-[0-9a-f-]{36}", made.id)
        assert made.created > 1_700_000_000
    assert ModelResponse().id != ModelResponse().id
    assert ChatCompletionMessageToolCall(function={"name": "f"}).id


def test_from_wire_adds_nothing() -> None:
    """Wrapping a reply neither makes up an id nor fills in defaults."""
    assert ModelResponse.from_wire({}) == {}


def test_call_facts() -> None:
    """Facts of the call given to a constructor are kept beside the fields."""
    r = ModelResponse(response_ms=12.5, hidden_params={"a": 1}, _response_headers={"x": "y"})
    e = EmbeddingResponse(response_ms=1.0, hidden_params={"b": 1}, _response_headers={"x": "y"})

    assert (r._response_ms, r._hidden_params, r._response_headers) == (12.5, {"a": 1}, {"x": "y"})
    assert (e._response_ms, e._hidden_params, e._response_headers) == (1.0, {"b": 1}, {"x": "y"})
    assert pickle.loads(pickle.dumps(r))._hidden_params == {"a": 1}
    assert not [name for name in (*r, *e) if "hidden" in name or "response" in name]


def test_constructors_keep_objects() -> None:
    """An object given to a constructor is kept; a mapping becomes one."""
    message, usage, delta = Message(content="x"), Usage(prompt_tokens=1), Delta(content="y")
    choice = Choices(message=message)
    r = ModelResponse(choices=[choice], usage=usage)

    assert (r.choices[0], r.choices[0].message, r.usage) == (choice, message, usage)
    assert r.choices[0] is choice
    assert StreamingChoices(delta=delta).delta is delta
    assert type(ModelResponse(choices=[{"message": {"content": "x"}}]).choices[0].message) is Message


def test_constructors_leave_their_arguments() -> None:
    """Mappings given to a constructor are not changed."""
    call: dict[str, Any] = {"function": {"name": "f", "arguments": ""}, "id": "c1"}

    Delta(tool_calls=[call])
    Message(tool_calls=[call])

    assert call == {"function": {"name": "f", "arguments": ""}, "id": "c1"}


def test_usage_total() -> None:
    """The total is the sum where it is not given, and what was given where it is."""
    assert Usage(prompt_tokens=1, completion_tokens=2).total_tokens == 3
    assert Usage(prompt_tokens=1, completion_tokens=2, total_tokens=7).total_tokens == 7
    assert Usage().total_tokens == 0


def test_usage_cache_counts() -> None:
    """Claude's cache counts are told in OpenAI's place and under LiteLLM's private names too."""
    usage = Usage(prompt_tokens=10, cache_read_input_tokens=4, cache_creation_input_tokens=2)
    details = usage.prompt_tokens_details

    assert type(details) is PromptTokensDetailsWrapper
    assert (details.cached_tokens, details.cache_creation_tokens, details.cache_write_tokens) == (4, 2, 2)
    assert (usage._cache_read_input_tokens, usage._cache_creation_input_tokens) == (4, 2)
    assert (Usage()._cache_read_input_tokens, Usage()._cache_creation_input_tokens) == (0, 0)
    assert Usage(prompt_tokens_details={"cached_tokens": 5})._cache_read_input_tokens == 5


def test_reasoning_never_makes_text_negative() -> None:
    """Contradicting counts give zero tokens of text."""
    details = Usage(completion_tokens=2, reasoning_tokens=5).completion_tokens_details

    assert details is not None
    assert (details.reasoning_tokens, details.text_tokens) == (5, 0)


def test_embedding_rows() -> None:
    """Rows are read both ways and stay plain in dumps."""
    r = EmbeddingResponse.from_wire({"data": [{"embedding": [0.5], "index": 0}], "model": "m"})

    assert r.data[0]["embedding"] is r.data[0].embedding
    assert r.data[0].object == "embedding"
    assert type(r.data[0]) is Embedding
    assert EmbeddingResponse().data == []


def test_text_choice() -> None:
    """Text completions have LiteLLM's choices."""
    r = TextCompletionResponse.from_wire({"choices": [{"text": "x", "logprobs": {"tokens": ["x"]}}]})

    assert type(r.choices[0]) is TextChoices
    assert r.choices[0].logprobs is not None
    assert (r.choices[0].text, r.choices[0].logprobs.tokens) == ("x", ["x"])


def test_function_arguments() -> None:
    """Arguments are JSON text, also when given as a dict or under the name `parameters`."""
    assert Function({"a": 1}, "f").arguments == '{"a": 1}'
    assert Function(name="f", parameters={"a": 1}).arguments == '{"a": 1}'
    assert Function(name="f").arguments == ""


@pytest.mark.parametrize("cls", CLASSES.values(), ids=CLASSES)
def test_every_class_is_empty_over_nothing(cls: type[WireObject]) -> None:
    """Over an empty object every declared field reads as its default, and nothing is stored."""
    made = cls.from_wire({})

    assert {name: getattr(made, name) for name in cls.model_fields} == {
        name: cls._defaults.get(name) for name in cls.model_fields
    }
    assert made == {}
    assert isinstance(made._hidden_params, dict) if isinstance(made, Reply) else True


def test_imports_are_light() -> None:
    """Loading every type brings in no heavy package."""
    modules = "chat, embeddings, text, params, messages, model_info"
    program = f"""
import sys
from lakeway.types import {modules}
from lakeway.types.chat import ModelResponse
ModelResponse.from_wire({{"choices": [{{"message": {{}}}}]}}).choices[0].message.model_dump()
heavy = ("pydantic", "msgspec", "openai", "asyncio", "ssl", "uuid", "json")
print([name for name in heavy if name in sys.modules])
"""

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
