"""Token counts: from any provider's `usage` to LiteLLM's one shape, and over the chunks of a stream.

In that shape `prompt_tokens` includes cached tokens, and `completion_tokens` includes reasoning.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

# What is read into the one shape; every other key of a usage object is passed on as it came.
_READ = frozenset(
    {
        *("prompt_tokens", "completion_tokens", "total_tokens", "input_tokens", "output_tokens"),
        *("prompt_tokens_details", "completion_tokens_details"),
        *("input_tokens_details", "output_tokens_details", "reasoning_tokens"),
        *("cache_read_input_tokens", "cache_creation_input_tokens"),
    }
)


def normalize(usage: object) -> dict[str, Any]:
    """The usage in LiteLLM's shape; None or a missing count gives zeros. Normalizing twice changes nothing.

    Reads OpenAI chat (with Claude's cache counts at the top level, as Databricks sends them), Responses and
    Anthropic usage. Whether `prompt_tokens` includes cached tokens differs by source; see `_includes_cache`.
    """
    if type(usage) is not dict and not isinstance(usage, Mapping):
        usage = {}
    if usage.keys() == _PLAIN and all(type(value) is int and value >= 0 for value in usage.values()):
        return _plain(usage)
    prompt_details = _details(usage, "prompt_tokens_details", "input_tokens_details")
    completion_details = _details(usage, "completion_tokens_details", "output_tokens_details")
    read, created = _cache(usage, prompt_details)
    reasoning = count(usage.get("reasoning_tokens")) or count(completion_details.get("reasoning_tokens"))
    prompt, completion = _totals(usage, read + created, reasoning)
    stated = 0 if read or created else count(usage.get("total_tokens"))
    unread = {} if usage.keys() <= _READ else {key: usage[key] for key in usage if key not in _READ}
    return {
        **unread,
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": max(prompt + completion, stated),
        "prompt_tokens_details": {
            "audio_tokens": None,
            "text_tokens": None,
            "image_tokens": None,
            **_counted(prompt_details),
            "cached_tokens": read,
            "cache_creation_tokens": created,
            "cache_write_tokens": created,
        },
        "completion_tokens_details": _completion_details(completion_details, completion, reasoning),
        "cache_read_input_tokens": read,
        "cache_creation_input_tokens": created,
    }


_PLAIN = frozenset({"prompt_tokens", "completion_tokens", "total_tokens"})


def _plain(usage: Mapping[str, Any]) -> dict[str, Any]:
    """What `normalize` gives for the three counts alone, which most replies have, in a fifth of the time."""
    prompt, completion = usage["prompt_tokens"], usage["completion_tokens"]
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": max(prompt + completion, usage["total_tokens"]),
        "prompt_tokens_details": {
            "audio_tokens": None,
            "text_tokens": None,
            "image_tokens": None,
            "cached_tokens": 0,
            "cache_creation_tokens": 0,
            "cache_write_tokens": 0,
        },
        "completion_tokens_details": None,
        "cache_read_input_tokens": 0,
        "cache_creation_input_tokens": 0,
    }


def latest(previous: dict[str, Any] | None, new: object) -> dict[str, Any] | None:
    """The usage of a stream after one more chunk, still in the provider's shape.

    Claude on Databricks repeats a running total on every chunk, and Anthropic splits input and output over
    two events: so a later value replaces an earlier one, and nothing is ever added up. A chunk without any
    count, or with nothing but zeros, changes nothing.
    """
    if not isinstance(new, dict):
        return previous
    if previous is None:
        return new
    if not any(map(count, new.values())):
        return previous
    return previous | {key: value for key, value in new.items() if value is not None}


def _cache(usage: Mapping[str, Any], details: Mapping[str, Any]) -> tuple[int, int]:
    """Tokens read from the cache, and written to it.

    The top-level counts are Claude's own, the details are GPT's or some client's guess. In one recorded reply
    they contradict each other (1,545 read against 1,545 written): the top level wins.
    """
    read = count(usage.get("cache_read_input_tokens"))
    created = count(usage.get("cache_creation_input_tokens")) or _created_by_age(usage)
    if read or created:
        return read, created
    written = count(details.get("cache_creation_tokens")) or count(details.get("cache_write_tokens"))
    return count(details.get("cached_tokens")), written


def _created_by_age(usage: Mapping[str, Any]) -> int:
    ages = usage.get("cache_creation")
    return sum(map(count, ages.values())) if isinstance(ages, dict) else 0


def _totals(usage: Mapping[str, Any], cached: int, reasoning: int) -> tuple[int, int]:
    prompt = count(usage.get("prompt_tokens")) or count(usage.get("input_tokens"))
    completion = count(usage.get("completion_tokens")) or count(usage.get("output_tokens"))
    total = count(usage.get("total_tokens"))
    if reasoning and total == prompt + completion + reasoning:
        completion += reasoning
    if cached and not _includes_cache(usage, prompt, completion, cached):
        prompt += cached
    return prompt, completion


_NOT_ANTHROPIC = frozenset({"prompt_tokens", "total_tokens", "input_tokens_details"})


def _includes_cache(usage: Mapping[str, Any], prompt: int, completion: int, cached: int) -> bool:
    """Whether `prompt` counts the cached tokens too.

    Anthropic's input_tokens never do. On chat, recorded replies include them (12,011 with 12,002 read),
    while Databricks' own LangChain client adds them on top: so the arithmetic decides.
    """
    if prompt < cached or ("input_tokens" in usage and _NOT_ANTHROPIC.isdisjoint(usage)):
        return False
    total = count(usage.get("total_tokens"))
    return not total or total == prompt + completion


def _completion_details(details: Mapping[str, Any], completion: int, reasoning: int) -> dict[str, Any] | None:
    details = _counted(details)
    if not reasoning:
        return details or None
    return {"text_tokens": max(completion - reasoning, 0), **details, "reasoning_tokens": reasoning}


def _counted(details: Mapping[str, Any]) -> dict[str, Any]:
    """Details whose token counts are counts, or None where left open: bills are made of them."""
    return {
        name: count(value) if value is not None and name.endswith("_tokens") else value
        for name, value in details.items()
    }


def _details(usage: Mapping[str, Any], *keys: str) -> Mapping[str, Any]:
    for key in keys:
        details = usage.get(key)
        if isinstance(details, dict):
            return details
    return {}


def count(value: object) -> int:
    """A token count; whatever is not a positive number counts as none."""
    if isinstance(value, int):
        return max(0, int(value))
    return int(value) if isinstance(value, float) and 0 < value < float("inf") else 0


def summed(usages: Iterable[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Those of several calls as one: counts are added, at any depth; of anything else the first stands."""
    first, *others = usages
    total = first
    for other in others:
        total = _sum(total, other)
    return total


def _sum(one: Any, other: Any) -> Any:
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return {name: _sum(one.get(name), other.get(name)) for name in {**one, **other}}
    if isinstance(one, int | float) and isinstance(other, int | float):
        return one + other
    return other if one is None else one
