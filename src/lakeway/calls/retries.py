"""How often a call is repeated: `num_retries`, openai's `max_retries`, and LiteLLM's `retry_policy`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from lakeway import errors
from lakeway.calls import checked
from lakeway.core import shapes
from lakeway.core.retry import RetryPolicy
from lakeway.settings import Settings

RETRIES: Final = 2
DEFAULT: Final = RetryPolicy(retries=RETRIES)
OTHERS: Final = "DefaultRetries"
# LiteLLM's fields, the narrower class before the wider one.
KINDS: Mapping[str, type[errors.LakewayError]] = {
    "ContentPolicyViolationErrorRetries": errors.ContentPolicyViolationError,
    "AuthenticationErrorRetries": errors.AuthenticationError,
    "TimeoutErrorRetries": errors.Timeout,
    "RateLimitErrorRetries": errors.RateLimitError,
    "NotFoundErrorRetries": errors.NotFoundError,
    "BadRequestErrorRetries": errors.BadRequestError,
    "InternalServerErrorRetries": errors.InternalServerError,
    "ServiceUnavailableErrorRetries": errors.ServiceUnavailableError,
    "BadGatewayErrorRetries": errors.BadGatewayError,
}


def policy(control: Mapping[str, Any], settings: Settings) -> RetryPolicy:
    """Two retries of what is worth repeating unless told otherwise, and of classes in `retry_policy` as many
    as it says. Raises BadRequestError for a number that is none, or for a class that is not known.
    """
    retries = checked.count(control, "num_retries")
    if retries is None:
        retries = checked.count(control, "max_retries")
    if retries is None and settings.num_retries is not None:
        retries = checked.count({"num_retries": settings.num_retries}, "num_retries")
    if "retry_policy" not in control:
        return DEFAULT if retries is None else RetryPolicy(retries=retries)
    by_class = _fields(control["retry_policy"])
    others = by_class.pop(OTHERS, retries)
    return RetryPolicy(
        retries=RETRIES if others is None else others,
        by_kind=tuple((kind, by_class[name]) for name, kind in KINDS.items() if name in by_class),
    )


def _fields(given: Any) -> dict[str, int]:
    """The numbers in a mapping, or in an object with LiteLLM's attributes."""
    known = (*KINDS, OTHERS)
    if not isinstance(given, Mapping):
        given = {name: getattr(given, name) for name in known if hasattr(given, name)}
        if not given:
            raise shapes.bad("retry_policy", "must be an object of numbers, or LiteLLM's RetryPolicy")
    if unknown := [name for name in given if name not in known]:
        raise shapes.bad("retry_policy", f"knows {', '.join(known)}, and not {unknown[0]!r}")
    counts = {name: checked.count(given, name) for name in given}
    return {name: count for name, count in counts.items() if count is not None}
