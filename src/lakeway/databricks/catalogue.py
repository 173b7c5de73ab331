"""Which model a name means, and what is published about it.

The catalogue knows the models that Databricks hosts, under every spelling that a caller, a workspace or a
reply uses. It guesses nothing: a custom endpoint is not in it, and `infer_family` only reads its name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Literal, TypeAlias, cast

from msgspec import Struct

Family: TypeAlias = Literal[
    "claude",
    "gpt",
    "gpt-oss",
    "gpt-image",
    "gemini",
    "gemma",
    "llama",
    "deepseek",
    "glm",
    "kimi",
    "qwen",
    "grok",
    "inkling",
    "mixtral",
    "dbrx",
    "mpt",
    "embed",
    "other",
]
Mode: TypeAlias = Literal["chat", "responses", "embedding", "image_generation", "evaluation"]

PREFIX = "databricks-"


class RateLimits(Struct, frozen=True):
    """Limits per workspace and model; None where none is published."""

    input_tokens_per_minute: int | None
    output_tokens_per_minute: int | None
    queries_per_hour: int | None


class Model(Struct, frozen=True, kw_only=True, eq=False):
    """One hosted model. `name` is its endpoint on the classic surface; limits are in tokens.

    `row` is the read-only catalogue row, with LiteLLM's key names for abilities and prices. `retired` is a
    date, or "unknown" when only the fact is known. Compare by identity: `find` answers one object per model.
    """

    name: str
    family: Family
    mode: Mode
    max_input_tokens: int | None
    max_output_tokens: int | None
    retired: str | None
    successor: str | None
    row: Mapping[str, Any]

    @property
    def unity_name(self) -> str:
        """The three-part name on the gateway surface."""
        return "system.ai." + self.name.removeprefix(PREFIX)

    def flag(self, name: str, *, default: bool = False) -> bool:
        """A published flag such as "thinking_always_on"; `default` when nothing is published."""
        return bool(self.row.get(name, default))

    def supports(self, ability: str, *, default: bool = False) -> bool:
        """Whether an ability such as "function_calling" or "vision" is published; else `default`."""
        return self.flag(f"supports_{ability}", default=default)

    @property
    def priority_tier(self) -> bool:
        """Whether `service_tier="priority"` is on sale (Databricks docs, priority-mode)."""
        return "input_cost_per_token_priority" in self.row

    @property
    def prices(self) -> dict[str, float]:
        """Every published price per token, by LiteLLM's key."""
        return {key: value for key, value in self.row.items() if "_cost" in key}

    @property
    def rate_limits(self) -> RateLimits | None:
        """The published limits of the enterprise tier (Databricks docs, limits, 2026-10-04)."""
        limits = self.row.get("enterprise_limits_itpm_otpm_qph")
        if limits is None:
            return None
        return RateLimits(*(_quantity(part) for part in limits.split("/")))


class Models(Mapping[str, Model]):
    """Every catalogued model by endpoint name, each built when first asked for."""

    def __getitem__(self, name: str) -> Model:
        return _model(name)

    def __iter__(self) -> Iterator[str]:
        return iter(_rows())

    def __len__(self) -> int:
        return len(_rows())

    def __repr__(self) -> str:
        return f"<{len(self)} Databricks models>"


MODELS: Mapping[str, Model] = Models()


@lru_cache(maxsize=2048)
def find(name: str) -> Model | None:
    """The hosted model that `name` means, or None.

    Accepts an endpoint name with or without its prefixes (`databricks/`, `databricks-`, `system.ai.`,
    `models/`, also repeated), dots for dashes, and the upstream names that replies carry, such as
    `us.anthropic.claude-3-7-sonnet-20250219-v1:0` (litellm #9700) or `meta-llama-3.1-70b-instruct-072424`.
    """
    models = _endpoints()
    for spelling in _spellings(name):
        if endpoint := models.get(spelling):
            return _model(endpoint)
    return None


