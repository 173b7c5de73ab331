"""What is not as with LiteLLM 1.109.1, whatever the keys say, and which configurations that concerns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from msgspec import Struct

from lakeway.gateway.config.values import Loaded

PLACEHOLDER = "sk-1234"


class Difference(Struct, frozen=True):
    concerns: Callable[[Loaded], bool]
    text: str


def _anybody(loaded: Loaded) -> bool:
    return bool(loaded.config.model_list)


def _waits_by_default(loaded: Loaded) -> bool:
    config = loaded.config
    if config.router_settings.timeout or config.litellm_settings.request_timeout:
        return False
    defaults = config.router_settings.default_litellm_params
    return any(
        not (params.timeout or params.request_timeout or defaults.timeout or defaults.request_timeout)
        for params in (row.litellm_params for row in config.model_list)
    )


def _has_wildcard(loaded: Loaded) -> bool:
    return any("*" in row.model_name for row in loaded.config.model_list)


def _has_master_key(loaded: Loaded) -> bool:
    names = ("LAKEWAY_MASTER_KEY", "LITELLM_MASTER_KEY")
    key = loaded.config.general_settings.master_key
    return key is not None or any(loaded.environ.get(name) for name in names)


def _is_open(loaded: Loaded) -> bool:
    return not _has_master_key(loaded) and not loaded.config.keys


def _has_well_known_key(loaded: Loaded) -> bool:
    return loaded.config.general_settings.master_key == PLACEHOLDER


def _has_spares(loaded: Loaded) -> bool:
    rows = Counter(row.model_name for row in loaded.config.model_list)
    return not loaded.config.router_settings.disable_cooldowns and max(rows.values(), default=0) > 1


def _has_one_way(loaded: Loaded) -> bool:
    rows = Counter(row.model_name for row in loaded.config.model_list)
    return not loaded.config.router_settings.disable_cooldowns and 1 in rows.values()


def _has_oauth(loaded: Loaded) -> bool:
    rows = [row.litellm_params for row in loaded.config.model_list]
    credentials = [each.credential_values for each in loaded.config.credential_list]
    return any(params.client_secret for params in (*rows, *credentials))


DIFFERENCES = (
    Difference(
        _anybody,
        "A client's api_key, api_base and headers in a request are left out. With LiteLLM a client's api_key "
        "takes the place of the row's.",
    ),
    Difference(
        _waits_by_default,
        "A call without a timeout of its own ends after 600 s, with LiteLLM after 6000 s.",
    ),
    Difference(
        _has_wildcard,
        "A wildcard matches the whole of a name, LiteLLM's any name that begins like it. The models behind "
        "it are listed as the workspace has them, not as a price list has them.",
    ),
    Difference(
        _has_well_known_key,
        f"{PLACEHOLDER} is in everybody's documentation. LiteLLM refuses to start with it, Lakeway warns.",
    ),
    Difference(
        _is_open,
        "Without a master key programs on this machine are let in, and on any other address a key is made "
        "and shown. LiteLLM refuses to start.",
    ),
    Difference(
        _has_spares,
        "When all deployments of a model cool down, the one that is nearest to its end is asked all the "
        "same: the caller sees an answer or the real error. LiteLLM answers 429 without asking.",
    ),
    Difference(
        _has_one_way,
        "A model's only deployment never cools down. With LiteLLM one 401 or 404 makes the next calls a 429.",
    ),
    Difference(
        _has_oauth,
        "OAuth tokens are kept until shortly before they end. LiteLLM fetches one before each call.",
    ),
)


def differences(loaded: Loaded) -> Iterator[str]:
    """Those that concern this configuration."""
    return (each.text for each in DIFFERENCES if each.concerns(loaded))
