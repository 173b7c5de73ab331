"""How each model family writes its replies: a table from family to manner."""

from __future__ import annotations

from collections.abc import Mapping

from lakeway.emulator.families import claude, gemini, gpt, gpt_oss, plain, separate_reasoning, think_tags
from lakeway.emulator.families.reply import Manner

FAMILIES: Mapping[str, Manner] = {
    "claude": claude.MANNER,
    "gpt": gpt.MANNER,
    "gpt-oss": gpt_oss.MANNER,
    "gemini": gemini.MANNER,
    "deepseek": separate_reasoning.MANNER,
    "glm": separate_reasoning.MANNER,
    "kimi": separate_reasoning.MANNER,
    "grok": separate_reasoning.MANNER,
    "inkling": separate_reasoning.MANNER,
    "qwen": separate_reasoning.MANNER,
    "deepseek-r1": think_tags.MANNER,
}


def manner_of(family: str) -> Manner:
    """The manner of `family`; unknown ones speak plainly, like Llama."""
    return FAMILIES.get(family, plain.MANNER)
