"""Other models to turn to when the first failed: LiteLLM's `fallbacks` and `context_window_fallback_dict`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from msgspec import Struct

from lakeway.calls import checked
from lakeway.core import shapes
from lakeway.errors import ContextWindowExceededError, LakewayError

NAMES = frozenset({"fallbacks", "context_window_fallback_dict"})


class Fallback(Struct, frozen=True):
    """`overrides` are the keywords of the call that this model gets otherwise than the first."""

    model: str
    overrides: Mapping[str, Any]


After: TypeAlias = Callable[[LakewayError], Sequence[Fallback]]


def read(control: Mapping[str, Any], model: str) -> After:
    """What to turn to after an error of `model`, the name as the caller wrote it.

    Whether those models can be called at all shows when their turn comes: a mistake there is no reason to
    fail a call that does not need them. Raises BadRequestError for what is no list of models.
    """
    general = _listed(control.get("fallbacks"), model)
    larger = checked.mapping(control, "context_window_fallback_dict").get(model)
    for_length = _listed([larger], model) if larger is not None else ()

    def after(error: LakewayError) -> Sequence[Fallback]:
        return for_length if for_length and isinstance(error, ContextWindowExceededError) else general

    return after


def _listed(entries: Any, model: str) -> Sequence[Fallback]:
    if entries is None:
        return ()
    listed = shapes.a_list(entries, "fallbacks", "a list of models")
    return [_fallback(entry, model, f"fallbacks[{index}]") for index, entry in enumerate(listed)]


def _fallback(entry: Any, model: str, at: str) -> Fallback:
    """An entry without a model is the same one, called otherwise."""
    if isinstance(entry, str):
        return Fallback(entry, {})
    overrides = dict(checked.named(entry, at, "a model's name, or an object of keywords"))
    name = overrides.pop("model", None) or model
    return Fallback(shapes.a_text(name, f"{at}.model"), overrides)
