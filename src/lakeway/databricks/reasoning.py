"""Claude's reasoning on the chat surface: the parameters that ask for it, and its way back.

A reply's reasoning arrives as content items, `{"type": "reasoning", "summary": [...]}`; users see
`thinking_blocks` (LiteLLM's and Anthropic's form). The signature proves to the model that the text is
its own, so text and signature travel verbatim in both directions (Databricks docs,
query-reason-models; verified live by others on Claude Opus 5 and Sonnet 5, litellm #36931).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from lakeway.databricks.profiles import Profile, nearest_effort, plain_name
from lakeway.errors import BadRequestError

# reasoning_effort to a thinking budget in tokens: the LiteLLM page's three, and LiteLLM's other values.
BUDGETS: Mapping[str, int] = MappingProxyType(
    {
        "minimal": 1024,
        "low": 1024,
        "medium": 2048,
        "high": 4096,
        "xhigh": 8192,
        "max": 16384,
    }
)
MINIMUM_BUDGET = 1024
DEFAULT_BUDGET = 2048
# Room for the answer beside the thinking, when the caller left it to us.
ANSWER_TOKENS = 4096
# Where the origin of a reply's reasoning is kept: signatures hold for the model that made them.
ORIGIN = "thinking_model"


def control(
    params: Mapping[str, Any], profile: Profile, budgets: Mapping[str, int] = BUDGETS
) -> dict[str, Any]:
    """`params` with `reasoning_effort` and `thinking` in the form that the model's family takes.

    Adds `max_tokens` where thinking needs it. Parameters that the family has no form for are left in
    place, for the caller to refuse or drop. Raises BadRequestError for an unknown effort.
    """
    params = dict(params)
    effort = params.get("reasoning_effort")
    if effort is not None and (profile.thinking or "thinking" not in profile.accepts):
        _check_effort(effort)
    thinking = _object(params.pop("thinking", None))
    if profile.thinking is None:
        return _as_effort(params, thinking, profile)
    if effort is not None:
        del params["reasoning_effort"]
        thinking = _from_effort(effort, profile, budgets)
    if thinking is None:
        return params
    if profile.thinking == "adaptive":
        return _adaptive(params, thinking, effort, profile)
    params["thinking"] = thinking
    return _with_room(params, thinking)


def _check_effort(effort: Any) -> None:
    if effort != "none" and effort not in BUDGETS:
        raise BadRequestError(
            f"Unmapped reasoning effort: {effort!r}. Must be one of: 'minimal', 'low', 'medium', 'high', "
            "'xhigh', 'max', 'none'.",
            model=None,
            llm_provider="databricks",
            param="reasoning_effort",
        )


def _object(thinking: Any) -> dict[str, Any] | None:
    """The thinking object; True, False and camel case are LiteLLM's liberties."""
    if thinking is None or thinking is False:
        return None
    if thinking is True:
        return {"type": "enabled", "budget_tokens": DEFAULT_BUDGET}
    if not isinstance(thinking, Mapping):
        raise BadRequestError(
            "thinking must be an object such as {'type': 'enabled', 'budget_tokens': 1024}.",
            model=None,
            llm_provider="databricks",
            param="thinking",
        )
    written = dict(thinking)
    if "budgetTokens" in written:
        written["budget_tokens"] = written.pop("budgetTokens")
    return written


def _from_effort(effort: str, profile: Profile, budgets: Mapping[str, int]) -> dict[str, Any] | None:
    if effort == "none":
        return None
    if profile.thinking == "adaptive":
        return {"type": "adaptive", "display": "summarized"}
    return {"type": "enabled", "budget_tokens": budgets[effort]}


def _adaptive(
    params: dict[str, Any], thinking: dict[str, Any], effort: str | None, profile: Profile
) -> dict[str, Any]:
    """Adaptive thinking with its effort; a budget becomes the effort that comes nearest to it."""
    output = dict(params.get("output_config") or {})
    if effort is not None:
        output.setdefault("effort", "low" if effort == "minimal" else effort)
    elif thinking.get("type") == "enabled":
        output.setdefault("effort", _effort_for(thinking.get("budget_tokens"), xhigh=profile.xhigh_effort))
        display = {k: v for k, v in thinking.items() if k == "display"}
        thinking = {"type": "adaptive", **display}
    params["thinking"] = thinking
    if output:
        params["output_config"] = output
    return params


