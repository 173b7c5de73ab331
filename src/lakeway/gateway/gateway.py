"""What every request needs, made once: the groups of deployments, the door, the connections upstream."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

from lakeway.auth.asyncio import AsyncTokens
from lakeway.auth.unified import SHARED
from lakeway.core.http import HttpRequest, HttpResponse
from lakeway.core.steps import Credential, Flow
from lakeway.errors import LakewayError, UnknownProviderError
from lakeway.gateway.access import Access
from lakeway.gateway.config import Config, Loaded
from lakeway.gateway.deployments import Deployment, deploy
from lakeway.gateway.groups import Groups
from lakeway.gateway.problems import ConfigError, Problem, did_you_mean
from lakeway.settings import Settings
from lakeway.transport.asyncio import AsyncClient, drive
from lakeway.transport.network import Network

MIB = 1024 * 1024


class Gateway:
    """`max_body` is in bytes. The connections belong to the event loop of the first request."""

    def __init__(
        self,
        groups: Groups,
        *,
        access: Access,
        settings: Settings,
        network: Network,
        max_body: int = 32 * MIB,
        chance: Callable[[], float] = random.random,
        notes: Iterable[str] = (),
    ) -> None:
        self.groups = groups
        self.access = access
        self.settings = settings
        self.max_body = max_body
        self.chance = chance
        self.notes = tuple(notes)
        self._client = AsyncClient(network)
        self._tokens = AsyncTokens(self._fetch)

    @classmethod
    def of(
        cls, loaded: Loaded, *, access: Access, host_of: Callable[[Credential], str] = SHARED.host
    ) -> Gateway:
        """The gateway that a configuration describes. Raises ConfigError for rows that cannot be served."""
        config = loaded.config
        settings = _settings(config)
        deployments, left_out = _deployments(loaded, settings, host_of)
        return cls(
            _groups(config, deployments),
            access=access,
            settings=settings,
            network=_network(loaded),
            max_body=int(config.general_settings.max_request_size_mb * MIB),
            notes=(*loaded.notes, *left_out),
        )

    async def run(self, flow: Flow[Any]) -> Any:
        """Carry out a flow with this gateway's connections and tokens."""
        return await drive(flow, self._client, self._tokens)

    async def aclose(self) -> None:
        await self._client.aclose()

    async def _fetch(self, request: HttpRequest) -> HttpResponse:
        return cast("HttpResponse", await self._client.send(request))


def _network(loaded: Loaded) -> Network:
    try:
        return Network.from_environ(loaded.environ, ssl_verify=loaded.config.litellm_settings.ssl_verify)
    except ValueError as error:
        raise ConfigError([Problem((), str(error))]) from error


def _settings(config: Config) -> Settings:
    ours, router = config.litellm_settings, config.router_settings
    return Settings(
        drop_params=ours.drop_params,
        num_retries=_first(router.num_retries, ours.num_retries),
        request_timeout=_first(router.timeout, ours.request_timeout),
        dbu_usd=ours.dbu_usd,
    )


def _first(*values: Any) -> Any:
    return next((value for value in values if value is not None), None)


def _deployments(
    loaded: Loaded, settings: Settings, host_of: Callable[[Credential], str]
) -> tuple[list[Deployment], list[str]]:
    """The rows' deployments, and a note for each row of another provider, which is left out."""
    deployments: list[Deployment] = []
    left_out: list[str] = []
    problems: list[Problem] = []
    rows = loaded.config.model_list
    for index, (row, identity) in enumerate(zip(rows, loaded.identities, strict=True)):
        path = ("model_list", index)
        model = row.litellm_params.model
        try:
            deployments.append(deploy(row, identity, settings, loaded.environ, host_of))
        except UnknownProviderError as error:
            if _is_elsewhere(model):
                left_out.append(f"model_list[{index}]: left out, {model!r} is not a Databricks model")
            else:
                problems.append(Problem((*path, "litellm_params", "model"), f"{model!r}: {_hint(error)}"))
        except LakewayError as error:
            names = [unset.name for unset in loaded.unset if unset.path[:2] == path]
            advice = f"Not set: {', '.join(names)}." if names and "not set" in error.message else ""
            problems.append(Problem((*path, "litellm_params"), error.message.rstrip("."), advice))
    if not rows:
        problems.append(Problem((), "there is no model", "List one under 'model_list:', or pass --model."))
    elif not deployments and not problems:
        problems.append(Problem(("model_list",), "no row is a Databricks model"))
    if problems:
        raise ConfigError(problems)
    return deployments, left_out


def _is_elsewhere(model: str) -> bool:
    """Whether the name is of another provider, rather than a slip of the pen."""
    provider, slash, _ = model.partition("/")
    return bool(slash) and not did_you_mean(provider.lower(), ["databricks"])


def _hint(error: LakewayError) -> str:
    """The last line, which is about this very name; the first one is LiteLLM's general text."""
    return error.message.splitlines()[-1].rstrip(".")


def _groups(config: Config, deployments: list[Deployment]) -> Groups:
    ours, router = config.litellm_settings, config.router_settings
    fallbacks = _chains(_first(router.fallbacks, ours.fallbacks))
    if (default := _first(router.default_fallbacks, ours.default_fallbacks)) is not None:
        fallbacks.setdefault("*", default)
    groups = Groups(
        deployments,
        aliases={
            alias: target if isinstance(target, str) else str(target.get("model"))
            for alias, target in router.model_group_alias.items()
        },
        fallbacks=fallbacks,
        larger=_chains(_first(router.context_window_fallbacks, ours.context_window_fallbacks)),
    )
    problems = [
        Problem((section, key), f"there is no model {name!r}", did_you_mean(name, groups.names))
        for section, key, name in _mentioned(config)
        if groups.find(name) is None
    ]
    if problems:
        raise ConfigError(problems)
    return groups


def _chains(given: list[dict[str, list[str]]] | None) -> dict[str, list[str]]:
    return {name: chain for entry in given or () for name, chain in entry.items()}


def _mentioned(config: Config) -> Iterable[tuple[str, str, str]]:
    """The names of groups that other sections refer to, with their places."""
    sections: Mapping[str, Any] = {
        "litellm_settings": config.litellm_settings,
        "router_settings": config.router_settings,
    }
    for section, values in sections.items():
        for key in ("fallbacks", "context_window_fallbacks"):
            for name, chain in _chains(getattr(values, key)).items():
                yield from ((section, key, each) for each in (name, *chain) if each != "*")
        yield from ((section, "default_fallbacks", each) for each in values.default_fallbacks or ())
    for target in config.router_settings.model_group_alias.values():
        name = target if isinstance(target, str) else str(target.get("model"))
        yield "router_settings", "model_group_alias", name
