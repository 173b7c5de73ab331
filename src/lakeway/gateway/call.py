"""One call from its key to its end: what is known of it so far, for whoever keeps count."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from lakeway.core.cost import Cost
from lakeway.core.steps import ReadOn, Send, Step
from lakeway.errors import LakewayError
from lakeway.gateway.caller import Caller

if TYPE_CHECKING:
    from lakeway.gateway.deployments import Deployment


class Call(Struct, kw_only=True, eq=False):
    """Times are seconds of the monotonic clock; `model` is the name that the client used.

    `head` holds the header lines of any answer to it, `size` are the bytes of the request. `upstream` is the
    time spent waiting for servers, `waited` that before retries and for tokens, `first` the time of the first
    chunk of a stream. `deployment` is the one that answered, or that was tried last. `body` is the request as
    it was understood, and `reply` a whole answer: neither is for a log, unless somebody asked for prompts in
    it. `trace` is the client's traceparent; `estimated` is a usage that no server told.

    `open` says that an attempt at the deployment is going on, `reserved` that observers wait for the call's
    end, `charged` that a model has begun to answer, `alone` that the deployment has no other beside it,
    `impatient` that the caller has time limits of his own, `crashed` that what went wrong went wrong here.
    """

    id: str
    head: bytes
    endpoint: str
    caller: Caller
    began: float
    model: str = ""
    stream: bool = False
    tags: tuple[str, ...] = ()
    size: int = 0
    body: Mapping[str, Any] = {}
    deployment: Deployment | None = None
    retries: int = 0
    fallbacks: int = 0
    upstream: float = 0.0
    waited: float = 0.0
    first: float | None = None
    ended: float = 0.0
    status: int = 0
    error: LakewayError | None = None
    gone: bool = False
    usage: Mapping[str, Any] | None = None
    cost: Cost | None = None
    estimated: bool = False
    reply: Mapping[str, Any] | None = None
    trace: str = ""
    began_attempt: float = 0.0
    alone: bool = True
    open: bool = False
    reserved: bool = False
    charged: bool = False
    impatient: bool = False
    crashed: bool = False

    def stepped(self, step: Step, _result: object, seconds: float) -> None:
        """Told by the driver after every step."""
        if type(step) is Send or type(step) is ReadOn:
            self.upstream += seconds
        else:
            self.waited += seconds

    @property
    def seconds(self) -> float:
        return self.ended - self.began

    @property
    def overhead(self) -> float:
        """What the gateway itself took, of a whole answer or until a stream began."""
        until = self.ended if self.first is None else self.first
        return max(0.0, until - self.began - self.upstream - self.waited)
