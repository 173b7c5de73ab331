"""What the workspace knows of each model, derived from the published rows: family, limits, abilities, flags.

Derived here and not taken from Lakeway's profiles, so that a wrong profile meets a stranger.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any, Literal

import msgspec

from lakeway.databricks.catalogue_rows import ROWS

Task = Literal["chat", "responses", "embeddings", "completions", "images", "evaluation"]
Limits = tuple[int | None, int | None, int | None]

_TASKS: dict[str, Task] = {
    "chat": "chat",
    "responses": "responses",
    "embedding": "embeddings",
    "image_generation": "images",
    "evaluation": "evaluation",
}
# Names the upstreams answer with; seen in replies and in the vendors' own lists. Others are derived.
_SERVED = {
    "claude-3-7-sonnet": "us.anthropic.claude-3-7-sonnet-20250219-v1:0",
    "claude-sonnet-4": "us.anthropic.claude-sonnet-4-20250514-v1:0",
    "claude-opus-4": "us.anthropic.claude-opus-4-20250514-v1:0",
    "claude-opus-4-1": "us.anthropic.claude-opus-4-1-20250805-v1:0",
    "claude-sonnet-4-5": "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
    "claude-haiku-4-5": "us.anthropic.claude-haiku-4-5-20251001-v1:0",
    "claude-opus-4-5": "us.anthropic.claude-opus-4-5-20251101-v1:0",
    "meta-llama-3-1-70b-instruct": "meta-llama-3.1-70b-instruct-072424",
    "meta-llama-3-3-70b-instruct": "meta-llama-3.3-70b-instruct-121024",
    "dbrx-instruct": "dbrx-instruct-071224",
    "gte-large-en": "gte-large-en-v1.5",
    "bge-large-en": "bge-large-en-v1.5",
}
_WITHOUT_TOOLS = frozenset(
    {"databricks-meta-llama-3-1-8b-instruct", "databricks-gemma-3-12b", "databricks-llama-2-70b-chat"}
)
_UNITS = {"k": 1_000, "M": 1_000_000}


class Model(msgspec.Struct, frozen=True, kw_only=True):
    """One served model. Prices are DBU per million tokens, as text, like the endpoint list has them."""

    name: str
    family: str
    served: str
    task: Task = "chat"
    max_input: int = 128_000
    max_output: int | None = None
    tools: bool = True
    reasoning: bool = False
    budget_thinking: bool = False
    adaptive_thinking: bool = False
    always_thinks: bool = False
    opaque_thinking: bool = False
    sampling: bool = True
    prefill: bool = True
    forced_tools: bool = True
    late_system: bool = True
    cache_minimum: int = 1024
    dims: int = 1024
    input_price: str = "0"
    output_price: str = "0"
    priority: bool = False
    retired: str | None = None
    limits: Limits = (None, None, None)
    custom: bool = False
    ready: bool = True

    @property
    def version(self) -> tuple[int, int]:
        """(5, 4) for databricks-gpt-5-4-mini; (0, 0) when the name tells none."""
        found = re.search(r"-v?(\d+)(?:-(\d+))?(?=-|$)", self.name)
        return (int(found[1]), int(found[2] or 0)) if found else (0, 0)

    @property
    def unity(self) -> str:
        """The model's three-part name: `databricks-x` is `system.ai.x`."""
        return f"system.ai.{self.name.removeprefix('databricks-')}"


@cache
def published() -> Mapping[str, Model]:
    """Every model of the catalogue by endpoint name."""
    return {name: _from_row(name, row) for name, row in ROWS.items()}


def custom(name: str, family: str, *, task: Task = "chat", **more: Any) -> Model:
    """A user's own endpoint: behaves like the plainest member of `family`."""
    thinks = {"reasoning": True, "budget_thinking": True} if family == "claude" else {}
    settings: dict[str, Any] = {"served": f"{name}-1", "custom": True, **thinks, **more}
    return Model(name=name, family=family, task=task, **settings)


def _from_row(name: str, row: Mapping[str, Any]) -> Model:
    family = row["family"]
    adaptive = row.get("supports_adaptive_thinking", False)
    always = row.get("thinking_always_on", False)
    return Model(
        name=name,
        family=family,
        served=_served(name.removeprefix("databricks-"), family),
        task=_TASKS[row["mode"]],
        max_input=int(row.get("max_input_tokens", 128_000)),
        max_output=int(row["max_output_tokens"]) if "max_output_tokens" in row else None,
        tools=name not in _WITHOUT_TOOLS and not name.endswith("-image"),
        reasoning=row.get("supports_reasoning", False),
        budget_thinking=row.get("supports_anthropic_thinking_payload", False) and not adaptive,
        adaptive_thinking=adaptive,
        always_thinks=always,
        opaque_thinking=family == "claude" and always,
        sampling=row.get("supports_sampling_params", True),
        prefill=row.get("supports_assistant_prefill", True),
        forced_tools=row.get("supports_forced_tool_use", True),
        late_system=row.get("supports_mid_conversation_system", False),
        cache_minimum=int(row.get("prompt_cache_min_tokens", 1024)),
        dims=int(row.get("output_vector_size", 1024)),
        input_price=_price(row.get("input_dbu_cost_per_token", 0)),
        output_price=_price(row.get("output_dbu_cost_per_token", 0)),
        priority="input_cost_per_token_priority" in row,
        retired=row.get("retired"),
        limits=_limits(row.get("enterprise_limits_itpm_otpm_qph", "?")),
    )


def _served(short: str, family: str) -> str:
    if short in _SERVED:
        return _SERVED[short]
    if family == "claude":
        return f"global.anthropic.{short}"
    return re.sub(r"(\d)-(\d)(?!\d)", r"\1.\2", short)


def _price(dbu_per_token: float) -> str:
    return f"{dbu_per_token * 1_000_000:.10g}"


def _limits(text: str) -> Limits:
    """`200k/20k/360k` as three numbers: input and output tokens a minute, queries an hour."""
    parts = text.rstrip("?").split("/")
    if len(parts) != 3:
        return (None, None, None)
    itpm, otpm, qph = (_amount(part) for part in parts)
    return (itpm, otpm, qph)


def _amount(text: str) -> int | None:
    found = re.fullmatch(r"([\d.]+)([kM]?)", text)
    return round(float(found[1]) * _UNITS.get(found[2], 1)) if found else None
