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
from msgspec.structs import replace

from lakeway.databricks.catalogue import Model, find, infer_family

ThinkingShape: TypeAlias = Literal["budget", "adaptive"]

CORE = frozenset({"max_tokens", "response_format", "stream"})
SAMPLING = frozenset({"temperature", "top_p"})
TOOLS = frozenset({"tools", "tool_choice"})
LOGPROBS = frozenset({"logprobs", "top_logprobs"})
# Databricks docs, FM API reference: top_k is for Claude and open models, log probabilities for the latter.
OPEN_WEIGHTS = SAMPLING | LOGPROBS | {"n", "stop", "stream_options", "top_k"}
# What GPT takes on Responses beside CORE and TOOLS (Databricks docs, query-openai-responses).
RESPONSES = frozenset({"parallel_tool_calls", "prompt_cache_key", "safety_identifier", "verbosity"})

EFFORT_SCALE = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
LOW_TO_HIGH = ("low", "medium", "high")

# Reasoning levels by model: Databricks docs, query-reason-models, as of October 2026. A model that is
# not here but reasons takes what the caller says, and the server decides. The first match wins.
EFFORTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"gpt-oss", LOW_TO_HIGH),
    (r"gpt-5-[1-3](?!\d)", ("none", *LOW_TO_HIGH)),
    (r"gpt-(5-[4-9]|[6-9])(?!\d)", ("none", *LOW_TO_HIGH, "xhigh", "max")),
    (r"gpt-5(?!\d)", ("minimal", *LOW_TO_HIGH)),
    (r"gemini-(3|4)", LOW_TO_HIGH),
    (r"deepseek-v4-1-flash", ("none", "low", "high", "xhigh", "max")),
    (r"deepseek-v4|kimi-k3", ("low", "high", "max")),
    (r"glm-5-2", ("high", "max")),
    (r"glm-5-3", ("low", "high", "max")),
    (r"grok-4", (*LOW_TO_HIGH, "xhigh")),
    (r"inkling", (*LOW_TO_HIGH, "xhigh", "max")),
)
# GPT-5.4 and later refuse function tools together with reasoning on chat (400, several reports).
TOOLS_NEED_RESPONSES = re.compile(r"gpt-(5-[4-9]|[6-9])(?!\d)")
# Newer Claude wants adaptive thinking; a custom endpoint's name is all there is to tell by.
ADAPTIVE_CLAUDE = re.compile(r"opus-(4-[7-9]|[5-9])|sonnet-[5-9]|haiku-[5-9]|fable")
# Hosted without tools, although nothing is published: a workspace's list says so of Llama 3.1 8B
# (capabilities.function_calling, seen live in October 2026), Gemma prints raw tool syntax, Llama 2 is older.
WITHOUT_TOOLS = frozenset({"gemma-3-12b", "llama-2-70b-chat", "meta-llama-3-1-8b-instruct"})


class Profile(Struct, frozen=True, kw_only=True):
    """`accepts` holds the parameter names that may be sent; the rest says how some of them are shaped.

    Of a model that answers on Responses alone, the names are those that have a counterpart there.
    """

    family: str
    accepts: frozenset[str]
    catalogued: bool = False
    any_parameter: bool = False
    max_output_tokens: int | None = None
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
    if row is None:
        return _profile(None, infer_family(name), plain_name(_SCHEMA.sub("", name)))
    known = _profile(row, row.family, plain_name(row.name))
    return replace(known, catalogued=True, max_output_tokens=row.max_output_tokens)


# A dot before a digit is a version's ("gpt-5.4"), any other one ends a catalog or schema, whose names do
# not tell the model.
_SCHEMA = re.compile(r".*\.(?!\d)", re.DOTALL)


def _profile(row: Model | None, family: str, name: str) -> Profile:
    match family:
        case "claude":
            return _claude(row, name)
        case "gpt":
            return _gpt(row, name)
        case "gemini":
            return _gemini(row, name)
        case "other" if row is None:
            return _unknown()
    return _open_weights(row, name, family)


