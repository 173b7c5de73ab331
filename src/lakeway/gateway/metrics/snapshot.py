"""What was counted, at one moment: plain values that go from one process to another and add up."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeAlias

import msgspec
from msgspec import Struct

from lakeway.gateway.metrics.families import BY_NAME, Family

# By family and by the text of its labels.
Values: TypeAlias = dict[str, dict[str, float]]


class Distribution(Struct, array_like=True):
    """How many values fell in each bucket (not added up from one to the next); the last has no limit."""

    counts: list[int]
    sum: float

    def add(self, other: Distribution) -> None:
        self.counts = [ours + theirs for ours, theirs in zip(self.counts, other.counts, strict=True)]
        self.sum += other.sum


class Snapshot(Struct):
    counters: Values = {}
    gauges: Values = {}
    histograms: dict[str, dict[str, Distribution]] = {}

    def count(self, family: Family, labels: str, amount: float) -> None:
        values = self.counters.setdefault(family.name, {})
        values[labels] = values.get(labels, 0) + amount

    def gauge(self, family: Family, labels: str, value: float) -> None:
        values = self.gauges.setdefault(family.name, {})
        known = values.get(labels)
        if known is None:
            values[labels] = value
        else:
            values[labels] = max(known, value) if family.worst else known + value

    def distribute(self, family: Family, labels: str, distribution: Distribution) -> None:
        known = self.histograms.setdefault(family.name, {})
        if labels in known:
            known[labels].add(distribution)
        else:
            known[labels] = Distribution(list(distribution.counts), distribution.sum)

    def lasting(self) -> Snapshot:
        """What stays true of a process that is no more: what it has counted."""
        return Snapshot(counters=self.counters, histograms=self.histograms)

    def encode(self) -> bytes:
        return _encode(self)


_encode = msgspec.msgpack.Encoder().encode
_decoder = msgspec.msgpack.Decoder(Snapshot)


def decode(data: bytes) -> Snapshot:
    """Raises msgspec.DecodeError for what is no snapshot."""
    return _decoder.decode(data)


def merge(snapshots: Iterable[Snapshot]) -> Snapshot:
    """Several processes as one: counts add up, and so do gauges but those of which the worst counts."""
    merged = Snapshot()
    for snapshot in snapshots:
        for family, labels, amount in _each(snapshot.counters):
            merged.count(family, labels, amount)
        for family, labels, value in _each(snapshot.gauges):
            merged.gauge(family, labels, value)
        for family, labels, distribution in _each(snapshot.histograms):
            merged.distribute(family, labels, distribution)
    return merged


def _each(values: dict[str, dict[str, Any]]) -> Iterable[tuple[Family, str, Any]]:
    for name, by_labels in values.items():
        family = BY_NAME[name]
        for labels, value in by_labels.items():
            yield family, labels, value
