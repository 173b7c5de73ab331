"""Which models a host serves, by its own account: the lists that it has, how they are asked for and read.

Pure, like all flows. Databricks' lists and their fields: SDK serving classes and Unity Gateway's own client,
2026. On neither surface is there a `/v1/models` of OpenAI's; other hosts have that one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Literal, TypeAlias, TypeVar
from urllib.parse import urlencode

import msgspec
from msgspec import Struct

from lakeway.core import flow
from lakeway.core.exchange import JSON, RESERVED, JsonObject, StreamReader, Target
from lakeway.core.http import HeaderPairs, HttpRequest, Timeout
from lakeway.core.json_exchange import JsonExchange
from lakeway.core.steps import Flow
from lakeway.databricks import catalogue
from lakeway.databricks.errors import READER
from lakeway.databricks.surfaces import management_url
from lakeway.databricks.target import DatabricksTarget
from lakeway.errors import LakewayError, NotFoundError, PermissionDeniedError
from lakeway.providers.openai_compatible import ERRORS, OpenAITarget

Row = TypeVar("Row")
Mode: TypeAlias = Literal["chat", "embedding"]

ENDPOINTS = "/api/2.0/serving-endpoints"
FOUNDATION_MODELS = "/api/2.0/serving-endpoints:foundation-models"
MODEL_SERVICES = "/api/2.1/unity-catalog/model-services"
# The list of services is slow, and may end in a 504; all of it at once is a 499.
LIMITS = Timeout(connect=5.0, read=20.0, total=30.0)
PAGE = 200
MOST_PAGES = 50
# Agents of the newer kind speak Responses alone, and base models take no chat.
TASKS: Mapping[str, Mode] = {
    "llm/v1/chat": "chat",
    "agent/v1/chat": "chat",
    "agent/v2/chat": "chat",
    "llm/v1/embeddings": "embedding",
}
CALLABLE = frozenset({"chat", "responses", "embedding"})


class Found(Struct, frozen=True):
    """A model by the name that its host gives it."""

    name: str
    mode: Mode


class Listing(JsonExchange):
    """One page of a list, as an exchange: tokens are renewed and errors read as for any other."""

    def __init__(self, target: Target, url: str) -> None:
        self.target = target
        self._url = url

    def write_request(self, authorization: HeaderPairs) -> HttpRequest:
        taken = RESERVED.union([name.lower() for name, _ in (JSON, *authorization)])
        own = [pair for pair in self.target.headers if pair[0].lower() not in taken]
        return HttpRequest(method="GET", url=self._url, headers=(*authorization, *own), timeout=LIMITS)

    def _read(self, wire: JsonObject) -> JsonObject:
        return wire

    def stream_reader(self) -> StreamReader:
        raise NotImplementedError("lists are not streamed")


class WorkspaceListing(Listing):
    _errors = READER


class OpenAIListing(Listing):
    _errors = ERRORS


def host(target: Target) -> Target:
    """The target without a model: deployments of equal hosts share one list."""
    without = msgspec.structs.replace(target, model="", alias="", timeout=LIMITS)
    return (
        msgspec.structs.replace(without, bridge=False) if isinstance(without, DatabricksTarget) else without
    )


def address(target: Target) -> str:
    """Where that host is, for people."""
    match target:
        case DatabricksTarget():
            return target.base.root
        case OpenAITarget():
            return target.base
        case _:
            return target.provider


def discover(target: Target) -> Flow[tuple[Found, ...]]:
    """The models that can be called at the target's host. Raises LakewayError where it does not say."""
    match target:
        case DatabricksTarget() if target.base.surface == "custom":
            return (yield from _openai_models(target, target.base.root))
        case DatabricksTarget():
            own = _services if target.base.surface == "ai-gateway" else _endpoints
            return (yield from _own_or_hosted(target, own))
        case OpenAITarget():
            return (yield from _openai_models(target, target.base))
        case _:
            raise NotFoundError(f"{target.provider} has no list of models that is known here.")


def _own_or_hosted(
    target: DatabricksTarget, own: Callable[[DatabricksTarget], Flow[tuple[Found, ...]]]
) -> Flow[tuple[Found, ...]]:
    """The list of the surface in use; where it is closed to us or switched off (FEATURE_DISABLED), the hosted
    models, which are open to every user of the workspace."""
    try:
        return (yield from own(target))
    except LakewayError as error:
        if not _is_closed(error):
            raise
        closed = error
    try:
        wire = yield from _get(target, management_url(target.base, FOUNDATION_MODELS))
    except LakewayError as error:
        closed.add_note(f"{FOUNDATION_MODELS} failed too: {error}")
        raise closed from None
    return hosted(wire)


