"""Background health checks: asked again and again, and told without asking."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from lakeway.gateway.access import Access
from lakeway.gateway.config import load
from lakeway.gateway.gateway import Gateway
from lakeway.gateway.rounds import make_rounds

CONFIG = """
model_list:
  - {model_name: a, litellm_params: {model: databricks/databricks-gpt-oss-20b}}
  - model_name: b
    litellm_params: {model: databricks/databricks-gpt-oss-120b}
    model_info: {disable_background_health_check: true}
general_settings: {background_health_checks: true, health_check_interval: 0.05}
"""


def test_rounds(workspace):
    """Every deployment but those that want to be left alone; the latest verdicts are kept."""
    gateway = Gateway.of(load(CONFIG, workspace.environ), access=Access())

    async def some() -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(0.5):
                await make_rounds(lambda: gateway)
        await gateway.state.aclose()

    asyncio.run(some())

    assert ["a"] == [each.deployment.group for each in gateway.state.verdicts or ()]
    assert len(workspace.requests) >= 2
    assert {"databricks-gpt-oss-20b"} == {request["body"]["model"] for request in workspace.requests}


def test_no_rounds(workspace):
    """Nobody is asked unless the configuration wants it."""
    quiet = CONFIG.replace("background_health_checks: true", "background_health_checks: false")
    gateway = Gateway.of(load(quiet, workspace.environ), access=Access())

    async def some() -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(0.1):
                await make_rounds(lambda: gateway)

    asyncio.run(some())

    assert gateway.state.verdicts is None
    assert [] == workspace.requests
