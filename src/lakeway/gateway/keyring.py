"""The rows of `keys` as callers, by the digests of their keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import sha256

from msgspec import Struct

from lakeway.gateway.caller import Caller
from lakeway.gateway.config.keys import KeyRow
from lakeway.gateway.config.references import PREFIX
from lakeway.gateway.config.values import Loaded
from lakeway.gateway.problems import Problem
from lakeway.gateway.served import Served


class Keyring(Struct, frozen=True):
    """`callers` by the SHA-256 of their keys."""

    callers: Mapping[bytes, Caller]
    problems: tuple[Problem, ...]
    notes: tuple[str, ...]


def forge(loaded: Loaded, served: Served) -> Keyring:
    """The callers that the configuration knows, besides the holder of the master key."""
    rows = loaded.config.keys
    groups = _access_groups(loaded)
    most = loaded.config.general_settings.max_parallel_requests
    callers = {bytes.fromhex(_digest(row)): _caller(row, groups, most) for row in rows}
    problems = (*_claimed_twice(loaded), *_unknown_models(rows, {*groups}, served))
    return Keyring(callers, tuple(problems), tuple(_plain(loaded)))


def _digest(row: KeyRow) -> str:
    return row.hash or sha256((row.key or "").encode()).hexdigest()


def _caller(row: KeyRow, groups: Mapping[str, list[str]], most: int | None) -> Caller:
    models = (name for model in row.models for name in groups.get(model, [model]))
    return Caller(
        key=_digest(row),
        alias=row.key_alias,
        user=row.user_id,
        team=row.team_id,
        models=tuple(dict.fromkeys(models)),
        metadata={name: _text(value) for name, value in row.metadata.items()},
        rpm=row.rpm_limit if row.rpm is None else row.rpm,
        tpm=row.tpm_limit if row.tpm is None else row.tpm,
        max_parallel=row.max_parallel_requests or most,
    )


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _access_groups(loaded: Loaded) -> dict[str, list[str]]:
    """The models by the names of `model_info.access_groups`, which a key may be given instead."""
    groups: dict[str, list[str]] = {}
    for row in loaded.config.model_list:
        for name in row.model_info.access_groups or ():
            groups.setdefault(name, []).append(row.model_name)
    return groups


def _claimed_twice(loaded: Loaded) -> Iterator[Problem]:
    """A key, or its name, that would stand for two callers."""
    first: dict[tuple[str, str], str] = {}
    master = loaded.config.general_settings.master_key
    if master:
        first["key", sha256(master.encode()).hexdigest()] = "the master key"
    for index, row in enumerate(loaded.config.keys):
        for what, value in (("key", _digest(row)), ("alias", row.key_alias)):
            if not value:
                continue
            other = first.setdefault((what, value), f"that of keys[{index}]")
            if other != f"that of keys[{index}]":
                yield Problem(("keys", index), f"its {what} is {other}")


def _unknown_models(rows: list[KeyRow], groups: set[str], served: Served) -> Iterator[Problem]:
    for index, row in enumerate(rows):
        for place, name in enumerate(row.models):
            if name not in groups and not served.may_have(name):
                path = ("keys", index, "models", place)
                yield Problem(path, f"there is no model {name!r}", served.nearest(name))


def _plain(loaded: Loaded) -> Iterator[str]:
    rows = loaded.raw.get("keys")
    for index, row in enumerate(rows if isinstance(rows, list) else ()):
        key = row.get("key") if isinstance(row, Mapping) else None
        if isinstance(key, str) and not key.startswith(PREFIX):
            place = loaded.origins.shown(("keys", index, "key"))
            yield f"{place}: stands in the file as it is. Put its hash there: lakeway keys hash."
