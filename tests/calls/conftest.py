"""Calls against a script: the answers of a workspace in order, the requests that it was sent."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from lakeway.calls import chat, embed, text
from lakeway.calls.opened import OpenedStream
from lakeway.core.http import Headers, HttpRequest, HttpResponse, NoBody, StreamedResponse, TransportError
from lakeway.core.steps import Credential
from lakeway.streaming import Stream
from lakeway.transport.sync import drive

EVENTS = Headers((("content-type", "text/event-stream"),))


class Workspace:
    """Gives each of `answers` in turn, and the last of them ever after: a reply, a status, the events of a
    stream, a failure, or what a function makes of the request."""

    base = "https://adb-1.azuredatabricks.net"

    def __init__(self) -> None:
        self.answers: list[Any] = [self.reply()]
        self.requests: list[HttpRequest] = []
        self.slept: list[float] = []

    # What a flow is carried out with.

    def send(self, request: HttpRequest) -> HttpResponse | StreamedResponse:
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if callable(answer):
            answer = answer(request)
        match answer:
            case TransportError():
                raise answer
            case int():
                return HttpResponse(answer, Headers(), b"{}")
            case list():
                return StreamedResponse(200, EVENTS, _events(answer[:1]), Body([_events(answer[1:])]))
        return HttpResponse(200, Headers(), json.dumps(answer).encode())

    def get(self, credential: Credential, rejected: Any) -> Any:
        return getattr(credential, "headers", ())

    def host(self, credential: Credential) -> str:
        return self.base

    # The calls.

    def completion(self, model: str = "databricks/m", messages: Any = None, **keywords: Any) -> Any:
        messages = [{"role": "user", "content": "hi"}] if messages is None else messages
        return self._carry_out(chat.complete(model, messages, self._with_place(keywords)))

    def embedding(self, model: str = "databricks/e", texts: Any = "a", **keywords: Any) -> Any:
        return self._carry_out(embed.embed(model, texts, self._with_place(keywords)))

    def text_completion(self, model: str = "databricks/m", prompt: Any = "hi", **keywords: Any) -> Any:
        return self._carry_out(text.complete(model, prompt, self._with_place(keywords)))

    def _with_place(self, keywords: dict[str, Any]) -> dict[str, Any]:
        return {"api_base": self.base, "api_key": "key", "num_retries": 0, **keywords}

    def _carry_out(self, flow: Any) -> Any:
        answer = drive(flow, self, self, sleep=self.slept.append)  # type: ignore[arg-type]
        return Stream(answer) if isinstance(answer, OpenedStream) else answer

    # What it was sent, and what it may answer.

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(request.body) for request in self.requests]

    @property
    def asked(self) -> list[str]:
        """The models, in order."""
        return [body["model"] for body in self.bodies]

    @staticmethod
    def reply(text: str = "hello", **fields: Any) -> dict[str, Any]:
        choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
        usage = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
        return {"id": "x", "created": 1, "model": "m", "choices": [choice], "usage": usage, **fields}

    @staticmethod
    def chunk(text: str | None = None, finish: str | None = None, **fields: Any) -> dict[str, Any]:
        delta = {} if text is None else {"content": text}
        return {"choices": [{"index": 0, "delta": delta, "finish_reason": finish}], **fields}

    @staticmethod
    def vectors(request: HttpRequest) -> dict[str, Any]:
        """For each input its length, and that of the model's name."""
        body = json.loads(request.body)
        of_model = float(len(body["model"]))
        rows = [
            {"index": index, "embedding": [of_model, float(len(text))]}
            for index, text in enumerate(body["input"])
        ]
        usage = {"prompt_tokens": len(rows), "total_tokens": len(rows)}
        return {"model": body["model"], "data": rows, "usage": usage}


class Body(NoBody):
    """The rest of a stream."""

    def __init__(self, parts: list[bytes]) -> None:
        self._parts: Iterator[bytes] = iter(parts)

    def __next__(self) -> bytes:
        return next(self._parts)


def _events(chunks: list[Any]) -> bytes:
    texts = (chunk if isinstance(chunk, str) else json.dumps(chunk) for chunk in chunks)
    return "".join(f"data: {text}\n\n" for text in texts).encode()


@pytest.fixture
def workspace(monkeypatch: pytest.MonkeyPatch) -> Workspace:
    for name in ("API_BASE", "API_KEY", "HOST", "TOKEN", "CLIENT_ID", "CLIENT_SECRET", "CONFIG_PROFILE"):
        monkeypatch.delenv(f"DATABRICKS_{name}", raising=False)
    return Workspace()
