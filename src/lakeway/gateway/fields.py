"""What a client's request may say besides what the model is to do.

A client decides how long to wait, how often to try, whom to charge in the usage tables, and which of the
configured models to turn to. It decides neither where a call goes nor by what right: addresses, credentials
and headers of a request are left out, whatever their value, and the configuration's stay in force (LiteLLM
1.109 lets a client's `api_key` replace the configured one). What is unknown here is the model's own, and goes
to the model.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lakeway.calls.keywords import CONTROL
from lakeway.core.cost import is_price
from lakeway.errors import BadRequestError
from lakeway.gateway.known_keys import ROW_ONLY
from lakeway.transport.server import Request

HONOURED = frozenset(
    {
        "additional_drop_params",
        "allowed_openai_params",
        "cache_control_injection_points",
        "disable_fallbacks",
        "drop_params",
        "fallbacks",
        "max_retries",
        "num_retries",
        "request_tags",
        "request_timeout",
        "stream_timeout",
        "tags",
        "timeout",
        "usage_context",
    }
)
# Meant for the gateway, or for LiteLLM; a model's endpoint would refuse every one of them.
LEFT_OUT = (CONTROL | ROW_ONLY | {"disable_fallbacks", "guardrails", "user_config"}) - HONOURED
# What a request is about stands at its top; `extra_body` cannot put something else there.
FIXED = frozenset({"model", "messages", "input", "stream", "stream_options"})
MOST_RETRIES = 10
# Each takes a pass over the request, on the thread that serves everybody.
MOST_NAMES = 64
LONGEST_CHAIN = 16
MOST_POINTS = 32
LISTS = {
    "additional_drop_params": MOST_NAMES,
    "allowed_openai_params": MOST_NAMES,
    "fallbacks": LONGEST_CHAIN,
    "tags": MOST_NAMES,
}


STEERING = frozenset(
    {b"x-litellm-timeout", b"x-litellm-stream-timeout", b"x-litellm-num-retries", b"x-litellm-tags"}
)


def steers(request: Request) -> bool:
    """Whether its headers, or the configuration, say how the call is to be carried out."""
    rules = request.about.gateway.assembly
    return rules.names_users or rules.tag_filtering or not STEERING.isdisjoint(request.headers)


def split(body: dict[str, Any], request: Request) -> tuple[dict[str, Any], dict[str, Any]]:
    """(control, parameters for the model). Raises BadRequestError for a control that is none."""
    control: dict[str, Any] = {}
    params: dict[str, Any] = {}
    for name, value in body.items():
        if name in HONOURED:
            control[name] = value
        elif name not in LEFT_OUT and not is_price(name):
            params[name] = value
    if "extra_body" in body:
        params = _with_extra(params, body["extra_body"])
    _read_headers(control, request)
    if control:
        _check(control)
    _name_the_user(params, request)
    return control, params


def _name_the_user(params: dict[str, Any], request: Request) -> None:
    """`user`, from the header that the configuration names for it. Raises BadRequestError where one has to be
    named and is not."""
    rules = request.about.gateway.assembly
    if rules.user_header is not None and "user" not in params:
        named = request.headers.get(rules.user_header.lower().encode("latin-1"), b"").strip()
        if named:
            params["user"] = named.decode("latin-1")
    if rules.enforce_user and not params.get("user"):
        raise BadRequestError(
            "'user' has to be passed in: general_settings.enforce_user_param.", param="user"
        )


def _with_extra(params: dict[str, Any], extra: Any) -> dict[str, Any]:
    """LiteLLM's clients put a provider's own fields there; here they are fields like any others."""
    if not isinstance(extra, Mapping):
        raise BadRequestError("extra_body must be an object.", param="extra_body")
    hidden = LEFT_OUT | HONOURED | FIXED
    kept = {name: value for name, value in extra.items() if name not in hidden and not is_price(name)}
    return {**kept, **params}


def _read_headers(control: dict[str, Any], request: Request) -> None:
    headers = request.headers
    for limit in ("timeout", "stream_timeout"):
        header = f"x-litellm-{limit.replace('_', '-')}"
        if (seconds := headers.get(header.encode())) is not None:
            control.setdefault(limit, _number(float, seconds, header))
    if (retries := headers.get(b"x-litellm-num-retries")) is not None:
        control.setdefault("num_retries", _number(int, retries, "x-litellm-num-retries"))
    if (tags := headers.get(b"x-litellm-tags")) is not None:
        named = [tag.strip() for tag in tags.decode("latin-1").split(",")]
        control.setdefault("tags", [tag for tag in named if tag])


def _number(kind: type[float], value: bytes, name: str) -> float:
    try:
        return kind(value)
    except ValueError:
        raise BadRequestError(f"{name} must be a number.", param=name) from None


def _check(control: Mapping[str, Any]) -> None:
    for name in ("num_retries", "max_retries"):
        value = control.get(name, 0)
        if type(value) is not int or not 0 <= value <= MOST_RETRIES:
            raise _wrong(name, f"a whole number from 0 to {MOST_RETRIES}")
    for name in ("timeout", "request_timeout", "stream_timeout"):
        value = control.get(name, 1)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 86_400:
            raise _wrong(name, "a positive number of seconds")
    for name, most in LISTS.items():
        value = control.get(name, [])
        if not _is_list(value, most) or not all(isinstance(each, str) for each in value):
            raise _wrong(name, f"a list of at most {most} names")
    for name in ("usage_context", "request_tags"):
        if not isinstance(control.get(name, {}), Mapping):
            raise _wrong(name, "an object")
    points = control.get("cache_control_injection_points", [])
    if not _is_list(points, MOST_POINTS) or not all(map(_is_point, points)):
        wanted = f"a list of at most {MOST_POINTS} objects with a role or an index"
        raise _wrong("cache_control_injection_points", wanted)


def _is_list(value: Any, most: int) -> bool:
    return isinstance(value, list) and len(value) <= most


def _is_point(point: Any) -> bool:
    if not isinstance(point, Mapping):
        return False
    return type(point.get("index") or 0) is int and isinstance(point.get("role"), str | None)


def _wrong(name: str, wanted: str) -> BadRequestError:
    return BadRequestError(f"{name} must be {wanted}.", param=name)
