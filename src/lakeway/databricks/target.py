"""A model on a Databricks workspace as the end of a call: its profile, its addresses, its headers."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import msgspec

from lakeway.core import json_body, shapes
from lakeway.core.exchange import Target
from lakeway.core.http import HeaderPairs, HttpRequest
from lakeway.databricks import attribution
from lakeway.databricks.profiles import Profile, profile
from lakeway.databricks.surfaces import Base, Operation, route
from lakeway.errors import BadRequestError

JSON = ("Content-Type", "application/json")
RESERVED = frozenset({"content-length", "host"})

_route = lru_cache(maxsize=1024)(route)


@lru_cache(maxsize=1024)
def _behind_a_gateway(model: str) -> Profile:
    """The profile at an address that is no workspace's: a gateway such as ours, which counts when asked."""
    known = profile(model)
    return msgspec.structs.replace(known, accepts=known.accepts | {"stream_options"})


class DatabricksTarget(Target, frozen=True, kw_only=True):
    """`bridge` sends chat over the Responses API whatever the profile says."""

    base: Base
    bridge: bool = False

    @property
    def profile(self) -> Profile:
        return _behind_a_gateway(self.model) if self.base.surface == "custom" else profile(self.model)

    def on_gateway(self, operation: Operation) -> bool:
        """Whether the Unity gateway answers, which has validators and attribution of its own."""
        return _route(self.base, operation, self.model).surface == "ai-gateway"

    def post(
        self,
        operation: Operation,
        body: Any,
        authorization: HeaderPairs,
        *,
        stream: bool = False,
        extra: HeaderPairs = (),
    ) -> HttpRequest:
        """A POST of `body` as JSON. A token replaces an Authorization among the target's own headers.

        Raises BadRequestError for what JSON cannot carry.
        """
        if extra:
            extra = attribution.merged(extra, self.headers)
        try:
            encoded = json_body.encode(body)
        except BadRequestError as error:
            shapes.complete(error, self.provider, self.model)
            raise
        ours = (JSON, *authorization, *extra)
        return HttpRequest(
            method="POST",
            url=_route(self.base, operation, self.model).url,
            headers=(*ours, *self._own(ours)),
            body=encoded,
            stream=stream,
            timeout=self.timeout,
        )

    def _own(self, ours: HeaderPairs) -> list[tuple[str, str]]:
        """The target's own headers, but those that are `ours` to write."""
        taken = RESERVED.union([name.lower() for name, _ in ours])
        return [pair for pair in self.headers if pair[0].lower() not in taken]
