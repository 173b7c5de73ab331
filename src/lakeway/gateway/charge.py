"""Whom a call is charged to, and how much: the key's marks on the way out, usage and cost on the way back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from lakeway.gateway.call import Call
from lakeway.gateway.caller import Caller
from lakeway.gateway.deployments import Deployment


def attribute(params: dict[str, Any], caller: Caller, deployment: Deployment) -> None:
    """Put the key's own marks among the metadata in `params`, over whatever the client wrote there.

    From there they reach Databricks' usage tables on each surface as it takes them. Other hosts are told
    nothing about our keys.
    """
    tags = caller.tags
    if tags and deployment.target.provider == "databricks":
        params["metadata"] = {**(params.get("metadata") or {}), **tags}


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
    pricing = deployment.pricing
    asked = params.get("service_tier") or deployment.params({}).get("service_tier")
    if asked:
        pricing = msgspec.structs.replace(pricing, service_tier=asked)
    call.cost = pricing.cost(deployment.target.model, served, usage or {}, tier)
