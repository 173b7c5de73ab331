"""A chat request's body: every parameter sent, translated, left out as meaningless, or refused by name.

Nothing that the caller asked for is lost in silence: what a model cannot be given raises
UnsupportedParamsError, or is dropped where the caller allowed it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from lakeway.core.dialects.openai_chat import DEFAULTS, PARAMETERS, canonical
from lakeway.databricks import messages, reasoning, tools
from lakeway.databricks.profiles import Profile
from lakeway.errors import UnsupportedParamsError

TAGS_HEADER = "Databricks-Ai-Gateway-Request-Tags"
# Not OpenAI's, but models refuse it by name, so it is checked like OpenAI's own.
CHECKED = PARAMETERS | {"top_k"}
# Answered by Lakeway itself, or turned into the surface's attribution.
OURS = frozenset({"metadata", "stream_options", "user"})


class Leniency(Struct, frozen=True, kw_only=True):
    """`drop` what is not supported, `dropped` paths in any case; `allowed` names go as they are."""

    drop: bool = False
    dropped: tuple[str, ...] = ()
    allowed: frozenset[str] = frozenset()
    budgets: Mapping[str, int] = reasoning.BUDGETS


class ChatRequest(Struct, frozen=True, kw_only=True):
    """A chat call as the caller made it; `params` holds OpenAI's and the provider's parameters alike."""

    messages: Sequence[Any]
    params: Mapping[str, Any]
    stream: bool = False
    include_usage: bool = False
    extra_body: Mapping[str, Any] = {}
    tags: Mapping[str, str] = {}
    leniency: Leniency = Leniency()


class Body(Struct, frozen=True):
    """The JSON to send. `json_tool` says that a tool call carries the structured answer."""

    fields: dict[str, Any]
    json_tool: bool = False


def write(request: ChatRequest, profile: Profile, model: str, *, gateway: bool = False) -> Body:
    """The body for `model`. `gateway` says that the Unity gateway, not a serving endpoint, reads it.

    Raises UnsupportedParamsError naming every parameter that cannot be sent, BadRequestError for a
    value that is none.
    """
    leniency = request.leniency
    params = canonical(_without(request.params, leniency.dropped))
    if "tools" in params:
        params["tools"] = tools.write(params["tools"], profile)
    if request.stream:
        params["stream"] = True
    params = reasoning.control(params, profile, leniency.budgets)
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
    if not gateway and (context := attribution(request, profile)):
        sent["usage_context"] = context
    fields = {"model": model, "messages": messages.write(request.messages, profile, model), **sent}
    return Body({**fields, **request.extra_body}, json_tool)


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
        elif not (name in DEFAULTS and DEFAULTS[name] == value):
            refused.append(name)
    return sent, refused


def _conflicts(sent: dict[str, Any], profile: Profile, allowed: frozenset[str]) -> list[str]:
    """What Claude refuses while it thinks: sampling other than the default, and a forced tool.

    Anthropic documents both for extended thinking; whether Databricks enforces the first is not known.
    """
    if profile.family != "claude":
        return []
    thinks = (sent.get("thinking") or {}).get("type") in ("enabled", "adaptive") or profile.always_thinks
    refused: list[str] = []
    if thinks and sent.get("temperature") == 1:
        del sent["temperature"]
    if thinks:
        refused = [name for name in ("temperature", "top_k") if name in sent and name not in allowed]
    forced = sent.get("tool_choice") not in (None, "auto", "none")
    if forced and (thinks or not profile.forced_tool_choice) and "tool_choice" not in allowed:
        refused.append("tool_choice")
    return refused


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


def attribution(request: ChatRequest, profile: Profile) -> dict[str, str]:
    """Who and what a call is for, as the text map that Databricks keeps in its usage tables.

    `user` and the plain values of `metadata` join the caller's own tags for hosted models; a custom
    endpoint gets only what was asked for explicitly, since it may refuse the field.
    """
    context = {str(key): _text(value) for key, value in request.tags.items()}
    if not profile.catalogued:
        return context
    metadata = request.params.get("metadata")
    if isinstance(metadata, Mapping):
        plain = {str(k): _text(v) for k, v in metadata.items() if isinstance(v, (str, int, float))}
        context = plain | context
    if isinstance(user := request.params.get("user"), str) and user:
        context.setdefault("user", user)
    return context


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def tags_header(request: ChatRequest, profile: Profile) -> tuple[tuple[str, str], ...]:
    """The Unity gateway's header for the same attribution; it ignores `usage_context`, silently."""
    context = attribution(request, profile)
    if not context:
        return ()
    return ((TAGS_HEADER, msgspec.json.encode(dict(sorted(context.items()))).decode()),)


def _without(params: Mapping[str, Any], paths: Sequence[str]) -> Mapping[str, Any]:
    """`params` without the dotted `paths`; `tools[*].strict` style steps into every element of a list."""
    for path in paths:
        params = _drop(params, path.replace("[*]", ".*").split("."))
    return params


def _drop(node: Any, steps: list[str]) -> Any:
    head, *rest = steps
    if head == "*" and isinstance(node, list):
        return [_drop(item, rest) if rest else item for item in node]
    if not isinstance(node, Mapping) or head not in node:
        return node
    if not rest:
        return {key: value for key, value in node.items() if key != head}
    return {**node, head: _drop(node[head], rest)}
