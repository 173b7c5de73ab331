"""Writes the tables of the documentation that the code knows better than a person: `python docs/tables.py`.

A table stands between `<!-- name:start -->` and `<!-- name:end -->`. The tests hold that it is up to date.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from lakeway.databricks.catalogue import MODELS, PREFIX, Model
from lakeway.databricks.profiles import CORE, TOOLS, Profile, profile

PAGE = Path(__file__).with_name("models.md")
EVERYWHERE = CORE | TOOLS
# Named once above the table, so that its rows stay short.
GROUPS = {
    "open": frozenset(
        {"stop", "n", "logprobs", "top_logprobs", "stream_options", "temperature", "top_p", "top_k"}
    ),
    "sampling": frozenset({"temperature", "top_p"}),
}
REASONING = frozenset({"reasoning_effort", "thinking", "output_config"})
HEAD = ("models", "takes besides", "reasoning", "tools", "structured output", "called on")


def families() -> str:
    """One row for every group of models that Lakeway treats alike, as far as they are not retired."""
    alike: dict[tuple[str, ...], list[Model]] = {}
    for model in MODELS.values():
        if model.mode in ("chat", "responses") and model.retired is None:
            alike.setdefault(cells(profile(model.name)), []).append(model)
    return table(HEAD, ((names(models), *row) for row, models in alike.items()))


def names(models: list[Model]) -> str:
    return ", ".join(model.name.removeprefix(PREFIX) for model in models)


def cells(known: Profile) -> tuple[str, ...]:
    return parameters(known), reasoning(known), tools(known), structure(known), surface(known)


def parameters(known: Profile) -> str:
    if known.responses_only:
        return "what Responses takes"
    parts: list[str] = []
    rest = known.accepts - EVERYWHERE - REASONING
    for name, group in GROUPS.items():
        if group <= rest:
            rest, parts = rest - group, [*parts, name]
    return ", ".join([*parts, *(code([name]) for name in sorted(rest))])


def reasoning(known: Profile) -> str:
    if known.thinking == "adaptive":
        return "adaptive" + (", always on" if known.always_thinks else "")
    if known.thinking == "budget":
        return "a budget of tokens"
    if "reasoning_effort" not in known.accepts:
        return "–"
    return code(known.efforts) if known.efforts else "any level, as given"


def tools(known: Profile) -> str:
    if "tools" not in known.accepts:
        return "–"
    rules = []
    if known.strict_tools:
        rules.append("`strict` kept")
    if not known.forced_tool_choice:
        rules.append("none may be forced")
    if known.thought_signatures:
        rules.append("signatures go back")
    rules.append("parallel" if known.parallel_results else "parallel calls go back in pairs")
    return ", ".join(rules)


def structure(known: Profile) -> str:
    return "schema, else by a tool" if known.schema_only else "as given"


def surface(known: Profile) -> str:
    if known.responses_only:
        return "Responses"
    return "chat; Responses for tools with reasoning" if known.tools_need_responses else "chat"


def code(words: Iterable[str]) -> str:
    return " ".join(f"`{word}`" for word in words)


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def written(text: str, name: str, content: str) -> str:
    """`text` with `content` between the marks of that name."""
    start, end = f"<!-- {name}:start -->\n", f"<!-- {name}:end -->"
    before, found, rest = text.partition(start)
    if not found or end not in rest:
        raise ValueError(f"there is no {start.strip()} with its end")
    return before + start + "\n" + content + "\n" + end + rest.partition(end)[2]


def main() -> None:
    PAGE.write_text(written(PAGE.read_text(), "families", families()))


if __name__ == "__main__":
    main()
