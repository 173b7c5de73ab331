"""Legacy completions: a prompt in, text out. Only base models and custom endpoints serve it today.

Databricks docs, FM API reference; the field list is partly from memory of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lakeway.emulator.answers.ask import Answer, Ask
from lakeway.emulator.answers.compose import compose
from lakeway.emulator.answers.tokens import estimate, pieces
from lakeway.emulator.delivery import DONE, sse
from lakeway.emulator.exchange import Events, Outcome, Request, as_json
from lakeway.emulator.models import Model
from lakeway.emulator.validation import shapes
from lakeway.emulator.validation.shapes import Check
from lakeway.emulator.validation.wording import Json, Surface, Words
from lakeway.emulator.workspace import Workspace

_FIELDS: dict[str, Check] = {
    "model": shapes.text,
    "prompt": shapes.text_or_list,
    "max_tokens": shapes.integer(1),
    "temperature": shapes.number(0, 2),
    "top_p": shapes.number(0, 1),
    "top_k": shapes.integer(0),
    "stop": shapes.text_or_list,
    "n": shapes.integer(1, 16),
    "stream": shapes.boolean,
    "echo": shapes.boolean,
    "suffix": shapes.text,
    "logprobs": shapes.integer(0, 20),
    "error_behavior": shapes.one_of("truncate", "error"),
    "use_raw_prompt": shapes.boolean,
    "usage_context": shapes.mapping_of_text,
    "client_request_id": shapes.text,
}


def completions(
    workspace: Workspace, request: Request, surface: Surface, name: str, body: Json, model: Model
) -> Outcome:
    """Answer a completions request: one choice for each prompt and each of `n`."""
    _check(surface, body)
    prompts = [body["prompt"]] if isinstance(body["prompt"], str) else body["prompt"]
    limit = body.get("max_tokens")
    reservation = workspace.limiter.admit(surface, model, name, sum(map(estimate, prompts)), limit)
    answers = [_answer(prompt, body) for prompt in prompts for _ in range(body.get("n") or 1)]
    usage = _usage(prompts, answers)
    after = reservation.credit(usage["completion_tokens"])
    workspace.usage.add(surface, request, name, body, usage)
    envelope = {
        "id": f"cmpl_{request.request_id}",
        "object": "text_completion",
        "created": int(workspace.clock()),
        "model": model.served,
    }
    if body.get("stream"):
        return Events(_events(envelope, answers, usage), after=after)
    choices = [_choice(index, answer.text, answer.finish) for index, answer in enumerate(answers)]
    return as_json({**envelope, "choices": choices, "usage": usage}, after=after)


def _check(surface: Surface, body: Json) -> None:
    words = Words(surface)
    shapes.closed(words, (), body, _FIELDS, ("prompt",))
    for field, value in body.items():
        if value is not None or field == "prompt":
            _FIELDS[field](words, (field,), value)


def _answer(prompt: str, body: Json) -> Answer:
    stop = body.get("stop") or ()
    stops = (stop,) if isinstance(stop, str) else tuple(stop)
    answer = compose(Ask(user=prompt, max_tokens=body.get("max_tokens"), stop=stops))
    if not body.get("echo"):
        return answer
    return Answer(text=prompt + answer.text, finish=answer.finish, completion_tokens=answer.completion_tokens)


def _usage(prompts: list[str], answers: list[Answer]) -> Json:
    prompt = sum(map(estimate, prompts))
    completion = sum(answer.completion_tokens for answer in answers)
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}


def _events(envelope: Json, answers: list[Answer], usage: Json) -> Iterator[bytes]:
    for index, answer in enumerate(answers):
        for piece in pieces(answer.text):
            yield sse({**envelope, "choices": [_choice(index, piece, None)]})
        yield sse({**envelope, "choices": [_choice(index, "", answer.finish)], "usage": usage})
    yield DONE


def _choice(index: int, text: str, finish: str | None) -> dict[str, Any]:
    return {"index": index, "text": text, "logprobs": None, "finish_reason": finish}
