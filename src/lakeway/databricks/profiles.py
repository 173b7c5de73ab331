"""What each model family accepts on the chat surface, as data.

A profile is worked out once per endpoint name: from its catalogue row, or, for a custom endpoint, from
the family its name suggests. Validation on Databricks is closed (an unknown field is a 400), so a
profile lists what may be sent; a name that suggests no family may front any external model, and gets
everything that OpenAI's chat dialect knows.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal, TypeAlias

from msgspec import Struct

from lakeway.databricks.catalogue import Model, find, infer_family

ThinkingShape: TypeAlias = Literal["budget", "adaptive"]

CORE = frozenset({"max_tokens", "response_format", "stream"})
SAMPLING = frozenset({"temperature", "top_p"})
TOOLS = frozenset({"tools", "tool_choice"})
OPEN_WEIGHTS = frozenset({"stop", "n", "top_k", "logprobs", "top_logprobs"})

EFFORT_SCALE = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
LOW_TO_HIGH = ("low", "medium", "high")

# Reasoning levels by model: Databricks docs, query-reason-models, as of October 2026. A model that is
# not here but reasons takes what the caller says, and the server decides.
EFFORTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"gpt-oss", LOW_TO_HIGH),
    (r"gpt-5(-mini|-nano)?$", ("minimal", *LOW_TO_HIGH)),
    (r"gpt-5-[12]$", ("none", *LOW_TO_HIGH)),
    (r"gpt-(5-[4-9]|[6-9])", ("none", *LOW_TO_HIGH, "xhigh", "max")),
    (r"gemini-(3|4)", LOW_TO_HIGH),
    (r"deepseek-v4-1-flash", ("none", "low", "high", "xhigh", "max")),
    (r"deepseek-v4|kimi-k3", ("low", "high", "max")),
    (r"glm-5-2", ("high", "max")),
    (r"glm-5-3", ("low", "high", "max")),
    (r"grok-4", (*LOW_TO_HIGH, "xhigh")),
    (r"inkling", (*LOW_TO_HIGH, "xhigh", "max")),
)
# GPT-5.4 and later refuse function tools together with reasoning on chat (400, several reports).
TOOLS_NEED_RESPONSES = re.compile(r"gpt-(5-[4-9]|[6-9])")
# Newer Claude wants adaptive thinking; a custom endpoint's name is all there is to tell by.
ADAPTIVE_CLAUDE = re.compile(r"opus-(4-[7-9]|[5-9])|sonnet-[5-9]|haiku-[5-9]|fable")


class Profile(Struct, frozen=True, kw_only=True):
    """`accepts` holds the parameter names that may be sent; the rest says how some of them are shaped."""

    family: str
    accepts: frozenset[str]
    catalogued: bool = False
    any_parameter: bool = False
    thinking: ThinkingShape | None = None
    always_thinks: bool = False
    xhigh_effort: bool = False
    efforts: tuple[str, ...] | None = None
    forced_tool_choice: bool = True
    schema_only: bool = False
    strict_tools: bool = False
    cache_control: bool = False
    replays_reasoning: bool = False
    parallel_results: bool = False
    thought_signatures: bool = False
    asks_for_usage: bool = False
    responses_only: bool = False
    tools_need_responses: bool = False


@lru_cache(maxsize=1024)
def profile(name: str) -> Profile:
    """The profile of an endpoint or model service by its name on the wire; never fails."""
    row = find(name)
    family = row.family if row else infer_family(name)
    plain = plain_name(name)
    if family == "claude":
        return _claude(row, plain)
    if family in ("gpt", "gpt-oss"):
        return _gpt(row, plain, family)
    if family == "gemini":
        return _gemini(row, plain)
    if family == "other" and row is None:
        return _unknown()
    return _open_weights(row, plain, family)


def _claude(row: Model | None, plain: str) -> Profile:
    adaptive = row.supports("adaptive_thinking") if row else bool(ADAPTIVE_CLAUDE.search(plain))
    sampling = row.supports("sampling_params", default=True) if row else not adaptive
    accepts = CORE | TOOLS | {"stop", "thinking"}
    if sampling:
        accepts |= SAMPLING | {"top_k"}
    if adaptive:
        accepts |= {"output_config"}
    return Profile(
        family="claude",
        accepts=accepts,
        catalogued=row is not None,
        thinking="adaptive" if adaptive else "budget",
        always_thinks=bool(row and row.flag("thinking_always_on")),
        xhigh_effort=bool(row and row.supports("xhigh_reasoning_effort")),
        forced_tool_choice=row.supports("forced_tool_use", default=True) if row else True,
        schema_only=True,
        cache_control=True,
        replays_reasoning=True,
        parallel_results=True,
    )


def _gpt(row: Model | None, plain: str, family: str) -> Profile:
    reasons = family == "gpt-oss" or re.match(r"gpt-[5-9]", plain) is not None
    accepts = CORE | TOOLS | {"n", "service_tier", "stream_options"}
    accepts |= {"reasoning_effort"} if reasons else SAMPLING | {"stop"}
    if family == "gpt-oss":
        accepts |= SAMPLING | OPEN_WEIGHTS
    return Profile(
        family=family,
        accepts=accepts,
        catalogued=row is not None,
        efforts=_efforts(plain),
        strict_tools=family == "gpt",
        parallel_results=True,
        # Others count on every chunk; GPT streams count only when asked, and a stream must have a price.
        asks_for_usage=family == "gpt",
        responses_only=bool(row and row.mode == "responses"),
        tools_need_responses=TOOLS_NEED_RESPONSES.match(plain) is not None,
    )


def _gemini(row: Model | None, plain: str) -> Profile:
    accepts = CORE | TOOLS | {"stop", "n", "service_tier"}
    if row is None or row.supports("sampling_params", default=True):
        accepts |= SAMPLING | {"top_k"}
    budget = bool(row and row.supports("anthropic_thinking_payload"))
    accepts |= {"thinking"} if budget else {"reasoning_effort"}
    return Profile(
        family="gemini",
        accepts=accepts,
        catalogued=row is not None,
        thinking="budget" if budget else None,
        efforts=None if budget else _efforts(plain),
        thought_signatures=True,
    )


def _open_weights(row: Model | None, plain: str, family: str) -> Profile:
    accepts = CORE | TOOLS | SAMPLING | OPEN_WEIGHTS | {"stream_options"}
    if row is None or row.supports("reasoning"):
        accepts |= {"reasoning_effort"}
    if row is None or row.priority_tier:
        accepts |= {"service_tier"}
    return Profile(family=family, accepts=accepts, catalogued=row is not None, efforts=_efforts(plain))


def _unknown() -> Profile:
    return Profile(
        family="other",
        accepts=CORE | SAMPLING | TOOLS | OPEN_WEIGHTS | {"reasoning_effort", "stream_options", "thinking"},
        any_parameter=True,
        strict_tools=True,
        parallel_results=True,
    )


def _efforts(plain: str) -> tuple[str, ...] | None:
    for pattern, efforts in EFFORTS:
        if re.match(pattern, plain):
            return efforts
    return None


def nearest_effort(effort: str, accepted: tuple[str, ...] | None) -> str:
    """The accepted level that serves `effort`: itself, else the next one up, else the highest.

    The server rounds upwards in the same way for the models whose rounding is documented (DeepSeek,
    Kimi). "none" becomes the lowest level of a model that cannot stop reasoning.
    """
    if accepted is None or effort in accepted:
        return effort
    wanted = EFFORT_SCALE.index(effort)
    levels = [level for level in accepted if level != "none"]
    return next((level for level in levels if EFFORT_SCALE.index(level) >= wanted), levels[-1])


def plain_name(name: str) -> str:
    """A model's name without the prefixes of the two surfaces, in lower case, with dots as dashes."""
    return name.lower().removeprefix("system.ai.").removeprefix("databricks-").replace(".", "-")