def _is_closed(error: LakewayError) -> bool:
    return isinstance(error, PermissionDeniedError | NotFoundError) or error.code == "FEATURE_DISABLED"


def _endpoints(target: DatabricksTarget) -> Flow[tuple[Found, ...]]:
    wire = yield from _get(target, management_url(target.base, ENDPOINTS))
    return endpoints(wire)


def _services(target: DatabricksTarget) -> Flow[tuple[Found, ...]]:
    """Page by page; a page may be empty and not be the last, when none of its models may be seen."""
    found: list[Found] = []
    query = {"parent": "schemas/system.ai", "page_size": str(PAGE)}
    for _ in range(MOST_PAGES):
        url = f"{management_url(target.base, MODEL_SERVICES)}?{urlencode(query)}"
        wire = yield from _get(target, url)
        found += services(wire)
        token = wire.get("next_page_token")
        if not isinstance(token, str) or token in ("", query.get("page_token")):
            break
        query["page_token"] = token
    return tuple(found)


def _openai_models(target: Target, base: str) -> Flow[tuple[Found, ...]]:
    return models((yield from _get(target, f"{base}/models")))


def _get(target: Target, url: str) -> Flow[JsonObject]:
    kind = WorkspaceListing if isinstance(target, DatabricksTarget) else OpenAIListing
    outcome = yield from flow.attempt(kind(target, url))
    return outcome.reply or {}


class _State(Struct, frozen=True):
    ready: str | None = None


class _Endpoint(Struct, frozen=True):
    name: str
    task: str | None = None
    state: _State | None = None
    permission_level: str | None = None

    @property
    def may_be_called(self) -> bool:
        ready = self.state is None or self.state.ready != "NOT_READY"
        return ready and self.task in TASKS and self.permission_level != "CAN_VIEW"


class _Service(Struct, frozen=True):
    name: str
    supported_api_types: list[str] | None = None


class _Model(Struct, frozen=True):
    id: str


def endpoints(wire: JsonObject) -> tuple[Found, ...]:
    """Of `/api/2.0/serving-endpoints`: those that are ready, may be called, and take chat or embeddings."""
    rows = (row for row in _rows(wire, "endpoints", _Endpoint) if row.may_be_called)
    return tuple(Found(row.name, TASKS[row.task or ""]) for row in rows if _is_in_use(row.name))


def hosted(wire: JsonObject) -> tuple[Found, ...]:
    """Of `/api/2.0/serving-endpoints:foundation-models`."""
    return _found(row.name for row in _rows(wire, "endpoints", _Endpoint))


def services(wire: JsonObject) -> tuple[Found, ...]:
    """Of `/api/2.1/unity-catalog/model-services`: three-part names."""
    rows = _rows(wire, "model_services", _Service)
    return _found(row.name.removeprefix("model-services/") for row in rows if row.supported_api_types != [])


def models(wire: JsonObject) -> tuple[Found, ...]:
    """Of OpenAI's `/models`."""
    return _found(row.id for row in _rows(wire, "data", _Model))


def catalogued() -> tuple[Found, ...]:
    """What stands in for a list that nobody could have: every hosted model that is published."""
    return _found(catalogue.MODELS)


def _found(names: Iterable[str]) -> tuple[Found, ...]:
    return tuple(Found(name, _mode(name)) for name in names if _is_in_use(name))


def _is_in_use(name: str) -> bool:
    """A retired model of Databricks' own is listed, and READY, all the same (seen in October 2026)."""
    known = catalogue.find(name)
    if known is None or name not in (known.name, known.unity_name):
        return True
    return known.retired is None and known.mode in CALLABLE


def _mode(name: str) -> Mode:
    known = catalogue.find(name)
    if known is None:
        return "embedding" if catalogue.infer_family(name) == "embed" else "chat"
    return "embedding" if known.mode == "embedding" else "chat"


def _rows(wire: JsonObject, key: str, kind: type[Row]) -> Iterator[Row]:
    """The rows that are what they should be; one that is not does not hide the others."""
    listed = wire.get(key)
    for row in listed if isinstance(listed, list) else ():
        with suppress(msgspec.ValidationError):
            yield msgspec.convert(row, kind)
