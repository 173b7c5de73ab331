"""What outlives a configuration: connections, tokens, what is known of deployments, and who keeps count.

A new configuration gets a new gateway over the same state, so that a reload forgets no cooldown, no limit and
no connection.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar, cast

from lakeway.auth.asyncio import AsyncTokens
from lakeway.core.http import HttpRequest, HttpResponse
from lakeway.core.load import Load
from lakeway.core.steps import Flow, Step
from lakeway.errors import LakewayError
from lakeway.gateway.admission import Admission
from lakeway.gateway.call import Call
from lakeway.gateway.call_log import CallLog
from lakeway.gateway.deployments import Deployment
from lakeway.gateway.inventory import Inventory
from lakeway.gateway.key_limits import KeyLimits
from lakeway.gateway.metrics import Metrics, Snapshot, scrape
from lakeway.gateway.observers import Observer, Observers
from lakeway.gateway.onlookers import Onlookers
from lakeway.gateway.siblings import Siblings
from lakeway.gateway.spend import Spend
from lakeway.transport.asyncio import AsyncClient, drive
from lakeway.transport.network import Network

T = TypeVar("T")

log = logging.getLogger("lakeway.gateway")


class State:
    """`keepers` are observers that may refuse a call, such as a budget's: told at once, before those who only
    watch. The connections belong to the event loop of the first request. `metrics` count from `observed` on.
    `keeps_content` says that somebody wants to see what is asked and answered, `verdicts` are those of the
    latest background health check, `captures` that traces tell of requests."""

    def __init__(self, network: Network, keepers: Sequence[Observer] = ()) -> None:
        self.draining = False
        self.captures = False
        self.keeps_content = False
        self.admission = Admission()
        self.limits = KeyLimits()
        self.spend = Spend()
        self.deployments: Callable[[], Iterable[Deployment]] = tuple
        self.metrics = Metrics(lambda: self.deployments())
        self.siblings: Siblings | None = None
        self.inventory = Inventory()
        self.verdicts: Sequence[Any] | None = None
        self.call_log: CallLog | None = None
        self.onlookers = Onlookers((self.metrics,))
        self._keepers = (self.limits, *keepers, self.spend)
        self.observers = Observers((*self._keepers, self.onlookers))
        self._loads: dict[str, Load] = {}
        self._network = network
        self._client = AsyncClient(network)
        self._tokens = AsyncTokens(self._fetch)
        self._former: list[AsyncClient] = []

    def load_of(self, deployment: str) -> Load:
        """What is known of the deployment of that id."""
        return self._loads.setdefault(deployment, Load())

    def observed(
        self, routes: Mapping[str, str], *further: Observer, call_log: CallLog | None = None
    ) -> None:
        """Tell these of every call from now on, too. `routes` are the paths that are served, with names."""
        self.metrics = Metrics(lambda: self.deployments(), routes=routes)
        self.call_log = call_log
        logs = () if call_log is None else (call_log,)
        self.onlookers = Onlookers((self.metrics, *logs, *further))
        self.observers = Observers((*self._keepers, self.onlookers))

    def heed(self, log_prompts: bool) -> None:
        """Whether prompts are wanted in the log from now on."""
        self.onlookers.flush()
        if self.call_log is not None:
            self.call_log.log_prompts = log_prompts
        self.keeps_content = log_prompts or self.captures

    def refused(self, route: str, error: LakewayError, call: Call | None = None) -> None:
        """A request was answered with `error` before it was reserved; `call` is there if it got that far."""
        if call is None:
            self.metrics.refused(route, error)
            return
        self.metrics.refused(route, error, call.caller)
        if self.call_log is not None:
            self.call_log.refused(call)

    def attempt_failed(self, call: Call, deployment: Deployment, error: LakewayError, cooled: float) -> None:
        self.metrics.attempt_failed(call, deployment, error)
        if cooled > 0:
            self.metrics.cooled_down(deployment, error.status_code)
            log.warning(
                "Deployment %s of %s is left alone for %g s: %s.",
                deployment.id[:12],
                deployment.group,
                cooled,
                type(error).__name__,
            )

    async def metrics_text(self, accept: str = "") -> tuple[str, bytes]:
        """The content type and the text of a scrape."""
        self.onlookers.flush()
        return await scrape(self.metrics, accept, self.siblings)

    def connect_through(self, network: Network) -> None:
        """Use another network from now on; calls that are running end on the connections they have."""
        if network != self._network:
            self._former.append(self._client)
            self._network, self._client = network, AsyncClient(network)

    async def run(self, flow: Flow[T], observer: Callable[[Step, object, float], None]) -> T:
        """Carry out a flow with these connections and tokens."""
        return await drive(flow, self._client, self._tokens, observer=observer)

    def snapshot(self) -> Snapshot:
        """What was counted until now."""
        self.onlookers.flush()
        return self.metrics.snapshot()

    async def aclose(self) -> None:
        self.onlookers.flush()
        for client in (self._client, *self._former):
            await client.aclose()

    async def _fetch(self, request: HttpRequest) -> HttpResponse:
        return cast("HttpResponse", await self._client.send(request))
