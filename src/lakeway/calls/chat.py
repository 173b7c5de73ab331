"""A chat completion: the caller's keywords to an exchange, a flow over it, its outcome as a response."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, TypeAlias

from lakeway.calls import arguments as args
from lakeway.calls import cache_points, checked, fallbacks, mock
from lakeway.calls.answers import chat_response, open_stream
from lakeway.calls.connection import connect, redirected
from lakeway.calls.fallbacks import Fallback
from lakeway.calls.headers import headers
from lakeway.calls.opened import OpenedStream
from lakeway.calls.pricing import Pricing
from lakeway.core import flow, model_name
from lakeway.core.fallback import Way, in_turn
from lakeway.core.flow import Outcome
from lakeway.core.request import ChatRequest, Leniency
from lakeway.core.steps import Flow, get_host
from lakeway.databricks import chat, surfaces
from lakeway.databricks.target import DatabricksTarget
from lakeway.errors import BadRequestError, LakewayError, UnknownProviderError
from lakeway.settings import Settings, current
from lakeway.types.chat import ModelResponse

Answer: TypeAlias = ModelResponse | OpenedStream
Arguments: TypeAlias = Mapping[str, Any]
Priced: TypeAlias = tuple[Outcome, Pricing]


def complete(model: str, messages: Sequence[Any], arguments: Arguments) -> Flow[Answer]:
    """One completion. Ends in a ModelResponse, or in an OpenedStream when `stream` was asked for."""
    settings = current()
    control, params = args.split(arguments)
    if mock.wanted(control):
        return (yield from mock.complete(model, control, params, settings))
    if isinstance(messages, str | bytes) or not isinstance(messages, Sequence):
        raise BadRequestError("messages must be a list of messages.", model=model, param="messages")
    first = _attempt(model, messages, control, params, settings)
    if fallbacks.NAMES.isdisjoint(control):
        outcome, pricing = yield from first
    else:
        after = fallbacks.read(control, model)

        def others(error: LakewayError) -> Iterator[Way[Priced]]:
            for other in after(error):
                yield other.model, partial(_fall_back, other, messages, arguments, settings)

        answer, fallen_back = yield from in_turn(first, others)
        outcome, pricing = answer
        outcome.fallbacks = fallen_back
    return open_stream(outcome, pricing) if outcome.stream is not None else chat_response(outcome, pricing)


def _attempt(
    model: str, messages: Sequence[Any], control: Arguments, params: Arguments, settings: Settings
) -> Flow[Priced]:
    """One model's answer, and what it costs."""
    pricing = Pricing.of(control, params, settings)
    policy = args.retry_policy(control, settings)
    target = yield from target_of(model, control, settings, stream=bool(params.get("stream", False)))
    request = request_of(messages, control, params, args.leniency(control, params, settings))
    call = flow.call(
        chat.exchange(target, request), policy=policy, clock=time.monotonic, chance=random.random
    )
    return (yield from call), pricing


def _fall_back(
    other: Fallback, messages: Sequence[Any], arguments: Arguments, settings: Settings
) -> Flow[Priced]:
    given = redirected(arguments, other.overrides, settings)
    messages = given.pop("messages", messages)
    return (yield from _attempt(other.model, messages, *args.split(given), settings))


def request_of(
    messages: Sequence[Any], control: Arguments, params: Arguments, leniency: Leniency
) -> ChatRequest:
    """The call as a value, without saying where it goes. Raises BadRequestError."""
    return ChatRequest(
        messages=cache_points.apply(messages, control),
        params={name: value for name, value in params.items() if name != "stream"},
        stream=bool(params.get("stream", False)),
        include_usage=bool(checked.mapping(params, "stream_options").get("include_usage")),
        extra_body=checked.mapping(control, "extra_body"),
        tags=args.tags(control),
        client_request_id=checked.text(control, "client_request_id"),
        leniency=leniency,
    )


def target_of(
    model: str,
    control: Arguments,
    settings: Settings,
    *,
    stream: bool = False,
    environ: Mapping[str, str] = os.environ,
) -> Flow[DatabricksTarget]:
    """Where `model` is served. Raises UnknownProviderError for a name of no provider known here."""
    name = model_name.parse(model, checked.text(control, "custom_llm_provider"))
    if name.provider != "databricks":
        raise UnknownProviderError(
            f"{name.provider!r} is not a provider known here; Lakeway serves 'databricks/...'.", model=model
        )
    connection = connect(control, settings, environ)
    base = connection.base
    if base is None:
        base = surfaces.parse((yield from get_host(connection.credential)))
    return DatabricksTarget(
        provider=name.provider,
        model=name.model,
        alias=model,
        credential=connection.credential,
        headers=headers(control, settings, environ),
        timeout=args.timeout(control, settings, stream=stream),
        base=base,
        bridge=name.bridge == "responses",
    )
