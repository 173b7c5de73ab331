"""Calls that have come to their end, made by hand: what observers are told of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from lakeway.auth import StaticToken
from lakeway.calls.pricing import Pricing
from lakeway.core import usage
from lakeway.core.cost import Cost
from lakeway.core.exchange import Target
from lakeway.core.http import Timeout
from lakeway.core.request import Leniency
from lakeway.gateway.call import Call
from lakeway.gateway.caller import Caller
from lakeway.gateway.deployments import Deployment

TEAM_A = Caller(key="a1" * 32, alias="team-a-key", user="ada", team="team-a")
USAGE = usage.normalize(
    {
        "prompt_tokens": 100,
        "completion_tokens": 50,
        "total_tokens": 150,
        "prompt_tokens_details": {"cached_tokens": 40},
        "completion_tokens_details": {"reasoning_tokens": 20},
    }
)
COST = Cost(dbu=0.5, usd=0.035, input_usd=0.0, output_usd=0.0, cache_read_usd=0.0, cache_write_usd=0.0)


@pytest.fixture
def deployment() -> Callable[..., Deployment]:
    """A deployment of Claude; keywords change its fields, `model` that of its target."""

    def make(model: str = "databricks-claude-sonnet-4-5", **changes: Any) -> Deployment:
        target = Target(
            provider="databricks", model=model, alias=f"databricks/{model}", credential=StaticToken("dapi")
        )
        made = Deployment(
            id="d-1",
            group="claude",
            target=target,
            limits=(Timeout(), Timeout()),
            control={},
            defaults=(),
            leniency=Leniency(),
            pricing=Pricing(dbu_usd=0.07),
            retries=0,
            api_base="https://example.cloud.databricks.com/serving-endpoints",
        )
        return msgspec.structs.replace(made, **changes)

    return make


@pytest.fixture
def call(deployment: Callable[..., Deployment]) -> Callable[..., Call]:
    """A call that took 1.5 s, 1.2 of them upstream, and went well; keywords change its fields."""

    def make(**changes: Any) -> Call:
        about = {
            "id": "call-1",
            "head": b"",
            "endpoint": "/chat/completions",
            "caller": TEAM_A,
            "began": 100.0,
            "ended": 101.5,
            "upstream": 1.2,
            "model": "claude",
            "status": 200,
            "usage": USAGE,
            "cost": COST,
        }
        if "deployment" not in changes:
            about["deployment"] = deployment()
        return Call(**{**about, **changes})

    return make
