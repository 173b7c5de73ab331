"""Old-style text completions over chat: one user message per prompt, one choice per prompt and `n`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import msgspec

from lakeway.calls import chat
from lakeway.calls.opened import OpenedStream
from lakeway.core.exchange import JsonObject
from lakeway.core.steps import Flow
from lakeway.core.usage import normalize
from lakeway.errors import BadRequestError
from lakeway.types.text import TextCompletionResponse

Answer: TypeAlias = TextCompletionResponse | OpenedStream
# Of the old interface; chat has no counterpart, and LiteLLM accepts both without effect.
NO_COUNTERPART = frozenset({"echo", "suffix", "best_of"})


def complete(model: str, prompt: Any, arguments: Mapping[str, Any]) -> Flow[Answer]:
    """Complete each prompt. Raises BadRequestError for token ids, which a chat model cannot read."""
    arguments = {name: value for name, value in arguments.items() if name not in NO_COUNTERPART}
    prompts = _prompts(prompt, model)
    if arguments.get("stream") and len(prompts) > 1:
        raise BadRequestError("A stream takes one prompt at a time.", model=model, param="prompt")
    answers = []
    for text in prompts:
        answer = yield from chat.complete(model, [{"role": "user", "content": text}], arguments)
        if isinstance(answer, OpenedStream):
            return _streamed(answer)
        answers.append(answer)
    return _merged(answers)


def _prompts(prompt: Any, model: str) -> list[str]:
    prompts = [prompt] if isinstance(prompt, str) else prompt
    if not isinstance(prompts, Sequence) or not prompts or not all(isinstance(p, str) for p in prompts):
        raise BadRequestError(
            "prompt must be a text or a non-empty list of texts.", model=model, param="prompt"
        )
    return list(prompts)


def _merged(answers: Sequence[Any]) -> TextCompletionResponse:
    first = answers[0]
    choices: list[JsonObject] = []
    counts = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
    for answer in answers:
        choices += [_choice(choice, len(choices) + i) for i, choice in enumerate(answer["choices"])]
        for name in counts:
            counts[name] += answer["usage"][name]
    wire = {
        "id": first["id"],
        "object": "text_completion",
        "created": first["created"],
        "model": first["model"],
        "choices": choices,
        "usage": first["usage"] if len(answers) == 1 else normalize(counts),
    }
    response = TextCompletionResponse.from_wire(wire)
    response._hidden_params = dict(first._hidden_params)
    costs = [answer._hidden_params.get("response_cost") for answer in answers]
    response._hidden_params["response_cost"] = None if None in costs else sum(costs)
    return response


def _choice(choice: Mapping[str, Any], index: int) -> JsonObject:
    return {
        "finish_reason": choice["finish_reason"],
        "index": index,
        "text": choice["message"].get("content") or "",
        "logprobs": choice.get("logprobs"),
    }


def _streamed(opened: OpenedStream) -> OpenedStream:
    """The same stream, its chunks as text completions."""
    chat_chunks = opened.present

    def present(chunks: list[JsonObject]) -> list[Any]:
        return [_text_chunk(chunk) for chunk in chat_chunks(chunks)]

    return msgspec.structs.replace(opened, present=present)


def _text_chunk(chunk: Any) -> TextCompletionResponse:
    choices = [
        {
            "finish_reason": choice.get("finish_reason"),
            "index": choice["index"],
            "text": choice["delta"].get("content") or "",
            "logprobs": choice.get("logprobs"),
        }
        for choice in chunk["choices"]
    ]
    wire = {key: chunk[key] for key in ("id", "created", "model", "usage") if key in chunk}
    response = TextCompletionResponse.from_wire({**wire, "object": "text_completion", "choices": choices})
    response._hidden_params = chunk._hidden_params
    return response
