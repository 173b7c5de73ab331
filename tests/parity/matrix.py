"""Every case, by area and name."""

from __future__ import annotations

from collections.abc import Mapping

from parity.case import Case
from parity.cases import (
    conversations,
    embeddings,
    failures,
    knowledge,
    parameters,
    reasoning,
    replies,
    streams,
    structured,
    texts,
    tools,
)

_AREAS = (
    parameters,
    tools,
    conversations,
    reasoning,
    structured,
    replies,
    streams,
    failures,
    embeddings,
    texts,
    knowledge,
)
AREAS: Mapping[str, Mapping[str, Case]] = {
    area.__name__.rpartition(".")[2]: {case.name: case for case in area.CASES} for area in _AREAS
}
