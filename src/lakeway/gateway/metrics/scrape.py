"""One scrape: what was counted, here or by all processes together, as the text that the scraper asks for."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from lakeway.gateway.metrics.exposition import CONTENT_TYPES, negotiate, render
from lakeway.gateway.metrics.observer import Metrics

if TYPE_CHECKING:
    from lakeway.gateway.siblings import Siblings


async def scrape(metrics: Metrics, accept: str = "", siblings: Siblings | None = None) -> tuple[str, bytes]:
    """The content type and the text. It is written in a thread: with thousands of series it takes a while."""
    exposition = negotiate(accept)
    snapshot = metrics.snapshot() if siblings is None else await siblings.snapshot()
    return CONTENT_TYPES[exposition], await asyncio.to_thread(render, snapshot, exposition)
