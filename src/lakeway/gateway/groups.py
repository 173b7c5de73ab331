"""Which deployments a model name means, and in which order they are tried. Pure: chance is an argument."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeAlias

from msgspec import Struct

from lakeway.errors import BadRequestError, UnknownProviderError
from lakeway.gateway.deployments import Deployment

Group: TypeAlias = tuple[Deployment, ...]
Chance: TypeAlias = Callable[[], float]

MOST_FALLBACKS = 5  # LiteLLM's max_fallbacks
REMEMBERED = 1024


class Attempt(Struct, frozen=True):
    """One deployment to try. `group` counts the groups before its own; `larger` ones take longer prompts."""

    deployment: Deployment
    group: int = 0
    larger: bool = False


class Groups:
    """The deployments by `model_name`; several rows of one name share its traffic.

    `aliases` are further names of groups. `fallbacks` are the names to turn to by group, with "*" for any;
    `larger` those for a prompt that is too long.
    """

    def __init__(
        self,
        deployments: Iterable[Deployment],
        *,
        aliases: Mapping[str, str] | None = None,
        fallbacks: Mapping[str, Sequence[str]] | None = None,
        larger: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        rows: dict[str, list[Deployment]] = {}
        for deployment in deployments:
            rows.setdefault(deployment.group, []).append(deployment)
        self._groups: dict[str, Group] = {name: tuple(group) for name, group in rows.items()}
        self._aliases = dict(aliases or {})
        self._fallbacks = dict(fallbacks or {})
        self._larger = dict(larger or {})
        wild = sorted((name for name in self._groups if "*" in name), key=len, reverse=True)
        self._patterns = [(_pattern(name), self._groups[name]) for name in wild]
        self._matched: dict[str, Group] = {}

    @property
    def names(self) -> list[str]:
        """The names that may be asked for, wildcards among them."""
        return [*self._groups, *self._aliases]

    def find(self, name: str) -> Group | None:
        """The group of that name: exactly, by an alias, by a wildcard, or with the provider in front."""
        group = self._groups.get(self._aliases.get(name, name)) or self._matched.get(name)
        if group is None:
            group = self._match(name)
        return self._match(f"databricks/{name}") if group is None and "/" not in name else group

    def matches(self, wildcard: str, name: str) -> bool:
        """Whether the group called `wildcard` is the one that `name` leads to."""
        group = self.find(name)
        return group is not None and group[0].group == wildcard

    def _match(self, name: str) -> Group | None:
        if name in self._groups:
            return self._groups[name]
        for pattern, group in self._patterns:
            found = pattern.fullmatch(name)
            if found is not None and "*" not in name:
                return self._remember(name, _filled(group, found.groups()))
        return None

    def _remember(self, name: str, group: Group | None) -> Group | None:
        if group is not None:
            if len(self._matched) >= REMEMBERED:
                self._matched.clear()
            self._matched[name] = group
        return group

    def attempts(
        self, name: str, chance: Chance, *, fallbacks: Sequence[str] | None = None, endpoint: str = ""
    ) -> tuple[Attempt, ...]:
        """What to try for `name`, in order; `fallbacks` replace the configured ones.

        Raises BadRequestError for a name that no group has.
        """
        tried = [Attempt(each) for each in order(self._named(name, endpoint), chance)]
        chain = self._chain(name, self._fallbacks) if fallbacks is None else fallbacks
        for number, other in enumerate(chain[:MOST_FALLBACKS], start=1):
            tried += [Attempt(each, number) for each in order(self._named(other, endpoint), chance)]
        for number, other in enumerate(self._chain(name, self._larger), start=1):
            tried += [Attempt(each, number, larger=True) for each in order(self._named(other), chance)]
        return tuple(tried)

    def _chain(self, name: str, chains: Mapping[str, Sequence[str]]) -> Sequence[str]:
        if not chains:
            return ()
        name = self._aliases.get(name, name)
        return [each for each in chains.get(name, chains.get("*", ())) if each != name]

    def _named(self, name: str, endpoint: str = "") -> Group:
        group = self.find(name)
        if group is None:
            raise BadRequestError(
                f"{endpoint + ': ' if endpoint else ''}Invalid model name passed in model={name}. "
                "Call `/v1/models` to view available models for your key.",
                param="model",
            )
        return group


def order(group: Sequence[Deployment], chance: Chance) -> list[Deployment]:
    """LiteLLM's simple shuffle: lower `order` first, then at random by weight, or else rpm, or else tpm."""
    if len(group) == 1:
        return list(group)
    tiers = sorted({deployment.order for deployment in group})
    return [
        deployment
        for tier in tiers
        for deployment in _shuffled([d for d in group if d.order == tier], chance)
    ]


def _shuffled(tier: list[Deployment], chance: Chance) -> list[Deployment]:
    shares = _shares(tier)
    drawn: list[Deployment] = []
    while tier:
        mark = chance() * sum(shares)
        index = 0
        while index < len(tier) - 1 and mark >= shares[index]:
            mark -= shares[index]
            index += 1
        drawn.append(tier.pop(index))
        shares.pop(index)
    return drawn


def _shares(tier: Sequence[Deployment]) -> list[float]:
    """The first measure that any row states; a row without it comes last."""
    for measure in ([d.weight for d in tier], [d.rpm for d in tier], [d.tpm for d in tier]):
        if any(measure):
            return measure
    return [1.0] * len(tier)


def _pattern(name: str) -> re.Pattern[str]:
    return re.compile("(.+)".join(re.escape(part) for part in name.split("*")))


def _filled(group: Group, captured: Sequence[str]) -> Group | None:
    """The group with the request's words in the place of its asterisks."""
    try:
        return tuple(each.serving(_fill(each.target.alias, captured)) for each in group)
    except UnknownProviderError:
        return None


def _fill(model: str, captured: Sequence[str]) -> str:
    head, *tails = model.split("*")
    words = [*captured, *("" for _ in tails)]
    return head + "".join(word + tail for word, tail in zip(words, tails, strict=False))
