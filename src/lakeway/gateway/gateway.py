"""One configuration at work: its groups of deployments, its keys, and the rules for carrying out calls."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

import msgspec

from lakeway.auth.unified import SHARED
from lakeway.core import routing
from lakeway.core.http import Headers
from lakeway.core.steps import Credential
from lakeway.errors import AuthenticationError, LakewayError, PermissionDeniedError
from lakeway.gateway import headers, tags
from lakeway.gateway.access import Access
from lakeway.gateway.assembly import Assembly, assemble
from lakeway.gateway.call import Call
from lakeway.gateway.config import Loaded
from lakeway.gateway.groups import Fallbacks, Group, Groups
from lakeway.gateway.router import After, Attempt, Router, Wish
from lakeway.gateway.state import State
from lakeway.gateway.target import TIME_LIMITS

MIB = 1024 * 1024
T = TypeVar("T")


class Gateway:
    """Made once per configuration, over a `state` that may be older than it."""

    def __init__(self, assembly: Assembly, access: Access, state: State) -> None:
        self.state = state
        self.access = access.joined(assembly.callers, assembly.key_header)
        self.settings = assembly.settings
        self.max_body = assembly.max_body
        self.notes = assembly.notes
        self.cors_origins = assembly.cors_origins
        self.compat = assembly.compat
        self.sticky = assembly.sticky
        self.assembly = assembly
        self.groups = Groups(
            [_with_load(each, state) for each in assembly.deployments],
            aliases=assembly.aliases,
            hidden=assembly.hidden,
            policy=assembly.retry,
            policies=assembly.retry_by_group,
            stated=assembly.retries_stated,
        )
        self.fallbacks = Fallbacks(
            general=assembly.fallbacks,
            context_window=assembly.context_window_fallbacks,
            content_policy=assembly.content_policy_fallbacks,
            most=assembly.max_fallbacks,
        )
        self.router = Router(
            clock=time.monotonic,
            chance=random.random,
            strategy=routing.STRATEGIES[assembly.strategy](**assembly.strategy_args),
            cooldowns=assembly.cooldowns,
            told=state.attempt_failed,
        )

    @classmethod
    def of(
        cls,
        loaded: Loaded,
        *,
        access: Access,
        state: State | None = None,
        host_of: Callable[[Credential], str] = SHARED.host,
    ) -> Gateway:
        """The gateway that a configuration describes. Raises ConfigError for one that cannot be served."""
        assembly = assemble(loaded, host_of)
        return cls.renewed(assembly, access, State(assembly.network) if state is None else state)

    @classmethod
    def renewed(cls, assembly: Assembly, access: Access, state: State) -> Gateway:
        """A gateway over what another one has left."""
        gateway = cls(assembly, access, state)
        state.connect_through(assembly.network)
        state.admission.limits(assembly.max_parallel, assembly.max_queued, assembly.queue_seconds)
        state.heed(assembly.log_prompts)
        state.deployments = lambda: gateway.groups.deployments
        return gateway

    def wish(
        self, call: Call, control: Mapping[str, Any], attempt: Attempt[T], *, prefix: bytes | None = None
    ) -> Wish[T]:
        """How `call` is to be carried out. Raises BadRequestError for a model that is not served, and
        PermissionDeniedError for one that the caller may not use."""
        if call.caller.models and not call.caller.may_use(call.model):
            raise not_allowed(call)
        group = self._eligible(self.groups.get(call.model, call.endpoint), call)
        if not control:
            after = self._after(call, control) if self.fallbacks else None
            most = self.fallbacks.most
            return Wish(group=group, attempt=attempt, after=after, most=most, prefix=prefix)
        call.impatient = not TIME_LIMITS[call.stream].isdisjoint(control)
        retries = control.get("num_retries", control.get("max_retries"))
        limit = control.get("timeout", control.get("request_timeout"))
        return Wish(
            group=group,
            attempt=attempt,
            after=self._after(call, control),
            most=self.fallbacks.most,
            retries=retries,
            deadline=None if limit is None else call.began + limit,
            prefix=prefix,
        )

    def _after(self, call: Call, control: Mapping[str, Any]) -> After | None:
        """What to turn to: the client's choice of what he may use, or the configuration's."""
        if control.get("disable_fallbacks"):
            return None
        chains = self.fallbacks
        if (named := control.get("fallbacks")) is not None:
            allowed = [name for name in named if call.caller.may_use(name)]
            for name in named:
                self.groups.get(name, call.endpoint)
            return partial(self._reachable, call, Fallbacks(general={call.model: allowed}, most=chains.most))
        return partial(self._reachable, call, chains) if chains else None

    def _reachable(
        self, call: Call, chains: Fallbacks, name: str, error: LakewayError
    ) -> Iterator[tuple[str, Group]]:
        """What follows, but for groups that the request's tags keep it from: they could only hide `error`."""
        for other, group in self.groups.after(name, chains, error):
            with suppress(AuthenticationError):
                yield other, self._eligible(group, call)

    def _eligible(self, group: Group, call: Call) -> Group:
        """The group as far as the request's tags let it in. Raises AuthenticationError."""
        rules = self.assembly
        if not rules.tag_filtering:
            return group
        members = tags.eligible(group.members, call.tags, match_any=rules.tags_match_any)
        return msgspec.structs.replace(group, members=members)

    def reserve(self, call: Call) -> None:
        """The call is about to be carried out. Raises LakewayError when somebody objects."""
        self.state.observers.reserve(call)
        call.reserved = True

    def settle(self, call: Call) -> None:
        """The call is over; said once, however often it is called."""
        if not call.ended:
            call.ended = time.monotonic()
        if not call.reserved:
            return
        call.reserved = False
        if call.charged:
            self.state.observers.settle(call)
        else:
            self.state.observers.release(call)

    def begun_head(self, call: Call, upstream: Headers) -> bytes:
        """The header lines of an answer to `call` that begins now, as a stream."""
        told = headers.of_answer(call, upstream)
        return told + self.state.limits.head(call.caller) if call.caller.limited else told

    def settled_head(self, call: Call, upstream: Headers) -> bytes:
        """The header lines of a whole answer to `call`, which is over with it."""
        self.settle(call)
        caller, state = call.caller, self.state
        told = headers.of_answer(call, upstream) + headers.of_charge(call, state.spend.of(caller))
        return told + state.limits.head(caller) if caller.limited else told

    def end(self, call: Call) -> None:
        """Whatever became of it: the deployment is free again, and everybody is told."""
        if call.open:
            if call.gone or call.crashed:
                self.router.left(call)
            elif call.error is not None:
                self.router.failed(call, call.error, alone=call.alone)
            else:
                self.router.ended(call)
        self.settle(call)


def _with_load(deployment: Any, state: State) -> Any:
    return msgspec.structs.replace(deployment, load=state.load_of(deployment.id))


def not_allowed(call: Call) -> PermissionDeniedError:
    return PermissionDeniedError(
        f"The requested model '{call.model}' is not available for this API key, or the model name is "
        f"invalid. It may use: {', '.join(call.caller.models)}.",
        type="key_model_access_denied",
        param="model",
    )
