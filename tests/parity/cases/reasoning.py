"""How much a model is asked to think, in every form and for every family."""

from typing import Any

from parity.case import (
    ADAPTIVE,
    ALWAYS,
    CLAUDE,
    CLAUDE_37,
    CUSTOM,
    GEMINI,
    GEMINI_25,
    GPT,
    LLAMA,
    OSS,
    Case,
    completion,
)

FAMILIES = {
    "claude-3-7": CLAUDE_37,
    "claude": CLAUDE,
    "adaptive": ADAPTIVE,
    "gemini-2-5": GEMINI_25,
    "gpt-oss": OSS,
    "llama": LLAMA,
    "gpt": GPT,
    "gemini": GEMINI,
    "custom": CUSTOM,
}
EFFORTS: dict[str, Any] = {
    **{effort: effort for effort in ("none", "minimal", "low", "medium", "high", "xhigh", "max")},
    "unknown": "default",
    "object": {"effort": "low", "summary": "auto"},
}
BUDGET = {"type": "enabled", "budget_tokens": 2048}
FORMS: dict[str, Any] = {
    "budget": BUDGET,
    "budget-large": {"type": "enabled", "budget_tokens": 9000},
    "budget-camel": {"type": "enabled", "budgetTokens": 1500},
    "true": True,
    "false": False,
    "disabled": {"type": "disabled"},
    "adaptive": {"type": "adaptive"},
}

CASES: tuple[Case, ...] = (
    *(
        completion(
            f"effort-{name}-{family}",
            model,
            reasoning_effort=effort,
            says="effort" if name == "unknown" else "",
        )
        for name, effort in EFFORTS.items()
        for family, model in FAMILIES.items()
    ),
    *(
        completion(f"thinking-{name}-{family}", FAMILIES[family], thinking=thinking)
        for name, thinking in FORMS.items()
        for family in ("claude", "adaptive", "gemini-2-5", "gpt-oss", "llama")
    ),
    completion("effort-low-always-thinks", ALWAYS, reasoning_effort="low"),
    completion("effort-none-always-thinks", ALWAYS, reasoning_effort="none"),
    completion("thinking-budget-always-thinks", ALWAYS, thinking={"type": "enabled", "budget_tokens": 9000}),
    completion("effort-low-opus-4-6", "databricks/databricks-claude-opus-4-6", reasoning_effort="low"),
    completion("effort-low-custom-claude", "databricks/my-claude-endpoint", reasoning_effort="low"),
    completion(
        "effort-low-custom-opus-4-9", "databricks/my-claude-opus-4-9-endpoint", reasoning_effort="low"
    ),
    completion("effort-low-gemini-dots", "databricks/databricks-gemini-2.5-flash", reasoning_effort="low"),
    completion("effort-and-room", CLAUDE, reasoning_effort="low", max_tokens=5000),
    completion("effort-without-room", CLAUDE, reasoning_effort="high", max_tokens=1000),
    completion(
        "effort-and-max_completion_tokens", CLAUDE, reasoning_effort="low", max_completion_tokens=5000
    ),
    completion("effort-and-temperature", CLAUDE, reasoning_effort="low", temperature=0.2),
    completion("effort-and-temperature-1", CLAUDE, reasoning_effort="low", temperature=1),
    completion("effort-streamed", CLAUDE, reasoning_effort="low", stream=True),
    completion("thinking-and-effort-claude", CLAUDE, thinking=BUDGET, reasoning_effort="low"),
    completion("thinking-and-effort-gpt-oss", OSS, thinking=BUDGET, reasoning_effort="low"),
    completion("thinking-and-output_config", ADAPTIVE, thinking=BUDGET, output_config={"effort": "max"}),
    completion("thinking-display", ADAPTIVE, thinking={**BUDGET, "display": "omitted"}),
    completion("effort-dropped", LLAMA, reasoning_effort="low", drop_params=True),
    completion("thinking-dropped", LLAMA, thinking=BUDGET, drop_params=True),
)
