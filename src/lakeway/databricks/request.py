"""A chat request's body: every parameter sent, translated, left out as meaningless, or refused by name.

What a model cannot be given raises UnsupportedParamsError, or is dropped where the caller allowed it. Two
parameters steer no answer and are never refused: `user` and `metadata` say whom a call is for. Of them the
surface gets what its text map can hold, and an endpoint that is not in the catalogue gets nothing, as it may
refuse the map; `usage_context` and `request_tags` ask for that map by name and reach every endpoint.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from lakeway.core import shapes
from lakeway.core.dialects.openai_chat import DEFAULTS, PARAMETERS, canonical
from lakeway.core.http import HeaderPairs
from lakeway.core.request import Call, ChatRequest, without
from lakeway.databricks import attribution, messages, reasoning, tools
from lakeway.databricks.profiles import Profile
from lakeway.errors import BadRequestError, UnsupportedParamsError

# Not OpenAI's, but models refuse it by name, so it is checked like OpenAI's own.
CHECKED = PARAMETERS | {"top_k"}
# Answered by Lakeway itself, or turned into the surface's attribution.
OURS = frozenset({"metadata", "stream_options", "user"})
# OpenAI's names of what happens without a tier; Databricks knows "priority" alone.
NO_TIER = ("auto", "default")


class Body(Struct, frozen=True):
    """The JSON to send. `json_tool` says that a tool call carries the structured answer."""

    fields: dict[str, Any]
    json_tool: bool = False


def write(request: ChatRequest, profile: Profile, model: str, *, gateway: bool = False) -> Body:
    """The body for `model`. `gateway` says that the Unity gateway, not a serving endpoint, reads it.

    Raises UnsupportedParamsError naming every parameter that cannot be sent, BadRequestError for a
    value that is none.
    """
    try:
        return _write(request, profile, model, gateway)
    except BadRequestError as error:
        shapes.complete(error, "databricks", model)
        raise


def _write(request: ChatRequest, profile: Profile, model: str, gateway: bool) -> Body:
    leniency = request.leniency
    params = read_params(request, profile)
    if "tools" in params:
        params["tools"] = tools.write(params["tools"], profile)
    if request.stream:
        params["stream"] = True
    params, json_tool = tools.structure(params, profile)
    sent, refused = _sort(params, profile, leniency.allowed)
    refused += _conflicts(sent, profile, leniency.allowed)
    if refused and not leniency.drop:
        raise unsupported(refused, model)
    for name in refused:
        sent.pop(name, None)
    wants_usage = request.include_usage or profile.asks_for_usage
    if request.stream and wants_usage and not gateway and "stream_options" in profile.accepts:
        sent["stream_options"] = {"include_usage": True}
    if not gateway:
        sent |= identity(request, profile)
    fields = {"model": model, "messages": messages.write(request.messages, profile, model), **sent}
    return Body({**fields, **request.extra_body}, json_tool)


def read_params(request: ChatRequest, profile: Profile) -> dict[str, Any]:
    """The caller's parameters in one spelling, less those he dropped, with reasoning in the model's form."""
    params = canonical(without(request.params, request.leniency.dropped))
    if params.get("service_tier") in NO_TIER and not profile.any_parameter:
        del params["service_tier"]
    return reasoning.control(params, profile, request.leniency.budgets)


def _sort(
    params: Mapping[str, Any], profile: Profile, allowed: frozenset[str]
) -> tuple[dict[str, Any], list[str]]:
    sent: dict[str, Any] = {}
    refused: list[str] = []
    for name, value in params.items():
        if name in allowed:
            sent[name] = value
        elif name in OURS:
            continue
        elif name in profile.accepts or name not in CHECKED or profile.any_parameter:
            sent[name] = value
        elif not asks_for_default(name, value):
            refused.append(name)
    return sent, refused


def asks_for_default(name: str, value: Any) -> bool:
    """Whether leaving `name` out changes nothing."""
    return name in DEFAULTS and bool(DEFAULTS[name] == value)


def _conflicts(sent: dict[str, Any], profile: Profile, allowed: frozenset[str]) -> list[str]:
    """What Claude refuses while it thinks, sampling and a forced tool, or that it cannot do: not to think."""
    if profile.family != "claude":
        return []
    refused: list[str] = []
    thinks = reasoning.thinks(sent, profile)
    if thinks:
        if sent.get("temperature") == 1 and "temperature" not in allowed:
            del sent["temperature"]
        refused = [name for name in ("temperature", "top_k") if name in sent]
    forced = sent.get("tool_choice") not in (None, "auto", "none")
    if forced and (thinks or not profile.forced_tool_choice):
        refused.append("tool_choice")
    if profile.always_thinks and (sent.get("thinking") or {}).get("type") == "disabled":
        refused.append("thinking")
    return [name for name in refused if name not in allowed]


def unsupported(names: Sequence[str], model: str) -> UnsupportedParamsError:
    listed = list(names)
    return UnsupportedParamsError(
        f"databricks does not support parameters: {listed}, for model={model}. To drop them, pass "
        "drop_params=True (in a gateway configuration, litellm_settings: drop_params: true). To send them "
        f"all the same, pass allowed_openai_params={listed}.",
        model=model,
        llm_provider="databricks",
        param=listed[0] if len(listed) == 1 else None,
    )


def identity(request: Call, profile: Profile) -> dict[str, Any]:
    """The fields by which a serving endpoint's usage tables know the call."""
    fields: dict[str, Any] = {}
    if context := tags_of(request, inferred=profile.catalogued):
        fields["usage_context"] = context
    if request.client_request_id is not None:
        fields["client_request_id"] = request.client_request_id
    return fields


def tags_of(request: Call, *, inferred: bool) -> dict[str, str]:
    """The caller's tags; with `inferred`, those that `user` and the plain values of `metadata` make too."""
    tags = dict(request.tags)
    if not inferred:
        return tags
    metadata = request.params.get("metadata")
    if metadata is not None:
        tags = attribution.plain(shapes.an_object(metadata, "metadata")) | tags
    user = request.params.get("user")
    if isinstance(user, str) and user:
        tags.setdefault("user", user)
    return tags


def tags_header(request: Call) -> HeaderPairs:
    """The same for the Unity gateway, which reads a header and takes it for every model."""
    tags = tags_of(request, inferred=True)
    if request.client_request_id is not None:
        tags.setdefault("client_request_id", request.client_request_id)
    return attribution.header(tags)
