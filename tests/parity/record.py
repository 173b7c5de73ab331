"""Writes down what LiteLLM answers: `python tests/parity/record.py --python <interpreter that has litellm>`.

The cases are run in that interpreter; LiteLLM is no dependency of the tests. Look at the diff afterwards:
a line that changed is a case that changed, or LiteLLM.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

VERSION = "1.109.1"
HERE = Path(__file__).resolve().parent
RECORDS = HERE / f"litellm-{VERSION}"
SETTINGS = {
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",  # the prices of this version, not of today
    "HF_HUB_OFFLINE": "1",
    "LITELLM_LOG": "CRITICAL",
    "NO_PROXY": "127.0.0.1",
    "PYTHONPATH": str(HERE.parent),
}
RUN = "import sys; from parity.record import record; record(sys.argv[1:])"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", required=True, help=f"an interpreter that has litellm=={VERSION}")
    parser.add_argument("area", nargs="*", help="only these, such as `streams`")
    options = parser.parse_args()
    environ = {name: value for name, value in os.environ.items() if not name.startswith("DATABRICKS_")}
    command = [options.python, "-c", RUN, *options.area]
    sys.exit(subprocess.run(command, env=environ | SETTINGS, check=False).returncode)


def record(areas: list[str]) -> None:
    """Run all areas, or some; in LiteLLM's environment."""
    from importlib.metadata import version

    import litellm  # type: ignore[import-not-found]
    import openai

    from parity.matrix import AREAS
    from parity.observe import observe
    from parity.server import canned_workspace

    if version("litellm") != VERSION:
        sys.exit(f"this records litellm {VERSION}, not {version('litellm')}")
    litellm.suppress_debug_info = True
    RECORDS.mkdir(exist_ok=True)
    with canned_workspace() as workspace:
        for area in areas or AREAS:
            cases = AREAS[area]
            outcomes = {
                name: {"given": given(case), **observe(litellm, openai, case, workspace)}
                for name, case in cases.items()
            }
            _write(RECORDS / f"{area}.json", outcomes)


def given(case: Any) -> Any:
    """What is asked, as JSON."""
    return json.loads(json.dumps({"call": case.call, **case.arguments}, default=repr))


def _write(path: Path, outcomes: dict[str, Any]) -> None:
    """One case to a line, so that a diff shows which ones changed."""
    lines = [
        f"{json.dumps(name)}: {json.dumps(outcome, separators=(',', ':'))}"
        for name, outcome in outcomes.items()
    ]
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
