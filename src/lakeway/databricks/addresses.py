"""What a base address says: host, proxy prefix, surface, and whether it is already a full URL.

People paste bare hosts, both surfaces, full URLs and browser addresses; all become one `Base`. Which URL a
call then goes to is for `surfaces` to say. Nothing here is read from the environment.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Literal, NoReturn, TypeAlias

from msgspec import Struct

from lakeway.core import web_address

Surface: TypeAlias = Literal["serving-endpoints", "ai-gateway", "custom"]
Operation: TypeAlias = Literal["chat", "embeddings", "responses", "completions", "invocations", "messages"]

CLASSIC = "/serving-endpoints"
GATEWAY = "/ai-gateway"

PATHS: Mapping[Operation, str] = MappingProxyType(
    {
        "chat": "chat/completions",
        "embeddings": "embeddings",
        "responses": "responses",
        "completions": "completions",
    }
)
# Which operations each API of the gateway serves; `codex/v1/chat/completions`, for one, is a 400.
GATEWAY_APIS: Mapping[str, frozenset[Operation]] = MappingProxyType(
    {
        "mlflow/v1": frozenset({"chat", "embeddings", "responses"}),
        "openai/v1": frozenset({"chat", "embeddings", "responses"}),
        "codex/v1": frozenset({"responses"}),
        "cursor/v1": frozenset({"chat"}),
        "anthropic": frozenset({"messages"}),
        "gemini": frozenset(),
    }
)


class Base(Struct, frozen=True):
    """A base address, understood.

    `prefix` is the path of a proxy in front of the workspace. `api` is the gateway's API that the address
    names, such as "mlflow/v1", or the whole path of a custom server. An address that is the full URL of an
    operation is `pinned` to it: that operation goes to `url`, unchanged.
    """

    host_url: str
    prefix: str = ""
    surface: Surface = "serving-endpoints"
    api: str = ""
    pinned: Operation | None = None
    url: str = ""

    @property
    def workspace_url(self) -> str:
        """What the workspace's own paths are appended to."""
        return self.host_url + self.prefix

    @property
    def gateway_url(self) -> str:
        """What the gateway's APIs are appended to."""
        return self.workspace_url + ("" if _BETA_GATEWAY.search(self.host_url) else GATEWAY)

    @property
    def root(self) -> str:
        """The address without the path of an operation; parsing it gives the same base, not pinned."""
        if self.surface == "custom":
            return self.host_url + self.api
        if self.surface == "ai-gateway":
            return f"{self.gateway_url}/{self.api}".rstrip("/")
        return self.workspace_url + CLASSIC


@lru_cache(maxsize=256)
def parse(api_base: str) -> Base:
    """Understand an address.

    A host with or without scheme (https, but http for a loopback host), either surface, the full URL of an
    operation, a copied browser address (`?o=…` is dropped), a workspace behind a proxy with a path prefix,
    the gateway's retired host `<id>.ai-gateway.cloud.databricks.com`. Any other path is a custom server
    that speaks the same language. Parsing the URL of a call gives the base it was made from, pinned.

    Raises BadRequestError that names what is wrong, without repeating a query, a password or a token.
    """
    address = web_address.parse(api_base, provider="databricks", query={"o"})
    host_url, path = address.host_url, address.path
    segments = path.split("/")[1:]
    if found := _on_a_surface(host_url, segments):
        prefix, surface, api, pinned = found
        return Base(host_url, prefix, surface, api, pinned, host_url + path if pinned else "")
    if _is_workspace(host_url, path, copied="o" in address.query):
        return Base(host_url)
    return _custom(host_url, path)


_Found: TypeAlias = "tuple[str, Surface, str, Operation | None]"


def _on_a_surface(host_url: str, segments: list[str]) -> _Found | None:
    """Prefix, surface, API and pinned operation, if the path has a surface in it; the last one counts."""
    if _BETA_GATEWAY.search(host_url):
        beta = _gateway_path("/".join(segments).removeprefix("ai-gateway").lstrip("/"))
        return ("", "ai-gateway", *beta) if beta else None
    for index in reversed(range(len(segments))):
        prefix = _MANAGEMENT.sub("", "".join(f"/{segment}" for segment in segments[:index]))
        mount, rest = f"/{segments[index]}", "/".join(segments[index + 1 :])
        if mount == CLASSIC and (classic := _classic_path(rest)):
            return prefix, "serving-endpoints", *classic
        if mount == GATEWAY and (gateway := _gateway_path(rest)):
            return prefix, "ai-gateway", *gateway
    return None


_CLASSIC_PATHS: dict[str, Operation | None] = {
    "": None,
    "anthropic": None,
    "gemini": None,
    "anthropic/v1/messages": "messages",
    "open-responses": "responses",
    **{path: operation for operation, path in PATHS.items()},
}
_INVOCATIONS = re.compile(r"[^/]+(/served-models/[^/]+)?/invocations")


def _classic_path(rest: str) -> tuple[str, Operation | None] | None:
    if _INVOCATIONS.fullmatch(rest):
        return "", "invocations"
    return ("", _CLASSIC_PATHS[rest]) if rest in _CLASSIC_PATHS else None


def _gateway_path(rest: str) -> tuple[str, Operation | None] | None:
    if not rest or rest in GATEWAY_APIS:
        return rest, None
    if rest == "anthropic/v1/messages":
        return "anthropic", "messages"
    for api, operations in GATEWAY_APIS.items():
        for operation in operations:
            if rest == f"{api}/{PATHS.get(operation)}":
                return api, operation
    return None


_CUSTOM_ENDINGS: dict[str, Operation] = {
    **{path: operation for operation, path in PATHS.items()},
    "v1/messages": "messages",
    "invocations": "invocations",
}


def _custom(host_url: str, path: str) -> Base:
    if _DATABRICKS.search(host_url) and path.startswith((CLASSIC, GATEWAY)):
        _refuse(f"nothing is served at its path {path}; for a workspace give its host, or end in {CLASSIC}")
    for ending, operation in _CUSTOM_ENDINGS.items():
        api = path.removesuffix(f"/{ending}")
        if api != path:
            return Base(host_url, "", "custom", api, operation, host_url + path)
    return Base(host_url, "", "custom", path)


_DATABRICKS = re.compile(r"[./](azuredatabricks\.net|databricks\.(com|us|mil|azure\.us|azure\.cn))(:\d+)?$")
_APPS = re.compile(r"\.databricksapps\.com(:\d+)?$")
_BETA_GATEWAY = re.compile(r"\.ai-gateway\.([a-z]+\.)?(databricks\.com|azuredatabricks\.net)(:\d+)?$")
# The list of endpoints, /api/2.0/serving-endpoints, is easily taken for the surface itself.
_MANAGEMENT = re.compile(r"/api/\d\.\d$")


def _is_workspace(host_url: str, path: str, *, copied: bool) -> bool:
    """A bare host, but not an app's; or an address copied from the browser, whose path is the UI's."""
    if path:
        return copied and bool(_DATABRICKS.search(host_url))
    return not _APPS.search(host_url)


def _refuse(reason: str) -> NoReturn:
    web_address.refuse(reason, "databricks")
