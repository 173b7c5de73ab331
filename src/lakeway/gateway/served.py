"""The names that may be asked for: what `groups` will find, told before there are any groups."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property

from lakeway.gateway.caller import ALL_MODELS
from lakeway.gateway.problems import did_you_mean

WILD = "*"


class Served:
    """`names` are those of groups and aliases, wildcards among them."""

    def __init__(self, names: Iterable[str]) -> None:
        self.names = frozenset(names)

    def has(self, name: str) -> bool:
        """By itself, by a wildcard, or with the provider in front, as the groups have it."""
        if name in self.names or self._matches(name):
            return True
        return "/" not in name and self._matches(f"databricks/{name}")

    def may_have(self, name: str) -> bool:
        """Whether a name, or a wildcard of a key's, could be that of something served."""
        if name in ALL_MODELS or self.has(name):
            return True
        return WILD in name and any(_overlap(name, each) for each in self.names)

    def nearest(self, name: str) -> str:
        """A suggestion, or nothing."""
        return did_you_mean(name, self.names)

    @cached_property
    def _patterns(self) -> tuple[re.Pattern[str], ...]:
        wild = (name for name in self.names if WILD in name)
        return tuple(re.compile("(.+)".join(map(re.escape, name.split(WILD)))) for name in wild)

    def _matches(self, name: str) -> bool:
        return name in self.names or any(pattern.fullmatch(name) for pattern in self._patterns)


def _overlap(one: str, other: str) -> bool:
    """Whether there may be a name that both lead to: neither their beginnings nor their ends rule it out."""
    heads = one.partition(WILD)[0], other.partition(WILD)[0]
    tails = one.rpartition(WILD)[2], other.rpartition(WILD)[2]
    if WILD not in other:
        return other.startswith(heads[0]) and other.endswith(tails[0])
    begins = heads[0].startswith(heads[1]) or heads[1].startswith(heads[0])
    return begins and (tails[0].endswith(tails[1]) or tails[1].endswith(tails[0]))