def _claude(row: Model | None, name: str) -> Profile:
    adaptive = row.supports("adaptive_thinking") if row else ADAPTIVE_CLAUDE.search(name) is not None
    sampling = row.supports("sampling_params", default=True) if row else not adaptive
    accepts = CORE | TOOLS | {"stop", "thinking"}
    if sampling:
        accepts |= SAMPLING | {"top_k"}
    if adaptive or (row and row.supports("output_config")):
        accepts |= {"output_config"}
    return Profile(
        family="claude",
        accepts=accepts,
        thinking="adaptive" if adaptive else "budget",
        always_thinks=bool(row and row.flag("thinking_always_on")),
        xhigh_effort=bool(row and row.supports("xhigh_reasoning_effort")),
        forced_tool_choice=row.supports("forced_tool_use", default=True) if row else True,
        schema_only=True,
        cache_control=True,
        replays_reasoning=True,
        parallel_results=True,
    )


def _gpt(row: Model | None, name: str) -> Profile:
    """Hosted GPT reasons, and takes neither sampling nor stop; a custom name may stand for an older one."""
    responses_only = bool(row and row.mode == "responses")
    accepts = CORE | TOOLS | {"reasoning_effort"} | _service_tier(row)
    accepts |= RESPONSES if responses_only else {"n", "stream_options"}
    if row is None:
        accepts |= SAMPLING | {"stop"}
    return Profile(
        family="gpt",
        accepts=accepts,
        efforts=_efforts(name),
        strict_tools=True,
        parallel_results=True,
        # Others count on every chunk; GPT streams count only when asked, and a stream must have a price.
        asks_for_usage=True,
        responses_only=responses_only,
        tools_need_responses=TOOLS_NEED_RESPONSES.search(name) is not None,
    )


def _gemini(row: Model | None, name: str) -> Profile:
    accepts = CORE | {"stop", "n"} | _tools(row) | _service_tier(row)
    if row is None or row.supports("sampling_params", default=True):
        accepts |= SAMPLING
    budget = bool(row and row.supports("anthropic_thinking_payload"))
    if budget:
        accepts |= {"thinking"}
    elif row is None or (row.supports("reasoning") and not name.startswith("gemini-2")):
        accepts |= {"reasoning_effort"}  # from Gemini 3 on; 2.5 has budgets, the image models do not reason
    return Profile(
        family="gemini",
        accepts=accepts,
        thinking="budget" if budget else None,
        efforts=None if budget else _efforts(name),
        thought_signatures=True,
    )


def _open_weights(row: Model | None, name: str, family: str) -> Profile:
    """Open models, and Grok, which is none but takes nearly the same."""
    accepts = CORE | OPEN_WEIGHTS | _tools(row) | _service_tier(row)
    if family == "grok":
        accepts -= LOGPROBS | {"top_k"}
    if row is None or row.supports("reasoning"):
        accepts |= {"reasoning_effort"}
    return Profile(
        family=family,
        accepts=accepts,
        efforts=_efforts(name),
    )


def _unknown() -> Profile:
    return Profile(
        family="other",
        accepts=CORE | TOOLS | OPEN_WEIGHTS | {"reasoning_effort", "service_tier", "thinking"},
        any_parameter=True,
        strict_tools=True,
        parallel_results=True,
        thought_signatures=True,
    )


def _tools(row: Model | None) -> frozenset[str]:
    if row is None:
        return TOOLS
    unless_told = plain_name(row.name) not in WITHOUT_TOOLS
    return TOOLS if row.supports("function_calling", default=unless_told) else frozenset()


def _service_tier(row: Model | None) -> frozenset[str]:
    """Only what is on sale with priority has tiers; others answer 400 (Databricks docs, priority-mode)."""
    return frozenset({"service_tier"}) if row is None or row.priority_tier else frozenset()


def _efforts(name: str) -> tuple[str, ...] | None:
    return next((efforts for pattern, efforts in EFFORTS if re.search(pattern, name)), None)


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
