"""Answers a Responses request: GPT only, whole or as events."""

from __future__ import annotations

import msgspec

from lakeway.emulator.answers.compose import compose
from lakeway.emulator.answers.tokens import estimate
from lakeway.emulator.envelopes import bad_request
from lakeway.emulator.exchange import Events, Outcome, Request, as_json
from lakeway.emulator.models import Model
from lakeway.emulator.prompt_cache import Block
from lakeway.emulator.responses.events import events
from lakeway.emulator.responses.items import Written, envelope, final_status, output
from lakeway.emulator.responses.reading import prompt_tokens, read_ask
from lakeway.emulator.responses.validation import check_responses
from lakeway.emulator.validation.chat import too_long
from lakeway.emulator.validation.wording import Json, Surface
from lakeway.emulator.workspace import Workspace


def responses(
    workspace: Workspace, request: Request, surface: Surface, name: str, body: Json, model: Model
) -> Outcome:
    """Answer a Responses request for `model`, known to the caller as `name`."""
    if model.family != "gpt":
        raise bad_request(f"Responses API passthrough is not supported for model {name}")
    check_responses(model, body, workspace.signer)
    ask, prompt = read_ask(body, model), prompt_tokens(body)
    if prompt > model.max_input:
        raise too_long(model, prompt)
    reservation = workspace.limiter.admit(surface, model, name, prompt, ask.max_tokens)
    answer = compose(ask)
    after = reservation.credit(answer.completion_tokens)
    written = Written(
        answer=answer,
        model=model,
        signer=workspace.signer,
        seed=request.request_id,
        body=body,
        created=int(workspace.clock()),
        usage=_usage(
            prompt, _cached(workspace, model, body), answer.completion_tokens, answer.reasoning_tokens
        ),
    )
    workspace.usage.add(surface, request, name, body, written.usage)
    if body.get("stream"):
        return Events(events(written), after=after)
    return as_json(envelope(written, final_status(written), output(written)), after=after)


def _usage(prompt: int, cached: int, completion: int, reasoning: int) -> Json:
    return {
        "input_tokens": prompt,
        "input_tokens_details": {"cached_tokens": cached, "cache_write_tokens": 0},
        "output_tokens": completion,
        "output_tokens_details": {"reasoning_tokens": reasoning},
        "total_tokens": prompt + completion,
    }


def _cached(workspace: Workspace, model: Model, body: Json) -> int:
    parts = [body.get("instructions"), body.get("tools")]
    items = body["input"] if isinstance(body["input"], list) else [body["input"]]
    contents = [msgspec.json.encode(part) for part in (*parts, *items) if part]
    blocks = [Block(content, estimate(content.decode())) for content in contents]
    return workspace.cache.use_implicitly(model.name, blocks).read
