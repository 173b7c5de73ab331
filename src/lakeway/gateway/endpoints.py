"""The table of endpoints: path to what answers there. A new endpoint is a line here.

Paths without a variable part are found by one look-up; the others by what they begin and end with.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final, Literal, TypeAlias

from msgspec import Struct

from lakeway.gateway import chat, embeddings, health, listing
from lakeway.gateway.answers import HeaderList
from lakeway.gateway.gateway import Gateway
from lakeway.gateway.request import Request, Send

Answer: TypeAlias = Callable[[Gateway, Request, Send, HeaderList], Awaitable[None]]
Method: TypeAlias = Literal["GET", "POST"]


class Endpoint(Struct, frozen=True):
    """`public` ones need no key."""

    method: Method
    answer: Answer
    public: bool = False

    def allows(self, method: str) -> bool:
        return method == self.method or (method == "HEAD" and self.method == "GET")


CHAT: Final = Endpoint("POST", chat.answer)
EMBEDDINGS: Final = Endpoint("POST", embeddings.answer)
MODELS: Final = Endpoint("GET", listing.answer)
ALIVE: Final = Endpoint("GET", health.alive, public=True)
READY: Final = Endpoint("GET", health.ready, public=True)
WELCOME: Final = Endpoint("GET", health.welcome, public=True)

TABLE: Final[Mapping[str, Endpoint]] = {
    "/v1/chat/completions": CHAT,
    "/chat/completions": CHAT,
    "/v1/embeddings": EMBEDDINGS,
    "/embeddings": EMBEDDINGS,
    "/v1/models": MODELS,
    "/models": MODELS,
    "/health/liveliness": ALIVE,
    "/health/liveness": ALIVE,
    "/health/readiness": READY,
    "/": WELCOME,
}

# A model's name may hold slashes, so it is whatever stands between the two.
AROUND_A_MODEL: Final[tuple[tuple[str, str, Endpoint], ...]] = (
    ("/openai/deployments/", "/chat/completions", CHAT),
    ("/engines/", "/chat/completions", CHAT),
    ("/openai/deployments/", "/embeddings", EMBEDDINGS),
    ("/engines/", "/embeddings", EMBEDDINGS),
    ("/v1/models/", "", MODELS),
    ("/models/", "", MODELS),
)


def find(path: str) -> tuple[Endpoint, str | None] | None:
    """The endpoint at `path`, and the model that the path names."""
    endpoint = TABLE.get(path)
    if endpoint is not None:
        return endpoint, None
    for before, after, around in AROUND_A_MODEL:
        if path.startswith(before) and path.endswith(after):
            model = path[len(before) : len(path) - len(after)]
            if model:
                return around, model
    trimmed = path.rstrip("/")
    return (TABLE[trimmed], None) if trimmed in TABLE else None
