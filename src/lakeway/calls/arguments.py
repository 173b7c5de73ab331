"""A call's keywords as the values that carry it out. What is none is a BadRequestError that names it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, Final

from lakeway.calls import checked
from lakeway.calls.keywords import CONTROL, split
from lakeway.calls.retries import policy as retry_policy
from lakeway.core import shapes
from lakeway.core.http import Timeout
from lakeway.core.request import BUDGETS, Leniency
from lakeway.settings import Settings

__all__ = ["CONTROL", "leniency", "retry_policy", "split", "tags", "timeout"]

CONNECT: Final = 10.0
DEFAULT_TIMEOUT: Final = Timeout(connect=CONNECT, read=600.0)
# Clocks and sockets cannot count further than some weeks; nobody means to wait so long.
LONGEST: Final = 7 * 86_400.0
STRICT, DROPPING = Leniency(), Leniency(drop=True)
LENIENCY = frozenset({"additional_drop_params", "allowed_openai_params", "drop_params"})


def leniency(
    control: Mapping[str, Any],
    params: Mapping[str, Any],
    settings: Settings,
    environ: Mapping[str, str] = os.environ,
) -> Leniency:
    drop = bool(control.get("drop_params", settings.drop_params))
    if LENIENCY.isdisjoint(control) and "reasoning_effort" not in params:
        return DROPPING if drop else STRICT
    return Leniency(
        drop=drop,
        dropped=tuple(checked.texts(control, "additional_drop_params")),
        allowed=frozenset(checked.texts(control, "allowed_openai_params")),
        budgets=_budgets(environ) if "reasoning_effort" in params else BUDGETS,
    )


def _budgets(environ: Mapping[str, str]) -> Mapping[str, int]:
    """LiteLLM's way to set the thinking budgets, DEFAULT_REASONING_EFFORT_LOW_THINKING_BUDGET and so on."""
    changed = {}
    for effort in BUDGETS:
        name = f"DEFAULT_REASONING_EFFORT_{effort.upper()}_THINKING_BUDGET"
        if value := environ.get(name):
            if not (value.isascii() and value.isdigit()):
                raise shapes.bad(name, "in the environment must be a number of tokens")
            changed[effort] = int(value)
    return {**BUDGETS, **changed} if changed else BUDGETS


TIMEOUTS = ("timeout", "request_timeout")


def timeout(control: Mapping[str, Any], settings: Settings, *, stream: bool) -> Timeout:
    """`timeout` in seconds, or any object with connect and read limits, such as httpx.Timeout.

    It is each attempt's own, as in openai's client. A number bounds the whole answer; of a streamed one, the
    wait for its start and each pause in it. Raises BadRequestError for anything else.
    """
    for name in ("stream_timeout", *TIMEOUTS) if stream else TIMEOUTS:
        if control.get(name) is not None:
            return _timeout(control[name], name)
    if settings.request_timeout is not None:
        return _timeout(settings.request_timeout, "request_timeout")
    return DEFAULT_TIMEOUT


def _timeout(given: Any, name: str) -> Timeout:
    if isinstance(given, Timeout):
        return given
    if hasattr(given, "read") and hasattr(given, "connect"):
        limits = (_seconds(each, name) if each is not None else None for each in (given.connect, given.read))
        return Timeout(*limits)
    seconds = _seconds(given, name)
    return Timeout(connect=min(CONNECT, seconds), read=seconds, total=seconds)


def _seconds(given: Any, name: str) -> float:
    if checked.is_number(given) and given > 0:
        return float(min(given, LONGEST))
    raise shapes.bad(name, "must be a positive number of seconds, or an object with such limits")


ATTRIBUTION = frozenset({"request_tags", "tags", "usage_context"})


def tags(control: Mapping[str, Any]) -> dict[str, str]:
    """Attribution asked for by name: `usage_context`, `request_tags`, and LiteLLM's list of `tags`."""
    if ATTRIBUTION.isdisjoint(control):
        return {}
    found = {**checked.mapping(control, "usage_context"), **checked.mapping(control, "request_tags")}
    if listed := checked.texts(control, "tags"):
        found["tags"] = ",".join(listed)
    return {name: str(value) for name, value in found.items()}
