"""LiteLLM's background health checks: every deployment asked again and again, the latest verdicts kept."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from lakeway.gateway.caller import ANYBODY
from lakeway.gateway.checkup import examine
from lakeway.gateway.gateway import Gateway

IDLE = 60.0  # seconds until a configuration without such checks is looked at again


async def make_rounds(current: Callable[[], Gateway]) -> None:
    """Until cancelled. The configuration in force says how often, and whether at all."""
    while True:
        gateway = current()
        interval = gateway.assembly.health_interval
        gateway.state.verdicts = None if interval is None else await _visit(gateway)
        await asyncio.sleep(interval or IDLE)


async def _visit(gateway: Gateway) -> list[object]:
    visited = [
        each
        for each in gateway.groups.deployments
        if not each.model_info.get("disable_background_health_check")
    ]
    return list(await examine(gateway, ANYBODY, visited))
