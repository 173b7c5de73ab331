"""A Responses reply as a chat completion.

The items of the output become one message: text, calls and readable reasoning in chat's own fields, the
reasoning items verbatim in LiteLLM's `reasoning_items`, and the outline that puts a turn together again in
`provider_specific_fields`. A client that sends the message back unchanged loses nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from lakeway.core.dialects.openai_responses import CALLS, output_text, reasoning_text, refusal
from lakeway.core.translations.responses_turn import OUTLINE, outline


def reply(response: Mapping[str, Any]) -> dict[str, Any]:
    """`response` as a chat completion; ask `failure` first, for a response may have status 200 and fail.

    `id`, `created` and `model` are left out where the server left them out.
    """
    said = message(response.get("output") or ())
    choice = {
        "index": 0,
        "message": said,
        "finish_reason": finish_reason(response, called=bool(said["tool_calls"])),
        "logprobs": _logprobs(response.get("output") or ()),
    }
    completion = {**head(response), "object": "chat.completion", "choices": [choice]}
    if response.get("usage"):
        completion["usage"] = usage(response["usage"])
    return completion


def head(response: Mapping[str, Any]) -> dict[str, Any]:
    """What chat's reply and each of its chunks say about the whole."""
    known = {name: response[name] for name in ("id", "model", "service_tier") if response.get(name)}
    if response.get("created_at"):
        known["created"] = int(response["created_at"])  # an agent's may be a fraction
    return known


def message(output: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The assistant message that the items of `output` make; text is joined as OpenAI's `output_text` is."""
    messages = [item for item in output if item.get("type") == "message"]
    text, refused = "".join(map(output_text, messages)), "".join(map(refusal, messages))
    reasoning = [dict(item) for item in output if item.get("type") == "reasoning"]
    said: dict[str, Any] = {
        "role": "assistant",
        "content": text if text or (messages and not refused) else None,
        "tool_calls": [tool_call(item) for item in output if item.get("type") in CALLS] or None,
        "function_call": None,
    }
    order = outline(output)
    extras = {
        "refusal": refused,
        "annotations": _annotations(messages),
        "reasoning_content": "\n\n".join(filter(None, map(reasoning_text, reasoning))),
        "reasoning_items": reasoning,
        "provider_specific_fields": {OUTLINE: order} if order else None,
    }
    return said | {name: value for name, value in extras.items() if value}


def tool_call(item: Mapping[str, Any]) -> dict[str, Any]:
    """A call item as chat's tool call; its `call_id`, not its `id`, is what the result must name."""
    field, kind = CALLS[item["type"]]
    return {
        "id": item.get("call_id") or item.get("id") or "",
        "type": kind,
        kind: {"name": item.get("name") or "", field: item.get(field) or ""},
    }


def finish_reason(response: Mapping[str, Any], *, called: bool) -> str:
    """Why the response ended. A server that gives no status is taken to be done (recorded agent streams)."""
    if response.get("status") == "incomplete":
        reason = (response.get("incomplete_details") or {}).get("reason")
        return "content_filter" if reason == "content_filter" else "length"
    return "tool_calls" if called else "stop"


def usage(counted: Mapping[str, Any]) -> dict[str, Any]:
    """Chat's usage. As in chat, cached tokens are inside the prompt and reasoning inside the completion."""
    prompt, completion = counted.get("input_tokens") or 0, counted.get("output_tokens") or 0
    told: dict[str, Any] = {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": counted.get("total_tokens") or prompt + completion,
    }
    if counted.get("input_tokens_details"):
        told["prompt_tokens_details"] = dict(counted["input_tokens_details"])
    if counted.get("output_tokens_details"):
        told["completion_tokens_details"] = dict(counted["output_tokens_details"])
    return told


def failure(response: Mapping[str, Any]) -> dict[str, Any] | None:
    """The error object, `{"message", "code", ...}`, of a response that failed or was cancelled, else None."""
    if error := response.get("error"):
        return dict(error) if isinstance(error, Mapping) else {"message": str(error)}
    status = response.get("status")
    if status in ("failed", "cancelled"):
        return {"message": f"The response ended with status {status!r} and no reason.", "code": status}
    return None


def citations(item: Mapping[str, Any], start: int) -> Iterable[dict[str, Any]]:
    """The citations of a message item whose text begins at `start` of the whole content."""
    for part in item.get("content") or ():
        for note in part.get("annotations") or ():
            if note.get("type") == "url_citation":
                place = {name: note[name] + start for name in ("start_index", "end_index") if name in note}
                cited = {name: value for name, value in note.items() if name != "type"}
                yield {"type": "url_citation", "url_citation": {**cited, **place}}
        start += len(part.get("text") or "")


def _annotations(messages: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    notes: list[dict[str, Any]] = []
    start = 0
    for item in messages:
        notes.extend(citations(item, start))
        start += len(output_text(item))
    return notes


def _logprobs(output: Iterable[Mapping[str, Any]]) -> dict[str, Any] | None:
    parts = (part for item in output if item.get("type") == "message" for part in item.get("content") or ())
    tokens = [token for part in parts for token in part.get("logprobs") or ()]
    return {"content": tokens, "refusal": None} if tokens else None