def _effort_for(budget: Any, *, xhigh: bool = False) -> str:
    if not isinstance(budget, int) or budget < BUDGETS["medium"]:
        return "low"
    if budget < BUDGETS["high"]:
        return "medium"
    return "xhigh" if xhigh and budget >= BUDGETS["xhigh"] else "high"


def _with_room(params: dict[str, Any], thinking: Mapping[str, Any]) -> dict[str, Any]:
    """`max_tokens` above the budget: it counts thinking and answer together (litellm #15355)."""
    budget = thinking.get("budget_tokens")
    if thinking.get("type") != "enabled" or not isinstance(budget, int):
        return params
    given = params.get("max_tokens")
    if given is None:
        params["max_tokens"] = budget + ANSWER_TOKENS
    elif isinstance(given, int) and given <= budget:
        params["max_tokens"] = budget + given
    return params


def _as_effort(params: dict[str, Any], thinking: dict[str, Any] | None, profile: Profile) -> dict[str, Any]:
    """For models steered by an effort: a thinking object becomes one, and levels are rounded."""
    if thinking is not None:
        if "thinking" in profile.accepts:
            params["thinking"] = thinking
        elif "reasoning_effort" in profile.accepts:
            wanted = (
                "none" if thinking.get("type") == "disabled" else _effort_for(thinking.get("budget_tokens"))
            )
            params.setdefault("reasoning_effort", wanted)
        elif thinking.get("type") != "disabled":
            params["thinking"] = thinking
    effort = params.get("reasoning_effort")
    if effort is not None and "reasoning_effort" in profile.accepts:
        params["reasoning_effort"] = nearest_effort(effort, profile.efforts)
    elif effort == "none" and "reasoning_effort" not in profile.accepts:
        del params["reasoning_effort"]
    return params


def replay(message: Mapping[str, Any], model: str) -> list[dict[str, Any]]:
    """The content items that hand an assistant message's reasoning back to `model`, unchanged.

    Reads `thinking_blocks` (of the message, or of its provider_specific_fields) or, failing those,
    thinking blocks inside the content. Reasoning known to come from another model is left out: its
    signature would be refused.
    """
    fields = message.get("provider_specific_fields")
    fields = fields if isinstance(fields, Mapping) else {}
    origin = fields.get(ORIGIN)
    if origin is not None and origin != plain_name(model):
        return []
    blocks = message.get("thinking_blocks") or fields.get("thinking_blocks")
    if (
        not blocks
        and isinstance(message.get("content"), Sequence)
        and not isinstance(message["content"], str)
    ):
        blocks = message["content"]
    items = (_item(block) for block in blocks or () if isinstance(block, Mapping))
    return [item for item in items if item is not None]


def _item(block: Mapping[str, Any]) -> dict[str, Any] | None:
    match block.get("type"):
        case "thinking":
            # A block that was never signed (another family's reasoning) would be refused.
            if not block.get("signature"):
                return None
            text = {
                "type": "summary_text",
                "text": block.get("thinking", ""),
                "signature": block["signature"],
            }
            return {"type": "reasoning", "summary": [text]}
        case "redacted_thinking":
            data = {"type": "summary_encrypted_text", "data": block.get("data")}
            return {"type": "reasoning", "summary": [data]}
    return None


def blocks_of(summary: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The thinking blocks that a reply's reasoning item holds."""
    blocks: list[dict[str, Any]] = []
    for part in summary:
        if part.get("type") == "summary_encrypted_text":
            blocks.append({"type": "redacted_thinking", "data": part.get("data", "")})
        else:
            signature = part.get("signature") or ""
            blocks.append({"type": "thinking", "thinking": part.get("text") or "", "signature": signature})
    return blocks
