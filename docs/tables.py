"""Writes the tables of the documentation that the code knows better than a person: `python docs/tables.py`.

A table stands between `<!-- name:start -->` and `<!-- name:end -->`. The tests hold that it is up to date.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from lakeway.databricks.catalogue import MODELS, PREFIX, Model
from lakeway.databricks.profiles import CORE, TOOLS, Profile, profile
from lakeway.gateway import endpoints as gateway
from lakeway.gateway.metrics import families as metric
from lakeway.gateway.metrics.labels import Labels
from lakeway.gateway.metrics.series import Series
from lakeway.gateway.metrics.snapshot import Snapshot
from lakeway.gateway.operations import OPERATIONS

DOCS = Path(__file__).parent
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


def endpoints() -> str:
    """One row for every endpoint of the gateway, with all of its paths."""
    alike: dict[gateway.Endpoint, list[str]] = {}
    for path, endpoint in gateway.entries():
        alike.setdefault(endpoint, []).append(path.replace("{model}", "<model>"))
    rows = (
        (
            f"{endpoint.method} {', '.join(f'`{path}`' for path in paths)}",
            "none" if endpoint.public else "yes",
            OPERATIONS[endpoint.route].about,
        )
        for endpoint, paths in alike.items()
    )
    return table(("path", "key", "answers"), rows)


# Named once above the table of metrics.
LABELS = {
    "person": ("end_user", "user"),
    "caller": ("hashed_api_key", "api_key_alias", "team", "team_alias"),
    "place": ("litellm_model_name", "model_id", "api_base", "api_provider"),
}
# Of what is not counted call by call.
FIXED_LABELS = {
    metric.STATE: metric.DEPLOYMENT,
    metric.COOLED_DOWN: metric.COOLED,
    metric.TPM: metric.LIMIT,
    metric.RPM: metric.LIMIT,
}


def metrics() -> str:
    """One row for every metric, with its labels."""
    shown = {family.name: names for family, names in FIXED_LABELS.items()} | of_calls()
    rows = (
        (
            f"`{family.name}{'_total' if family.kind == 'counter' else ''}`",
            family.kind,
            family.help,
            labels(shown.get(family.name, ())),
        )
        for family in metric.ALL
    )
    return table(("metric", "kind", "what", "labels"), rows)


def of_calls() -> dict[str, tuple[str, ...]]:
    """The labels of what is counted with every call, as a good one and a bad one show them."""
    snapshot = Snapshot()
    for error in ({}, {"exception_class": "Timeout"}):
        series = Series(Labels(model_id="x", **error))
        for name in ("calls", "settled", "attempts", "fallbacks", "cached", "created", "reasoning"):
            setattr(series, name, 1)
        for distribution in (series.seconds, series.upstream, series.first, series.overhead):
            distribution.counts[0] = 1
        series.tell(snapshot)
    counted = {**snapshot.counters, **snapshot.histograms}
    return {name: tuple(re.findall(r'(\w+)="', next(iter(values)))) for name, values in counted.items()}


def labels(given: tuple[str, ...]) -> str:
    rest, parts = list(given), []
    for name, group in LABELS.items():
        if set(group) <= set(rest):
            rest = [label for label in rest if label not in group]
            parts.append(f"*{name}*")
    return ", ".join([*parts, *(code([label]) for label in rest)]) or "–"


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


# Name: the page that it stands on, and who writes it.
TABLES = {
    "families": ("models.md", families),
    "endpoints": ("gateway.md", endpoints),
    "metrics": ("operations.md", metrics),
}


def pages() -> Iterator[tuple[Path, str]]:
    """Each page with a table, as it should be."""
    for name, (page, write) in TABLES.items():
        path = DOCS / page
        yield path, written(path.read_text(), name, write())


def main() -> None:
    for path, text in pages():
        path.write_text(text)


if __name__ == "__main__":
    main()
