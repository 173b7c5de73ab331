"""Failures on purpose, as bytes on a real socket."""

# ruff: noqa: E501

from __future__ import annotations

import socket
import time
from typing import Any

import msgspec
import pytest

from lakeway.emulator.faults import KINDS, parse

LLAMA = "databricks-meta-llama-3-3-70b-instruct"
PATH = "/serving-endpoints/chat/completions"


def exchange(workspace: Any, fault: str, *, stream: bool = False, path: str = PATH) -> bytes:
    """Everything the server sends before it closes the connection."""
    body = {"model": LLAMA, "messages": [{"role": "user", "content": "Capital of France?"}], "stream": stream}
    content = msgspec.json.encode(body)
    head = (
        f"POST {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {workspace.token}\r\nconnection: close\r\n"
        f"content-length: {len(content)}\r\n" + (f"x-emulator-fault: {fault}\r\n" if fault else "") + "\r\n"
    )
    host, port = workspace.host.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        connection.sendall(head.encode() + content)
        received = b""
        while part := connection.recv(65536):
            received += part
    return received


def split(received: bytes) -> tuple[int, dict[str, str], bytes]:
    head, _, body = received.partition(b"\r\n\r\n")
    status, *lines = head.decode().split("\r\n")
    return int(status.split()[1]), dict(line.lower().split(": ", 1) for line in lines), body


FORMS = [
    ("status=429", 429, {"error_code": "REQUEST_LIMIT_EXCEEDED", "message": "The emulator was told to answer 429."}),
    ("status=503,message=busy", 503, {"error_code": "TEMPORARILY_UNAVAILABLE", "message": "busy"}),
    ("status=400,code=REQUEST_LIMIT_EXCEEDED,message=m", 400, {"error_code": "REQUEST_LIMIT_EXCEEDED", "message": "m"}),
    ("status=500,form=nested,message=m", 500, {"error_code": "INTERNAL_ERROR", "message": '{"message":"m"}'}),
    ("status=403,form=numbered,message=m", 403, {"error_code": 403, "message": "m"}),
    ("status=401,form=oidc,message=m", 401, {"error": "unauthenticated", "error_description": "m"}),
    ("status=404,form=openai,message=m", 404, {"error": {"message": "m", "type": "resource_does_not_exist", "param": None, "code": 404}}),
    ("expired", 403, {"error_code": 403, "message": "Invalid access token."}),
]  # fmt: skip


@pytest.mark.parametrize(("fault", "status", "body"), FORMS)
def test_errors_in_every_form(running: Any, fault: str, status: int, body: Any) -> None:
    """Any status in any of the envelopes."""
    found, headers, content = split(exchange(running, fault))

    assert (status, "application/json", body) == (
        found,
        headers["content-type"],
        msgspec.json.decode(content),
    )


@pytest.mark.parametrize(
    ("fault", "status", "kind", "body"),
    [
        ("status=502,form=html,message=m", 502, "text/html; charset=utf-8", b"<h1>m</h1>"),
        ("html", 200, "text/html; charset=utf-8", b"<h1>Bad gateway</h1>"),
        ("status=500,form=text,message=m", 500, "text/plain", b"m"),
        ("status=500,form=empty", 500, "application/json", b""),
        ("empty=204", 204, "text/plain", b""),
    ],
)
def test_bodies_that_are_no_json(running: Any, fault: str, status: int, kind: str, body: bytes) -> None:
    """Pages of proxies and empty bodies."""
    found, headers, content = split(exchange(running, fault))

    assert (status, kind) == (found, headers["content-type"])
    assert body in content


def test_retry_after(running: Any) -> None:
    """The header is sent when it is planned."""
    assert split(exchange(running, "status=429,retry_after=7"))[1]["retry-after"] == "7"


def test_delay_before_the_head(running: Any) -> None:
    """Nothing arrives before the delay is over."""
    start = time.monotonic()
    exchange(running, "delay=0.1")

    assert 0.1 <= time.monotonic() - start < 2


def test_pause_inside_a_stream(running: Any) -> None:
    """A stream that stalls goes on to its end."""
    start = time.monotonic()
    received = exchange(running, "pause=0.1,after=2", stream=True)

    assert time.monotonic() - start >= 0.1
    assert b"[DONE]" in received


def test_cut_stream_has_no_end(running: Any) -> None:
    """Three events, then the connection is gone: no [DONE], no last chunk of the transfer coding."""
    received = exchange(running, "cut=3", stream=True)

    assert received.count(b"data: ") == 3
    assert not received.endswith(b"0\r\n\r\n")


def test_cut_body_is_short(running: Any) -> None:
    """A whole body stops after as many bytes, short of its content-length."""
    _, headers, body = split(exchange(running, "cut=10"))

    assert (len(body), int(headers["content-length"]) > 10) == (10, True)


@pytest.mark.parametrize(("fault", "beginning"), [("drop", b""), ("garbage", b"\x16\x03\x01")])
def test_no_http_at_all(running: Any, fault: str, beginning: bytes) -> None:
    """The connection closes without a word, or with the wrong ones."""
    received = exchange(running, fault)

    assert received.startswith(beginning)
    assert b"HTTP/1.1" not in received


