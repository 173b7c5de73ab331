"""One OpenTelemetry span per call, by the GenAI conventions (semantic-conventions-genai, 2026).

The only file that knows OpenTelemetry, and nothing imports it unless `callbacks` has `otel`. A span is made
when its call is over, with the times of both ends; OpenTelemetry's own thread exports it. Prompts are in it
only with the conventions' own switch, OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter, SpanExporter
from opentelemetry.trace import SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from lakeway.gateway.call import Call
from lakeway.gateway.observers import Observer
from lakeway.gateway.span_content import input_messages, output_messages
from lakeway.version import __version__

CAPTURE: Final = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"
# `true` is what it was before the conventions told spans from events.
_CAPTURED: Final = frozenset({"true", "span_only", "span_and_event"})
OPERATIONS: Final = {
    "/chat/completions": "chat",
    "/completions": "text_completion",
    "/embeddings": "embeddings",
}
PORTS: Final = {"https": 443, "http": 80}
LONGEST: Final = 200  # characters of a name that a client made up
PATIENCE: Final = 3.0  # seconds, at the end

Attributes = dict[str, Any]


class Tracing(Observer):
    """An observer of calls. `clock` tells nanoseconds since 1970."""

    def __init__(
        self,
        provider: TracerProvider,
        *,
        content: bool = False,
        clock: Callable[[], int] = time.time_ns,
    ) -> None:
        self._provider = provider
        self._tracer = provider.get_tracer("lakeway.gateway", __version__)
        self._parents = TraceContextTextMapPropagator()
        self.content = content
        self._clock = clock

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Tracing:
        """As OTEL_TRACES_EXPORTER (otlp, console or none) and OTEL_SERVICE_NAME say; OpenTelemetry itself
        reads its other variables, from the process's environment. Raises ValueError for another exporter."""
        named = SERVICE_NAME in environ.get("OTEL_RESOURCE_ATTRIBUTES", "")
        own = {} if named or "OTEL_SERVICE_NAME" in environ else {SERVICE_NAME: "lakeway"}
        provider = TracerProvider(resource=Resource.create(own), shutdown_on_exit=False)
        exporter = _exporter(environ.get("OTEL_TRACES_EXPORTER", "otlp"))
        if exporter is not None:
            provider.add_span_processor(BatchSpanProcessor(exporter))
        return cls(provider, content=environ.get(CAPTURE, "").lower() in _CAPTURED)

    def settle(self, call: Call) -> None:
        end = self._clock()
        start = _start(call)
        span = self._tracer.start_span(
            f"{start['gen_ai.operation.name']} {start['gen_ai.request.model']}",
            context=self._parent(call),
            kind=SpanKind.CLIENT,
            attributes=start,
            start_time=end - int(call.seconds * 1e9),
        )
        if span.is_recording():
            span.set_attributes(_outcome(call))
            if self.content:
                span.set_attributes(_said(call))
            if call.error is not None:
                # Not its message, which may quote the prompt.
                span.set_status(StatusCode.ERROR, type(call.error).__name__)
        span.end(end)

    def release(self, call: Call) -> None:
        if call.error is None and not call.status and not call.gone:
            return  # another observer refused it: no model was to be asked
        self.settle(call)

    def close(self) -> None:
        """Export what is left. A collector that does not answer holds this up for PATIENCE at most."""
        ending = threading.Thread(target=self._provider.shutdown, name="lakeway-tracing-end", daemon=True)
        ending.start()
        ending.join(PATIENCE)

    def _parent(self, call: Call) -> Context:
        """The client's span, if it sent a `traceparent`; else the span is the root of its own trace."""
        return self._parents.extract({"traceparent": call.trace} if call.trace else {}, Context())


def _exporter(name: str) -> SpanExporter | None:
    match name.strip().lower():
        case "otlp":
            return OTLPSpanExporter()
        case "console":
            return ConsoleSpanExporter()
        case "none":
            return None
    raise ValueError(f"OTEL_TRACES_EXPORTER is {name!r}; known are otlp, console and none")


