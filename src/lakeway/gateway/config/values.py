"""What comes of reading a configuration: its sections, and what there is to say about them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from lakeway.core.masked import Masked
from lakeway.gateway.config.references import Unset
from lakeway.gateway.config.sections import Config
from lakeway.gateway.origins import Origins
from lakeway.gateway.problems import Problem


class Loaded(Masked, frozen=True, kw_only=True):
    """A configuration with what it was resolved against.

    `config` holds what could be read, `problems` what could not. `indices` are the places of its rows in the
    file, `identities` their stable ids, `unreadable` the names of rows that are left out for a mistake.
    `unset` are the references that led nowhere, `notes` whatever the person who starts the gateway should
    know. `raw` is the file as it was written, includes and all.
    """

    config: Config
    environ: Mapping[str, str]
    identities: tuple[str, ...]
    indices: tuple[int, ...]
    unreadable: frozenset[str] = frozenset()
    unset: tuple[Unset, ...] = ()
    notes: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    raw: Mapping[str, Any] = {}
    origins: Origins = Origins()
    _secrets: ClassVar[frozenset[str]] = frozenset({"config", "environ", "raw"})