def test_split_sends_small_pieces(running: Any) -> None:
    """Each piece of a stream is a chunk of its own, of as many bytes."""
    body = split(exchange(running, "split=7", stream=True))[2]
    sizes = [int(line, 16) for line in body.split(b"\r\n")[:20:2]]

    assert max(sizes) == 7


def test_malformed_event(running: Any) -> None:
    """One broken event in the middle; those around it are whole."""
    events = exchange(running, "malformed,after=1", stream=True).split(b"data: ")[1:]

    with pytest.raises(msgspec.DecodeError):
        msgspec.json.decode(events[1].split(b"\n\n")[0])
    assert msgspec.json.decode(events[2].split(b"\n\n")[0])["choices"]


def test_malformed_body(running: Any) -> None:
    """A whole body that stops being JSON, complete as HTTP."""
    _, headers, body = split(exchange(running, "malformed"))

    assert len(body) == int(headers["content-length"])
    with pytest.raises(msgspec.DecodeError):
        msgspec.json.decode(body)


@pytest.mark.parametrize(("form", "key"), [("coded", "error_code"), ("openai", "error")])
def test_error_event(running: Any, form: str, key: str) -> None:
    """An error inside a stream is its last event, and HTTP ends well."""
    received = exchange(running, f"error_event,after=2,form={form}", stream=True)
    last = received.split(b"data: ")[-1].split(b"\n\n")[0]

    assert key in msgspec.json.decode(last)
    assert received.endswith(b"0\r\n\r\n")


def test_crlf(running: Any) -> None:
    """Lines may end in CR LF."""
    assert b"data: [DONE]\r\n\r\n" in exchange(running, "crlf", stream=True)


@pytest.mark.parametrize(("path", "status"), [(PATH, 400), ("/ai-gateway/mlflow/v1/chat/completions", 200)])
def test_guardrails(running: Any, path: str, status: int) -> None:
    """Endpoints refuse with nested JSON, gateway policies with a 200 that says content_filter."""
    found, _, content = split(exchange(running, "guardrail", path=path))
    body = msgspec.json.decode(content)

    assert found == status
    if status == 200:
        assert body["choices"][0]["finish_reason"] == "content_filter"
    else:
        assert msgspec.json.decode(body["message"])["finishReason"] == "input_guardrail_triggered"


def test_fail_twice_then_succeed(running: Any) -> None:
    """`times` counts by the fault's text, or by `key`."""
    running.reset()
    plain = [split(exchange(running, "status=503,times=2"))[0] for _ in range(3)]
    keyed = [split(exchange(running, f"status=503,times=1,key={key}"))[0] for key in "aab"]

    assert (plain, keyed) == ([503, 503, 200], [503, 200, 503])


def test_planned_faults(running: Any) -> None:
    """Faults can be planned for the requests to come, by path and model, and are forgotten by a reset."""
    running.reset()
    running.fault("status=500,model=gpt; status=501,path=/embeddings; status=502,model=llama,times=1")
    found = [split(exchange(running, ""))[0] for _ in range(2)]
    running.fault("status=503")
    running.reset()

    assert [*found, split(exchange(running, ""))[0]] == [502, 200, 200]


def test_faults_add_up(running: Any) -> None:
    """Several faults strike one exchange."""
    received = exchange(running, "crlf; cut=2; split=5", stream=True)

    assert not received.endswith(b"0\r\n\r\n")


@pytest.mark.parametrize(
    "text", ["nope", "status=x", "status=500,nope=1", "cut=1,after=x", "status=1,form=x"]
)
def test_mistakes_in_a_plan_are_named(running: Any, text: str) -> None:
    """A fault that cannot be read is a 400, and an error where it is planned."""
    status, _, content = split(exchange(running, text))

    assert (400, "EMULATOR_FAULT") == (status, msgspec.json.decode(content)["error_code"])
    with pytest.raises(ValueError, match="fault"):
        running.fault(text)


def test_every_kind_can_be_parsed() -> None:
    """The kinds of the grammar are the kinds of the parser."""
    assert [parse(kind)[0].kind for kind in KINDS] == list(KINDS)


def test_a_caller_that_leaves_is_noticed(running: Any) -> None:
    """Who goes away in the middle is recorded as gone, without waiting for the end."""
    running.reset()
    body = msgspec.json.encode(
        {"model": LLAMA, "messages": [{"role": "user", "content": "Count to 10"}], "stream": True}
    )
    host, port = running.host.removeprefix("http://").split(":")
    head = (
        f"POST {PATH} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {running.token}\r\n"
        f"x-emulator-fault: pause=30\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        connection.sendall(head.encode() + body)
        connection.recv(1)
    deadline = time.monotonic() + 5
    while not running.requests[-1]["aborted"] and time.monotonic() < deadline:
        time.sleep(0.01)

    assert running.requests[-1]["aborted"]
