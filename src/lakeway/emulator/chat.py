"""Chat completions: from a request to a reply or a stream in the manner of the model's family."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lakeway.emulator.answers.ask import Answer
from lakeway.emulator.answers.compose import compose
from lakeway.emulator.answers.tokens import pieces
from lakeway.emulator.conversation import prompt_tokens, read_ask, text_of
from lakeway.emulator.delivery import DONE, sse
from lakeway.emulator.exchange import Events, Outcome, Request, as_json
from lakeway.emulator.families import manner_of
from lakeway.emulator.families.reply import Manner, Reply
from lakeway.emulator.models import Model
from lakeway.emulator.prompt_cache import CacheUse, blocks_of
from lakeway.emulator.validation.chat import check_chat
from lakeway.emulator.validation.wording import Surface
from lakeway.emulator.workspace import Workspace

Json = dict[str, Any]

THINKING_HEADER = "x-emulator-thinking"
_REDACT = "ANTHROPIC_MAGIC_STRING_TRIGGER_REDACTED_THINKING"


def chat(
    workspace: Workspace, request: Request, surface: Surface, name: str, body: Json, model: Model
) -> Outcome:
    """Answer a chat request for `model`, known to the caller as `name`."""
    strict = workspace.settings.strict_reasoning
    check_chat(surface, model, name, body, workspace.signer, strict_reasoning=strict)
    ask = read_ask(body, model)
    prompt = prompt_tokens(body)
    reservation = workspace.limiter.admit(surface, model, name, prompt, ask.max_tokens)
    reply = _reply(workspace, request, body, model, compose(ask), prompt)
    writer = _Writer(reply, manner_of(model.family), body, int(workspace.clock()))
    usage = writer.usage()
    workspace.usage.add(surface, request, name, body, usage)
    after = reservation.credit(usage["completion_tokens"])
    headers = (("served-model-name", model.served),)
    if body.get("stream"):
        return Events(writer.events(), headers, after)
    return as_json(writer.completion(), headers=headers, after=after)


def _reply(
    workspace: Workspace, request: Request, body: Json, model: Model, answer: Answer, prompt: int
) -> Reply:
    wish = request.headers.get(THINKING_HEADER, "")
    cache = _cache_use(workspace, model, body)
    display = (body.get("thinking") or {}).get("display")
    opaque = model.opaque_thinking if display is None else display == "omitted"
    return Reply(
        answer=answer,
        model=model,
        signer=workspace.signer,
        seed=request.request_id,
        prompt_tokens=max(prompt, cache.read + cache.written),
        cache=cache,
        opaque=wish == "opaque" or (opaque and wish != "shown"),
        redacted=wish == "redacted" or any(_REDACT in text_of(m.get("content")) for m in body["messages"]),
        inclusive_cache=workspace.settings.cache_usage == "inclusive",
    )


def _cache_use(workspace: Workspace, model: Model, body: Json) -> CacheUse:
    if model.family == "claude":
        return workspace.cache.use_markers(model.name, blocks_of(body), model.cache_minimum)
    if model.family == "gpt":
        return workspace.cache.use_implicitly(model.name, blocks_of(body))
    return CacheUse()


class _Writer:
    """Writes one reply as a completion or as chunks."""

    def __init__(self, reply: Reply, manner: Manner, body: Json, created: int) -> None:
        self._reply = reply
        self._manner = manner
        self._count: int = body.get("n") or 1
        self._logprobs = bool(body.get("logprobs"))
        self._asked_usage = bool((body.get("stream_options") or {}).get("include_usage"))
        self._envelope: Json = {"object": "", "model": reply.model.served}
        if manner.identified:
            identity = f"{manner.id_prefix}{reply.seed}"
            self._envelope = {"id": identity, "object": "", "created": created, "model": reply.model.served}
        tier = body.get("service_tier")
        if tier:
            self._envelope["service_tier"] = tier

    def usage(self) -> Json:
        return self._manner.usage(self._reply, self._reply.answer.completion_tokens * self._count)

    def completion(self) -> Json:
        choices = []
        for index in range(self._count):
            choice = {
                "index": index,
                "message": self._manner.message(self._reply),
                "finish_reason": self._finish,
            }
            if self._logprobs:
                choice["logprobs"] = _logprobs(pieces(self._reply.answer.text))
            choices.append(choice)
        return {**self._envelope, "object": "chat.completion", "choices": choices, "usage": self.usage()}

    def events(self) -> Iterator[bytes]:
        base, done = 0, self._reply.answer.completion_tokens
        self._envelope["object"] = "chat.completion.chunk"
        for index in range(self._count):
            for delta, spent in self._manner.deltas(self._reply):
                yield self._chunk(index, delta, None, base + spent)
            base += done
            yield self._chunk(
                index, self._manner.final_delta, self._finish, base, last=index == self._count - 1
            )
        if self._asked_usage and self._manner.usage_in == "asked":
            yield sse({**self._envelope, "choices": [], "usage": self.usage()})
        yield DONE

    @property
    def _finish(self) -> str:
        return self._reply.answer.finish

    def _chunk(self, index: int, delta: Json, finish: str | None, spent: int, *, last: bool = False) -> bytes:
        choice = {"index": index, "delta": delta, "finish_reason": finish}
        if self._logprobs:
            text = delta.get("content")
            choice["logprobs"] = _logprobs([text]) if isinstance(text, str) and text else None
        chunk = {**self._envelope, "choices": [choice]}
        if self._manner.usage_in == "every" or (last and self._manner.usage_in == "last"):
            chunk["usage"] = self._manner.usage(self._reply, spent)
        return sse(chunk)


def _logprobs(tokens: list[str]) -> Json:
    return {
        "content": [
            {"token": token, "logprob": -0.01, "bytes": list(token.encode()), "top_logprobs": []}
            for token in tokens
        ]
    }
