"""Which URL, on which surface, one call goes to.

Databricks serves models on two surfaces of one host: the classic `/serving-endpoints`, and the Unity
gateway's `/ai-gateway`. They differ in names, validators, guardrails and attribution, so the choice is made
once, here. Paths: Databricks docs, api-reference and query-model-services, 2026.
"""

from __future__ import annotations

from typing import NoReturn
from urllib.parse import quote

from msgspec import Struct

from lakeway.core.model_name import is_unity_name
from lakeway.databricks.addresses import CLASSIC, GATEWAY_APIS, PATHS, Base, Operation, Surface, parse
from lakeway.databricks.catalogue import find, infer_family
from lakeway.errors import UnsupportedEndpointError

__all__ = ["Base", "Operation", "Route", "Surface", "management_url", "parse", "route", "token_url"]


class Route(Struct, frozen=True):
    """Where one call goes.

    The surface decides how the call is attributed: on the classic one by the body's `usage_context`, on the
    gateway by the header `Databricks-Ai-Gateway-Request-Tags`. The wrong one is ignored in silence (observed
    2026-08).
    """

    url: str
    surface: Surface


def route(base: Base, operation: Operation, model: str) -> Route:
    """The URL and surface for one call of `model`, a name as it goes on the wire.

    A Unity name goes to the gateway even from a classic address, as in MLflow's client: the classic surface
    knows no such names (404). Any other name goes to the gateway only if the address says so.

    Raises UnsupportedEndpointError, a BadRequestError, if that surface does not have the operation.
    """
    if base.pinned in (operation, "invocations"):
        return Route(base.url, base.surface)
    if base.surface == "custom":
        return Route(_custom(base, operation, model), "custom")
    if base.surface == "ai-gateway" or is_unity_name(model):
        return Route(_gateway(base, operation, model), "ai-gateway")
    return Route(_classic(base, operation, model), "serving-endpoints")


def token_url(base: Base) -> str:
    """Where OAuth tokens for the workspace are issued (Databricks docs, OAuth machine-to-machine)."""
    return f"{base.workspace_url}/oidc/v1/token"


def management_url(base: Base, path: str = "/api/2.0/serving-endpoints") -> str:
    """A management address of the workspace; by default the list of its endpoints."""
    return base.workspace_url + path


def _classic(base: Base, operation: Operation, model: str) -> str:
    root = base.workspace_url + CLASSIC
    match operation:
        case "invocations":
            return f"{root}/{_segment(model)}/invocations"
        case "messages":
            return f"{root}/anthropic/v1/messages"
        case "responses" if _needs_open_responses(model):
            return f"{root}/open-responses"
        case _:
            return f"{root}/{PATHS[operation]}"


def _needs_open_responses(model: str) -> bool:
    """Whether `/responses` refuses the model: it serves GPT and agents, no other hosted model (a 400)."""
    hosted = find(model)
    return hosted is not None and hosted.family != "gpt"


def _gateway(base: Base, operation: Operation, model: str) -> str:
    if operation == "messages":
        return f"{base.gateway_url}/anthropic/v1/messages"
    if operation in ("completions", "invocations"):
        _refuse(f"The gateway has no {operation}; serving endpoints do, by their own dotless names", model)
    api = base.api if base.surface == "ai-gateway" else ""
    if operation not in GATEWAY_APIS.get(api, ()):
        api = _gateway_api(operation, model)
    return f"{base.gateway_url}/{api}/{PATHS[operation]}"


def _gateway_api(operation: Operation, model: str) -> str:
    """`mlflow/v1` is the unified API of every provider; only `openai/v1` has all of GPT's Responses."""
    return "openai/v1" if operation == "responses" and infer_family(model) == "gpt" else "mlflow/v1"


def _custom(base: Base, operation: Operation, model: str) -> str:
    if operation == "messages":
        _refuse(f"{base.root} is not known to speak Anthropic's Messages API", model)
    if operation == "invocations":
        return f"{base.root}/{_segment(model)}/invocations"
    return f"{base.root}/{PATHS[operation]}"


def _segment(model: str) -> str:
    if not model:
        _refuse("An endpoint is invoked by its name, and none was given", model)
    return quote(model, safe="")


def _refuse(reason: str, model: str) -> NoReturn:
    raise UnsupportedEndpointError(f"{reason}.", model=model, llm_provider="databricks")
