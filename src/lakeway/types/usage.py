"""Token counts of one call: `prompt_tokens` includes cached ones, `completion_tokens` includes reasoning."""

from __future__ import annotations

from typing import Any

from lakeway.types.wire import Json, WireObject


class PromptTokensDetailsWrapper(WireObject):
    audio_tokens: int | None = None
    cached_tokens: int | None = None
    text_tokens: int | None = None
    image_tokens: int | None = None
    video_tokens: int | None
    cache_creation_tokens: int | None
    cache_write_tokens: int | None


class CompletionTokensDetailsWrapper(WireObject):
    accepted_prediction_tokens: int | None = None
    audio_tokens: int | None = None
    reasoning_tokens: int | None = None
    rejected_prediction_tokens: int | None = None
    text_tokens: int | None = None
    image_tokens: int | None = None
    video_tokens: int | None


class ServerToolUse(WireObject):
    web_search_requests: int | None = None
    tool_search_requests: int | None = None


class Usage(
    WireObject,
    nested={
        "completion_tokens_details": CompletionTokensDetailsWrapper,
        "prompt_tokens_details": PromptTokensDetailsWrapper,
        "server_tool_use": ServerToolUse,
    },
):
    completion_tokens: int = 0
    prompt_tokens: int = 0
    total_tokens: int = 0
    completion_tokens_details: CompletionTokensDetailsWrapper | None = None
    prompt_tokens_details: PromptTokensDetailsWrapper | None = None
    cache_creation_input_tokens: int | None
    cache_read_input_tokens: int | None
    server_tool_use: ServerToolUse | None
    cost: float | None

    def __init__(
        self,
        prompt_tokens: int | None = None,
        completion_tokens: int | None = None,
        total_tokens: int | None = None,
        reasoning_tokens: int | None = None,
        prompt_tokens_details: PromptTokensDetailsWrapper | Json | None = None,
        completion_tokens_details: CompletionTokensDetailsWrapper | Json | None = None,
        server_tool_use: ServerToolUse | Json | None = None,
        cost: float | None = None,
        **fields: Any,
    ) -> None:
        prompt, completion = prompt_tokens or 0, completion_tokens or 0
        super().__init__(
            completion_tokens=completion,
            prompt_tokens=prompt,
            total_tokens=prompt + completion if total_tokens is None else total_tokens,
            completion_tokens_details=_completion_details(
                completion_tokens_details, completion, reasoning_tokens
            ),
            prompt_tokens_details=_prompt_details(prompt_tokens_details, fields),
            **fields,
        )
        if server_tool_use is not None:
            self.server_tool_use = ServerToolUse._built(server_tool_use)
        if cost is not None:
            self.cost = cost

    @property
    def _cache_read_input_tokens(self) -> int:
        details = self.prompt_tokens_details
        return self.cache_read_input_tokens or (details and details.cached_tokens) or 0

    @property
    def _cache_creation_input_tokens(self) -> int:
        details = self.prompt_tokens_details
        return self.cache_creation_input_tokens or (details and details.cache_creation_tokens) or 0


def _completion_details(details: Any, completion: int, reasoning: int | None) -> Any:
    if not reasoning:
        return CompletionTokensDetailsWrapper._built(details) if details else None
    made: CompletionTokensDetailsWrapper = CompletionTokensDetailsWrapper._built(details or {})
    if made.reasoning_tokens is None:
        made.reasoning_tokens = reasoning
    if made.text_tokens is None:
        other = reasoning + (made.image_tokens or 0) + (made.audio_tokens or 0)
        made.text_tokens = max(completion - other, 0)
    return made


def _prompt_details(details: Any, fields: Json) -> Any:
    """Claude's cache counts at the top level are also told in OpenAI's place."""
    read, created = fields.get("cache_read_input_tokens"), fields.get("cache_creation_input_tokens")
    if read is None and created is None:
        return PromptTokensDetailsWrapper._built(details) if details else None
    made: PromptTokensDetailsWrapper = PromptTokensDetailsWrapper._built(details or {})
    if read is not None:
        made.cached_tokens = read
    if created is not None:
        made.cache_write_tokens = made.cache_creation_tokens = created
    return made
