"""LiteLLM's tag filtering: a request's tags say which deployments of a group may carry it out. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lakeway.errors import AuthenticationError
from lakeway.gateway.deployments import Deployment

# For requests whose tags no deployment has, and for those without any.
DEFAULT = "default"


def of_request(control: Mapping[str, Any], params: Mapping[str, Any]) -> tuple[str, ...]:
    """The tags of a request: its own, or those that LiteLLM's clients put among its metadata."""
    listed = control.get("tags")
    if listed is None:
        metadata = params.get("metadata")
        listed = metadata.get("tags") if isinstance(metadata, Mapping) else None
    return tuple(each for each in listed if isinstance(each, str)) if isinstance(listed, list) else ()


def eligible(
    members: Sequence[Deployment], tags: Sequence[str], *, match_any: bool
) -> tuple[Deployment, ...]:
    """Those with any of the tags, or with all of them; else the default ones.

    Raises AuthenticationError, with LiteLLM's words, when tags lead nowhere.
    """
    default = tuple(each for each in members if DEFAULT in each.tags)
    if not tags:
        return default or tuple(members)
    matches = any if match_any else all
    fitting = tuple(each for each in members if each.tags and matches(tag in each.tags for tag in tags))
    if not fitting and not default:
        raise AuthenticationError(
            f"Not allowed to access model due to tags configuration: no deployment has {', '.join(tags)}.",
            param="tags",
        )
    return fitting or default
