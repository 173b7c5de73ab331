"""One row of `model_list` as a frozen value: where its calls go, by what right, and what they carry.

This is where a row meets the environment: addresses, credentials and headers are settled here, before the
first request. A request may add parameters of its own, but changes neither address nor credential.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from lakeway.auth.credentials import UnifiedAuth
from lakeway.calls import arguments as args
from lakeway.calls.chat import target_of
from lakeway.calls.pricing import Pricing
from lakeway.core import model_name
from lakeway.core.cost import read_prices
from lakeway.core.http import Timeout
from lakeway.core.steps import Credential, Flow, GetHost
from lakeway.databricks.request import Leniency
from lakeway.databricks.target import DatabricksTarget
from lakeway.gateway.config import ModelRow
from lakeway.gateway.known_keys import REQUESTED, ROW_ONLY
from lakeway.settings import Settings

# Spellings of one wish: a client who uses either does not also want the row's default for the other.
SAME_WISH = (
    frozenset({"max_tokens", "max_completion_tokens"}),
    frozenset({"reasoning_effort", "thinking", "output_config"}),
    frozenset({"tools", "functions"}),
    frozenset({"tool_choice", "function_call"}),
)


class Default(Struct, frozen=True):
    """A parameter of the row, and the parameters of a request that stand in for it."""

    name: str
    value: Any
    unless: frozenset[str]


class Deployment(Struct, frozen=True, kw_only=True):
    """`control` steers a call and `defaults` go to the model, where the client's own do not take their place.

    `limits` are the time limits of whole and of streamed replies. `weight`, `rpm` and `tpm` are shares of
    the group's traffic; a lower `order` goes first.
    """

    id: str
    group: str
    target: DatabricksTarget
    limits: tuple[Timeout, Timeout]
    control: Mapping[str, Any]
    defaults: tuple[Default, ...]
    leniency: Leniency
    pricing: Pricing
    retries: int
    weight: float = 0
    rpm: float = 0
    tpm: float = 0
    order: int = 0

    def params(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The client's parameters, and the row's own for what the client left open."""
        if not self.defaults:
            return dict(given)
        own = {d.name: d.value for d in self.defaults if d.unless.isdisjoint(given)}
        return {**own, **given}

    def serving(self, model: str) -> Deployment:
        """This deployment with another model: what a row with a wildcard stands for.

        Raises UnknownProviderError for a name that is none.
        """
        name = model_name.parse(model)
        target = msgspec.structs.replace(
            self.target, model=name.model, alias=model, bridge=name.bridge == "responses"
        )
        return msgspec.structs.replace(self, target=target)


def deploy(
    row: ModelRow,
    identity: str,
    settings: Settings,
    environ: Mapping[str, str],
    host_of: Callable[[Credential], str],
) -> Deployment:
    """The deployment that `row` describes. `host_of` finds the workspace when nothing names one.

    Raises LakewayError: for a base that is none, a provider that is not known, or no way in at all.
    """
    given = row.litellm_params.model_dump(exclude_none=True)
    control, params = _split(given)
    # The row's own, USD per token: LiteLLM takes them from either of its sections.
    prices = read_prices(given) | read_prices(row.model_info.model_extra or {})
    connection = {name: given[name] for name in given if name in CONNECTION}
    target = settle(target_of(given["model"], connection, settings, environ=environ), host_of)
    if isinstance(target.credential, UnifiedAuth):
        host_of(target.credential)  # better now than with the first request
    return Deployment(
        id=identity,
        group=row.model_name,
        target=target,
        limits=(args.timeout(given, settings, stream=False), args.timeout(given, settings, stream=True)),
        control=control,
        defaults=tuple(Default(name, value, _unless(name)) for name, value in params.items()),
        leniency=args.leniency(control, {"reasoning_effort": None}, settings, environ),
        pricing=Pricing(dbu_usd=settings.dbu_usd, overrides=prices),
        retries=args.retry_policy(given, settings).retries,
        **{name: given[name] for name in ("weight", "rpm", "tpm", "order") if name in given},
    )


CONNECTION = frozenset(
    {
        "api_base",
        "api_key",
        "base_url",
        "client_id",
        "client_secret",
        "custom_llm_provider",
        "databricks_partner",
        "databricks_profile",
        "databricks_user_agent",
        "extra_headers",
        "headers",
        "profile",
        "user_agent",
    }
)
# What of a row's control has a say in every call; the rest was settled at the start, or means nothing here.
LASTING = frozenset(
    {
        "additional_drop_params",
        "allowed_openai_params",
        "cache_control_injection_points",
        "drop_params",
        "extra_body",
        "request_tags",
        "usage_context",
    }
)


def _split(given: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    control, params = args.split(given)
    kept = {name: value for name, value in control.items() if name in LASTING}
    hidden = ROW_ONLY | REQUESTED
    return kept, {k: v for k, v in params.items() if k not in hidden}


def _unless(name: str) -> frozenset[str]:
    return next((wish for wish in SAME_WISH if name in wish), frozenset({name}))


def settle(flow: Flow[DatabricksTarget], host_of: Callable[[Credential], str]) -> DatabricksTarget:
    """Run the flow that finds a target: the one thing it may ask is which workspace a credential is for."""
    answer: str | None = None
    while True:
        try:
            step = flow.send(answer)
        except StopIteration as stop:
            target: DatabricksTarget = stop.value
            return target
        if not isinstance(step, GetHost):
            raise TypeError(f"a target is found without {type(step).__name__}")
        answer = host_of(step.credential)
