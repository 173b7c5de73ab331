"""Who is calling: what a key stands for, settled when the configuration was read."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase

import msgspec
from msgspec import Struct

# LiteLLM's word for "whatever this gateway serves".
ALL_MODELS = frozenset({"*", "all-proxy-models", "all-team-models"})


class Caller(Struct, frozen=True, kw_only=True):
    """`key` is the SHA-256 of the key in hex, empty where none is needed. `models` are names and wildcards of
    what it may ask for; empty for all. The limits are per minute, and for calls at one time.

    `limited` and `tags` follow from the rest: whether there is any limit, and what Databricks' usage tables
    are told of the key, which is nothing that a client can forge.
    """

    key: str = ""
    alias: str = ""
    user: str = ""
    team: str = ""
    models: tuple[str, ...] = ()
    metadata: Mapping[str, str] = {}
    rpm: int | None = None
    tpm: int | None = None
    max_parallel: int | None = None
    admin: bool = False

    def may_use(self, model: str) -> bool:
        if not self.models or model in self.models:
            return True
        return any(each in ALL_MODELS or ("*" in each and fnmatchcase(model, each)) for each in self.models)

    limited: bool = False
    tags: dict[str, str] = {}

    def __post_init__(self) -> None:
        limits = (self.rpm, self.tpm, self.max_parallel)
        msgspec.structs.force_setattr(self, "limited", any(limit is not None for limit in limits))
        named = {"key_alias": self.alias, "user_id": self.user, "team_id": self.team}
        marks = {**self.metadata, **{name: value for name, value in named.items() if value}}
        msgspec.structs.force_setattr(self, "tags", marks)


ANYBODY = Caller()
