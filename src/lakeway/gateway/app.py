"""The ASGI application: finds the endpoint, checks the key, and turns whatever goes wrong into an answer."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from lakeway.errors import BadRequestError, InternalServerError, LakewayError, NotFoundError
from lakeway.gateway import answers, endpoints, headers
from lakeway.gateway.answers import HeaderList
from lakeway.gateway.gateway import Gateway
from lakeway.gateway.request import ClientGone, Message, Receive, Request, Scope, Send

Application: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

log = logging.getLogger("lakeway.gateway")


def application(gateway: Gateway) -> Application:
    """The gateway as an ASGI 3 callable, for any server."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await _exchange(gateway, Request(scope, receive), send)
        elif scope["type"] == "lifespan":
            await _live(gateway, receive, send)
        else:
            raise ValueError(f"nothing here speaks {scope['type']}")

    return app


async def _live(gateway: Gateway, receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        if message["type"] == "lifespan.shutdown":
            await gateway.aclose()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


class _Sending:
    """Remembers whether the answer has begun: after that nothing but its own dialect may follow."""

    __slots__ = ("_send", "begun")

    def __init__(self, send: Send) -> None:
        self._send = send
        self.begun = False

    async def __call__(self, message: Message) -> None:
        self.begun = True
        await self._send(message)


async def _exchange(gateway: Gateway, request: Request, send: Send) -> None:
    call_id = str(uuid.uuid4())
    head = headers.of_call(call_id)
    sending = _Sending(send)
    try:
        await _answer(gateway, request, sending, head)
    except ClientGone:
        log.debug("The client of call %s went away.", call_id)
    except LakewayError as error:
        await _tell(sending, error, head)
    except RecursionError:
        await _tell(sending, BadRequestError("The request is nested too deeply."), head)
    except Exception:
        # Only the log says what happened: an unexpected text may hold anything.
        log.exception("Call %s failed in the gateway itself.", call_id)
        crash = InternalServerError(f"Internal error; the gateway's log tells more under {call_id}.")
        await _tell(sending, crash, head)


async def _answer(gateway: Gateway, request: Request, send: Send, head: HeaderList) -> None:
    found = endpoints.find(request.path)
    if found is None:
        raise NotFoundError(f"There is nothing at {request.path}. See / for what there is.")
    endpoint, request.model = found
    if not endpoint.public:
        gateway.access.check(request.headers)
    if not endpoint.allows(request.method):
        raise BadRequestError(
            f"{request.path} takes {endpoint.method}, not {request.method}.",
            status_code=405,
            headers={"allow": endpoint.method},
        )
    await endpoint.answer(gateway, request, send, head)


async def _tell(sending: _Sending, error: LakewayError, head: HeaderList) -> None:
    if sending.begun:
        await answers.end_events(sending, error)
    else:
        await answers.failed(sending, error, [*head, *headers.of_error(error)])