def _start(call: Call) -> Attributes:
    """What a sampler may decide by."""
    operation = OPERATIONS.get(call.endpoint, call.endpoint.strip("/"))
    told: Attributes = {"gen_ai.operation.name": operation, "gen_ai.request.model": call.model[:LONGEST]}
    deployment = call.deployment
    if deployment is None:
        return told
    told["gen_ai.request.model"] = deployment.target.model[:LONGEST]
    told["gen_ai.provider.name"] = deployment.target.provider
    address = urlsplit(deployment.api_base)
    if address.hostname:
        told["server.address"] = address.hostname
        told["server.port"] = address.port or PORTS.get(address.scheme, 443)
    return told


_PARAMETERS: Final = {
    "frequency_penalty": "gen_ai.request.frequency_penalty",
    "max_completion_tokens": "gen_ai.request.max_tokens",
    "max_tokens": "gen_ai.request.max_tokens",
    "presence_penalty": "gen_ai.request.presence_penalty",
    "seed": "gen_ai.request.seed",
    "temperature": "gen_ai.request.temperature",
    "top_p": "gen_ai.request.top_p",
}


def _outcome(call: Call) -> Attributes:
    body = call.body
    told: Attributes = {
        attribute: body[name]
        for name, attribute in _PARAMETERS.items()
        if isinstance(body.get(name), int | float)
    }
    if call.stream:
        told["gen_ai.request.stream"] = True
        if call.first is not None:
            told["gen_ai.response.time_to_first_chunk"] = call.first - call.began
    if call.reply is not None:
        told |= _reply(call.reply)
    if call.usage:
        told |= _usage(call.usage)
    if call.error is not None:
        told["error.type"] = type(call.error).__name__
    return told | _ours(call)


def _reply(reply: Mapping[str, Any]) -> Attributes:
    told = {
        "gen_ai.response.id": reply.get("id"),
        "gen_ai.response.model": reply.get("model"),
        "gen_ai.response.finish_reasons": [
            choice["finish_reason"] for choice in reply.get("choices") or () if choice.get("finish_reason")
        ],
    }
    return {name: value for name, value in told.items() if value}


def _usage(usage: Mapping[str, Any]) -> Attributes:
    told = {
        "gen_ai.usage.input_tokens": usage.get("prompt_tokens"),
        "gen_ai.usage.output_tokens": usage.get("completion_tokens"),
        "gen_ai.usage.cache_read.input_tokens": usage.get("cache_read_input_tokens"),
        "gen_ai.usage.cache_creation.input_tokens": usage.get("cache_creation_input_tokens"),
        "gen_ai.usage.reasoning.output_tokens": (usage.get("completion_tokens_details") or {}).get(
            "reasoning_tokens"
        ),
    }
    return {name: value for name, value in told.items() if value}


def _ours(call: Call) -> Attributes:
    """What the conventions have no word for."""
    told = {
        "lakeway.call.id": call.id,
        "lakeway.model": call.model[:LONGEST],
        "lakeway.key.alias": call.caller.alias,
        "lakeway.user": call.caller.user,
        "lakeway.team": call.caller.team,
        "lakeway.deployment.id": call.deployment.id if call.deployment else "",
        "lakeway.retries": call.retries,
        "lakeway.fallbacks": call.fallbacks,
        "lakeway.client.gone": call.gone,
        "http.response.status_code": call.status,
    }
    if call.cost is not None:
        told |= {"lakeway.cost.usd": call.cost.usd, "lakeway.cost.dbu": call.cost.dbu}
    return {name: value for name, value in told.items() if value}


def _said(call: Call) -> Attributes:
    told: Attributes = {}
    if messages := call.body.get("messages"):
        told["gen_ai.input.messages"] = input_messages(messages)
    if call.reply is not None and call.reply.get("choices"):
        told["gen_ai.output.messages"] = output_messages(call.reply["choices"])
    return told
