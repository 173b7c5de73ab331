"""The command line: `python -m bench.gateway [--quick] [--subjects nginx,lakeway] [--million] [--check]`."""

from __future__ import annotations

import argparse
import datetime
import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from bench import machine
from bench.environments import SetUpFailed
from bench.gateway import table
from bench.gateway.figures import METRICS, Figures, is_missed, summarize
from bench.gateway.installed import Installed, find, install, version
from bench.gateway.measures import QUICK, Record, Size
from bench.gateway.run import run
from bench.gateway.running import Cores
from bench.gateway.subjects import GATEWAYS
from bench.subjects import ROOT
from bench.table import as_markdown, as_text

RESULTS = ROOT / "bench" / "results"
_BUSY = 0.5


def main(arguments: Sequence[str] | None = None) -> int:
    """Set up, measure, print, keep. 1 when a gateway failed, or with --check when a mark is missed; 2 when
    nothing can be measured here.
    """
    options = _parser().parse_args(arguments)
    cores = _cores()
    if cores is None or not _has_wrk():
        return 2
    started = datetime.datetime.now(datetime.UTC)
    programs = _programs(options.subjects)
    if not programs:
        return 2
    load = machine.load_average()
    if load is not None and load > _BUSY:
        _say(f"load average {load}: others are using this machine, take the ratios, not the figures")
    records = run(programs, QUICK if options.quick else Size(), cores, _say, million=options.million)
    figures = summarize(records)
    report = _report(started, load, options.quick, programs, records, figures)
    path = options.json or _default_path(started, options.quick)
    _keep(path, report)
    _print(report, list(programs), path)
    return _exit_code(set(options.subjects) - programs.keys(), records, figures, options.check)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bench.gateway", description="Lakeway's gateway beside nginx, LiteLLM and Portkey."
    )
    parser.add_argument(
        "--quick", action="store_true", help="one short round: shows that it runs, not how fast"
    )
    parser.add_argument(
        "--subjects", type=_names, default=list(GATEWAYS), help=f"some of {','.join(GATEWAYS)}"
    )
    parser.add_argument(
        "--million", action="store_true", help="then a million requests to Lakeway, its memory watched"
    )
    parser.add_argument("--json", type=Path, metavar="PATH", help="where the raw records go")
    parser.add_argument("--check", action="store_true", help="fail when a mark is missed")
    return parser


def _names(text: str) -> list[str]:
    names = text.split(",")
    if unknown := sorted(set(names) - GATEWAYS.keys()):
        raise argparse.ArgumentTypeError(
            f"unknown subject {', '.join(unknown)}; known: {', '.join(GATEWAYS)}"
        )
    return names


def _cores() -> Cores | None:
    found = machine.cores() if Path("/proc/self/stat").exists() else None
    if found is None:
        _say("needs Linux and two cores: one for the gateway, one for the load and the upstream")
        return None
    return Cores(gateway=found[0], load=found[1])


def _has_wrk() -> bool:
    try:
        find("wrk", "wrk")
    except SetUpFailed as missing:
        _say(f"the load comes from wrk: {missing}")
        return False
    return True


def _programs(names: Iterable[str]) -> dict[str, Installed]:
    ready = {}
    for name in names:
        try:
            ready[name] = install(GATEWAYS[name], _say)
        except SetUpFailed as failure:
            _say(f"{GATEWAYS[name].title} is left out: {failure}")
    return ready


def _report(
    started: datetime.datetime,
    load: float | None,
    quick: bool,
    programs: dict[str, Installed],
    records: list[Record],
    figures: Figures,
) -> dict[str, Any]:
    return {
        "started": started.isoformat(timespec="seconds"),
        "quick": quick,
        "machine": machine.describe() | {"wrk": version("wrk")},
        "load_average": {"before": load, "after": machine.load_average()},
        "packages": {name: program.packages for name, program in programs.items()},
        "rounds": 1 + max(record["round"] for record in records),
        "medians": figures,
        "records": records,
    }


def _default_path(started: datetime.datetime, quick: bool) -> Path:
    name = "latest-gateway-quick" if quick else f"{started:%Y-%m-%d}-gateway-{machine.slug()}"
    return RESULTS / f"{name}.json"


def _keep(path: Path, report: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


def _print(report: dict[str, Any], names: list[str], path: Path) -> None:
    rows, caption = table.rows(report["medians"], names), table.caption(report)
    notes = [*table.failures(report["records"]), *table.doubts(report["records"])]
    told = "".join(f"! {note}\n" for note in notes)
    print(f"\n{as_text(rows)}\n{caption}\n{told}\n{as_markdown(rows)}\n\n{caption}\n\nraw records: {path}")


def _exit_code(left_out: set[str], records: list[Record], figures: Figures, check: bool) -> int:
    failed = any("error" in record for record in records)
    missed = any(is_missed(metric, figures) for metric in METRICS)
    return int(failed or bool(left_out) or (check and missed))


def _say(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
