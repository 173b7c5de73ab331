"""OpenAI's old text completions over chat: a prompt as one user message, a reply's content as a text.

Each prompt is a chat of its own, and its choices follow one another in the one reply. Token ids are refused,
since a chat model has no way to read them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from lakeway.core.exchange import JsonObject, StreamReader
from lakeway.core.usage import summed
from lakeway.errors import BadRequestError, LakewayError

# Of the old interface; chat has no counterpart, and LiteLLM accepts them without effect.
NO_COUNTERPART = frozenset({"echo", "suffix", "best_of"})
_KEPT = ("id", "created", "model", "usage", "service_tier")


def prompts(prompt: Any, model: str | None = None) -> list[str]:
    """Each prompt by itself. Raises BadRequestError for none, and for what is no text."""
    listed = [prompt] if isinstance(prompt, str) else prompt
    if not isinstance(listed, Sequence) or isinstance(listed, bytes) or not listed:
        raise _no_prompt("prompt must be a text or a non-empty list of texts.", model)
    if any(isinstance(each, int | Sequence) and not isinstance(each, str) for each in listed):
        raise _no_prompt("prompt holds token ids, which a chat model cannot read; give it as text.", model)
    if not all(isinstance(each, str) for each in listed):
        raise _no_prompt("prompt must be a text or a non-empty list of texts.", model)
    return list(listed)


def messages(prompt: str) -> list[JsonObject]:
    return [{"role": "user", "content": prompt}]


def params(given: Mapping[str, Any]) -> JsonObject:
    """The parameters of the chat. `logprobs` is the number of alternatives there, and a switch in chat."""
    asked = {name: value for name, value in given.items() if name not in NO_COUNTERPART}
    count = asked.get("logprobs")
    if type(count) is int:
        asked["logprobs"] = True
        if count:
            asked.setdefault("top_logprobs", count)
    return asked


def reply(replies: Sequence[Mapping[str, Any]]) -> JsonObject:
    """One reply out of those to each prompt. It bears the name of the first; usage is summed."""
    first = replies[0]
    choices = [choice for each in replies for choice in each["choices"]]
    return {
        "id": first["id"],
        "object": "text_completion",
        "created": first["created"],
        "model": first["model"],
        "choices": [_choice(choice, index) for index, choice in enumerate(choices)],
        "usage": summed(each["usage"] for each in replies),
    }


class TextChunks:
    """Makes chunks of a text completion out of those of one chat, in their order."""

    __slots__ = ("_written",)

    def __init__(self) -> None:
        self._written: dict[int, int] = {}

    def put(self, chunk: Mapping[str, Any]) -> JsonObject:
        wire = {name: chunk[name] for name in _KEPT if name in chunk}
        choices = [self._choice(choice) for choice in chunk["choices"]]
        return {**wire, "object": "text_completion", "choices": choices}

    def _choice(self, choice: Mapping[str, Any]) -> JsonObject:
        index = choice["index"]
        text, offset = choice["delta"].get("content") or "", self._written.get(index, 0)
        self._written[index] = offset + len(text)
        return {
            "finish_reason": choice.get("finish_reason"),
            "index": index,
            "text": text,
            "logprobs": _logprobs(choice.get("logprobs"), offset),
        }


class TextStream:
    """A reader of chat whose chunks come out as those of a text completion."""

    __slots__ = ("_chunks", "_reader")

    def __init__(self, reader: StreamReader) -> None:
        self._reader = reader
        self._chunks = TextChunks()

    def put(self, chunks: Iterable[JsonObject]) -> list[JsonObject]:
        """Chunks that the reader has handed out before."""
        return [self._chunks.put(chunk) for chunk in chunks]

    def feed(self, data: bytes) -> list[JsonObject]:
        return self.put(self._reader.feed(data))

    def finish(self) -> list[JsonObject]:
        return self.put(self._reader.finish())

    @property
    def failure(self) -> LakewayError | None:
        return self._reader.failure

    @property
    def usage(self) -> JsonObject | None:
        return self._reader.usage


def _no_prompt(message: str, model: str | None) -> BadRequestError:
    return BadRequestError(message, model=model, param="prompt")


def _choice(choice: Mapping[str, Any], index: int) -> JsonObject:
    return {
        "finish_reason": choice["finish_reason"],
        "index": index,
        "text": choice["message"].get("content") or "",
        "logprobs": _logprobs(choice.get("logprobs"), 0),
    }


def _logprobs(given: Any, offset: int) -> Any:
    """In the old shape, a list for each property of a token; what is not in that of chat stays as it is."""
    tokens = given.get("content") if isinstance(given, Mapping) else None
    if not isinstance(tokens, list) or not all(isinstance(token, Mapping) for token in tokens):
        return given
    words = [str(token.get("token", "")) for token in tokens]
    offsets = []
    for word in words:
        offsets.append(offset)
        offset += len(word)
    return {
        "tokens": words,
        "token_logprobs": [token.get("logprob") for token in tokens],
        "top_logprobs": [_alternatives(token) for token in tokens],
        "text_offset": offsets,
    }


def _alternatives(token: Mapping[str, Any]) -> JsonObject | None:
    listed = token.get("top_logprobs")
    if not isinstance(listed, list) or not listed:
        return None
    return {str(each.get("token", "")): each.get("logprob") for each in listed if isinstance(each, Mapping)}
