"""The command line: `python -m bench [--quick] [--subjects lakeway,litellm] [--json PATH] [--check]`."""

from __future__ import annotations

import argparse
import datetime
import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from bench import machine, table
from bench.environments import Environment, SetUpFailed, prepare
from bench.figures import METRICS, Figures, Mark, is_reached, summarize
from bench.run import QUICK, Size, run
from bench.subjects import OURS, PEER, ROOT, SUBJECTS

RESULTS = ROOT / "bench" / "results"


def main(arguments: Sequence[str] | None = None) -> int:
    """Set up, measure, print, keep. 1 when a subject failed, or with --check when a mark is missed."""
    options = _parser().parse_args(arguments)
    started = datetime.datetime.now(datetime.UTC)
    environments = _environments(options.subjects)
    load = machine.load_average()
    if load is not None and load > 0.5:
        _say(f"load average {load}: others are using this machine, take the ratios, not the figures")
    records = run(environments, QUICK if options.quick else Size(), _say)
    figures = summarize(records)
    rows = table.rows(figures, list(environments))
    report = _report(started, load, options.quick, environments, records, figures)
    path = options.json or _default_path(started, options.quick)
    _keep(path, report)
    caption = table.caption(report)
    print(
        f"\n{table.as_text(rows)}\n{caption}\n\n{table.as_markdown(rows)}\n\n{caption}\n\nraw records: {path}"
    )
    return _exit_code(set(options.subjects) - environments.keys(), records, figures, options.check)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Lakeway beside LiteLLM and openai.")
    parser.add_argument(
        "--quick", action="store_true", help="one small round: shows that it runs, not how fast"
    )
    parser.add_argument(
        "--subjects", type=_names, default=list(SUBJECTS), help=f"some of {','.join(SUBJECTS)}"
    )
    parser.add_argument("--json", type=Path, metavar="PATH", help="where the raw records go")
    parser.add_argument("--check", action="store_true", help="fail when a mark is missed")
    return parser


def _names(text: str) -> list[str]:
    names = text.split(",")
    if unknown := sorted(set(names) - SUBJECTS.keys()):
        raise argparse.ArgumentTypeError(
            f"unknown subject {', '.join(unknown)}; known: {', '.join(SUBJECTS)}"
        )
    return names


def _environments(names: Iterable[str]) -> dict[str, Environment]:
    ready = {}
    for name in names:
        try:
            ready[name] = prepare(SUBJECTS[name], _say)
        except SetUpFailed as failure:
            _say(f"{name} is left out: {failure}")
    return ready


def _report(
    started: datetime.datetime,
    load: float | None,
    quick: bool,
    environments: dict[str, Environment],
    records: list[dict[str, Any]],
    figures: Figures,
) -> dict[str, Any]:
    return {
        "started": started.isoformat(timespec="seconds"),
        "quick": quick,
        "machine": machine.describe(),
        "load_average": {"before": load, "after": machine.load_average()},
        "packages": {name: environment.packages for name, environment in environments.items()},
        "rounds": 1 + max(record.get("round", 0) for record in records),
        "medians": figures,
        "records": records,
    }


def _default_path(started: datetime.datetime, quick: bool) -> Path:
    return RESULTS / ("latest-quick.json" if quick else f"{started:%Y-%m-%d}-{machine.slug()}.json")


def _keep(path: Path, report: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


def _exit_code(left_out: set[str], records: list[dict[str, Any]], figures: Figures, check: bool) -> int:
    failed = [record for record in records if "error" in record]
    for record in failed:
        _say(f"{record['subject']} failed at {record['measure']}: {record['error'].splitlines()[-1]}")
    missed = [
        metric.label for metric in METRICS if metric.mark and _is_missed(metric.key, metric.mark, figures)
    ]
    return int(bool(failed or left_out or (check and missed)))


def _is_missed(key: str, mark: Mark, figures: Figures) -> bool:
    ours, peer = figures[key].get(OURS), figures[key].get(PEER)
    return ours is not None and is_reached(mark, ours, peer) is False


def _say(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
