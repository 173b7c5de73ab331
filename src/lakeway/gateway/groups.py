"""Which deployments a model name means, and which names follow it. Pure: `routing` says what is first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec
from msgspec import Struct

from lakeway.core.load import Load
from lakeway.core.retry import RetryPolicy
from lakeway.errors import (
    BadRequestError,
    ContentPolicyViolationError,
    ContextWindowExceededError,
    LakewayError,
    UnknownProviderError,
)
from lakeway.gateway.deployments import Deployment

MOST_FALLBACKS = 5  # LiteLLM's max_fallbacks
REMEMBERED = 1024
# Characters of a name that a wildcard lets in. A name in Unity Catalog has three parts of at most 255.
LONGEST = 1024
ANY = "*"

Chains = Mapping[str, Sequence[str]]


class Group(Struct, frozen=True, eq=False):
    """The deployments of one name, which share its traffic. `policy` says how often a call is tried again."""

    name: str
    members: tuple[Deployment, ...]
    policy: RetryPolicy = RetryPolicy()


class Fallbacks(Struct, frozen=True, kw_only=True):
    """The names to turn to by group, with "*" for any, by what has gone wrong."""

    general: Chains = {}
    context_window: Chains = {}
    content_policy: Chains = {}
    most: int = MOST_FALLBACKS

    def __bool__(self) -> bool:
        return bool(self.general or self.context_window or self.content_policy)

    def names(self, wanted: Sequence[str], error: LakewayError) -> Sequence[str]:
        """What follows a group that goes by the names `wanted`, the first that has a chain being decisive: a
        chain of the error's own kind, or else one for any error."""
        chains: list[Chains] = [self.general]
        if isinstance(error, ContextWindowExceededError):
            chains.insert(0, self.context_window)
        elif isinstance(error, ContentPolicyViolationError):
            chains.insert(0, self.content_policy)
        named = next((found for chain in chains if (found := _first(chain, (*wanted, ANY)))), ())
        return [name for name in named if name not in wanted][: self.most]


class Groups:
    """The deployments by `model_name`. `aliases` are further names of groups, `hidden` those not listed.

    `policies` are the retry policies of groups that have one of their own; `policy` is that of the others.
    """

    def __init__(
        self,
        deployments: Iterable[Deployment],
        *,
        aliases: Mapping[str, str] | None = None,
        hidden: frozenset[str] = frozenset(),
        policy: RetryPolicy | None = None,
        policies: Mapping[str, RetryPolicy] | None = None,
        stated: bool = False,
    ) -> None:
        rows: dict[str, list[Deployment]] = {}
        for deployment in deployments:
            rows.setdefault(deployment.group, []).append(deployment)
        policies = policies or {}
        general = policy or RetryPolicy()
        self._groups: dict[str, Group] = {
            name: Group(name, tuple(members), policies.get(name) or _reaching_all(general, members, stated))
            for name, members in rows.items()
        }
        self._aliases = dict(aliases or {})
        self._hidden = hidden
        wild = sorted((name for name in self._groups if "*" in name), key=len, reverse=True)
        self._patterns = [(_pattern(name), self._groups[name]) for name in wild]
        self._matched: dict[str, Group] = {}

    def __iter__(self) -> Iterator[Group]:
        return iter(self._groups.values())

    @property
    def names(self) -> list[str]:
        """The names that may be asked for, wildcards among them."""
        return [*self._groups, *(alias for alias in self._aliases if alias not in self._hidden)]

    @property
    def deployments(self) -> list[Deployment]:
        return [member for group in self._groups.values() for member in group.members]

    def get(self, name: str, endpoint: str = "") -> Group:
        """The group of that name. Raises BadRequestError where there is none."""
        group = None if ANY in name else self._groups.get(name) or self.find(name)
        if group is None:
            raise BadRequestError(
                f"{endpoint + ': ' if endpoint else ''}Invalid model name passed in model={shown(name)}. "
                "Call `/v1/models` to view available models for your key.",
                param="model",
            )
        return group

    def find(self, name: str) -> Group | None:
        """Exactly, by an alias, by a wildcard, or with the provider in front."""
        name = self._aliases.get(name, name)
        group = self._known(name)
        return self._known(f"databricks/{name}") if group is None and "/" not in name else group

    def matches(self, wildcard: str, name: str) -> bool:
        """Whether the group called `wildcard` is the one that `name` leads to."""
        group = self.find(name)
        return group is not None and group.members[0].group == wildcard

    def after(self, name: str, fallbacks: Fallbacks, error: LakewayError) -> Iterator[tuple[str, Group]]:
        """What to turn to when the group called `name` has failed with `error`."""
        failed = self.find(name)
        for other in fallbacks.names(self._all_names(name), error):
            group = self.find(other)
            if group is not None and group is not failed:
                yield other, group

    def _all_names(self, name: str) -> list[str]:
        """Every name that a chain may know the group of `name` by: what was asked for, what that is an alias
        of, either with the provider in front and without, and the wildcard that let it in."""
        named = [name, self._aliases.get(name, name)]
        named += [each.removeprefix("databricks/") for each in named]
        named += [f"databricks/{each}" for each in named if "/" not in each]
        group = self.find(name)
        wild = [] if group is None or "*" not in group.name else [group.name]
        return list(dict.fromkeys([*named, *wild]))

    def _known(self, name: str) -> Group | None:
        return self._groups.get(name) or self._matched.get(name) or self._match(name)

    def _match(self, name: str) -> Group | None:
        if len(name) > LONGEST:  # it would be searched again and again, and remembered
            return None
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


def shown(name: str) -> str:
    """A name as an error has it: what a client sends may be of any length."""
    return name if len(name) <= LONGEST else f"{name[:100]}… ({len(name)} characters; {LONGEST} at most)"


def _first(chain: Mapping[str, Sequence[str]], names: Iterable[str]) -> Sequence[str]:
    return next((chain[name] for name in names if name in chain), ())


def _reaching_all(policy: RetryPolicy, members: Sequence[Deployment], stated: bool) -> RetryPolicy:
    """What a row says counts for its group. Where nobody said how often, each deployment gets its chance."""
    own = [each.retries for each in members if each.retries is not None]
    if own:
        return msgspec.structs.replace(policy, retries=max(own))
    if stated or len(members) - 1 <= policy.retries:
        return policy
    return msgspec.structs.replace(policy, retries=len(members) - 1)


def _pattern(name: str) -> re.Pattern[str]:
    return re.compile("(.+)".join(re.escape(part) for part in name.split("*")))


def _filled(group: Group, captured: Sequence[str]) -> Group | None:
    """The group with the request's words in the place of its asterisks."""
    try:
        # Each model fares on its own: the limits of one are not those of another.
        members = tuple(
            msgspec.structs.replace(each.serving(_fill(each.target.alias, captured)), load=Load())
            for each in group.members
        )
    except UnknownProviderError:
        return None
    return msgspec.structs.replace(group, members=members)


def _fill(model: str, captured: Sequence[str]) -> str:
    head, *tails = model.split("*")
    words = [*captured, *("" for _ in tails)]
    return head + "".join(word + tail for word, tail in zip(words, tails, strict=False))
