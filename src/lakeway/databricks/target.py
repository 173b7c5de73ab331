"""A model on a Databricks workspace as the end of a call: its profile, its addresses, its headers."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import msgspec

from lakeway.core.exchange import Target
from lakeway.core.http import HeaderPairs, HttpRequest
from lakeway.databricks import attribution
from lakeway.databricks.profiles import Profile, profile
from lakeway.databricks.surfaces import Base, Operation, route

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
        """A POST of `body` to where `operation` is. Raises BadRequestError for what JSON cannot carry."""
        return self.post_bytes(operation, self.encoded(body), authorization, stream=stream, extra=extra)

    def post_bytes(
        self,
        operation: Operation,
        body: bytes,
        authorization: HeaderPairs,
        *,
        stream: bool = False,
        extra: HeaderPairs = (),
    ) -> HttpRequest:
        """The same for a body that is JSON already."""
        if extra:
            extra = attribution.merged(extra, self.headers)
        url = _route(self.base, operation, self.model).url
        return self.posting(url, body, authorization, stream=stream, extra=extra)
