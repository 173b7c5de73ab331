"""How a difference is said: for all cases by its nature, or for some by name."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from parity.compare import Gap


@dataclass(frozen=True, slots=True)
class Habit:
    """`paths` is a regular expression; `holds` is asked for LiteLLM's value and Lakeway's."""

    reason: str
    paths: str
    holds: Callable[[Any, Any], bool]

    def explains(self, gap: Gap) -> bool:
        return re.fullmatch(self.paths, gap.path) is not None and self.holds(gap.litellm, gap.lakeway)


@dataclass(frozen=True, slots=True)
class Difference:
    """`cases` are an area and patterns of names in it. `lakeway` says at which path which value of Lakeway's
    differs from LiteLLM's, in every one of the cases; `...` is any value."""

    reason: str
    cases: str
    lakeway: Mapping[str, Any]

    @property
    def patterns(self) -> list[str]:
        area, _, names = self.cases.partition("/")
        return [f"{area}/{name}" for name in names.split()]

    def covers(self, case: str) -> bool:
        return any(fnmatchcase(case, pattern) for pattern in self.patterns)

    def explains(self, gap: Gap) -> bool:
        return gap.path in self.lakeway and self.lakeway[gap.path] in (..., gap.lakeway)
