"""Claude's reasoning on the chat surface: the parameters that ask for it, and its way back.

A reply's reasoning arrives as content items, `{"type": "reasoning", "summary": [...]}`; users see
`thinking_blocks` (LiteLLM's and Anthropic's form). The signature proves to the model that the text is
its own, so text and signature travel verbatim in both directions (Databricks docs,
query-reason-models; verified live by others on Claude Opus 5 and Sonnet 5, litellm #36931).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lakeway.core import shapes
from lakeway.core.request import BUDGETS
from lakeway.databricks.profiles import Profile, nearest_effort, plain_name
from lakeway.errors import BadRequestError

MINIMUM_BUDGET = 1024
DEFAULT_BUDGET = 2048
DEFAULT_EFFORT = "medium"
# Room for the answer beside the thinking, when the caller left it to us.
ANSWER_TOKENS = 4096
# Where the origin of a reply's reasoning is kept: signatures hold for the model that made them.
ORIGIN = "thinking_model"


def control(
    params: Mapping[str, Any], profile: Profile, budgets: Mapping[str, int] = BUDGETS
) -> dict[str, Any]:
    """`params` with `reasoning_effort` and `thinking` in the form that the model's family takes.

    Adds `max_tokens` where thinking needs it. What the model has no form for is left in place, for the
    caller to refuse or drop. Raises BadRequestError for an unknown effort, and for a thinking object that is
    none.
    """
    params = dict(params)
    effort = params.get("reasoning_effort")
    if effort is not None and not profile.any_parameter:
        _check_effort(effort)
    thinking = _object(params.pop("thinking", None))
    if profile.thinking is None:
        return _as_effort(params, thinking, profile)
    if effort is not None and not (effort == "none" and profile.always_thinks):
        del params["reasoning_effort"]
        thinking = _from_effort(effort, profile, budgets)
    if thinking is None:
        return params
    if profile.thinking == "adaptive":
        return _adaptive(params, thinking, effort, profile)
    if thinking.get("type") == "adaptive":
        thinking = _as_budget(params, profile, budgets)
    params["thinking"] = thinking
    return _with_room(params, thinking, profile.max_output_tokens)


def thinks(params: Mapping[str, Any], profile: Profile) -> bool:
    """Whether the model reasons in a call with these controlled `params`: it was asked to, or always does.

    While it does, Claude refuses a forced tool and any sampling but the default (Anthropic docs, extended
    thinking; whether Databricks enforces the second is not known).
    """
    thinking = params.get("thinking") or {}
    return profile.always_thinks or thinking.get("type") in ("enabled", "adaptive")


def _check_effort(effort: Any) -> None:
    if effort != "none" and effort not in BUDGETS:
        raise BadRequestError(
            f"Unmapped reasoning effort: {effort!r}. Must be one of: 'minimal', 'low', 'medium', 'high', "
            "'xhigh', 'max', 'none'.",
            model=None,
            llm_provider="databricks",
            param="reasoning_effort",
        )


def _object(given: Any) -> dict[str, Any] | None:
    """The thinking object; True, False, camel case and a budget left out are LiteLLM's and our liberties."""
    if given is None or given is False:
        return None
    if given is True:
        given = {"type": "enabled"}
    thinking = dict(
        shapes.an_object(given, "thinking", "an object such as {'type': 'enabled', 'budget_tokens': 1024}")
    )
    if "budgetTokens" in thinking:
        thinking["budget_tokens"] = thinking.pop("budgetTokens")
    kind, budget = thinking.get("type"), thinking.get("budget_tokens")
    if kind is not None:
        shapes.a_text(kind, "thinking.type")
    if budget is None and kind == "enabled":
        thinking["budget_tokens"] = DEFAULT_BUDGET
    elif budget is not None and type(budget) is not int:
        raise shapes.wrong("thinking.budget_tokens", "a number of tokens", budget)
    return thinking


def _from_effort(effort: str, profile: Profile, budgets: Mapping[str, int]) -> dict[str, Any] | None:
    if effort == "none":
        return None
    if profile.thinking == "adaptive":
        return {"type": "adaptive", "display": "summarized"}
    return {"type": "enabled", "budget_tokens": budgets.get(effort, BUDGETS[effort])}


