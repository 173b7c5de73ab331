"""The span of a call, as OpenTelemetry's own SDK hands it to an exporter."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from lakeway.errors import RateLimitError
from lakeway.gateway.span_content import input_messages, output_messages
from lakeway.gateway.tracing import CAPTURE, Tracing

SECRET = "the launch code is 0000"
PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def spans():
    """The spans that these calls make."""

    def tell(*calls, how="settle", **options):
        exporter = InMemorySpanExporter()
        provider = TracerProvider(shutdown_on_exit=False)
        provider.add_span_processor(SimpleSpanProcessor(exporter))
        tracing = Tracing(provider, clock=lambda: 2_000_000_000_000, **options)
        for each in calls:
            tracing.reserve(each)
            getattr(tracing, how)(each)
        tracing.close()
        return exporter.get_finished_spans()

    return tell


def test_a_whole_answer(call, spans):
    """Named and described by the GenAI conventions, with the times of both its ends."""
    reply = {"id": "chatcmpl-1", "model": "claude", "choices": [{"finish_reason": "stop"}]}
    (span,) = spans(call(body={"temperature": 0.5, "max_tokens": 10, "seed": "x"}, reply=reply, retries=1))

    assert "chat databricks-claude-sonnet-4-5" == span.name
    assert SpanKind.CLIENT == span.kind
    assert (1_998_500_000_000, 2_000_000_000_000) == (span.start_time, span.end_time)
    assert StatusCode.UNSET == span.status.status_code
    assert {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "databricks",
        "gen_ai.request.model": "databricks-claude-sonnet-4-5",
        "gen_ai.request.temperature": 0.5,
        "gen_ai.request.max_tokens": 10,
        "gen_ai.response.id": "chatcmpl-1",
        "gen_ai.response.model": "claude",
        "gen_ai.response.finish_reasons": ("stop",),
        "gen_ai.usage.input_tokens": 100,
        "gen_ai.usage.output_tokens": 50,
        "gen_ai.usage.cache_read.input_tokens": 40,
        "gen_ai.usage.reasoning.output_tokens": 20,
        "server.address": "example.cloud.databricks.com",
        "server.port": 443,
        "http.response.status_code": 200,
        "lakeway.call.id": "call-1",
        "lakeway.model": "claude",
        "lakeway.key.alias": "team-a-key",
        "lakeway.user": "ada",
        "lakeway.team": "team-a",
        "lakeway.deployment.id": "d-1",
        "lakeway.retries": 1,
        "lakeway.cost.usd": 0.035,
        "lakeway.cost.dbu": 0.5,
    } == dict(span.attributes)


def test_a_stream(call, spans):
    """It says so, and when its first chunk came."""
    (span,) = spans(call(stream=True, first=101.25))

    assert span.attributes["gen_ai.request.stream"] is True
    assert 1.25 == span.attributes["gen_ai.response.time_to_first_chunk"]


@pytest.mark.parametrize(("endpoint", "operation"), [("/embeddings", "embeddings"), ("/other", "other")])
def test_operations(call, spans, endpoint, operation):
    """The conventions' names for what they know."""
    (span,) = spans(call(endpoint=endpoint))

    assert operation == span.attributes["gen_ai.operation.name"]


def test_an_error_without_its_message(call, spans):
    """Its class says what went wrong; its message may quote the prompt."""
    error = RateLimitError(f"too much: {SECRET}", llm_provider="databricks")
    (span,) = spans(call(error=error, status=429, usage=None, cost=None), how="release")

    assert (StatusCode.ERROR, "RateLimitError") == (span.status.status_code, span.status.description)
    assert "RateLimitError" == span.attributes["error.type"]
    assert SECRET not in span.to_json()


def test_the_clients_trace_goes_on(call, spans):
    """With its traceparent the span belongs to the client's, without or with nonsense to none."""
    child, root, other = spans(call(trace=PARENT), call(), call(trace="nonsense"))

    assert 0x0AF7651916CD43DD8448EB211C80319C == child.context.trace_id
    assert 0xB7AD6B7169203331 == child.parent.span_id
    assert [None, None] == [root.parent, other.parent]
    assert root.context.trace_id != other.context.trace_id


def test_a_client_that_samples_nothing(call, spans):
    """Its decision holds for us, too."""
    assert () == spans(call(trace=PARENT[:-2] + "00"))


def test_a_reservation_that_is_taken_back_has_no_span(call, spans):
    """No model was to be asked."""
    assert () == spans(call(status=0, deployment=None, usage=None, cost=None), how="release")


