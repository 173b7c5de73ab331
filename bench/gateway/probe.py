"""Single requests: until a gateway first answers, whether the answer is right, whether it wants a key."""

from __future__ import annotations

import http.client
import json
import time
from typing import Any

from bench import payloads
from bench.gateway.load import Target, body, with_key
from bench.gateway.process import Server
from bench.gateway.subjects import WRONG_KEY

_PAUSE_SECONDS = 0.002
_START_SECONDS = 90.0
_ANSWER_SECONDS = 30.0


class GatewayFailed(Exception):
    """The gateway ended, never answered, or answered something else than the model said."""


def first_answer_seconds(server: Server, target: Target, started: float) -> float:
    """From `started` until the first 200, by asking again and again. Raises GatewayFailed."""
    last: object = "nothing"
    while time.perf_counter() - started < _START_SECONDS:
        try:
            status, answer = ask(target)
        except (OSError, http.client.HTTPException) as refused:
            last = refused
        else:
            if status == 200:
                elapsed = time.perf_counter() - started
                _check(answer)
                return elapsed
            last = f"{status} {answer[:500]!r}"
        if not server.is_running():
            raise GatewayFailed(f"it ended at its start: {server.last_words()}")
        time.sleep(_PAUSE_SECONDS)
    raise GatewayFailed(f"no 200 in {_START_SECONDS:g} s; the last was {last}; {server.last_words()}")


def refusal(target: Target) -> int:
    """The status for a wrong key. Raises GatewayFailed when it is let through."""
    status, _ = ask(Target(target.port, with_key(target.address, WRONG_KEY)))
    if not 400 <= status < 500:
        raise GatewayFailed(f"a wrong key was answered with {status}")
    return status


def ask(target: Target) -> tuple[int, bytes]:
    """One chat on a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", target.port, timeout=_ANSWER_SECONDS)
    try:
        headers = {"Content-Type": "application/json", **target.address.headers}
        connection.request("POST", target.address.path, body(target.address.model, 0), headers)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def _check(answer: bytes) -> None:
    text = text_of(answer)
    if text != payloads.CHAT_TEXT:
        raise GatewayFailed(f"the first answer is not what the model said: {answer[:500]!r}")


def text_of(answer: bytes) -> Any:
    """The content of a chat answer, or None where there is none."""
    try:
        return json.loads(answer)["choices"][0]["message"]["content"]
    except (ValueError, KeyError, IndexError, TypeError):
        return None