def _adaptive(
    params: dict[str, Any], thinking: dict[str, Any], effort: str | None, profile: Profile
) -> dict[str, Any]:
    """Adaptive thinking with its effort; a budget becomes the effort that comes nearest to it."""
    output = dict(shapes.an_object(params.get("output_config") or {}, "output_config"))
    if effort not in (None, "none"):
        output.setdefault("effort", "low" if effort == "minimal" else effort)
    elif thinking.get("type") == "enabled":
        # LiteLLM's scale, which ends at "high" but where a model publishes more.
        efforts = ("xhigh", "high", "medium") if profile.xhigh_effort else ("high", "medium")
        output.setdefault("effort", _effort_within(thinking["budget_tokens"], efforts))
        display = {k: v for k, v in thinking.items() if k == "display"}
        thinking = {"type": "adaptive", **display}
    params["thinking"] = thinking
    if output:
        params["output_config"] = output
    return params


def _as_budget(params: dict[str, Any], profile: Profile, budgets: Mapping[str, int]) -> dict[str, Any]:
    """The budget for a model that knows no adaptive thinking; its effort is taken out of `params`."""
    output = shapes.an_object(params.get("output_config") or {}, "output_config")
    if "output_config" not in profile.accepts:
        params.pop("output_config", None)
    effort = output.get("effort", DEFAULT_EFFORT)
    _check_effort(effort)
    return _from_effort(effort, profile, budgets) or {"type": "disabled"}


def _effort_within(budget: int, efforts: Sequence[str]) -> str:
    """The first of `efforts`, highest first, that `budget` pays for; else the lowest there is."""
    return next((effort for effort in efforts if budget >= BUDGETS[effort]), "low")


def _with_room(params: dict[str, Any], thinking: dict[str, Any], most: int | None) -> dict[str, Any]:
    """`max_tokens` above the budget, for it counts thinking and answer together (litellm #15355).

    A model that can write no more than `most` tokens gets a smaller budget instead, so that the answer
    keeps its room.
    """
    budget, given = thinking.get("budget_tokens"), params.get("max_tokens")
    if thinking.get("type") != "enabled" or not isinstance(budget, int):
        return params
    if given is not None and (not isinstance(given, int) or given > budget):
        return params
    answer = ANSWER_TOKENS if given is None else given
    total = budget + answer
    if most is not None and total > most:
        total = max(most, answer)
        budget = max(min(budget, total - answer), MINIMUM_BUDGET)
        params["thinking"] = {**thinking, "budget_tokens": budget}
    params["max_tokens"] = total
    return params


def _as_effort(params: dict[str, Any], thinking: dict[str, Any] | None, profile: Profile) -> dict[str, Any]:
    """For models steered by an effort: a thinking object becomes one, and levels are rounded."""
    takes_effort = "reasoning_effort" in profile.accepts
    if thinking is not None and "thinking" in profile.accepts:
        params["thinking"] = thinking
    elif thinking is not None:
        kind = thinking.get("type")
        if takes_effort and kind == "enabled":
            efforts = ("max", "xhigh", "high", "medium")
            params.setdefault("reasoning_effort", _effort_within(thinking["budget_tokens"], efforts))
        elif takes_effort and kind == "disabled":
            params.setdefault("reasoning_effort", "none")
        elif kind != "disabled" and not (takes_effort and kind == "adaptive"):
            params["thinking"] = thinking
    effort = params.get("reasoning_effort")
    if takes_effort and effort is not None:
        params["reasoning_effort"] = nearest_effort(effort, profile.efforts)
    elif effort == "none":
        del params["reasoning_effort"]
    return params


def replay(message: Mapping[str, Any], model: str) -> list[dict[str, Any]]:
    """The content items that hand an assistant message's reasoning back to `model`, unchanged.

    Reads `thinking_blocks` (of the message, or of its provider_specific_fields) or, failing those,
    thinking blocks inside the content. Reasoning known to come from another model is left out: its
    signature would be refused.
    """
    fields = message.get("provider_specific_fields") or {}
    origin = fields.get(ORIGIN)
    if origin is not None and origin != plain_name(model):
        return []
    blocks = message.get("thinking_blocks") or fields.get("thinking_blocks") or message.get("content")
    if not isinstance(blocks, list):
        return []
    items = (_item(block) for block in blocks if isinstance(block, Mapping))
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
