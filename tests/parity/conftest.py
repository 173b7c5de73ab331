"""Puts `tests` on the path: `parity` is a folder of it, and its recorder runs in another environment."""

import sys
from pathlib import Path

TESTS = str(Path(__file__).resolve().parents[1])
if TESTS not in sys.path:
    sys.path.append(TESTS)
