"""A workspace called without sockets, and one that runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest

from lakeway.emulator.app import decide
from lakeway.emulator.exchange import Events, Request, Whole
from lakeway.emulator.settings import read_settings
from lakeway.emulator.workspace import Workspace
from lakeway.testing import emulator
from lakeway.testing.workspace import RunningWorkspace


class Caller:
    """Calls a workspace in memory; its clock, `now`, is set by hand."""

    CHAT = "/serving-endpoints/chat/completions"

    @staticmethod
    def body(model: str, prompt: str = "Hi", **fields: Any) -> dict[str, Any]:
        """A chat body with one user message, unless `messages` are given."""
        return {"model": model, "messages": [{"role": "user", "content": prompt}], **fields}

    @staticmethod
    def tool(name: str = "get_weather", **function: Any) -> dict[str, Any]:
        """A function that takes a city."""
        schema = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
        return {"type": "function", "function": {"name": name, "parameters": schema, **function}}

    def __init__(self, **settings: Any) -> None:
        self.now = 1_790_000_000.0
        self.workspace = Workspace(read_settings(settings), lambda: self.now)

    def send(
        self, method: str, path: str, content: bytes = b"", *, finish: bool = True, **headers: str
    ) -> Whole | Events:
        """The outcome; `finish=False` leaves the reply undelivered. Header names have underscores here."""
        path, _, query = path.partition("?")
        given = {"authorization": "Bearer dapi-emulator"} | {
            k.replace("_", "-"): v for k, v in headers.items()
        }
        request = Request(
            method=method,
            path=path,
            query=dict(part.split("=") for part in query.split("&") if part),
            headers={name: value for name, value in given.items() if value},
            content=content,
            request_id=self.workspace.next_id(),
        )
        outcome, _plan = decide(self.workspace, request, self.workspace.recorder.add(request))
        if finish:
            outcome.after()
        return outcome

    def post(self, path: str, body: Any, **headers: str) -> tuple[int, Any]:
        """Status and decoded body."""
        outcome = self.send("POST", path, msgspec.json.encode(body), **headers)
        assert isinstance(outcome, Whole)
        return outcome.status, msgspec.json.decode(outcome.content)

    def get(self, path: str) -> Any:
        outcome = self.send("GET", path)
        assert isinstance(outcome, Whole)
        return msgspec.json.decode(outcome.content)

    def chat(self, model: str, prompt: str = "What is the capital of France?", **fields: Any) -> Any:
        """The body of a successful chat reply."""
        status, body = self.post(self.CHAT, self.body(model, prompt, **fields))
        assert status == 200, body
        return body

    def refusal(
        self, body: Any, path: str = "/serving-endpoints/chat/completions", **headers: str
    ) -> tuple[int, str]:
        """Status and message of an error in one of the coded forms."""
        status, answer = self.post(path, body, **headers)
        return status, answer.get("message", answer)

    def chunks(self, model: str, prompt: str = "What is the capital of France?", **fields: Any) -> list[Any]:
        """The decoded events of a chat stream, without the [DONE] that has to end it."""
        body = self.body(model, prompt, stream=True, **fields)
        outcome = self.send("POST", self.CHAT, msgspec.json.encode(body))
        assert isinstance(outcome, Events), outcome
        events = list(outcome.events)
        assert events[-1] == b"data: [DONE]\n\n"
        return [msgspec.json.decode(event.removeprefix(b"data: ")) for event in events[:-1]]


@pytest.fixture(scope="session")
def new_caller() -> Callable[..., Caller]:
    """Workspaces with settings of the test's own."""
    return Caller


@pytest.fixture
def caller() -> Caller:
    """A workspace with the settings of the beginning."""
    return Caller()


@pytest.fixture(scope="module")
def running() -> Iterator[RunningWorkspace]:
    """A workspace on a real socket."""
    with emulator() as workspace:
        yield workspace
