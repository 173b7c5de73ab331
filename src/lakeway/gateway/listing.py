"""`/v1/models`: the names that may be asked for; a wildcard is listed as the hosted models it lets in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lakeway.databricks.catalogue import MODELS, find
from lakeway.errors import NotFoundError
from lakeway.gateway import answers
from lakeway.gateway.answers import HeaderList
from lakeway.gateway.gateway import Gateway
from lakeway.gateway.request import Request, Send

CREATED = 1677610602  # LiteLLM's, and before that OpenAI's; nothing better is known


async def answer(gateway: Gateway, request: Request, send: Send, head: HeaderList) -> None:
    """The list, or the one model that the path names. Raises NotFoundError for a name that is not served."""
    if request.model is None:
        rows = [_row(gateway, name) for name in names(gateway)]
        await answers.whole(send, {"object": "list", "data": rows}, head)
        return
    if gateway.groups.find(request.model) is None:
        raise NotFoundError(f"The model {request.model!r} does not exist here.", request.model, param="model")
    await answers.whole(send, _row(gateway, request.model), head)


def names(gateway: Gateway) -> list[str]:
    """Each name once, in the order of the configuration."""
    return list(dict.fromkeys(_expanded(gateway)))


def _expanded(gateway: Gateway) -> Iterator[str]:
    for name in gateway.groups.names:
        if "*" not in name:
            yield name
            continue
        hosted = (f"databricks/{model.name}" for model in MODELS.values() if model.retired is None)
        yield from (each for each in hosted if gateway.groups.matches(name, each))


def _row(gateway: Gateway, name: str) -> dict[str, Any]:
    row: dict[str, Any] = {"id": name, "object": "model", "created": CREATED, "owned_by": "databricks"}
    group = gateway.groups.find(name)
    model = find(group[0].target.model) if group else None
    if model is not None:
        limits = {"max_input_tokens": model.max_input_tokens, "max_output_tokens": model.max_output_tokens}
        row["mode"] = model.mode
        row |= {key: value for key, value in limits.items() if value is not None}
    return row
