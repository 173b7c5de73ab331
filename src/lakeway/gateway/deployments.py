"""One row of `model_list` as a frozen value: where its calls go, by what right, and what they carry.

This is where a row meets the environment: addresses, credentials and headers are settled here, before the
first request. A request may add parameters of its own, but changes neither address nor credential.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import inf
from typing import Any

import msgspec
from msgspec import Struct, field

from lakeway.calls import arguments as args
from lakeway.calls.pricing import Pricing
from lakeway.core.cost import Cost, Tariff, read_prices
from lakeway.core.exchange import Target
from lakeway.core.http import Timeout
from lakeway.core.load import Load, Share
from lakeway.core.request import Leniency
from lakeway.core.steps import Credential
from lakeway.gateway import providers
from lakeway.gateway.config import ModelRow
from lakeway.gateway.known_keys import REQUESTED, ROW_ONLY
from lakeway.gateway.providers import Provider
from lakeway.gateway.public_params import public
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


class RowPricing(Pricing, frozen=True, kw_only=True):
    """`base_model` is the published model whose prices hold for an endpoint with a name of its own."""

    base_model: str = ""

    def tariff(self, name: str) -> Tariff | None:
        """Those of the base model, as far as they are known, else those of the name."""
        based = Pricing.tariff(self, self.base_model) if self.base_model else None
        return based or Pricing.tariff(self, name)


class Deployment(Struct, frozen=True, kw_only=True):
    """`control` steers a call and `defaults` go to the model, where the client's own do not take their place.

    `provider` says how its host is spoken to, `limits` are the time limits of whole and of streamed replies,
    `retries` the row's own word, if it has one. `share` is what it says of its traffic, `load` how it fares;
    `cooldown_time` is in seconds. All of its words are `model_info` and, without its secrets, `public`.

    The rest follows from these. `plain` are the parameters that a plain chat may have here, None where none
    is plain since the row itself would put something in. `tariff` and `tier` are what a call costs by itself.
    """

    id: str
    group: str
    target: Target
    limits: tuple[Timeout, Timeout]
    control: Mapping[str, Any]
    defaults: tuple[Default, ...]
    leniency: Leniency
    pricing: Pricing
    retries: int | None = None
    provider: Provider = providers.DATABRICKS
    api_base: str = ""
    share: Share = Share()
    load: Load = field(default_factory=Load)
    cooldown_time: float | None = None
    tags: tuple[str, ...] = ()
    model_info: Mapping[str, Any] = {}
    public: Mapping[str, Any] = {}
    plain: frozenset[str] | None = None
    tariff: Tariff | None = None
    tier: str | None = None

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
        target = self.provider.renamed(self.target, model)
        share = msgspec.structs.replace(self.share, price=_price(self.pricing, target.model))
        return msgspec.structs.replace(self, target=target, share=share).prepared()

    def cost(
        self, served: str | None, usage: Mapping[str, Any], asked_tier: object, tier: object
    ) -> Cost | None:
        """What a normalized usage costs here: of the tier that was `served`, or else asked for."""
        pricing = self.pricing
        asked = asked_tier or self.tier
        if self.tariff is not None and usage:
            chosen = tier if isinstance(tier, str) else asked
            return self.tariff.cost(usage, chosen if isinstance(chosen, str) else None)
        if isinstance(asked, str):
            pricing = msgspec.structs.replace(pricing, service_tier=asked)
        return pricing.cost(self.target.model, served, usage, tier)

    def prepared(self) -> Deployment:
        """The same, with what follows from the rest worked out: once, and not with every call."""
        untouched = not (self.defaults or self.control.keys() - {"drop_params"} or self.leniency.dropped)
        taken = self.provider.takes(self.target) if untouched else None
        tier = next((each.value for each in self.defaults if each.name == "service_tier"), None)
        tariff = self.pricing.tariff(self.target.model)
        return msgspec.structs.replace(self, plain=taken, tariff=tariff, tier=tier)


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
    settled = providers.settle(given["model"], connection, settings, environ, host_of)
    pricing = RowPricing(
        dbu_usd=settings.dbu_usd,
        published=settled.provider is providers.DATABRICKS,
        overrides=prices,
        base_model="" if prices else (row.model_info.base_model or "").removeprefix("databricks/"),
    )
    made = Deployment(
        id=identity,
        group=row.model_name,
        provider=settled.provider,
        target=settled.target,
        api_base=settled.api_base,
        limits=(args.timeout(given, settings, stream=False), args.timeout(given, settings, stream=True)),
        control=control,
        defaults=tuple(Default(name, value, _unless(name)) for name, value in params.items()),
        leniency=args.leniency(control, {"reasoning_effort": None}, settings, environ),
        pricing=pricing,
        retries=given.get("num_retries", given.get("max_retries")),
        share=_share(given, _price(pricing, settled.target.model)),
        cooldown_time=given.get("cooldown_time"),
        tags=tuple(given.get("tags", ())),
        model_info={**row.model_info.model_dump(exclude_unset=True), "id": identity},
        public=public(given),
    )
    return made.prepared()


def _share(given: Mapping[str, Any], price: float) -> Share:
    stated = {name: given[name] for name in ("weight", "rpm", "tpm", "order") if name in given}
    return Share(**stated, max_parallel=given.get("max_parallel_requests", 0), price=price)


def _price(pricing: Pricing, model: str) -> float:
    """USD for a token in and one out, of a prompt of ordinary length; embeddings have no price out."""
    tariff = pricing.tariff(model)
    rates = tariff.standard[0] if tariff else None
    if rates is None or rates.input is None:
        return inf
    return rates.input.usd + (rates.output.usd if rates.output else 0.0)


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
        "organization",
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
