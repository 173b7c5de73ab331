"""The headers that tell what became of a call, under LiteLLM's names; what is not known is left out."""

from __future__ import annotations

from typing import Final

from lakeway.calls.answers import provider_headers
from lakeway.core.cost import Cost
from lakeway.core.flow import Outcome
from lakeway.core.http import Headers
from lakeway.errors import LakewayError
from lakeway.gateway.answers import HeaderList
from lakeway.gateway.plan import Plan
from lakeway.version import __version__

_VERSION: Final = (b"x-lakeway-version", __version__.encode())
# Of the workspace's own session with us; a client has no use for it.
_KEPT_BACK = frozenset({"set-cookie", "www-authenticate"})


def of_call(call_id: str) -> HeaderList:
    return [(b"x-litellm-call-id", call_id.encode()), _VERSION]


def of_answer(plan: Plan, outcome: Outcome) -> HeaderList:
    """Which deployment answered, after how much effort, and what the server behind it said."""
    deployment = plan.answered(outcome)
    retries, fallbacks = plan.effort(outcome)
    return [
        (b"x-litellm-model-id", _latin(deployment.id)),
        (b"x-litellm-model-group", _latin(deployment.group)),
        (b"x-litellm-model-api-base", deployment.target.base.root.encode()),
        (b"x-litellm-attempted-retries", str(retries).encode()),
        (b"x-litellm-attempted-fallbacks", str(fallbacks).encode()),
        *_upstream(outcome.headers),
    ]


def of_cost(price: Cost | None) -> HeaderList:
    """USD under LiteLLM's name, DBU under ours."""
    if price is None:
        return []
    return [
        (b"x-litellm-response-cost", repr(price.usd).encode()),
        (b"x-lakeway-response-cost-dbu", repr(price.dbu).encode()),
    ]


def of_error(error: LakewayError) -> HeaderList:
    retries = error.num_retries
    tried = [] if retries is None else [(b"x-litellm-attempted-retries", str(retries).encode())]
    return [*tried, *_upstream(Headers(error.headers.items()))]


def _upstream(headers: Headers) -> HeaderList:
    return [
        (_latin(name), _latin(value))
        for name, value in provider_headers(headers).items()
        if name.removeprefix("llm_provider-") not in _KEPT_BACK
    ]


def _latin(text: str) -> bytes:
    """HTTP carries Latin-1; a model's name may hold more."""
    return text.encode("latin-1", "replace")
