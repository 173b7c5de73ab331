"""Which endpoint answers which path. A table; the endpoints are functions of workspace and request."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeAlias

from lakeway.emulator import management, tokens
from lakeway.emulator.chat import chat
from lakeway.emulator.completions import completions
from lakeway.emulator.embeddings import embeddings
from lakeway.emulator.envelopes import ApiError, coded
from lakeway.emulator.exchange import Json, Names, Outcome, Request
from lakeway.emulator.models import Model, Task
from lakeway.emulator.responses import responses
from lakeway.emulator.validation.wording import Surface, Words
from lakeway.emulator.workspace import Workspace, endpoint_not_found

Endpoint: TypeAlias = Callable[[Workspace, Request, Names], Outcome]
_TASKS: dict[Task, Callable[[Workspace, Request, Surface, str, Json, Model], Outcome]] = {
    "chat": chat,
    "completions": completions,
    "embeddings": embeddings,
    "responses": responses,
}


def _shared(surface: Surface, task: Task, *more: Task) -> Endpoint:
    """A path where the body's `model` names the endpoint; it answers for models of `task` and `more`."""

    def endpoint(workspace: Workspace, request: Request, _names: Names) -> Outcome:
        body = request.json()
        name = body.get("model")
        if name is None:
            Words(surface).missing(("model",))
        if not isinstance(name, str):
            Words(surface).wrong_type(("model",), "string")
        model = workspace.served(surface, name, (task, *more))
        return _TASKS[task](workspace, request, surface, name, body, model)

    return endpoint


def _invocations(workspace: Workspace, request: Request, names: Names) -> Outcome:
    """`/serving-endpoints/{name}/invocations`: the endpoint's task decides the shape."""
    name = names["name"]
    served = names.get("served")
    model = workspace.served("classic", name, ("chat", "embeddings", "completions"))
    if served is not None and served not in (model.name, model.served):
        raise endpoint_not_found()
    return _TASKS[model.task](workspace, request, "classic", name, request.json(), model)


def _issue_token(workspace: Workspace, request: Request, _names: Names) -> Outcome:
    return workspace.tokens.issue(request)


def _host_metadata(workspace: Workspace, request: Request, _names: Names) -> Outcome:
    return tokens.host_metadata(_host(request), workspace.settings.workspace_id)


def _discovery(_workspace: Workspace, request: Request, _names: Names) -> Outcome:
    return tokens.discovery(_host(request))


def _host(request: Request) -> str:
    return f"http://{request.headers.get('host', 'localhost')}"


# Let through to the Responses endpoint, whose own refusal names the model.
_NOT_GPT: tuple[Task, ...] = ("chat", "completions", "embeddings")
_NAME = r"(?P<name>[^/]+)"
_METADATA = "/.well-known/databricks-config"
_DISCOVERY = "/oidc/.well-known/oauth-authorization-server"
_TOKEN = "/oidc/v1/token"  # noqa: S105 - a path
PUBLIC = frozenset({_TOKEN, _DISCOVERY, _METADATA})
_ROUTES: tuple[tuple[str, str, Endpoint], ...] = (
    ("POST", r"/serving-endpoints/chat/completions", _shared("classic", "chat")),
    ("POST", r"/serving-endpoints/completions", _shared("classic", "completions")),
    ("POST", r"/serving-endpoints/embeddings", _shared("classic", "embeddings")),
    ("POST", r"/serving-endpoints/responses", _shared("classic", "responses", *_NOT_GPT)),
    ("POST", rf"/serving-endpoints/{_NAME}/invocations", _invocations),
    ("POST", rf"/serving-endpoints/{_NAME}/served-models/(?P<served>[^/]+)/invocations", _invocations),
    ("POST", r"/ai-gateway/mlflow/v1/chat/completions", _shared("gateway", "chat")),
    ("POST", r"/ai-gateway/mlflow/v1/embeddings", _shared("gateway", "embeddings")),
    ("POST", r"/ai-gateway/openai/v1/responses", _shared("gateway", "responses", *_NOT_GPT)),
    ("POST", _TOKEN, _issue_token),
    ("GET", re.escape(_DISCOVERY), _discovery),
    ("GET", re.escape(_METADATA), _host_metadata),
    ("GET", r"/api/2\.0/serving-endpoints", management.list_endpoints),
    ("GET", r"/api/2\.0/serving-endpoints:foundation-models", management.list_foundation_models),
    ("GET", rf"/api/2\.0/serving-endpoints/{_NAME}", management.get_endpoint),
    ("GET", r"/api/2\.1/unity-catalog/model-services", management.list_model_services),
)
_COMPILED = tuple((method, re.compile(path), endpoint) for method, path, endpoint in _ROUTES)
_STATIC = {(method, path): endpoint for method, path, endpoint in _ROUTES if re.fullmatch(r"[\w/-]+", path)}


def route(workspace: Workspace, request: Request) -> Outcome:
    """The outcome of `request`; raises `ApiError`."""
    static = _STATIC.get((request.method, request.path))
    if static is not None:
        return static(workspace, request, {})
    for method, path, endpoint in _COMPILED:
        match = path.fullmatch(request.path)
        if match and method == request.method:
            return endpoint(workspace, request, match.groupdict())
    raise no_api(request)


def no_api(request: Request) -> ApiError:
    return coded(404, "ENDPOINT_NOT_FOUND", f"No API found for '{request.method} {request.path}'")
