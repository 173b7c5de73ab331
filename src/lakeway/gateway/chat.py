"""`/v1/chat/completions`: a request in OpenAI's dialect to a flow, its outcome to JSON or to events.

A stream's status is sent with its first chunk and not before, so that a call that fails at once is an error
with its own status. Replies bear the public name of the model, not that of the endpoint behind it.
"""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any

import msgspec
from msgspec import Struct

from lakeway.calls.answers import identify
from lakeway.calls.chat import request_of
from lakeway.calls.opened import broken_off
from lakeway.core import flow
from lakeway.core.exchange import Exchange, JsonObject
from lakeway.core.flow import Outcome
from lakeway.core.http import TransportError
from lakeway.databricks import chat as databricks
from lakeway.databricks.target import DatabricksTarget
from lakeway.errors import LakewayError
from lakeway.gateway import answers, fields, headers, shapes
from lakeway.gateway.answers import HeaderList
from lakeway.gateway.deployments import Deployment
from lakeway.gateway.disconnect import Watch
from lakeway.gateway.gateway import Gateway
from lakeway.gateway.plan import Plan, leniency
from lakeway.gateway.request import Request, Send

ENDPOINT = "/chat/completions"


class Chat(Struct, frozen=True, kw_only=True):
    """A request that was understood. `model` is the name that the client used."""

    model: str
    stream: bool
    messages: list[Any]
    control: Mapping[str, Any]
    params: Mapping[str, Any]


async def answer(gateway: Gateway, request: Request, send: Send, head: HeaderList) -> None:
    """Answer one chat completion. Raises LakewayError while nothing has been sent yet."""
    chat = read(await request.fields(gateway.max_body), request)
    plan = Plan.of(gateway, chat.model, chat.control, endpoint=ENDPOINT, stream=chat.stream)
    exchanges = plan.exchanges(lambda deployment, target: exchange(chat, deployment, target))
    call = flow.call(
        exchanges[0],
        policy=plan.policy,
        clock=time.monotonic,
        chance=random.random,
        fallbacks=plan.fallbacks(exchanges),
    )
    if not chat.stream:
        async with Watch(request.receive):
            outcome = await gateway.run(call)
        await _whole(outcome, chat, plan, send, head)
        return
    async with Watch(request.receive):
        failure = await _events(await gateway.run(call), chat.model, plan, send, head)
    await answers.end_events(send, failure)


def read(body: dict[str, Any], request: Request) -> Chat:
    """The request in `body`. Raises BadRequestError naming the field that is wrong."""
    if request.model is not None:
        body["model"] = request.model
    shapes.check(body, shapes.Chat, "messages", ENDPOINT)
    control, params = fields.split(body, request)
    return Chat(
        model=body["model"],
        stream=body.get("stream", False),
        messages=params.pop("messages"),
        control=control,
        params=params,
    )


def exchange(chat: Chat, deployment: Deployment, target: DatabricksTarget) -> Exchange:
    """The request as this deployment is asked it: with its defaults, and its leniency."""
    control = {**deployment.control, **chat.control}
    params = {**deployment.params(chat.params), "stream": chat.stream}
    return databricks.exchange(
        target, request_of(chat.messages, control, params, leniency(deployment, chat.control))
    )


async def _whole(outcome: Outcome, chat: Chat, plan: Plan, send: Send, head: HeaderList) -> None:
    reply = outcome.reply or {}
    deployment = plan.answered(outcome)
    identify(reply, outcome.exchange.target, "chatcmpl-")
    tier = deployment.params(chat.params).get("service_tier")
    pricing = msgspec.structs.replace(deployment.pricing, service_tier=tier) if tier else deployment.pricing
    price = pricing.cost(
        deployment.target.model, reply["model"], reply.get("usage") or {}, reply.get("service_tier")
    )
    reply["model"] = chat.model
    told = [*head, *headers.of_answer(plan, outcome), *headers.of_cost(price)]
    await answers.whole(send, reply, told)


async def _events(
    outcome: Outcome, model: str, plan: Plan, send: Send, head: HeaderList
) -> LakewayError | None:
    """Everything of a stream but its end; why it failed, if it did so after its start."""
    async with aclosing(_chunks(outcome)) as chunks:
        stamp = _Stamp(model)
        first: list[JsonObject] = await anext(chunks, [])
        await answers.begin_events(send, [*head, *headers.of_answer(plan, outcome)])
        await answers.events(send, stamp.put(first))
        try:
            async for more in chunks:
                await answers.events(send, stamp.put(more))
        except LakewayError as failure:
            return failure
    return None


async def _chunks(outcome: Outcome) -> AsyncGenerator[list[JsonObject], None]:
    """The chunks of a stream, each list as soon as it is there. Raises LakewayError after the last good one
    of a stream that fails; closing it ends the call upstream."""
    reader, exchange = outcome.reader, outcome.exchange
    assert reader is not None  # noqa: S101 - a streamed call has an outcome that streams
    assert outcome.stream is not None  # noqa: S101
    rest: Any = outcome.stream.rest
    try:
        chunks = list(outcome.chunks)
        data: bytes | None = outcome.stream.first
        while True:
            if chunks:
                yield chunks
            if data is None or reader.failure is not None:
                break
            data = await anext(rest, None)
            chunks = reader.finish() if data is None else reader.feed(data)
    except TransportError as failure:
        raise broken_off(exchange, failure) from failure
    finally:
        await rest.aclose()
    if reader.failure is not None:
        raise reader.failure


class _Stamp:
    """Gives every chunk of a stream the one id and time, and the model's public name."""

    __slots__ = ("_created", "_id", "_model")

    def __init__(self, model: str) -> None:
        self._model = model
        self._id: str | None = None
        self._created: int | None = None

    def put(self, chunks: list[JsonObject]) -> list[JsonObject]:
        for chunk in chunks:
            if self._id is None:
                self._id = chunk.get("id") or f"chatcmpl-{uuid.uuid4()}"
                self._created = chunk.get("created") or int(time.time())
            chunk["id"], chunk["created"], chunk["model"] = self._id, self._created, self._model
        return chunks
