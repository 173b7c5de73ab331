"""The three libraries behind one set of calls.

Everything that a call returns is read, so that objects built lazily are paid for.
"""

from __future__ import annotations

import importlib
from collections.abc import AsyncIterator, Iterator
from typing import Any, Protocol

API_KEY = "dapi-bench"
CHAT_MODEL = "databricks-meta-llama-3-3-70b-instruct"
EMBEDDING_MODEL = "databricks-bge-large-en"
MESSAGES = [
    {"role": "system", "content": "Answer in one paragraph."},
    {"role": "user", "content": "What does a lake do with the water that rivers bring?"},
]


class Client(Protocol):
    """What a measurement asks of a library."""

    def chat(self) -> str: ...
    async def achat(self) -> str: ...
    def stream(self) -> Iterator[str]: ...
    def astream(self) -> AsyncIterator[str]: ...
    def embed(self, inputs: list[str]) -> list[list[float]]: ...


class LiteLLMShaped:
    """LiteLLM and Lakeway: module functions with a `databricks/` model name."""

    def __init__(self, module: str, base: str) -> None:
        self._library: Any = importlib.import_module(module)
        self._host = {"api_base": base, "api_key": API_KEY}
        self._call = {"model": f"databricks/{CHAT_MODEL}", "messages": MESSAGES, **self._host}

    def chat(self) -> str:
        reply = self._library.completion(**self._call)
        return str(reply.choices[0].message.content)

    async def achat(self) -> str:
        reply = await self._library.acompletion(**self._call)
        return str(reply.choices[0].message.content)

    def stream(self) -> Iterator[str]:
        for chunk in self._library.completion(**self._call, stream=True):
            yield _text(chunk)

    async def astream(self) -> AsyncIterator[str]:
        async for chunk in await self._library.acompletion(**self._call, stream=True):
            yield _text(chunk)

    def embed(self, inputs: list[str]) -> list[list[float]]:
        reply = self._library.embedding(model=f"databricks/{EMBEDDING_MODEL}", input=inputs, **self._host)
        return [item["embedding"] for item in reply.data]


class PlainOpenAI:
    """The openai package pointed at the workspace. It asks for base64 vectors unless told otherwise."""

    def __init__(self, base: str, **embedding_options: str) -> None:
        library = importlib.import_module("openai")
        self._sync: Any = library.OpenAI(base_url=base, api_key=API_KEY)
        self._async: Any = library.AsyncOpenAI(base_url=base, api_key=API_KEY)
        self._call = {"model": CHAT_MODEL, "messages": MESSAGES}
        self._embedding_options = embedding_options

    def chat(self) -> str:
        reply = self._sync.chat.completions.create(**self._call)
        return str(reply.choices[0].message.content)

    async def achat(self) -> str:
        reply = await self._async.chat.completions.create(**self._call)
        return str(reply.choices[0].message.content)

    def stream(self) -> Iterator[str]:
        for chunk in self._sync.chat.completions.create(**self._call, stream=True):
            yield _text(chunk)

    async def astream(self) -> AsyncIterator[str]:
        async for chunk in await self._async.chat.completions.create(**self._call, stream=True):
            yield _text(chunk)

    def embed(self, inputs: list[str]) -> list[list[float]]:
        reply = self._sync.embeddings.create(model=EMBEDDING_MODEL, input=inputs, **self._embedding_options)
        return [item.embedding for item in reply.data]


def _text(chunk: Any) -> str:
    return chunk.choices[0].delta.content or ""


def connect(subject: str, base: str) -> Client:
    """The client of a subject, importing its library. `base` ends in `/serving-endpoints`."""
    match subject:
        case "openai":
            return PlainOpenAI(base)
        case "openai-float":
            return PlainOpenAI(base, encoding_format="float")
        case _:
            return LiteLLMShaped(subject, base)
