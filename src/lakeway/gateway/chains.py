"""Names that lead to other names: aliases, and the fallbacks by what has gone wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from lakeway.gateway.config.sections import Config
from lakeway.gateway.problems import Place, Problem, shown
from lakeway.gateway.served import Served

ANY = "*"
KINDS = ("fallbacks", "context_window_fallbacks", "content_policy_fallbacks")
SECTIONS = ("litellm_settings", "router_settings")
ALIASES: Place = ("router_settings", "model_group_alias")


class Chains(Struct, frozen=True):
    """`aliases` lead to names of groups; the rest are the names to turn to, by group, with "*" for any."""

    aliases: Mapping[str, str]
    hidden: frozenset[str]
    fallbacks: Mapping[str, tuple[str, ...]]
    context_window: Mapping[str, tuple[str, ...]]
    content_policy: Mapping[str, tuple[str, ...]]


def aliases(config: Config) -> tuple[dict[str, str], list[Problem]]:
    """Every alias with the name that it comes to in the end, and those that come back to themselves."""
    written = {name: alias.model for name, alias in config.router_settings.model_group_alias.items()}
    found: dict[str, str] = {}
    problems: list[Problem] = []
    for name in written:
        target, seen = written[name], {name}
        while target in written and target not in seen:
            seen.add(target)
            target = written[target]
        if target in seen:
            problems.append(Problem((*ALIASES, name), "leads back to itself"))
        else:
            found[name] = target
    return found, problems


def chains(config: Config, known: Mapping[str, str], left_out: frozenset[str]) -> Chains:
    """What the configuration says, without the names that are `left_out`. `known` are the aliases."""
    hidden = (name for name, alias in config.router_settings.model_group_alias.items() if alias.hidden)
    general = dict(_chain(config, "fallbacks", left_out))
    default = first(config, "default_fallbacks")
    if default is not None:
        general.setdefault(ANY, tuple(name for name in default if name not in left_out))
    return Chains(
        {name: target for name, target in known.items() if target not in left_out},
        frozenset(hidden),
        general,
        _chain(config, "context_window_fallbacks", left_out),
        _chain(config, "content_policy_fallbacks", left_out),
    )


def first(config: Config, key: str) -> Any:
    """What the narrower section says, or else the wider one."""
    for section in (config.router_settings, config.litellm_settings):
        value = getattr(section, key)
        if value is not None:
            return value
    return None


def _chain(config: Config, key: str, left_out: frozenset[str]) -> dict[str, tuple[str, ...]]:
    """As with LiteLLM the first chain of a name counts."""
    found: dict[str, tuple[str, ...]] = {}
    for entry in first(config, key) or ():
        for name, chain in entry.items():
            found.setdefault(name, tuple(each for each in chain if each not in left_out))
    return found


def mentioned(config: Config) -> Iterator[tuple[Place, str]]:
    """The names of models that other sections refer to, with their places."""
    for section in SECTIONS:
        values = getattr(config, section)
        for key in KINDS:
            for entry in getattr(values, key) or ():
                for name, chain in entry.items():
                    yield from (((section, key), each) for each in (name, *chain) if each != ANY)
        yield from (((section, "default_fallbacks"), each) for each in values.default_fallbacks or ())
    for name in config.router_settings.model_group_retry_policy:
        yield ("router_settings", "model_group_retry_policy"), name
    for alias in config.router_settings.model_group_alias.values():
        yield ALIASES, alias.model


def unknown(config: Config, served: Served, left_out: frozenset[str]) -> tuple[list[Problem], list[str]]:
    """What leads to no model, and for each name of a row that is left out what no longer leads there."""
    problems: dict[Problem, None] = {}
    notes: dict[str, None] = {}
    for path, name in mentioned(config):
        if name in left_out:
            notes[f"{shown(path)}: {name!r} is left out with its row"] = None
        elif not served.has(name):
            problems[Problem(path, f"there is no model {name!r}", served.nearest(name))] = None
    return list(problems), list(notes)
