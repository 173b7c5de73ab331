"""Old-style text completions over chat: one user message per prompt, one choice per prompt and `n`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import msgspec

from lakeway.calls import chat
from lakeway.calls.opened import OpenedStream
from lakeway.core.exchange import JsonObject
from lakeway.core.steps import Flow
from lakeway.core.translations import text_to_chat
from lakeway.errors import BadRequestError
from lakeway.types.text import TextCompletionResponse

Answer: TypeAlias = TextCompletionResponse | OpenedStream


def complete(model: str, prompt: Any, arguments: Mapping[str, Any]) -> Flow[Answer]:
    """Complete each prompt. Raises BadRequestError for token ids, which a chat model cannot read."""
    arguments = text_to_chat.params(arguments)
    prompts = text_to_chat.prompts(prompt, model)
    if arguments.get("stream") and len(prompts) > 1:
        raise BadRequestError("A stream takes one prompt at a time.", model=model, param="prompt")
    answers = []
    for text in prompts:
        answer = yield from chat.complete(model, text_to_chat.messages(text), arguments)
        if isinstance(answer, OpenedStream):
            return _streamed(answer)
        answers.append(answer)
    return _merged(answers)


def _merged(answers: Sequence[Any]) -> TextCompletionResponse:
    response = TextCompletionResponse.from_wire(text_to_chat.reply(answers))
    response._hidden_params = dict(answers[0]._hidden_params)
    costs = [answer._hidden_params.get("response_cost") for answer in answers]
    response._hidden_params["response_cost"] = None if None in costs else sum(costs)
    return response


def _streamed(opened: OpenedStream) -> OpenedStream:
    """The same stream, its chunks as text completions."""
    chat_chunks, texts = opened.present, text_to_chat.TextChunks()

    def present(chunks: list[JsonObject]) -> list[Any]:
        return [_text_chunk(texts, chunk) for chunk in chat_chunks(chunks)]

    return msgspec.structs.replace(opened, present=present)


def _text_chunk(texts: text_to_chat.TextChunks, chunk: Any) -> TextCompletionResponse:
    response = TextCompletionResponse.from_wire(texts.put(chunk))
    response._hidden_params = chunk._hidden_params
    return response
