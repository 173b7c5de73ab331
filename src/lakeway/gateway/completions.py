"""`/v1/completions`: OpenAI's old text completions, carried out as chats.

The prompts of one request are asked one after another: the request is one call against limits, and has one
place among those that run at one time.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from lakeway.calls.answers import identify
from lakeway.core import flow
from lakeway.core.exchange import JsonObject
from lakeway.core.flow import Outcome
from lakeway.core.steps import Flow
from lakeway.core.translations import text_to_chat
from lakeway.core.translations.text_to_chat import TextStream
from lakeway.errors import BadRequestError
from lakeway.gateway import answers, body, charge, chat, fields, shapes, tags, target
from lakeway.gateway.call import Call
from lakeway.gateway.chat import Chat
from lakeway.gateway.deployments import Deployment
from lakeway.gateway.gateway import Gateway
from lakeway.transport.server import Reply, Request

ROUTE = "/completions"


async def answer(gateway: Gateway, call: Call, request: Request, reply: Reply) -> None:
    """Answer one request for completions. Raises LakewayError while nothing has been sent yet."""
    given = body.fields(request.body)
    chats = read(given, request)
    first = chats[0]
    call.model, call.stream, call.body = first.model, first.stream, given
    if first.stream:
        await _stream(gateway, call, first, reply)
    else:
        _whole(gateway, call, await _ask(gateway, call, chats), reply)


def read(given: JsonObject, request: Request) -> list[Chat]:
    """A chat for each prompt. Raises BadRequestError naming the field that is wrong."""
    if request.about.model is not None:
        given["model"] = request.about.model
    prompts = text_to_chat.prompts(given["prompt"]) if "prompt" in given else []
    shapes.check(given, shapes.Completions, "prompt", ROUTE)
    stream = given.get("stream", False)
    if stream and len(prompts) > 1:
        raise BadRequestError(f"{ROUTE}: a stream takes one prompt at a time.", param="prompt")
    control, params = fields.split(given, request)
    del params["prompt"]
    params = text_to_chat.params(params)
    shapes.check({**params, "messages": [], "model": ""}, shapes.Chat, "messages", ROUTE)
    asked = Chat(model=given["model"], stream=stream, messages=[], control=control, params=params)
    return [msgspec.structs.replace(asked, messages=text_to_chat.messages(text)) for text in prompts]


async def _ask(gateway: Gateway, call: Call, chats: Sequence[Chat]) -> list[Outcome]:
    """One outcome for each prompt. What was answered stays answered, whatever becomes of the others."""
    outcomes: list[Outcome] = []

    def attempt(deployment: Deployment, left: float | None) -> Flow[list[Outcome]]:
        until = target.end_of(left)
        for asked in chats[len(outcomes) :]:
            exchange = chat.exchange(gateway, call, asked, deployment, target.left(until, call.model))
            outcome = yield from flow.attempt(exchange)
            _charge(call, asked, outcome)
            outcomes.append(outcome)
        return outcomes

    call.tags = tags.of_request(chats[0].control, chats[0].params)
    wish = gateway.wish(call, chats[0].control, attempt)
    gateway.reserve(call)
    return await gateway.state.run(gateway.router.carry(call, wish), call.stepped)


def _charge(call: Call, asked: Chat, outcome: Outcome) -> None:
    """Add what one prompt has used to what those before it have."""
    wire = outcome.reply or {}
    identify(wire, outcome.exchange.target, "chatcmpl-")
    charge.add(call, wire.get("usage"), wire["model"], asked.params, wire.get("service_tier"))


def _whole(gateway: Gateway, call: Call, outcomes: Sequence[Outcome], reply: Reply) -> None:
    wire = text_to_chat.reply([outcome.reply or {} for outcome in outcomes])
    wire["model"] = call.model
    call.status, call.reply = 200, wire
    told = gateway.settled_head(call, outcomes[-1].headers)
    answers.whole(reply, wire, told)


async def _stream(gateway: Gateway, call: Call, asked: Chat, reply: Reply) -> None:
    outcome = await chat.ask(gateway, call, asked)
    assert outcome.reader is not None  # noqa: S101 - a streamed call has an outcome that streams
    stream = TextStream(outcome.reader)
    outcome.reader, outcome.chunks = stream, stream.put(outcome.chunks)
    failure = await chat.events(gateway, call, asked, outcome, reply)
    await answers.end_events(reply, failure)
