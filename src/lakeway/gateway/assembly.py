"""A configuration as the values that a gateway is made from: rows deployed, names checked, policies set.

All that is wrong with it, at whatever stage it shows, is told in one ConfigError.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib.util import find_spec
from typing import Any

import msgspec
from msgspec import Struct

from lakeway.calls.retries import policy
from lakeway.core.cooldown import CooldownPolicy
from lakeway.core.retry import RetryPolicy
from lakeway.core.routing import STRATEGIES
from lakeway.core.steps import Credential
from lakeway.gateway.caller import Caller
from lakeway.gateway.chains import aliases, chains, first, unknown
from lakeway.gateway.config.sections import DEFAULT_QUEUE, QUEUE_SECONDS, Config
from lakeway.gateway.config.values import Loaded
from lakeway.gateway.deployments import Deployment
from lakeway.gateway.key_table import CALLBACKS
from lakeway.gateway.keyring import forge
from lakeway.gateway.problems import ConfigError, Problem
from lakeway.gateway.rows import deploy_all
from lakeway.gateway.served import Served
from lakeway.settings import Settings
from lakeway.transport.network import Network

MIB = 1024 * 1024
MOST_FALLBACKS = 5
# Calls at one time, unless somebody says otherwise: each holds a request and two sockets.
MOST_AT_ONCE = 4096


class Assembly(Struct, frozen=True, kw_only=True):
    """`max_body` is in bytes, times are in seconds, None stands for no limit or not at all.

    In the fallbacks "*" stands for any group. `retries_stated` says that somebody wrote a number of retries.
    `callers` are by the SHA-256 of their keys. `strategy_args` are what the strategy's class takes.
    `left_out` are the places of rows that are not served.
    """

    settings: Settings
    network: Network
    deployments: tuple[Deployment, ...]
    aliases: Mapping[str, str]
    hidden: frozenset[str]
    fallbacks: Mapping[str, tuple[str, ...]]
    context_window_fallbacks: Mapping[str, tuple[str, ...]]
    content_policy_fallbacks: Mapping[str, tuple[str, ...]]
    max_fallbacks: int
    retry: RetryPolicy
    retry_by_group: Mapping[str, RetryPolicy]
    retries_stated: bool
    strategy: str
    strategy_args: Mapping[str, Any]
    cooldowns: CooldownPolicy
    sticky: bool
    tag_filtering: bool
    tags_match_any: bool
    callers: Mapping[bytes, Caller]
    max_body: int
    max_parallel: int | None
    max_queued: int
    queue_seconds: float
    callbacks: frozenset[str]
    log_prompts: bool
    log_calls: bool
    hides_content: bool
    compat: str
    cors_origins: tuple[str, ...]
    key_header: str | None
    user_header: str | None
    health_interval: float | None
    enforce_user: bool
    notes: tuple[str, ...]
    left_out: frozenset[int] = frozenset()

    @property
    def names_users(self) -> bool:
        """Whether a request's `user` is looked after."""
        return self.enforce_user or self.user_header is not None


def assemble(loaded: Loaded, host_of: Callable[[Credential], str]) -> Assembly:
    """What `loaded` describes; `host_of` finds the workspace of a credential when nothing names one.

    Raises ConfigError with every mistake, those of the reading included.
    """
    config = loaded.config
    settings = _settings(config)
    rows = deploy_all(loaded, settings, host_of)
    known, loops = aliases(config)
    served = Served({*rows.names, *loaded.unreadable, *config.router_settings.model_group_alias})
    left_out = rows.left_out - served.names
    missing, dropped = unknown(config, served, left_out)
    keyring = forge(loaded, Served({*served.names, *rows.left_out}))
    network, unreachable = _network(loaded)
    found = (*rows.problems, *loops, *missing, *keyring.problems, *unreachable, *_not_installed(config))
    if problems := (*loaded.problems, *map(loaded.origins.locate, found)):
        raise ConfigError(problems)
    names = chains(config, known, left_out)
    return Assembly(
        settings=settings,
        network=network,
        deployments=rows.deployments,
        aliases=names.aliases,
        hidden=names.hidden,
        fallbacks=names.fallbacks,
        context_window_fallbacks=names.context_window,
        content_policy_fallbacks=names.content_policy,
        callers=keyring.callers,
        notes=(*loaded.notes, *rows.notes, *dropped, *keyring.notes),
        left_out=rows.indices,
        **_routing(config, settings),
        **_limits(config),
        **_habits(config),
    )


