"""One comparison: a call, what the workspace answers, and how to name both in a few words.

Standard library only: the recorder reads this in LiteLLM's environment, the test in Lakeway's.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

CLAUDE = "databricks/databricks-claude-sonnet-4-5"
ADAPTIVE = "databricks/databricks-claude-opus-4-8"
ALWAYS = "databricks/databricks-claude-opus-5-5"
CLAUDE_37 = "databricks/databricks-claude-3-7-sonnet"
LLAMA = "databricks/databricks-meta-llama-3-3-70b-instruct"
GPT = "databricks/databricks-gpt-5-2"
OSS = "databricks/databricks-gpt-oss-120b"
GEMINI = "databricks/databricks-gemini-3-1-pro"
GEMINI_25 = "databricks/databricks-gemini-2-5-pro"
CUSTOM = "databricks/my-endpoint"
HI = [{"role": "user", "content": "hi"}]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What the workspace answers, whatever it is asked. A body that is not text is sent as JSON."""

    body: Any = None
    status: int = 200
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)

    def encoded(self) -> bytes:
        return (self.body if isinstance(self.body, str) else json.dumps(self.body)).encode()


def chat(content: Any = "Hello!", *, finish: str | None = "stop", usage: Any = None, **message: Any) -> Reply:
    """A reply with one choice, complete in every field; `message` adds to or replaces its fields."""
    said = {"role": "assistant", "content": content, **message}
    return envelope(
        choices=[{"index": 0, "message": said, "finish_reason": finish}],
        **({"usage": usage} if usage else {}),
    )


def envelope(**fields: Any) -> Reply:
    """A chat completion made of `fields`; the value `...` takes one away."""
    body = {
        "id": "msg_1",
        "object": "chat.completion",
        "created": 1700000000,
        "model": "served-model",
        "usage": {"prompt_tokens": 9, "completion_tokens": 4, "total_tokens": 13},
        **fields,
    }
    return Reply(body={key: value for key, value in body.items() if value is not ...})


def stream(*events: Any, done: bool = True) -> Reply:
    """Server-sent events; a string goes as it is, so that a stream can be malformed."""
    lines = [event if isinstance(event, str) else f"data: {json.dumps(event)}" for event in events]
    lines += ["data: [DONE]"] if done else []
    return Reply(body="".join(f"{line}\n\n" for line in lines), content_type="text/event-stream")


def chunk(delta: Any = None, finish: str | None = None, **fields: Any) -> dict[str, Any]:
    """An event of a stream, with a running count as Databricks sends it; `...` takes a field away."""
    choice = {"index": 0, "delta": {} if delta is None else delta, "finish_reason": finish}
    event = {
        "id": "msg_1",
        "object": "chat.completion.chunk",
        "created": 1700000000,
        "model": "served-model",
        "choices": [choice],
        "usage": {"prompt_tokens": 9, "completion_tokens": 4, "total_tokens": 13},
        **fields,
    }
    return {key: value for key, value in event.items() if value is not ...}


def call(index: int | None = 0, name: str | None = "f", arguments: str = '{"x": 1}', **more: Any) -> Any:
    """A tool call; without `name` a later fragment of a stream's, without `index` one of a whole reply."""
    function = {"arguments": arguments} if name is None else {"name": name, "arguments": arguments}
    place = {} if index is None else {"index": index}
    start = {} if name is None else {"id": f"call_{index or 0}", "type": "function"}
    return {**place, **start, "function": function, **more}


# The answer to calls of which only the request matters: what their callers get is not looked at.
UNREMARKABLE = chat()


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """`call` is a function of the package, with `arguments`; `base` is the path after the workspace's host.

    `says` is what the message of an error has to contain.
    """

    name: str
    arguments: Mapping[str, Any]
    call: str = "completion"
    reply: Reply = UNREMARKABLE
    base: str = "/serving-endpoints"
    says: str = ""


def completion(name: str, model: str = LLAMA, reply: Reply | None = None, **rest: Any) -> Case:
    """A chat case: `base` and `says` are the case's, everything else goes to the call."""
    own = {key: rest.pop(key) for key in ("call", "base", "says") if key in rest}
    arguments = {"model": model, "messages": HI, **rest}
    return Case(
        name=name, arguments=arguments, reply=reply or (STREAM if rest.get("stream") else UNREMARKABLE), **own
    )


STREAM = stream(chunk({"role": "assistant", "content": "Hel"}), chunk({"content": "lo!"}), chunk({}, "stop"))
