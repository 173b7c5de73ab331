"""The command. `main` is all that `pip install lakeway` alone can run: the rest needs the gateway's extra."""

from __future__ import annotations

import sys


def main() -> None:
    """Run `lakeway`, or say what to install for it."""
    try:
        from lakeway.cli.root import lakeway
    except ModuleNotFoundError as missing:
        if missing.name != "click":
            raise
        sys.stderr.write('The command needs more than the SDK: pip install "lakeway[gateway]"\n')
        sys.exit(2)
    lakeway(prog_name="lakeway")
