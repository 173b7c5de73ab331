"""The lists that tools read: serving endpoints, foundation models, Unity model services.

Fields are those of the SDK's classes plus the ones seen live (prices as DBU text, capabilities). A retired
model is still listed, and READY.
"""

from __future__ import annotations

from typing import Any

from lakeway.emulator.envelopes import coded, invalid_parameter
from lakeway.emulator.exchange import Names, Outcome, Request, as_json
from lakeway.emulator.models import Model
from lakeway.emulator.workspace import Workspace, endpoint_not_found

Json = dict[str, Any]

_TASKS = {
    "chat": "llm/v1/chat",
    "responses": "llm/v1/chat",
    "embeddings": "llm/v1/embeddings",
    "completions": "llm/v1/completions",
    "images": "llm/v1/images",
    "evaluation": "llm/v1/evaluation",
}
_DEFAULT_PAGE = 200
_LARGEST_PAGE = 1000


def list_endpoints(workspace: Workspace, _request: Request, _names: Names) -> Outcome:
    """`GET /api/2.0/serving-endpoints`: all at once, not paged."""
    models = [model for model in workspace.models.values() if model.name.count(".") < 2]
    return as_json({"endpoints": [_endpoint(workspace, model) for model in models]})


def get_endpoint(workspace: Workspace, _request: Request, names: Names) -> Outcome:
    model = workspace.models.get(names["name"])
    if model is None or model.name.count(".") >= 2:
        raise endpoint_not_found("RESOURCE_DOES_NOT_EXIST")
    detail = {"permission_level": "CAN_QUERY", "data_plane_info": None, "endpoint_url": None}
    return as_json({**_endpoint(workspace, model), **detail})


def list_foundation_models(workspace: Workspace, _request: Request, _names: Names) -> Outcome:
    """`GET /api/2.0/serving-endpoints:foundation-models`: how tools pick a surface."""
    rows = [
        {"name": model.name, "config": {"served_entities": [{"foundation_model": _foundation(model)}]}}
        for model in workspace.models.values()
        if not model.custom
    ]
    return as_json({"endpoints": rows})


def list_model_services(workspace: Workspace, request: Request, _names: Names) -> Outcome:
    """`GET /api/2.1/unity-catalog/model-services`, paged; asking for all at once is a 499."""
    parent = request.query.get("parent", "schemas/system.ai").removeprefix("schemas/")
    size = _number(request, "page_size", _DEFAULT_PAGE)
    start = _number(request, "page_token", 0)
    if size > _LARGEST_PAGE or size < 1:
        raise coded(499, "CANCELLED", "The operation was cancelled.")
    rows = [row for row in _services(workspace) if row["name"].startswith(f"model-services/{parent}.")]
    following = str(start + size) if start + size < len(rows) else ""
    return as_json({"model_services": rows[start : start + size], "next_page_token": following})


def _number(request: Request, name: str, fallback: int) -> int:
    value = request.query.get(name) or str(fallback)
    if not value.isdecimal():
        raise invalid_parameter(f"{name}: '{value}' is not valid")
    return int(value)


def _services(workspace: Workspace) -> list[Json]:
    rows = []
    for model in workspace.models.values():
        name = model.name if model.custom else model.unity
        if name.count(".") >= 2 and not model.retired:
            rows.append({"name": f"model-services/{name}", "supported_api_types": api_types(model)})
    return rows


def api_types(model: Model) -> list[str]:
    """The surfaces a model answers on."""
    if model.task == "embeddings":
        return ["mlflow/v1/embeddings"]
    if model.task == "responses":
        return ["openai/v1/responses"]
    if model.task != "chat":
        return []
    native = {
        "claude": "anthropic/v1/messages",
        "gpt": "openai/v1/responses",
        "gemini": "gemini/v1/generateContent",
    }
    own = native.get(model.family)
    return ["mlflow/v1/chat/completions", *([own] if own else [])]


def _endpoint(workspace: Workspace, model: Model) -> Json:
    ready = model.ready and model.name not in workspace.settings.not_ready
    return {
        "name": model.name,
        "creator": "someone@example.com" if model.custom else None,
        "creation_timestamp": 0,
        "last_updated_timestamp": 0,
        "state": {"ready": "READY" if ready else "NOT_READY", "config_update": "NOT_UPDATING"},
        "config": {"served_entities": [_entity(model)]},
        "task": _TASKS[model.task],
        "endpoint_type": "CUSTOM_MODEL" if model.custom else "FOUNDATION_MODEL_API",
        "permission_level": "CAN_QUERY",
        "capabilities": {"function_calling": model.tools and model.task in ("chat", "responses")},
        "route_optimized": False,
    }


def _entity(model: Model) -> Json:
    if model.custom:
        return {"name": model.served, "entity_name": f"main.default.{model.name}", "entity_version": "1"}
    entity = f"system.ai.{model.name}"
    return {
        "name": model.name,
        "entity_name": entity,
        "entity_version": "1",
        "foundation_model": _foundation(model),
    }


def _foundation(model: Model) -> Json:
    return {
        "name": f"system.ai.{model.name}",
        "display_name": model.name,
        "docs": "https://docs.databricks.com/",
        "description": f"{model.name}, emulated",
        "input_price": model.input_price,
        "price": model.output_price,
        "ai_gateway_v2_supported": not model.retired,
        "api_types": api_types(model),
    }
