"""The order of turns: where system, tool and assistant messages may stand, by family.

Claude: results follow their calls at once, all of them. GPT: the same in OpenAI's words. Everyone else: a
tool message must come right after the message with its call, so parallel results have to be split (litellm
31633; official clients do the same).
"""

from __future__ import annotations

from lakeway.emulator.envelopes import ApiError, bad_request, nested
from lakeway.emulator.models import Model
from lakeway.emulator.validation.wording import Json

_ORPHAN = "messages with role tool must be a response to a preceeding message with tool_calls"


def check_turns(model: Model, messages: list[Json]) -> None:
    _check_system(model, messages)
    match model.family:
        case "claude":
            _check_answered(messages, claude=True)
            _check_ending(model, messages)
        case "gpt":
            _check_answered(messages, claude=False)
        case _:
            _check_adjacent(messages)


def _check_system(model: Model, messages: list[Json]) -> None:
    """At most one, first (docs); Claude takes several at the start, the newest anywhere; GPT anywhere."""
    if model.family == "gpt" or model.late_system:
        return
    late = [index for index, message in enumerate(messages) if message["role"] == "system" and index]
    if model.family == "claude":
        late = [index for index in late if messages[index - 1]["role"] != "system"]
    if late:
        raise bad_request(f"messages.{late[0]}: only the first message may have the role system")


def _check_ending(model: Model, messages: list[Json]) -> None:
    if messages[-1]["role"] == "assistant" and not model.prefill:
        raise nested(
            400,
            "BAD_REQUEST",
            "This model does not support assistant message prefill. "
            "The conversation must end with a user message.",
        )


def _check_adjacent(messages: list[Json]) -> None:
    for index, message in enumerate(messages):
        if message["role"] != "tool":
            continue
        before = messages[index - 1] if index else {}
        ids = [call["id"] for call in before.get("tool_calls") or ()]
        if message["tool_call_id"] not in ids:
            raise bad_request(_ORPHAN)


def _check_answered(messages: list[Json], *, claude: bool) -> None:
    open_ids: list[str] = []
    answered: set[str] = set()
    for index, message in enumerate([*messages, {"role": "end"}]):
        if message["role"] == "tool":
            if message["tool_call_id"] not in open_ids:
                raise _orphan(index, message["tool_call_id"], claude=claude)
            answered.add(message["tool_call_id"])
            continue
        missing = [call for call in open_ids if call not in answered]
        if missing:
            raise _unanswered(index, missing, claude=claude)
        open_ids = [call["id"] for call in message.get("tool_calls") or ()]
        answered = set()


def _orphan(index: int, call: str, *, claude: bool) -> ApiError:
    if not claude:
        return bad_request(
            "messages with role 'tool' must be a response to a preceeding message with 'tool_calls'."
        )
    return nested(
        400,
        "BAD_REQUEST",
        f"messages.{index}.content.0: unexpected `tool_use_id` found in `tool_result` blocks: {call}. Each "
        "`tool_result` block must have a corresponding `tool_use` block in the previous message.",
    )


def _unanswered(index: int, missing: list[str], *, claude: bool) -> ApiError:
    ids = ", ".join(missing)
    if not claude:
        return bad_request(
            "An assistant message with 'tool_calls' must be followed by tool messages responding to each "
            f"'tool_call_id'. The following tool_call_ids did not have response messages: {ids}"
        )
    return nested(
        400,
        "BAD_REQUEST",
        f"messages.{index}: `tool_use` ids were found without `tool_result` blocks immediately after: {ids}. "
        "Each `tool_use` block must have a corresponding `tool_result` block in the next message.",
    )
