"""A chat completion: the caller's keywords to exchanges, one flow over them, its outcome as a response."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from lakeway.calls import arguments as args
from lakeway.calls import cache_points, mock
from lakeway.calls.answers import Pricing, chat_response, open_stream
from lakeway.calls.connection import connect
from lakeway.calls.opened import OpenedStream
from lakeway.core import flow, model_name
from lakeway.core.exchange import Exchange
from lakeway.core.steps import Flow, get_host
from lakeway.databricks import chat, surfaces
from lakeway.databricks.request import ChatRequest, Leniency
from lakeway.databricks.target import DatabricksTarget
from lakeway.errors import BadRequestError, UnknownProviderError
from lakeway.settings import Settings, current
from lakeway.types.chat import ModelResponse

Answer: TypeAlias = ModelResponse | OpenedStream
Arguments: TypeAlias = Mapping[str, Any]


def complete(model: str, messages: Sequence[Any], arguments: Arguments) -> Flow[Answer]:
    """One completion. Ends in a ModelResponse, or in an OpenedStream when `stream` was asked for."""
    settings = current()
    control, params = args.split(arguments)
    if mock.wanted(control):
        return (yield from mock.complete(model, messages, control, params))
    exchange = yield from _exchange(model, messages, control, params, settings)
    outcome = yield from flow.call(
        exchange,
        policy=args.retry_policy(control, settings),
        clock=time.monotonic,
        chance=random.random,
        fallbacks=(yield from _fallbacks(model, messages, arguments, control, settings)),
    )
    pricing = Pricing.of(control, params, settings)
    return open_stream(outcome, pricing) if outcome.stream is not None else chat_response(outcome, pricing)


def _exchange(
    model: str, messages: Sequence[Any], control: Arguments, params: Arguments, settings: Settings
) -> Flow[Exchange]:
    if isinstance(messages, (str, bytes)) or not isinstance(messages, Sequence):
        raise BadRequestError("messages must be a list of messages.", model=model, param="messages")
    target = yield from target_of(model, control, settings, stream=bool(params.get("stream", False)))
    leniency = args.leniency(control, params, settings)
    return chat.exchange(target, request_of(messages, control, params, leniency))


def request_of(
    messages: Sequence[Any], control: Arguments, params: Arguments, leniency: Leniency
) -> ChatRequest:
    """The call as a value, without saying where it goes."""
    return ChatRequest(
        messages=cache_points.apply(messages, control.get("cache_control_injection_points") or ()),
        params={name: value for name, value in params.items() if name != "stream"},
        stream=bool(params.get("stream", False)),
        include_usage=bool((params.get("stream_options") or {}).get("include_usage")),
        extra_body=_extra_body(control),
        tags=args.tags(control),
        leniency=leniency,
    )


def _extra_body(control: Mapping[str, Any]) -> dict[str, Any]:
    given = dict(control.get("extra_body") or {})
    if request_id := control.get("client_request_id"):
        given.setdefault("client_request_id", request_id)
    return given


def target_of(
    model: str,
    control: Arguments,
    settings: Settings,
    *,
    stream: bool = False,
    environ: Mapping[str, str] = os.environ,
) -> Flow[DatabricksTarget]:
    """Where `model` is served. Raises UnknownProviderError for a name of no provider known here."""
    name = model_name.parse(model, control.get("custom_llm_provider"))
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
        headers=args.headers(control, settings, environ),
        timeout=args.timeout(control, settings, stream=stream),
        base=base,
        bridge=name.bridge == "responses",
    )


def _fallbacks(
    model: str,
    messages: Sequence[Any],
    arguments: Arguments,
    control: Mapping[str, Any],
    settings: Settings,
) -> Flow[flow.Fallbacks]:
    """LiteLLM's `fallbacks`, names or objects with overrides, and its `context_window_fallback_dict`."""
    general = []
    for entry in control.get("fallbacks") or ():
        overrides = {"model": entry} if isinstance(entry, str) else dict(entry)
        name = overrides.pop("model", model)
        own = overrides.pop("messages", messages)
        general.append((yield from _exchange(name, own, *args.split({**arguments, **overrides}), settings)))
    context_window = []
    if larger := (control.get("context_window_fallback_dict") or {}).get(model):
        context_window.append((yield from _exchange(larger, messages, *args.split(arguments), settings)))
    return flow.Fallbacks(general, context_window)
