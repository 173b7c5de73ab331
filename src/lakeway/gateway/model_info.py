"""`/model/info` and `/model_group/info`: what each row of the configuration comes to, without its secrets.

The row's own words count most, then its prices as they will be charged, then what is published of the model.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from lakeway.errors import BadRequestError, ModelNotMappedError
from lakeway.gateway import answers, query
from lakeway.gateway.call import Call
from lakeway.gateway.deployments import Deployment
from lakeway.gateway.gateway import Gateway
from lakeway.gateway.groups import Group
from lakeway.models import get_model_info
from lakeway.transport.server import Reply, Request

LARGEST = ("max_tokens", "max_input_tokens", "max_output_tokens")
DEAREST = ("input_cost_per_token", "output_cost_per_token")


async def answer(gateway: Gateway, call: Call, request: Request, reply: Reply) -> None:
    """Every row that the caller may use, or the one of `litellm_model_id`.

    Raises BadRequestError for an id that is none of theirs.
    """
    wanted = query.text(request.query, "litellm_model_id")
    rows = [
        row(each) for group in usable(gateway, call) for each in group.members if wanted in (None, each.id)
    ]
    if wanted is not None and not rows:
        raise BadRequestError(f"Model id = {wanted} not found here.", param="litellm_model_id")
    answers.whole(reply, {"data": rows}, call.head)


async def answer_groups(gateway: Gateway, call: Call, request: Request, reply: Reply) -> None:
    """The rows of one name together, for every name or for that of `model_group`."""
    wanted = query.text(request.query, "model_group")
    groups = [group_row(each) for each in usable(gateway, call) if wanted in (None, each.name)]
    answers.whole(reply, {"data": groups}, call.head)


def usable(gateway: Gateway, call: Call) -> Iterator[Group]:
    return (group for group in gateway.groups if call.caller.may_use(group.name))


def row(deployment: Deployment) -> dict[str, Any]:
    return {
        "model_name": deployment.group,
        "litellm_params": dict(deployment.public),
        "model_info": {"id": deployment.id, "db_model": False, **info(deployment)},
    }


def info(deployment: Deployment) -> dict[str, Any]:
    """Limits in tokens, abilities, and USD per token, as far as anything is known."""
    return {**_published(deployment), **_prices(deployment), **deployment.model_info}


def group_row(group: Group) -> dict[str, Any]:
    """Of limits and prices the largest, of abilities whatever some deployment has."""
    known = [info(each) for each in group.members]
    abilities = {name for each in known for name in each if name.startswith("supports_")}
    return {
        "model_group": group.name,
        "providers": list(dict.fromkeys(each.target.provider for each in group.members)),
        "mode": next((each["mode"] for each in known if each.get("mode")), None),
        **{name: _most(each.get(name) for each in known) for name in (*LARGEST, *DEAREST)},
        **{name: _total(getattr(each.share, name) for each in group.members) for name in ("tpm", "rpm")},
        **{name: any(each.get(name) for each in known) for name in sorted(abilities)},
    }


def _published(deployment: Deployment) -> Mapping[str, Any]:
    if deployment.target.provider != "databricks":
        return {"litellm_provider": deployment.target.provider}
    try:
        return get_model_info(deployment.target.model)
    except ModelNotMappedError:
        return {"litellm_provider": "databricks"}


def _prices(deployment: Deployment) -> dict[str, float]:
    """At the row's own prices or at its rate for a DBU, for a prompt of ordinary length."""
    tariff = deployment.pricing.tariff(deployment.target.model)
    if tariff is None:
        return {}
    rates = tariff.standard[0]
    priced = {
        "input_cost_per_token": rates.input,
        "output_cost_per_token": rates.output,
        "cache_read_input_token_cost": rates.cache_read,
        "cache_creation_input_token_cost": rates.cache_write,
    }
    return {name: price.usd for name, price in priced.items() if price is not None}


def _most(values: Iterable[float | None]) -> float | None:
    return max((value for value in values if isinstance(value, int | float)), default=None)


def _total(values: Iterable[float]) -> float | None:
    return sum(values) or None
