"""What the server asks: may this request come in, and what is the answer. Whatever goes wrong becomes one."""

from __future__ import annotations

import asyncio
import logging
import time

from msgspec import Struct
from msgspec.structs import replace

from lakeway.errors import (
    BadRequestError,
    InternalServerError,
    LakewayError,
    NotFoundError,
    RateLimitError,
    ServiceUnavailableError,
    Timeout,
)
from lakeway.gateway import answers, cors, endpoints, headers, memory
from lakeway.gateway.admission import SMALL, Admission
from lakeway.gateway.call import Call
from lakeway.gateway.call_log import CallLog
from lakeway.gateway.caller import ANYBODY, Caller
from lakeway.gateway.endpoints import Endpoint
from lakeway.gateway.gateway import MIB, Gateway
from lakeway.gateway.observers import Observer
from lakeway.transport.server import Refused, Reply, Request

log = logging.getLogger("lakeway.gateway")

NO_BODY = 64 * 1024  # bytes; what a GET may bring along, since it means nothing


class Entry(Struct, frozen=True, eq=False):
    """A request that was let in: where to, who sent it, the header lines of any answer, and how many bytes
    of a body are held for it.

    It keeps the gateway that let it in, so that a new configuration changes nothing half way.
    """

    gateway: Gateway
    endpoint: Endpoint
    caller: Caller
    call_id: str
    head: bytes
    model: str | None
    size: int


class App:
    """`gateway` may be replaced at any time: requests that have begun go on with the one they began with."""

    def __init__(self, gateway: Gateway, *further: Observer, call_log: CallLog | None = None) -> None:
        self.gateway = gateway
        routes = {path: endpoint.route for path, endpoint in endpoints.TABLE.items()}
        gateway.state.observed(routes, *further, call_log=call_log)

    def accept(self, request: Request) -> int:
        """The largest body that is taken. Raises Refused."""
        gateway = self.gateway
        call_id = headers.call_id(request.headers.get(headers.CALL_ID))
        head = headers.of_call(call_id)
        if b"origin" in request.headers:
            head += cors.head(gateway, request)
        try:
            request.about = entry = _let_in(gateway, request, call_id, head)
        except LakewayError as error:
            gateway.state.refused(request.path, error)
            if error.status_code == 405:
                head += b"allow: %b\r\n" % endpoints.methods(request.path)
            raise Refused(*answers.failure(error, head, gateway.compat)) from error
        return gateway.max_body if entry.endpoint.method == "POST" else NO_BODY

    def more(self, request: Request, received: int) -> int:
        """Make room for a body in chunks that has become large: twice of what is there. Raises Refused."""
        entry: Entry = request.about
        gateway = entry.gateway
        size = max(entry.size, min(2 * received, gateway.max_body))
        try:
            gateway.state.admission.grow(entry.size, size, entry.caller.key)
        except LakewayError as error:
            gateway.state.refused(request.path, error)
            raise Refused(*answers.failure(error, entry.head)) from error
        request.about = replace(entry, size=size)
        return size

    def abandoned(self, request: Request) -> None:
        """The rest of an accepted request never came."""
        if isinstance(request.about, Entry):
            entry = request.about
            entry.gateway.state.admission.give_back(entry.size, entry.caller.key)

    def mistake(self, status: int, reason: str) -> tuple[bytes, bytes]:
        """What is said to a client whose HTTP goes wrong."""
        error = _of_status(status, reason, self.gateway)
        _, head, body = answers.failure(error, headers.of_call(headers.call_id(None)))
        return head, body

    async def answer(self, request: Request, reply: Reply) -> None:
        entry: Entry = request.about
        gateway, endpoint = entry.gateway, entry.endpoint
        admission = gateway.state.admission
        size = len(request.body)
        if size != entry.size:
            admission.settle(entry.size, size, entry.caller.key)
        call = Call(
            id=entry.call_id,
            head=entry.head,
            endpoint=endpoint.route,
            caller=entry.caller,
            began=time.monotonic(),
            size=size,
        )
        if (trace := request.headers.get(b"traceparent")) is not None:
            call.trace = trace.decode("latin-1")
        try:
            if endpoint.calls:
                await _in_turn(admission, entry, call, request, reply)
            else:
                await endpoint.answer(gateway, call, request, reply)
        except LakewayError as error:
            await _tell(gateway, call, error, reply)
        except RecursionError:
            await _tell(gateway, call, BadRequestError("The request is nested too deeply."), reply)
        except asyncio.CancelledError:
            call.gone = True
            raise
        except Exception:
            # Only the log says what happened: an unexpected text may hold anything.
            log.exception("Call %s failed in the gateway itself.", call.id)
            call.crashed = True
            crash = InternalServerError(f"Internal error; the gateway's log tells more under {call.id}.")
            await _tell(gateway, call, crash, reply)
        finally:
            admission.give_back(size, entry.caller.key)
            if call.open or call.reserved:
                gateway.end(call)
            if call.error is not None:
                memory.let_go(call.error)


async def _in_turn(admission: Admission, entry: Entry, call: Call, request: Request, reply: Reply) -> None:
    """Answer a call of a model once there is a place for it."""
    if not admission.enters():
        await admission.enter()
    try:
        await entry.endpoint.answer(entry.gateway, call, request, reply)
    finally:
        admission.leave()


def _let_in(gateway: Gateway, request: Request, call_id: str, head: bytes) -> Entry:
    found = endpoints.find(request.path)
    if request.method == "OPTIONS":
        cors.preflight(gateway, request)
    if found is None:
        raise NotFoundError(f"There is nothing at {request.path}. See / for what there is.")
    endpoint, model = found
    caller = ANYBODY if endpoint.public else gateway.access.check(request.headers)
    if not endpoint.allows(request.method):
        said = f"{request.path} takes {endpoint.method}, not {request.method}."
        raise BadRequestError(said, status_code=405)
    size = 0
    if endpoint.method == "POST":
        stated = request.headers.get(b"content-length")
        size = min(SMALL if stated is None else int(stated), gateway.max_body)
        gateway.state.admission.expect(size, caller.key)
    return Entry(gateway, endpoint, caller, call_id, head, model, size)


async def _tell(gateway: Gateway, call: Call, error: LakewayError, reply: Reply) -> None:
    call.error, call.status = error, error.status_code
    if not call.reserved:
        call.ended = time.monotonic()
        gateway.state.refused(call.endpoint, error, call)
    if reply.begun:
        await answers.end_events(reply, error)
        return
    reply.whole(*answers.failure(error, call.head + headers.of_error(error, call), gateway.compat))


def _of_status(status: int, reason: str, gateway: Gateway) -> LakewayError:
    """The server's words for what is wrong below us, as an error of ours."""
    if status == 413:
        limit = gateway.max_body
        reason = (
            f"The request body is larger than {limit / MIB:.1f} MiB ({limit:,} bytes), which is the limit "
            "here. It is set by general_settings.max_request_size_mb."
        )
        return BadRequestError(reason, status_code=413, param="request_body")
    if status == 408:
        return Timeout(reason)
    if status == 503:
        return ServiceUnavailableError(reason, retry_after=1)
    if status == 429:
        return RateLimitError(reason, retry_after=1)
    if status >= 500:
        return InternalServerError(reason, status_code=status)
    return BadRequestError(reason, status_code=status)
