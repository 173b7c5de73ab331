"""Whether the gateway is alive and ready, as LiteLLM's probes expect it, and who answers at `/`."""

from __future__ import annotations

from lakeway.gateway import answers
from lakeway.gateway.answers import HeaderList
from lakeway.gateway.gateway import Gateway
from lakeway.gateway.request import Request, Send
from lakeway.version import __version__


async def alive(_gateway: Gateway, _request: Request, send: Send, head: HeaderList) -> None:
    await answers.whole(send, "I'm alive!", head)


async def ready(_gateway: Gateway, _request: Request, send: Send, head: HeaderList) -> None:
    """Ready as soon as it answers: everything was settled before the first request, and there is no store."""
    state = {"status": "healthy", "db": "Not connected", "lakeway_version": __version__}
    await answers.whole(send, state, head)


async def welcome(_gateway: Gateway, _request: Request, send: Send, head: HeaderList) -> None:
    value = {
        "name": "lakeway",
        "version": __version__,
        "endpoints": ["/v1/chat/completions", "/v1/embeddings", "/v1/models", "/health/liveliness"],
    }
    await answers.whole(send, value, head)
