"""The old text completions over chat: prompts, parameters, replies, chunks, and the reader of a stream."""

from __future__ import annotations

from typing import ClassVar

import pytest

from lakeway.core.translations import text_to_chat
from lakeway.core.translations.text_to_chat import TextChunks, TextStream
from lakeway.errors import BadRequestError

CHAT_LOGPROBS = {
    "content": [
        {"token": "Hel", "logprob": -0.1, "bytes": None, "top_logprobs": [{"token": "Hel", "logprob": -0.1}]},
        {"token": "lo", "logprob": -0.2, "bytes": None, "top_logprobs": []},
    ]
}


def reply(text="hello", **fields):
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    usage = {"prompt_tokens": 2, "completion_tokens": 1, "total_tokens": 3}
    return {"id": "c1", "created": 7, "model": "m", "choices": [choice], "usage": usage, **fields}


def chunk(index=0, content=None, **choice):
    delta = {} if content is None else {"content": content}
    choices = [{"index": index, "delta": delta, "finish_reason": None, **choice}]
    return {"id": "c1", "created": 7, "model": "m", "object": "chat.completion.chunk", "choices": choices}


@pytest.mark.parametrize(
    ("given", "expected"), [("hi", ["hi"]), (["hi"], ["hi"]), (["a", ""], ["a", ""]), ("", [""])]
)
def test_prompts(given, expected):
    """A text is one prompt, a list as many as it holds."""
    assert expected == text_to_chat.prompts(given)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([1, 2], "token ids"),
        ([[1, 2], [3]], "token ids"),
        (["hi", 3], "token ids"),
        ([], "non-empty list"),
        (None, "must be a text"),
        ({"text": "hi"}, "must be a text"),
        (["hi", None], "must be a text"),
        (b"hi", "must be a text"),
    ],
)
def test_what_is_no_prompt(given, said):
    """The error names the parameter, and says which form is wanted."""
    with pytest.raises(BadRequestError, match=said) as caught:
        text_to_chat.prompts(given, "m")

    assert ("prompt", "m") == (caught.value.param, caught.value.model)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"echo": True, "suffix": ".", "best_of": 3, "n": 2}, {"n": 2}),
        ({"logprobs": 2}, {"logprobs": True, "top_logprobs": 2}),
        ({"logprobs": 0}, {"logprobs": True}),
        ({"logprobs": True}, {"logprobs": True}),
        ({"logprobs": 2, "top_logprobs": 5}, {"logprobs": True, "top_logprobs": 5}),
    ],
)
def test_parameters(given, expected):
    """What chat has no word for is left out, and a number of alternatives becomes chat's two parameters."""
    before = dict(given)

    assert expected == text_to_chat.params(given)
    assert before == given


def test_reply_to_several_prompts():
    """Choices are numbered through, counts are added at any depth, the first reply gives the name."""
    first = reply("a", usage={"prompt_tokens": 2, "prompt_tokens_details": {"cached_tokens": 1, "x": None}})
    second = reply("b", id="c2", usage={"prompt_tokens": 3, "prompt_tokens_details": {"cached_tokens": 4}})

    made = text_to_chat.reply([first, second])

    assert ("c1", "text_completion", 7, "m") == tuple(made[k] for k in ("id", "object", "created", "model"))
    assert [(0, "a", "stop"), (1, "b", "stop")] == [
        (each["index"], each["text"], each["finish_reason"]) for each in made["choices"]
    ]
    assert {"prompt_tokens": 5, "prompt_tokens_details": {"cached_tokens": 5, "x": None}} == made["usage"]


def test_a_reply_without_text():
    """A call of a tool has no text, and is no error."""
    assert "" == text_to_chat.reply([reply(None)])["choices"][0]["text"]


def test_logprobs():
    """Chat's list of tokens becomes the old lists of their properties."""
    answered = reply("Hello")
    answered["choices"][0]["logprobs"] = CHAT_LOGPROBS

    assert {
        "tokens": ["Hel", "lo"],
        "token_logprobs": [-0.1, -0.2],
        "top_logprobs": [{"Hel": -0.1}, None],
        "text_offset": [0, 3],
    } == text_to_chat.reply([answered])["choices"][0]["logprobs"]


@pytest.mark.parametrize("odd", [None, [], {"content": None}, {"content": ["x"]}, {"tokens": ["a"]}])
def test_logprobs_of_another_shape(odd):
    """What a server puts there instead is passed on."""
    answered = reply("Hello")
    answered["choices"][0]["logprobs"] = odd

    assert odd == text_to_chat.reply([answered])["choices"][0]["logprobs"]


def test_chunks():
    """Each choice's texts come as they are, and offsets go on from chunk to chunk."""
    texts = TextChunks()
    chunks = [chunk(content="ab"), chunk(1, content="x"), chunk(content="Hello", logprobs=CHAT_LOGPROBS)]

    made = [texts.put(each) for each in chunks]

    assert ["ab", "x", "Hello"] == [each["choices"][0]["text"] for each in made]
    assert [2, 5] == made[2]["choices"][0]["logprobs"]["text_offset"]
    assert {"text_completion"} == {each["object"] for each in made}


def test_the_last_chunks():
    """The end has a reason and no text; usage comes without choices."""
    texts = TextChunks()
    usage = {**chunk(), "choices": [], "usage": {"total_tokens": 3}}

    assert "stop" == texts.put(chunk(finish_reason="stop"))["choices"][0]["finish_reason"]
    assert ([], {"total_tokens": 3}) == tuple(texts.put(usage)[k] for k in ("choices", "usage"))


class Reader:
    """Hands out one chunk for each byte, and one at the end."""

    failure = None
    usage: ClassVar = {"total_tokens": 3}

    def feed(self, data):
        return [chunk(content=letter) for letter in data.decode()]

    def finish(self):
        return [chunk(finish_reason="stop")]


def test_a_stream_reads_like_the_reader_below_it():
    """Chunks come out in the same places, and the end knows the same usage."""
    stream = TextStream(Reader())

    made = [*stream.put([chunk(content="a")]), *stream.feed(b"bc"), *stream.finish()]

    assert ["a", "b", "c", ""] == [each["choices"][0]["text"] for each in made]
    assert (None, {"total_tokens": 3}) == (stream.failure, stream.usage)
