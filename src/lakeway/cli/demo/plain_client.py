"""Calls a gateway without anybody's client library: a POST of JSON, an answer of JSON or of events."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from lakeway.core.http import HttpRequest, HttpResponse, StreamedResponse
from lakeway.core.sse import SseDecoder
from lakeway.errors import error_class_for_status
from lakeway.transport.sync import SyncClient
from lakeway.types.chat import ModelResponse, ModelResponseStream
from lakeway.types.embeddings import EmbeddingResponse


class PlainClient:
    """`complete` and `embed` take the arguments of OpenAI's client, and answer objects that read alike."""

    def __init__(self, base_url: str, key: str) -> None:
        self._base_url = base_url
        self._headers = (("Authorization", f"Bearer {key}"), ("Content-Type", "application/json"))
        self._client = SyncClient()

    def complete(self, *, extra_body: Any = None, **body: Any) -> Any:
        response = self._post("chat/completions", body | (extra_body or {}))
        if isinstance(response, StreamedResponse):
            return _chunks(response)
        return ModelResponse.from_wire(msgspec.json.decode(response.body))

    def embed(self, **body: Any) -> Any:
        response = self._post("embeddings", body)
        return EmbeddingResponse.from_wire(msgspec.json.decode(response.body))

    def close(self) -> None:
        self._client.close()

    def _post(self, path: str, body: dict[str, Any]) -> Any:
        response = self._client.send(
            HttpRequest(
                method="POST",
                url=f"{self._base_url}/{path}",
                headers=self._headers,
                body=msgspec.json.encode(body),
                stream=bool(body.get("stream")),
            )
        )
        if isinstance(response, HttpResponse) and response.status >= 400:
            report = msgspec.json.decode(response.body)["error"]
            raise error_class_for_status(response.status)(message=report["message"], model=body["model"])
        return response


def _chunks(response: StreamedResponse) -> Iterator[ModelResponseStream]:
    decoder = SseDecoder()
    for data in (response.first, *response.rest):
        for event in decoder.feed(data):
            if event.data != b"[DONE]":
                yield ModelResponseStream.from_wire(msgspec.json.decode(event.data))
