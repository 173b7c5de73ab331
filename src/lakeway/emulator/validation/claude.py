"""Claude's own rules: thinking, reasoning sent back, empty text, cache markers, structured output.

Databricks docs, query-reason-models and structured-outputs; the upstream's texts are Anthropic's.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lakeway.emulator.envelopes import ApiError, bad_request, nested
from lakeway.emulator.models import Model
from lakeway.emulator.signatures import Signer
from lakeway.emulator.validation import shapes
from lakeway.emulator.validation.wording import Json, Words

_LEAST_BUDGET = 1024
_MOST_MARKERS = 4
_EFFORTS = ("low", "medium", "high", "xhigh", "max")


def check_claude(words: Words, model: Model, body: Json, signer: Signer, *, strict_reasoning: bool) -> None:
    thinking = body.get("thinking")
    if thinking is not None:
        _check_thinking(words, model, thinking, body)
    if body.get("output_config") is not None:
        config = shapes.closed(words, ("output_config",), body["output_config"], ("effort",))
        shapes.one_of(*_EFFORTS)(words, ("output_config", "effort"), config.get("effort", "medium"))
    _check_response_format(body)
    _check_texts(body["messages"])
    _check_markers(body["messages"])
    _check_signatures(model, body["messages"], signer)
    if strict_reasoning and (thinking or {}).get("type") == "enabled":
        _check_reasoning_returned(body["messages"])


def _check_thinking(words: Words, model: Model, thinking: Json, body: Json) -> None:
    fields = {"enabled": ("budget_tokens",), "adaptive": ("display",), "disabled": ()}
    kind = thinking.get("type")
    if not isinstance(kind, str) or kind not in fields:
        words.invalid(("thinking", "type"), "Input should be 'enabled', 'disabled' or 'adaptive'")
    shapes.closed(words, ("thinking",), thinking, ("type", *fields[kind]), ("type",))
    if kind == "disabled":
        if model.always_thinks:
            raise _upstream("thinking.type: reasoning cannot be disabled for this model")
        return
    if kind == "adaptive":
        _check_adaptive(words, model, thinking)
    else:
        _check_budget(words, model, thinking, body)
    _check_company(body)


def _check_adaptive(words: Words, model: Model, thinking: Json) -> None:
    if not model.adaptive_thinking:
        raise _upstream("adaptive thinking is not supported on this model")
    if "display" in thinking:
        shapes.one_of("summarized", "omitted")(words, ("thinking", "display"), thinking["display"])


def _check_budget(words: Words, model: Model, thinking: Json, body: Json) -> None:
    if model.adaptive_thinking:
        raise _upstream(
            '"thinking.type.enabled" is not supported for this model. Use "thinking.type.adaptive" and '
            '"output_config.effort" to control thinking behavior.'
        )
    if "budget_tokens" not in thinking:
        words.missing(("thinking", "budget_tokens"))
    budget = thinking["budget_tokens"]
    shapes.integer()(words, ("thinking", "budget_tokens"), budget)
    if budget < _LEAST_BUDGET:
        raise _upstream(
            f"thinking.enabled.budget_tokens: Input should be greater than or equal to {_LEAST_BUDGET}"
        )
    most = body.get("max_completion_tokens") or body.get("max_tokens")
    if most is None or most <= budget:
        raise _upstream("`max_tokens` must be greater than `thinking.budget_tokens`.")


def _check_company(body: Json) -> None:
    """What may not be sent together with thinking."""
    if body.get("temperature") not in (None, 1):
        raise _upstream("`temperature` may only be set to 1 when thinking is enabled.")
    if body.get("top_k") is not None:
        raise _upstream("`top_k` must be unset when thinking is enabled.")
    choice = body.get("tool_choice")
    if choice == "required" or isinstance(choice, dict):
        raise _upstream("Thinking may not be enabled when tool_choice forces tool use.")
    if body["messages"][-1]["role"] == "assistant":
        raise _upstream(
            "messages: prefilling the assistant's turn is not possible while thinking is enabled."
        )


def _check_response_format(body: Json) -> None:
    """Only json_schema, alone: documented 2026-10-02; the texts are unverified."""
    kind = (body.get("response_format") or {}).get("type")
    if kind == "json_object":
        raise bad_request("response_format: Claude models support json_schema only, not json_object")
    if kind == "json_schema":
        company = [field for field in ("tools", "stream") if body.get(field)]
        if company:
            raise bad_request(
                f"response_format: json_schema cannot be combined with {company[0]} for Claude models"
            )


def _check_texts(messages: list[Json]) -> None:
    for index, message in enumerate(messages):
        content = message.get("content")
        if content in ("", []) and message["role"] != "tool":
            raise _upstream(f"messages.{index}: all messages must have non-empty content")
        for part in content if isinstance(content, list) else ():
            if part.get("type") == "text" and part["text"] == "":
                raise _upstream("messages: text content blocks must be non-empty")


def _check_markers(messages: list[Json]) -> None:
    found = 0
    for message in messages:
        content = message.get("content")
        parts: list[Any] = content if isinstance(content, list) else []
        found += sum("cache_control" in part for part in [*parts, *(message.get("tool_calls") or ())])
    if found > _MOST_MARKERS:
        raise _upstream(
            f"A maximum of {_MOST_MARKERS} blocks with cache_control may be provided. Found {found}."
        )


def _check_signatures(model: Model, messages: list[Json], signer: Signer) -> None:
    for turn, block, item in _summaries(messages):
        at = f"messages.{turn}.content.{block}"
        if item["type"] == "summary_encrypted_text":
            if not signer.genuine_redaction(model.name, item["data"]):
                raise _upstream(f"{at}: Invalid `data` in `redacted_thinking` block")
        elif not signer.genuine(model.name, item["text"], item["signature"]):
            raise _upstream(f"{at}: Invalid `signature` in `thinking` block")


def _summaries(messages: list[Json]) -> Iterator[tuple[int, int, Json]]:
    for turn, message in enumerate(messages):
        content = message.get("content")
        if not isinstance(content, list) or message["role"] != "assistant":
            continue
        if not message.get("tool_calls") and content and content[-1].get("type") == "reasoning":
            raise _upstream(f"messages.{turn}: The final block in an assistant message cannot be `thinking`.")
        for block, part in enumerate(content):
            if part.get("type") == "reasoning":
                for item in part["summary"]:
                    yield turn, block, item


def _check_reasoning_returned(messages: list[Json]) -> None:
    """While thinking is on, the turn that called the tools must begin with its reasoning."""
    if messages[-1]["role"] != "tool":
        return
    start = max(index for index, message in enumerate(messages) if message["role"] != "tool")
    message = messages[start]
    content = message.get("content")
    first = (
        content[0].get("type") if isinstance(content, list) and content else "text" if content else "tool_use"
    )
    if first != "reasoning":
        raise _upstream(
            f"messages.{start}.content.0.type: "
            f"Expected `thinking` or `redacted_thinking`, but found `{first}`. "
            "When `thinking` is enabled, a final `assistant` message must start with a thinking block "
            "(preceeding the lastmost set of `tool_use` and `tool_result` blocks)."
        )


def _upstream(message: str) -> ApiError:
    return nested(400, "BAD_REQUEST", message)
