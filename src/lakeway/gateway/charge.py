"""Whom a call is charged to, and how much: the key's marks on the way out, usage and cost on the way back."""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Any, Final

import msgspec

from lakeway.calls.arguments import ATTRIBUTION
from lakeway.core.cost import Cost
from lakeway.core.usage import normalize, summed
from lakeway.gateway.call import Call
from lakeway.gateway.caller import Caller
from lakeway.gateway.deployments import Deployment

# A key's name and team. Its user is not among them: clients of a key for many tell theirs so.
NAMED: Final = frozenset({"key_alias", "team_id"})
CHARACTERS_A_TOKEN: Final = 4
MAPS: Final = frozenset({"request_tags", "usage_context"})


def attribute(params: dict[str, Any], caller: Caller, deployment: Deployment) -> None:
    """Put the key's own marks among the metadata in `params`, over whatever the client wrote there.

    From there they reach Databricks' usage tables on each surface as it takes them; they come first, since
    Responses takes a few alone. Other hosts are told nothing about our keys. Metadata that are no object
    are left for the dialect to refuse.
    """
    tags, given = caller.tags, params.get("metadata") or {}
    if deployment.target.provider == "databricks" and isinstance(given, Mapping):
        given = _without(given, _reserved(caller))
        if tags or "metadata" in params:
            params["metadata"] = {**tags, **given}


def unforged(control: Mapping[str, Any], caller: Caller) -> Mapping[str, Any]:
    """What a client wants of a call, without marks of its own under the names of the key's: attribution asked
    for by name goes over the metadata."""
    names = _reserved(caller)
    if not names or control.keys().isdisjoint(ATTRIBUTION):
        return control
    kept = {name: value for name, value in control.items() if not (name == "tags" and name in names)}
    for name in MAPS & kept.keys():
        kept[name] = _without(kept[name], names)
    return kept


def _reserved(caller: Caller) -> Set[str]:
    """The names that only the configuration may fill in: those of the key, and of a key's name and team
    even where it has none. Who holds the master key, or needs no key, may say what he likes."""
    if caller.admin or not caller.key:
        return frozenset()
    return caller.tags.keys() | NAMED


def _without(given: Mapping[str, Any], names: Set[str]) -> Mapping[str, Any]:
    return given if names.isdisjoint(given) else {k: v for k, v in given.items() if k not in names}


def estimate(asked: int, said: int) -> dict[str, Any]:
    """The usage of so many bytes asked and characters said. For a stream that was left before its server
    told, or whose server never does: it is billed all the same, and must not be free."""
    prompt, completion = -(-asked // CHARACTERS_A_TOKEN), -(-said // CHARACTERS_A_TOKEN)
    total = prompt + completion
    return normalize({"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": total})


def put(
    call: Call,
    usage: Mapping[str, Any] | None,
    served: str | None,
    params: Mapping[str, Any],
    tier: object = None,
) -> None:
    """What the call has used and what that costs. `served` and `tier` are the reply's own words."""
    deployment = call.deployment
    if deployment is None:
        return
    call.usage = usage
    call.cost = deployment.cost(served, usage or {}, params.get("service_tier"), tier)


def add(
    call: Call,
    usage: Mapping[str, Any] | None,
    served: str | None,
    params: Mapping[str, Any],
    tier: object = None,
) -> None:
    """The same for one of several requests that a call takes: on top of what those before it have used.

    Of what it costs the part that is known counts, since that much was spent for certain.
    """
    before, cost, charged = call.usage, call.cost, call.charged
    put(call, usage, served, params, tier)
    if charged:
        call.usage = summed((before or {}, call.usage or {}))
        call.cost = _together(cost, call.cost)
    call.charged = True


def _together(one: Cost | None, other: Cost | None) -> Cost | None:
    if one is None or other is None:
        return one or other
    parts = zip(msgspec.structs.astuple(one), msgspec.structs.astuple(other), strict=True)
    return Cost(*(mine + theirs for mine, theirs in parts))
