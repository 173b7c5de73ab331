"""Prompt caches: Claude's by markers, GPT's by itself."""

from __future__ import annotations

from typing import Any

import pytest

CLAUDE, GPT = "databricks-claude-sonnet-4-5", "databricks-gpt-5"
LONG = "Databricks has lakes. " * 300
MARK = {"cache_control": {"type": "ephemeral"}}


def cached_body(prefix: str = LONG, question: str = "Gist?", marker: Any = MARK) -> list[Any]:
    system = {"role": "system", "content": [{"type": "text", "text": prefix, **marker}]}
    return [system, {"role": "user", "content": question}]


def counts(caller: Any, messages: list[Any], model: str = CLAUDE) -> tuple[int, int]:
    usage = caller.chat(model, messages=messages)["usage"]
    return usage["cache_read_input_tokens"], usage["cache_creation_input_tokens"]


def test_written_then_read(caller: Any) -> None:
    """The first call writes the prefix, the second reads it, whatever comes after the marker."""
    (_, written) = counts(caller, cached_body())
    (read, _) = counts(caller, cached_body(question="Something else?"))

    assert (written, read) == (1650, 1650)


def test_another_prefix_is_not_read(caller: Any) -> None:
    """One letter more, and it is another prefix."""
    counts(caller, cached_body())

    assert counts(caller, cached_body("x" + LONG))[0] == 0


def test_short_prefixes_are_not_cached(caller: Any) -> None:
    """Below the model's minimum nothing is kept."""
    assert [counts(caller, cached_body("short")) for _ in range(2)] == [(0, 0), (0, 0)]


def test_without_markers_nothing_is_cached(caller: Any) -> None:
    """Claude's cache is opt-in."""
    assert [counts(caller, cached_body(marker={})) for _ in range(2)] == [(0, 0), (0, 0)]


@pytest.mark.parametrize(
    ("ttl", "seconds", "kept"), [("5m", 299, True), ("5m", 301, False), ("1h", 3599, True)]
)
def test_entries_lapse(caller: Any, ttl: str, seconds: int, kept: bool) -> None:
    """Five minutes or an hour, as the marker says."""
    messages = cached_body(marker={"cache_control": {"type": "ephemeral", "ttl": ttl}})
    counts(caller, messages)
    caller.now += seconds

    assert (counts(caller, messages)[0] > 0) == kept


def test_a_conversation_grows_its_cache(caller: Any) -> None:
    """A second marker writes only what is new since the first."""
    counts(caller, cached_body())
    later = {"role": "user", "content": [{"type": "text", "text": "More lakes. " * 100, **MARK}]}
    read, written = counts(caller, [cached_body()[0], later])

    assert read == 1650
    assert 290 <= written <= 310


@pytest.mark.parametrize(("flavour", "includes"), [("inclusive", True), ("exclusive", False)])
def test_prompt_tokens_flavours(new_caller: Any, flavour: str, includes: bool) -> None:
    """Sources differ on whether prompt_tokens include cached ones, so both can be had."""
    caller = new_caller(cache_usage=flavour)
    counts(caller, cached_body())
    usage = caller.chat(CLAUDE, messages=cached_body())["usage"]

    assert (usage["prompt_tokens"] >= usage["cache_read_input_tokens"]) == includes
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]


def test_gpt_caches_by_itself(caller: Any) -> None:
    """GPT reports cached tokens in steps of 128, without markers."""
    messages = cached_body(marker={})
    usages = [caller.chat(GPT, messages=messages)["usage"]["prompt_tokens_details"] for _ in range(2)]

    assert [usage["cached_tokens"] for usage in usages] == [0, 1536]
