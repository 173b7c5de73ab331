"""Legacy text completions in OpenAI's shape; a chunk of a stream has the same form."""

# ruff: noqa: A002  (parameters are named as the wire and LiteLLM name them)

from __future__ import annotations

from typing import Any

from lakeway.types.reply import Reply, built_list, current_second, fresh_id
from lakeway.types.usage import Usage
from lakeway.types.wire import Json, WireObject


class Logprobs(WireObject):
    text_offset: list[int] | None
    token_logprobs: list[float | None] | None
    tokens: list[str] | None
    top_logprobs: list[dict[str, float] | None] | None


class TextChoices(WireObject, nested={"logprobs": Logprobs}):
    finish_reason: str | None = None
    index: int = 0
    text: str | None = None
    logprobs: Logprobs | None = None

    def __init__(
        self,
        finish_reason: str | None = None,
        index: int = 0,
        text: str | None = None,
        logprobs: Logprobs | Json | None = None,
        **fields: Any,
    ) -> None:
        made = Logprobs._built(logprobs)
        super().__init__(finish_reason=finish_reason, index=index, text=text, logprobs=made, **fields)


class TextCompletionResponse(Reply, nested={"choices": TextChoices, "usage": Usage}):
    id: str
    object: str = "text_completion"
    created: int
    model: str | None = None
    choices: list[TextChoices]
    usage: Usage

    def __init__(
        self,
        id: str | None = None,
        choices: list[Any] | None = None,
        created: int | None = None,
        model: str | None = None,
        usage: Usage | Json | None = None,
        stream: bool = False,
        response_ms: float | None = None,
        object: str | None = None,  # taken and not used, as LiteLLM does
        **fields: Any,
    ) -> None:
        super().__init__(
            id=fresh_id() if id is None else id,
            object="text_completion",
            created=current_second() if created is None else created,
            model=model,
            choices=[TextChoices()] if choices is None else built_list(TextChoices, choices),
            usage=Usage() if usage is None else Usage._built(usage),
            **fields,
        )
        self._note(response_ms)