# First match wins, so that "gpt-oss" is not "gpt" and a distilled "deepseek-…-llama" is a DeepSeek.
# Short words need a boundary: "mpt" is part of "prompt", "grok" of "ngrok".
_FAMILIES: tuple[tuple[str, Family], ...] = (
    (r"embed|(?<![a-z])(bge|gte|e5)(?![a-z0-9])", "embed"),
    (r"claude|anthropic", "claude"),
    (r"gpt[-_.]?oss", "gpt-oss"),
    (r"gpt[-_.]?image", "gpt-image"),
    (r"gpt", "gpt"),
    (r"gemini", "gemini"),
    (r"(?<![a-z])gemma", "gemma"),
    (r"deepseek", "deepseek"),
    (r"qwen", "qwen"),
    (r"llama", "llama"),
    (r"(?<![a-z])(chat)?glm", "glm"),
    (r"(?<![a-z])kimi", "kimi"),
    (r"(?<![a-z])grok", "grok"),
    (r"(?<![a-z])inkling", "inkling"),
    (r"mixtral", "mixtral"),
    (r"(?<![a-z])dbrx", "dbrx"),
    (r"(?<![a-z])mpt(?![a-z])", "mpt"),
)

# A dot before a digit is a version's ("llama-3.1"), any other one ends a catalog or schema.
_LAST_PART = re.compile(r"(?:.*\.(?!\d))?(.*)", re.DOTALL)


@lru_cache(maxsize=2048)
def infer_family(name: str) -> Family:
    """The family that an endpoint's name suggests, as in "my-claude-serving-endpoint"; else "other".

    Of a three-part name only the last part counts: in `prod.gpt_team.my_llama` it is "llama".
    """
    last = _LAST_PART.sub(r"\1", name.lower(), count=1)
    return next((family for pattern, family in _FAMILIES if re.search(pattern, last)), "other")


def _rows() -> dict[str, dict[str, Any]]:
    # Imported on first use: the table is the largest module of the SDK, and most programs never price a call.
    from lakeway.databricks.catalogue_rows import ROWS

    return ROWS


@lru_cache(maxsize=1)
def _endpoints() -> dict[str, str]:
    """Bare name -> endpoint name."""
    return {name.removeprefix(PREFIX): name for name in _rows()}


@lru_cache(maxsize=512)
def _model(endpoint: str) -> Model:
    row = _rows()[endpoint]
    return Model(
        name=endpoint,
        family=cast("Family", row["family"]),
        mode=cast("Mode", row["mode"]),
        max_input_tokens=row.get("max_input_tokens"),
        max_output_tokens=row.get("max_output_tokens"),
        retired=row.get("retired"),
        successor=row.get("successor"),
        row=MappingProxyType(row),
    )


_OUR_PREFIX = re.compile(r"(databricks/|models/|system\.ai\.|databricks-)+")
_UPSTREAM_PREFIX = re.compile(r"((global|us-gov|us|eu|apac|jp|au|ca)\.)?anthropic\.")
# What upstreams append: a revision ("-v1:0", "-v1.5", "@default"), then the day it was made.
_REVISION = re.compile(r"(-v\d+([.-]\d+)?(:\d+)?|-latest|@default)$")
_DAY = re.compile(r"[-@](\d{6}|\d{8}|\d{4}-\d{2}-\d{2})$")


def _spellings(name: str) -> Iterator[str]:
    """`name` as a bare endpoint name, then with less and less of what upstreams add to it."""
    name = _strip(_OUR_PREFIX, name.strip().lower())
    yield name.replace(".", "-")
    name = _strip(_UPSTREAM_PREFIX, name)
    for ending in (_REVISION, _DAY):
        name = ending.sub("", name)
        yield name.replace(".", "-")
    # Llama 4 is served as "meta-llama-4-…" behind an endpoint that lacks the maker's name.
    yield name.replace(".", "-").removeprefix("meta-")


def _strip(prefix: re.Pattern[str], name: str) -> str:
    found = prefix.match(name)
    return name[found.end() :] if found else name


_SCALE = {"k": 1_000, "M": 1_000_000}


def _quantity(text: str) -> int | None:
    """A figure of the limits page: "200k", "2.16M", "7.2k?", or "-" for none."""
    text = text.rstrip("?")
    if text == "-":
        return None
    return round(float(text[:-1]) * _SCALE[text[-1]])