def test_prompts_are_left_out(call, spans):
    """By default neither what was asked nor what was answered is in a span."""
    reply = {"choices": [{"message": {"content": SECRET}}]}
    (span,) = spans(call(body={"messages": [{"role": "user", "content": SECRET}]}, reply=reply))

    assert SECRET not in span.to_json()


def test_prompts_for_those_who_ask(call, spans):
    """In the conventions' form, as JSON."""
    reply = {"choices": [{"finish_reason": "stop", "message": {"content": "no"}}]}
    body = {"messages": [{"role": "user", "content": "hi"}]}
    (span,) = spans(call(body=body, reply=reply), content=True)

    assert [{"role": "user", "parts": [{"type": "text", "content": "hi"}]}] == json.loads(
        span.attributes["gen_ai.input.messages"]
    )
    assert [
        {"role": "assistant", "parts": [{"type": "text", "content": "no"}], "finish_reason": "stop"}
    ] == json.loads(span.attributes["gen_ai.output.messages"])


@pytest.mark.parametrize(
    ("message", "parts"),
    [
        ({"role": "user", "content": "a"}, [{"type": "text", "content": "a"}]),
        ({"role": "user", "content": None}, []),
        ({"role": "user", "content": [{"type": "text", "text": "a"}]}, [{"type": "text", "content": "a"}]),
        (
            {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "https://e.com/a.png"}}]},
            [{"type": "uri", "modality": "image", "uri": "https://e.com/a.png"}],
        ),
        (
            {"role": "user", "content": [{"type": "image_url", "image_url": "data:image/png;base64,QUJD"}]},
            [{"type": "blob", "modality": "image", "mime_type": "image/png", "content": "QUJD"}],
        ),
        ({"role": "user", "content": [{"type": "novel", "x": 1}]}, [{"type": "novel", "x": 1}]),
        (
            {"role": "tool", "tool_call_id": "c", "content": "22"},
            [{"type": "tool_call_response", "id": "c", "response": "22"}],
        ),
        (
            {
                "role": "assistant",
                "reasoning_content": "hm",
                "tool_calls": [{"id": "c", "function": {"name": "f", "arguments": "{}"}}],
            },
            [
                {"type": "reasoning", "content": "hm"},
                {"type": "tool_call", "id": "c", "name": "f", "arguments": "{}"},
            ],
        ),
    ],
)
def test_messages_have_parts(message, parts):
    """OpenAI's messages in the conventions' form; the same for what comes back."""
    assert [{"role": message["role"], "parts": parts}] == json.loads(input_messages([message]))
    assert parts == json.loads(output_messages([{"message": message}]))[0]["parts"]


@pytest.mark.parametrize(
    ("environ", "name"),
    [
        ({}, "lakeway"),
        ({"OTEL_SERVICE_NAME": "mine"}, "mine"),
        ({"OTEL_RESOURCE_ATTRIBUTES": "service.name=x"}, "x"),
    ],
)
def test_the_service_has_a_name(monkeypatch, environ, name):
    """Ours, unless the environment has one."""
    for variable, value in environ.items():
        monkeypatch.setenv(variable, value)
    tracing = Tracing.from_environ({**environ, "OTEL_TRACES_EXPORTER": "none"})
    tracing.close()

    assert name == tracing._provider.resource.attributes["service.name"]


@pytest.mark.parametrize(
    ("value", "captured"),
    [("", False), ("no_content", False), ("true", True), ("SPAN_ONLY", True), ("EVENT_ONLY", False)],
)
def test_the_conventions_switch(value, captured):
    """Prompts are taken where the conventions' variable says so for spans."""
    tracing = Tracing.from_environ({"OTEL_TRACES_EXPORTER": "none", CAPTURE: value})
    tracing.close()

    assert captured is tracing.content


def test_an_exporter_that_is_not_known():
    """It is told at the start."""
    with pytest.raises(ValueError, match="zipkin"):
        Tracing.from_environ({"OTEL_TRACES_EXPORTER": "zipkin"})


def test_a_collector_that_does_not_answer_holds_nobody_up(call, monkeypatch):
    """Neither a call, nor the end of the process for long."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{silent.getsockname()[1]}")
        monkeypatch.setattr("lakeway.gateway.tracing.PATIENCE", 0.2)
        tracing = Tracing.from_environ({})
        began = time.monotonic()
        for _ in range(100):
            tracing.settle(call())
        tracing.close()

        assert time.monotonic() - began < 2


def test_nothing_imports_it_unasked():
    """A gateway without tracing does not load OpenTelemetry."""
    program = "import sys, lakeway.gateway.app; print('opentelemetry' in sys.modules)"
    output = subprocess.check_output([sys.executable, "-c", program], text=True, timeout=30)

    assert "False" == output.strip()
