"""The table of endpoints: path to what answers there. A new endpoint is a line here.

Paths without a variable part are found by one look-up; the others by what they begin and end with.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Final, Literal, TypeAlias

from msgspec import Struct

from lakeway.gateway import chat, completions, embeddings, health, listing, model_info, questions
from lakeway.gateway.call import Call
from lakeway.gateway.gateway import Gateway
from lakeway.gateway.pages import Pages
from lakeway.transport.server import Reply, Request

Answer: TypeAlias = Callable[[Gateway, Call, Request, Reply], Awaitable[None]]
Method: TypeAlias = Literal["GET", "POST"]


class Endpoint(Struct, frozen=True):
    """`route` is its name in metrics and in errors. `public` ones need no key; `calls` a model is what counts
    against limits. `model` in the path, where it has one, is `request.about.model`."""

    method: Method
    route: str
    answer: Answer
    public: bool = False
    calls: bool = False

    def allows(self, method: str) -> bool:
        return method == self.method or (method == "HEAD" and self.method == "GET")


async def _metrics(gateway: Gateway, call: Call, request: Request, reply: Reply) -> None:
    accept = request.headers.get(b"accept", b"").decode("latin-1")
    kind, body = await gateway.state.metrics_text(accept)
    reply.whole(200, b"content-type: %b\r\n%b" % (kind.encode(), call.head), body)


PAGES: Final = Pages(lambda: entries())
CHAT: Final = Endpoint("POST", chat.ROUTE, chat.answer, calls=True)
COMPLETIONS: Final = Endpoint("POST", completions.ROUTE, completions.answer, calls=True)
EMBEDDINGS: Final = Endpoint("POST", embeddings.ROUTE, embeddings.answer, calls=True)
MODELS: Final = Endpoint("GET", "/models", listing.answer)
MODEL: Final = Endpoint("GET", "/models/{model}", listing.answer_one)
MODEL_INFO: Final = Endpoint("GET", "/model/info", model_info.answer)
MODEL_GROUP_INFO: Final = Endpoint("GET", "/model_group/info", model_info.answer_groups)
TOKEN_COUNTER: Final = Endpoint("POST", questions.COUNT, questions.count)
SUPPORTED_PARAMS: Final = Endpoint("GET", questions.PARAMS, questions.supported)
HEALTH: Final = Endpoint("GET", "/health", health.models)
ALIVE: Final = Endpoint("GET", "/health/liveliness", health.alive, public=True)
READY: Final = Endpoint("GET", "/health/readiness", health.ready, public=True)
DETAILS: Final = Endpoint("GET", "/health/readiness/details", health.details)
METRICS: Final = Endpoint("GET", "/metrics", _metrics)
WELCOME: Final = Endpoint("GET", "/", PAGES.welcome, public=True)
OPENAPI: Final = Endpoint("GET", "/openapi.json", PAGES.openapi, public=True)
DOCS: Final = Endpoint("GET", "/docs", PAGES.docs, public=True)

TABLE: Final[Mapping[str, Endpoint]] = {
    "/v1/chat/completions": CHAT,
    "/chat/completions": CHAT,
    "/v1/completions": COMPLETIONS,
    "/completions": COMPLETIONS,
    "/v1/embeddings": EMBEDDINGS,
    "/embeddings": EMBEDDINGS,
    "/v1/models": MODELS,
    "/models": MODELS,
    "/v1/model/info": MODEL_INFO,
    "/model/info": MODEL_INFO,
    "/model_group/info": MODEL_GROUP_INFO,
    "/utils/token_counter": TOKEN_COUNTER,
    "/utils/supported_openai_params": SUPPORTED_PARAMS,
    "/health": HEALTH,
    "/health/liveliness": ALIVE,
    "/health/liveness": ALIVE,
    "/health/readiness": READY,
    "/health/readiness/details": DETAILS,
    "/metrics": METRICS,
    "/": WELCOME,
    "/openapi.json": OPENAPI,
    "/docs": DOCS,
}

# A model's name may hold slashes, so it is whatever stands between the two.
AROUND_A_MODEL: Final[tuple[tuple[str, str, Endpoint], ...]] = (
    ("/openai/deployments/", "/chat/completions", CHAT),
    ("/engines/", "/chat/completions", CHAT),
    ("/openai/deployments/", "/completions", COMPLETIONS),
    ("/engines/", "/completions", COMPLETIONS),
    ("/openai/deployments/", "/embeddings", EMBEDDINGS),
    ("/engines/", "/embeddings", EMBEDDINGS),
    ("/v1/models/", "", MODEL),
    ("/models/", "", MODEL),
)


def entries() -> Iterator[tuple[str, Endpoint]]:
    """Every path, with {model} in it where one goes, and what stands there."""
    yield from TABLE.items()
    for before, after, endpoint in AROUND_A_MODEL:
        yield f"{before}{{model}}{after}", endpoint


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
            break
    trimmed = path.rstrip("/")
    return (TABLE[trimmed], None) if trimmed in TABLE else None


def methods(path: str) -> bytes:
    """What the endpoint at `path` takes, as an Allow header has it."""
    found = find(path)
    return b"" if found is None else b"GET, HEAD" if found[0].method == "GET" else b"POST"
