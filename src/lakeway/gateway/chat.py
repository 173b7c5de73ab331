"""`/v1/chat/completions`: a request in OpenAI's dialect to a flow, its outcome to JSON or to events.

A stream's status is sent with its first chunk and not before, so that a call that fails at once is an error
with its own status. Replies bear the public name of the model, not that of the endpoint behind it.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from msgspec import Struct

from lakeway.calls.answers import identify
from lakeway.calls.chat import request_of
from lakeway.calls.opened import broken_off
from lakeway.core import flow
from lakeway.core.affinity import prefix_of
from lakeway.core.dialects import plain_chat
from lakeway.core.dialects.plain_chat import Plain
from lakeway.core.exchange import Exchange, JsonObject, StreamReader
from lakeway.core.flow import Outcome
from lakeway.core.http import TransportError
from lakeway.core.steps import Flow
from lakeway.errors import LakewayError
from lakeway.gateway import answers, body, charge, fields, shapes, tags, target
from lakeway.gateway.call import Call
from lakeway.gateway.deployments import Deployment
from lakeway.gateway.gateway import Gateway
from lakeway.transport.server import Reply, Request

ROUTE = "/chat/completions"


class Chat(Struct, frozen=True, kw_only=True):
    """A request that was understood. `model` is the name that the client used.

    Of a `plain` one nothing else is known, until `full` reads it for a deployment that has to know more.
    """

    model: str
    stream: bool
    messages: list[Any] = []
    control: Mapping[str, Any] = {}
    params: Mapping[str, Any] = {}
    plain: Plain | None = None
    full: Callable[[], Chat] | None = None


async def answer(gateway: Gateway, call: Call, request: Request, reply: Reply) -> None:
    """Answer one chat completion. Raises LakewayError while nothing has been sent yet."""
    chat = _plain(gateway, request) or _full(request)
    if gateway.state.keeps_content:
        call.body = {**chat.params, "messages": chat.messages}
    outcome = await ask(gateway, call, chat)
    if chat.stream:
        failure = await events(gateway, call, chat, outcome, reply)
        await answers.end_events(reply, failure)
    else:
        _whole(gateway, call, chat, outcome, reply)


async def ask(gateway: Gateway, call: Call, chat: Chat) -> Outcome:
    """The outcome of a chat, whatever dialect its reply goes back in."""
    call.model, call.stream = chat.model, chat.stream
    if gateway.assembly.tag_filtering:
        call.tags = tags.of_request(chat.control, chat.params)

    def attempt(deployment: Deployment, left: float | None) -> Flow[Outcome]:
        return flow.attempt(exchange(gateway, call, chat, deployment, left))

    wish = gateway.wish(call, chat.control, attempt)
    if len(wish.group.members) > 1 and gateway.sticky:
        read = chat.messages if chat.full is None else chat.full().messages
        wish = wish.sticking(prefix_of(read))
    gateway.reserve(call)
    outcome = await gateway.state.run(gateway.router.carry(call, wish), call.stepped)
    call.charged = True
    return outcome


def _plain(gateway: Gateway, request: Request) -> Chat | None:
    """The request, if there is nothing in it for us to look into."""
    if gateway.state.keeps_content or request.about.model is not None or fields.steers(request):
        return None
    plain = plain_chat.read_request(request.body)
    if plain is None:
        return None
    stream = bool(plain.stream)
    return Chat(model=plain.model, stream=stream, plain=plain, full=partial(_full, request))


def _full(request: Request) -> Chat:
    return read(body.fields(request.body), request)


def read(fields_: dict[str, Any], request: Request) -> Chat:
    """The request in `fields_`. Raises BadRequestError naming the field that is wrong."""
    if request.about.model is not None:
        fields_["model"] = request.about.model
    shapes.check(fields_, shapes.Chat, "messages", ROUTE)
    control, params = fields.split(fields_, request)
    return Chat(
        model=fields_["model"],
        stream=fields_.get("stream", False),
        messages=params.pop("messages"),
        control=control,
        params=params,
    )


def exchange(
    gateway: Gateway, call: Call, chat: Chat, deployment: Deployment, left: float | None
) -> Exchange:
    """The request as this deployment is asked it: with its defaults, and its leniency."""
    if chat.plain is not None:
        if deployment.plain is not None and chat.plain.sampling <= deployment.plain:
            end = target.within(deployment, {}, left, gateway.settings, stream=chat.stream)
            return deployment.provider.plain(end, chat.plain, call.caller.tags)
        assert chat.full is not None  # noqa: S101 - a plain chat knows how to be read
        chat = chat.full()
    asked = charge.unforged(chat.control, call.caller)
    control = {**deployment.control, **asked} if asked else deployment.control
    params = deployment.params(chat.params)
    params["stream"] = chat.stream
    charge.attribute(params, call.caller, deployment)
    return deployment.provider.chat(
        target.within(deployment, chat.control, left, gateway.settings, stream=chat.stream),
        request_of(chat.messages, control, params, target.leniency(deployment, chat.control)),
    )


def _whole(gateway: Gateway, call: Call, chat: Chat, outcome: Outcome, reply: Reply) -> None:
    wire = outcome.reply or {}
    identify(wire, outcome.exchange.target, "chatcmpl-")
    charge.put(call, wire.get("usage"), wire["model"], chat.params, wire.get("service_tier"))
    wire["model"] = chat.model
    call.status, call.reply = 200, wire
    answers.whole(reply, wire, gateway.settled_head(call, outcome.headers))


async def events(
    gateway: Gateway, call: Call, chat: Chat, outcome: Outcome, reply: Reply
) -> LakewayError | None:
    """Everything of a stream but its end; why it failed, if it did so after its start. Leaving it ends the
    call upstream."""
    reader, stream = outcome.reader, outcome.stream
    assert reader is not None  # noqa: S101 - a streamed call has an outcome that streams
    assert stream is not None  # noqa: S101
    rest: Any = stream.rest
    stamp = _Stamp(chat.model)
    try:
        call.first, call.status = time.monotonic(), 200
        answers.begin_events(reply, gateway.begun_head(call, outcome.headers))
        await answers.events(reply, stamp.put(outcome.chunks))
        async for data in rest:
            await answers.events(reply, stamp.put(reader.feed(data)))
            if _has_failed(reader):
                break
        await answers.events(reply, stamp.put(reader.finish()))
        call.error = reader.failure
    except TransportError as failure:
        call.error = broken_off(outcome.exchange, failure)
        call.error.__cause__ = failure
    finally:
        usage = reader.usage
        if not usage or not usage["completion_tokens"]:
            usage, call.estimated = charge.estimate(call.size, stamp.size), True
        charge.put(call, usage, stamp.served, chat.params, stamp.tier)
        await rest.aclose()
    return call.error


def _has_failed(reader: StreamReader) -> bool:
    return reader.failure is not None


class _Stamp:
    """Gives every chunk of a stream the one id and time, and the model's public name. It remembers the name
    of the model that `served`, and at which tier, and counts the characters that were said."""

    __slots__ = ("_created", "_id", "_model", "served", "size", "tier")

    def __init__(self, model: str) -> None:
        self._model = model
        self._id: str | None = None
        self._created: int | None = None
        self.served: str | None = None
        self.tier: object = None
        self.size = 0

    def put(self, chunks: Sequence[JsonObject]) -> Sequence[JsonObject]:
        for chunk in chunks:
            if self._id is None:
                self._id = chunk.get("id") or f"chatcmpl-{uuid.uuid4()}"
                self._created = chunk.get("created") or int(time.time())
                self.served = chunk.get("model")
            if tier := chunk.get("service_tier"):
                self.tier = tier
            chunk["id"], chunk["created"], chunk["model"] = self._id, self._created, self._model
            for choice in chunk.get("choices") or ():
                said = choice.get("delta") or choice
                text = said.get("content") or said.get("reasoning_content") or said.get("text")
                self.size += len(text) if isinstance(text, str) else 0
        return chunks
