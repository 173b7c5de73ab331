"""What Prometheus is told of the gateway, under LiteLLM's metric names, so that dashboards go on working.

`observer` counts, and does nothing else while calls run. `snapshot` is what was counted until a moment, and
adds up several processes; `exposition` writes it as text. `families` is the table of names.
"""

from lakeway.gateway.metrics.exposition import Exposition, negotiate, render
from lakeway.gateway.metrics.observer import Metrics
from lakeway.gateway.metrics.scrape import scrape
from lakeway.gateway.metrics.snapshot import Snapshot, merge

__all__ = ["Exposition", "Metrics", "Snapshot", "merge", "negotiate", "render", "scrape"]
