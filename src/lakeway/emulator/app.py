"""The ASGI application: reads a request, lets the workspace decide, delivers the reply.

Endpoints are synchronous and know no sockets; only this file and `delivery` await.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from lakeway.emulator.admin import ADMIN, administer
from lakeway.emulator.delivery import Channel, Delivery, Left, Receive, Send, transport_of
from lakeway.emulator.envelopes import ApiError, bad_request
from lakeway.emulator.exchange import Outcome, Request, Whole
from lakeway.emulator.faults import HEADER, NOTHING, Plan
from lakeway.emulator.routing import PUBLIC, route
from lakeway.emulator.settings import Settings
from lakeway.emulator.workspace import Workspace

App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]


def create_app(settings: Settings | None = None, *, clock: Callable[[], float] = time.time) -> App:
    """A workspace as an ASGI application. `clock` gives the seconds that limits and tokens live by."""
    return application(Workspace(settings or Settings(), clock))


def application(workspace: Workspace) -> App:
    """The ASGI application of a workspace that somebody else holds too."""

    async def app(scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _live(receive, send)
        elif scope["type"] == "http":
            await _exchange(workspace, scope, receive, send)

    return app


async def _live(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


async def _exchange(
    workspace: Workspace, scope: MutableMapping[str, Any], receive: Receive, send: Send
) -> None:
    request = _request(workspace, scope, await _body(receive))
    channel = Channel(receive, send, transport_of(scope))
    if request.path.startswith(ADMIN):
        await Delivery(channel).deliver(_administered(workspace, request), ())
        return
    entry = workspace.recorder.add(request)
    outcome, plan = decide(workspace, request, entry)
    settings = workspace.settings
    headers = (("x-request-id", request.request_id), ("x-databricks-org-id", settings.workspace_id))
    delivery = Delivery(
        channel, plan, first_delay=settings.first_byte_delay, token_delay=settings.token_delay
    )
    try:
        await delivery.deliver(outcome, headers)
    except Left:
        entry["aborted"] = True
    finally:
        outcome.after()


def _administered(workspace: Workspace, request: Request) -> Outcome:
    try:
        return administer(workspace, request)
    except ApiError as error:
        return _whole(error)


def decide(workspace: Workspace, request: Request, entry: dict[str, Any]) -> tuple[Outcome, Plan]:
    """The reply, and what shall go wrong with it; fills `entry`. Faults strike those who may come in."""
    plan = NOTHING
    try:
        if request.path not in PUBLIC:
            requester = workspace.tokens.requester(request.headers.get("authorization"))
            request = msgspec.structs.replace(request, requester=requester)
            entry["requester"] = requester
        plan = workspace.faults.strike(request.headers.get(HEADER), request.path, _model_of(entry))
        if plan.error is not None:
            raise plan.error
        _check_length(workspace, request)
        outcome = route(workspace, request)
    except ApiError as error:
        outcome = _whole(error)
    entry["status"] = outcome.status if isinstance(outcome, Whole) else 200
    return outcome, plan


def _model_of(entry: dict[str, Any]) -> str:
    body = entry["body"]
    name = body.get("model") if isinstance(body, dict) else None
    return name if isinstance(name, str) else entry["path"]


def _check_length(workspace: Workspace, request: Request) -> None:
    size, limit = len(request.content), workspace.settings.body_limit
    if size > limit:
        raise bad_request(
            "BAD_REQUEST: Server received a request which exceeds maximum allowed content length. "
            f"RequestSize(bytes): {size}, Limit(bytes): {limit}"
        )


def _whole(error: ApiError) -> Whole:
    return Whole(error.content, error.status, error.content_type, error.headers)


async def _body(receive: Receive) -> bytes:
    message = await receive()
    if not message.get("more_body"):
        return bytes(message.get("body", b""))
    parts = bytearray(message.get("body", b""))
    while message.get("more_body"):
        message = await receive()
        parts += message.get("body", b"")
    return bytes(parts)


def _request(workspace: Workspace, scope: MutableMapping[str, Any], content: bytes) -> Request:
    return Request(
        method=scope["method"],
        path=scope["path"],
        query=dict(parse_qsl(scope.get("query_string", b"").decode("latin-1"))),
        headers={name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]},
        content=content,
        request_id=workspace.next_id(),
    )