def _not_installed(config: Config) -> Iterator[Problem]:
    """What the configuration asks for and is an extra."""
    ours = config.litellm_settings
    for name in ("callbacks", "success_callback", "failure_callback"):
        if "otel" in getattr(ours, name) and find_spec("opentelemetry") is None:
            advice = "Install it: pip install 'lakeway[gateway,otel]'."
            yield Problem(
                ("litellm_settings", name), "'otel' needs OpenTelemetry, which is not there", advice
            )


def _settings(config: Config) -> Settings:
    ours, router = config.litellm_settings, config.router_settings
    return Settings(
        drop_params=ours.drop_params,
        num_retries=first(config, "num_retries"),
        request_timeout=router.timeout or ours.request_timeout,
        dbu_usd=ours.dbu_usd,
    )


def _network(loaded: Loaded) -> tuple[Network, tuple[Problem, ...]]:
    verify = loaded.config.litellm_settings.ssl_verify
    try:
        return Network.from_environ(loaded.environ, ssl_verify=verify), ()
    except ValueError as error:
        return Network(), (Problem((), str(error)),)


def _routing(config: Config, settings: Settings) -> dict[str, Any]:
    router = config.router_settings
    most = first(config, "max_fallbacks")
    least = router.retry_after
    stated = router.retry_policy or {}
    return {
        "max_fallbacks": MOST_FALLBACKS if most is None else most,
        "retry": _retry(settings, stated, least),
        "retry_by_group": {
            name: _retry(settings, given, least) for name, given in router.model_group_retry_policy.items()
        },
        "retries_stated": settings.num_retries is not None or "DefaultRetries" in stated,
        "strategy": router.routing_strategy,
        "strategy_args": _strategy_args(config),
        "cooldowns": _cooldowns(config),
        "sticky": router.prompt_cache_stickiness,
        "tag_filtering": router.enable_tag_filtering,
        "tags_match_any": router.tag_filtering_match_any,
    }


def _retry(settings: Settings, stated: Mapping[str, int], least: float | None) -> RetryPolicy:
    """Chance shortens a wait by up to a quarter; the least one is what is left then."""
    made = policy({"retry_policy": stated} if stated else {}, settings)
    if not least:
        return made
    base = max(made.base, least / 0.75)
    return msgspec.structs.replace(
        made, base=base, ceiling=max(made.ceiling, base), patience=max(made.patience, base)
    )


def _strategy_args(config: Config) -> dict[str, Any]:
    router = config.router_settings
    known = STRATEGIES[router.routing_strategy].__struct_fields__
    given = router.routing_strategy_args.model_dump(exclude_none=True)
    return {name: value for name, value in given.items() if name in known}


def _cooldowns(config: Config) -> CooldownPolicy:
    router = config.router_settings
    given = {"allowed_fails": first(config, "allowed_fails"), "cooldown_time": router.cooldown_time}
    return CooldownPolicy(
        allowed_fails_policy=router.allowed_fails_policy or {},
        disabled=router.disable_cooldowns,
        **{name: value for name, value in given.items() if value is not None},
    )


def _limits(config: Config) -> dict[str, Any]:
    """Lakeway's words for a limit, or else LiteLLM's; of two bounds on one thing the tighter one."""
    general = config.general_settings
    bounds = (general.global_max_parallel_requests, general.max_in_flight_requests_per_worker)
    queued = (general.max_queued_requests, general.max_queued_requests_per_worker, DEFAULT_QUEUE)
    seconds = (general.queue_timeout, general.admission_queue_timeout_seconds, QUEUE_SECONDS)
    return {
        "max_body": int(general.max_request_size_mb * MIB),
        "max_parallel": min((bound for bound in bounds if bound is not None), default=MOST_AT_ONCE),
        "max_queued": next(each for each in queued if each is not None),
        "queue_seconds": next(each for each in seconds if each is not None),
    }


def _habits(config: Config) -> dict[str, Any]:
    ours, general = config.litellm_settings, config.general_settings
    named = {*ours.callbacks, *ours.success_callback, *ours.failure_callback}
    checked = general.background_health_checks
    return {
        "callbacks": frozenset(named & CALLBACKS.keys()),
        "log_prompts": general.store_prompts_in_spend_logs and not ours.turn_off_message_logging,
        "log_calls": general.log_calls,
        "hides_content": ours.turn_off_message_logging,
        "compat": general.compat,
        "cors_origins": tuple(general.cors_origins),
        "key_header": general.litellm_key_header_name,
        "user_header": general.user_header_name,
        "health_interval": general.health_check_interval if checked else None,
        "enforce_user": general.enforce_user_param,
    }
