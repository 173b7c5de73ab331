"""The functions people call, shaped like LiteLLM's. They hold no logic: each makes a call and drives it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, Unpack, overload

from lakeway import runtime
from lakeway.calls import chat, embed, text
from lakeway.streaming import AsyncStream, Stream
from lakeway.types.chat import ModelResponse
from lakeway.types.embeddings import EmbeddingResponse
from lakeway.types.text import TextCompletionResponse

if TYPE_CHECKING:
    from lakeway.types.params import ChatParams, EmbeddingParams


@overload
def completion(
    model: str,
    messages: Sequence[Any] = ...,
    *,
    stream: Literal[False] | None = None,
    **params: Unpack[ChatParams],
) -> ModelResponse: ...
@overload
def completion(
    model: str, messages: Sequence[Any] = ..., *, stream: Literal[True], **params: Unpack[ChatParams]
) -> Stream: ...
@overload
def completion(
    model: str, messages: Sequence[Any] = ..., *, stream: bool, **params: Unpack[ChatParams]
) -> ModelResponse | Stream: ...
def completion(
    model: str, messages: Sequence[Any] = (), *, stream: bool | None = None, **params: Unpack[ChatParams]
) -> ModelResponse | Stream:
    """Ask a chat model, `databricks/<any endpoint>`; with `stream=True`, an iterator of chunks.

    `messages` are OpenAI's; an assistant message of an earlier reply may be passed back as it is, its
    reasoning included. Every other keyword is listed in `ChatParams`; unknown ones go to the model's
    endpoint. Raises `lakeway.errors`' classes, which are also openai's where openai is loaded.
    """
    return runtime.run(chat.complete(model, messages, {**params, "stream": stream}), params.get("ssl_verify"))


@overload
async def acompletion(
    model: str,
    messages: Sequence[Any] = ...,
    *,
    stream: Literal[False] | None = None,
    **params: Unpack[ChatParams],
) -> ModelResponse: ...
@overload
async def acompletion(
    model: str, messages: Sequence[Any] = ..., *, stream: Literal[True], **params: Unpack[ChatParams]
) -> AsyncStream: ...
@overload
async def acompletion(
    model: str, messages: Sequence[Any] = ..., *, stream: bool, **params: Unpack[ChatParams]
) -> ModelResponse | AsyncStream: ...
async def acompletion(
    model: str, messages: Sequence[Any] = (), *, stream: bool | None = None, **params: Unpack[ChatParams]
) -> ModelResponse | AsyncStream:
    """`completion` on the running event loop; with `stream=True`, an async iterator of chunks."""
    return await runtime.arun(
        chat.complete(model, messages, {**params, "stream": stream}), params.get("ssl_verify")
    )


def embedding(model: str, input: Any = (), **params: Unpack[EmbeddingParams]) -> EmbeddingResponse:
    """Vectors for a text or a list of texts, in order; long lists are sent in batches.

    `instruction` goes to the model with the input. `encoding_format="base64"` gives each vector as
    base64 of little-endian 32-bit floats.
    """
    return runtime.run_whole(embed.embed(model, input, params), params.get("ssl_verify"))


async def aembedding(model: str, input: Any = (), **params: Unpack[EmbeddingParams]) -> EmbeddingResponse:
    """`embedding` on the running event loop."""
    return await runtime.arun_whole(embed.embed(model, input, params), params.get("ssl_verify"))


@overload
def text_completion(
    model: str,
    prompt: str | Sequence[str],
    *,
    stream: Literal[False] | None = None,
    **params: Unpack[ChatParams],
) -> TextCompletionResponse: ...
@overload
def text_completion(
    model: str, prompt: str | Sequence[str], *, stream: bool, **params: Unpack[ChatParams]
) -> TextCompletionResponse | Stream: ...
def text_completion(
    model: str,
    prompt: str | Sequence[str],
    *,
    stream: bool | None = None,
    **params: Unpack[ChatParams],
) -> TextCompletionResponse | Stream:
    """Old-style completion of one prompt, or of each of a list: one choice per prompt."""
    return runtime.run(text.complete(model, prompt, {**params, "stream": stream}), params.get("ssl_verify"))


@overload
async def atext_completion(
    model: str,
    prompt: str | Sequence[str],
    *,
    stream: Literal[False] | None = None,
    **params: Unpack[ChatParams],
) -> TextCompletionResponse: ...
@overload
async def atext_completion(
    model: str, prompt: str | Sequence[str], *, stream: bool, **params: Unpack[ChatParams]
) -> TextCompletionResponse | AsyncStream: ...
async def atext_completion(
    model: str,
    prompt: str | Sequence[str],
    *,
    stream: bool | None = None,
    **params: Unpack[ChatParams],
) -> TextCompletionResponse | AsyncStream:
    """`text_completion` on the running event loop."""
    return await runtime.arun(
        text.complete(model, prompt, {**params, "stream": stream}), params.get("ssl_verify")
    )
