"""`/v1/models`: the names that the key may ask for; a wildcard is listed as the models that its hosts serve.

In OpenAI's shape, or in Anthropic's for a client that says which version of Anthropic's API it speaks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from lakeway.core.exchange import Target
from lakeway.databricks.catalogue import find
from lakeway.errors import NotFoundError
from lakeway.gateway import answers, query
from lakeway.gateway.call import Call
from lakeway.gateway.deployments import Deployment
from lakeway.gateway.discovery import Found, catalogued, host
from lakeway.gateway.gateway import Gateway
from lakeway.gateway.groups import Group, shown
from lakeway.transport.server import Reply, Request

CREATED = 1677610602  # LiteLLM's, and before that OpenAI's; nothing better is known
CREATED_AT = f"{datetime.fromtimestamp(CREATED, UTC):%Y-%m-%dT%H:%M:%SZ}"
ANTHROPIC = b"anthropic-version"

Shelves = Mapping[Target, tuple[Found, ...]]


async def answer(gateway: Gateway, call: Call, request: Request, reply: Reply) -> None:
    """The list. Raises BadRequestError for a query that means nothing."""
    wild = query.flag(request.query, "return_wildcard_routes")
    row = _row_for(request)
    rows = [row(gateway, each) for each in await names(gateway, call, wild=wild)]
    page = _anthropic_page(rows) if row is _anthropic_row else {"object": "list", "data": rows}
    answers.whole(reply, page, call.head)


async def answer_one(gateway: Gateway, call: Call, request: Request, reply: Reply) -> None:
    """The model that the path names. Raises NotFoundError for one that is not served to the caller."""
    name = request.about.model
    if not call.caller.may_use(name) or not await _is_served(gateway, name):
        raise NotFoundError(f"The model {shown(name)!r} does not exist here.", name, param="model")
    answers.whole(reply, _row_for(request)(gateway, name), call.head)


def _row_for(request: Request) -> Callable[[Gateway, str], dict[str, Any]]:
    return _anthropic_row if ANTHROPIC in request.headers else _row


async def _is_served(gateway: Gateway, name: str) -> bool:
    """A wildcard lets in any name: one that nothing is published of has to be on its host's list, if any."""
    group = gateway.groups.find(name)
    if group is None or "*" not in group.name:
        return group is not None
    targets = [member.target for member in group.members]
    if any(target.provider == "databricks" and find(target.model) for target in targets):
        return True
    shelves = await _shelves(gateway)
    listed = [shelves[host(target)] for target in targets]
    return any(not found for found in listed) or any(
        target.model == each.name for target, found in zip(targets, listed, strict=True) for each in found
    )


async def names(gateway: Gateway, call: Call, *, wild: bool = False) -> list[str]:
    """Each name that the caller may use, once, in the order of the configuration; wildcards if `wild`."""
    shelves = await _shelves(gateway)
    listed = dict.fromkeys(_expanded(gateway, shelves, wild=wild))
    return [name for name in listed if call.caller.may_use(name)]


async def _shelves(gateway: Gateway) -> Shelves:
    """What the hosts of all wildcards serve."""
    targets = [member.target for group in _wildcards(gateway).values() for member in group.members]
    return await gateway.state.inventory.found(gateway.state, targets)


def _wildcards(gateway: Gateway) -> dict[str, Group]:
    return {group.name: group for group in gateway.groups if "*" in group.name}


def _expanded(gateway: Gateway, shelves: Shelves, *, wild: bool) -> Iterator[str]:
    wildcards = _wildcards(gateway)
    for name in gateway.groups.names:
        if name not in wildcards:
            yield name
            continue
        if wild:
            yield name
        for member in wildcards[name].members:
            served = _served(member.target, shelves)
            yield from (each for each in _public(name, member, served) if gateway.groups.matches(name, each))


def _served(target: Target, shelves: Shelves) -> Iterable[Found]:
    found = shelves[host(target)]
    return catalogued() if not found and target.provider == "databricks" else found


def _public(wildcard: str, member: Deployment, served: Iterable[Found]) -> Iterator[str]:
    """What clients of a wildcard call the models `served`: its asterisk stands for what the row's does."""
    alias = member.target.alias
    pattern = re.compile("(.+)".join(map(re.escape, alias.split("*"))))
    if pattern.groups != wildcard.count("*"):
        return
    for each in served:
        # As the configuration writes it, with the provider in front; that may have been said elsewhere.
        written = (
            f"{alias.partition('/')[0]}/{each.name}",
            f"{member.target.provider}/{each.name}",
            each.name,
        )
        found = next(filter(None, map(pattern.fullmatch, written)), None)
        if found is not None:
            head, *tails = wildcard.split("*")
            yield head + "".join(word + tail for word, tail in zip(found.groups(), tails, strict=True))


def _row(gateway: Gateway, name: str) -> dict[str, Any]:
    group = gateway.groups.find(name)
    target = group.members[0].target if group else None
    owner = target.provider if target else "databricks"
    row: dict[str, Any] = {"id": name, "object": "model", "created": CREATED, "owned_by": owner}
    model = find(target.model) if target is not None and owner == "databricks" else None
    if model is not None:
        limits = {"max_input_tokens": model.max_input_tokens, "max_output_tokens": model.max_output_tokens}
        row["mode"] = model.mode
        row |= {key: value for key, value in limits.items() if value is not None}
    return row


def _anthropic_row(_gateway: Gateway, name: str) -> dict[str, Any]:
    return {"type": "model", "id": name, "display_name": name, "created_at": CREATED_AT}


def _anthropic_page(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Everything at once: there never is a second page."""
    first, last = (rows[0]["id"], rows[-1]["id"]) if rows else (None, None)
    return {"data": rows, "has_more": False, "first_id": first, "last_id": last}
