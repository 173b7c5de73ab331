"""Puts the root of the work tree on the path: `bench` is a folder of it, not part of the wheel."""

import sys
from pathlib import Path

ROOT = str(Path(__file__).resolve().parents[2])
if ROOT not in sys.path:
    sys.path.append(ROOT)
