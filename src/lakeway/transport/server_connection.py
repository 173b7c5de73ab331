"""One connection of a server: when it is read, who answers, and when it is closed.

It is an `asyncio.Protocol` itself rather than a user of streams, for half the cost of a request. It works
on asyncio's own loops and on uvloop, with TLS and without.

One request is in hand at a time. What arrives behind it waits as bytes, up to a bound; then the client
waits. The end of what a client sends is the end of the client, as it is to nginx and uvicorn: whoever
half-closes its connection before it has its answer does not get one.
"""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from typing import TYPE_CHECKING, cast

from lakeway.transport.alarm import Alarm
from lakeway.transport.http1_line import Mistake
from lakeway.transport.http1_request import Request, RequestParser
from lakeway.transport.server_application import UNASKED, Application, Refused
from lakeway.transport.server_hall import Hall, report
from lakeway.transport.server_reply import Reply
from lakeway.transport.server_sender import Sender
from lakeway.transport.socket_options import prepare

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, Task, Transport

MAX_AHEAD = 64 * 1024  # bytes behind the request in hand before the client has to wait
MAX_DROPPED = 64 * 1024  # bytes of a refused body that are read over to keep the connection

# A socket closed with bytes unread resets the connection, and the client may lose the answer on its way.
LINGER = 5.0  # seconds without a byte after which nobody is there any more
LINGER_IN_ALL = 30.0
# A client that has just had an answer may be sending its next request while it is told of the end.
SETTLE = 0.5  # seconds of idleness before a server that drains closes a connection
_RESET = b"\x01\0\0\0\0\0\0\0"  # SO_LINGER: on, for no time


class Connection(asyncio.Protocol):
    """A client's connection."""

    __slots__ = (
        *("request", "task", "_ahead", "_alarm", "_answering", "_application", "_ending", "_hall"),
        *("_holding", "_loop", "_lost", "_parser", "_peer", "_reply", "_room", "_sender", "_since"),
        *("_transport", "_unsent", "__weakref__"),
    )

    _transport: Transport

    def __init__(self, hall: Hall, loop: AbstractEventLoop) -> None:
        self._hall = hall
        self._loop = loop
        self._alarm = Alarm(loop, self._on_alarm)
        self._parser = RequestParser(hall.limits.max_head, hall.limits.max_headers)
        self._peer = ""
        self._ahead = b""  # what came behind the request in hand
        self._since = 0.0  # when the request began to arrive, or the lingering
        self._ending = False  # nothing is read any more, only taken off the wire
        self._holding = False  # the client has to wait with what it sends
        self._lost = False  # nothing can be sent any more
        # The request in hand.
        self.request: Request | None = None  # accepted, and neither answered nor abandoned
        self._application = hall.application  # whose it is
        self._reply: Reply | None = None  # from when all of it is there until answer() is done
        self.task: Task[None] | None = None
        self._answering = False  # answer() runs
        self._room = UNASKED  # bytes of a body of unknown length before the application is asked again
        self._sender = Sender(hall, loop, self._parser, self._close)
        self._unsent = 0  # bytes, when the client was last seen to be slow to take them

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = self._sender.transport = cast("Transport", transport)
        self._peer = _introduce(self._transport)
        hall = self._hall
        hall.connections.add(self)
        excess = len(hall.connections) - hall.limits.max_connections
        if excess <= 0:
            self._rest()
        elif excess <= max(16, hall.limits.max_connections // 10):
            self._fail(503, "too many connections")
        else:
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        if self._ending:
            self._alarm.set(min(self._loop.time() + LINGER, self._since + LINGER_IN_ALL))
        elif self._reply is not None or self._ahead or self._sender.stuffed:
            self._set_aside(data)
        else:
            self._read(data)

    def eof_received(self) -> None:
        self._lose()

    def connection_lost(self, error: Exception | None) -> None:
        self._lost = True
        self._alarm.close()
        self._parser.close()
        self._sender.shut()
        self._lose()
        if self.task is None:
            self._hall.leave(self)

    def pause_writing(self) -> None:
        self._sender.stuffed = True
        self._await_flow()

    def resume_writing(self) -> None:
        self._sender.resume()
        if self._reply is not None:
            self._alarm.clear()
        elif not self._ending:
            self._rest()
            self._proceed()

    # Reading.

    def _read(self, data: bytes) -> None:
        """Read to the end of a request and have it answered; what came behind it waits."""
        parser = self._parser
        try:
            while data:
                if parser.request is None:
                    data = parser.feed_head(data)
                    request = _read_by(parser)
                    if request is None:
                        break
                    self._accept(request)
                    if self._ending:
                        return
                data = parser.feed_body(data)
                if not parser.complete:
                    break
                if self.request is not None:
                    self._begin(self.request, data)
                    return
                parser.next()  # it has its answer
                self._since = 0.0
                if self._sender.stuffed:
                    self._set_aside(data)
                    return
        except Mistake as mistake:
            self._fail(mistake.status, mistake.reason)
        else:
            if self.request is not None and self._parser.received > self._room and not self._parser.length:
                self._ask_for_room(self.request)
            if not self._ending:
                self._await_rest()

    def _accept(self, request: Request) -> None:
        request.peer = self._peer
        request.received = self._since = self._loop.time()
        self._application = application = self._hall.application
        try:
            size = application.accept(request)
        except Refused as refused:
            self._refuse(refused)
            return
        except Exception as error:  # noqa: BLE001 - whatever it is: the client is told, and the log
            report("accept", error)
            self._fail(500, "internal error")
            return
        self.request = request
        self._room = UNASKED
        parser = self._parser
        parser.allow(size)
        if parser.expects and not parser.complete:
            self._sender.ask()

    def _refuse(self, refused: Refused) -> None:
        """Answer at once. What is left of the request is read over, if it is little."""
        parser = self._parser
        # A client that waits for 100 Continue may send the body now, or not: nobody can tell.
        known = parser.complete or not parser.expects
        little = parser.length <= MAX_DROPPED
        keep = self._sender.lasts and known and little
        self._sender.send(refused.status, refused.head, refused.body, keep)
        if keep:
            parser.drop(MAX_DROPPED)
        elif parser.complete:
            self._close()
        else:
            self._linger()

    def _ask_for_room(self, request: Request) -> None:
        """A body of unknown length has become larger than the application knows."""
        try:
            self._room = self._application.more(request, self._parser.received)
        except Refused as refused:
            self._parser.drop(0)
            self._give_back()
            self._sender.send(refused.status, refused.head, refused.body, False)
            self._linger()
        except Exception as error:  # noqa: BLE001 - whatever it is: the client is told, and the log
            report("more", error)
            self._fail(500, "internal error")

    def _begin(self, request: Request, rest: bytes) -> None:
        self._alarm.clear()
        if rest:
            self._set_aside(rest)
        reply = self._reply = Reply(self._sender)
        self.task = self._loop.create_task(self._answer(self._application, request, reply))

    def _set_aside(self, data: bytes) -> None:
        self._ahead += data
        if len(self._ahead) > MAX_AHEAD and not self._holding:
            self._holding = True
            self._transport.pause_reading()

    def _proceed(self) -> None:
        """Go on with what was set aside."""
        data, self._ahead = self._ahead, b""
        if data:
            self._read(data)
        if len(self._ahead) <= MAX_AHEAD:
            self._release()

    def _release(self) -> None:
        if self._holding:
            self._holding = False
            self._transport.resume_reading()

    # Answering.

    async def _answer(self, application: Application, request: Request, reply: Reply) -> None:
        self._answering = True
        try:
            await application.answer(request, reply)
            if not (reply.ended or reply.gone):
                raise RuntimeError("answer() returned before the end of the answer")
        except asyncio.CancelledError:
            if not reply.gone:
                self._break(reply)
            raise
        except Refused as refused:
            if reply.begun:
                self._break_off(application, reply, refused)
            else:
                reply.whole(refused.status, refused.head, refused.body)
        except Exception as error:  # noqa: BLE001 - whatever it is: the client is told, and the log
            self._break_off(application, reply, error)
        finally:
            self._answering = False
            self.request = self._reply = self.task = None
            if not (reply.ended or reply.gone):  # what was to say that it failed has failed, too
                self.cut()
            if self._lost:
                self._hall.leave(self)
        if not self._ending:
            self._parser.next()
            if not self._sender.stuffed:
                self._rest()
                if self._ahead:
                    self._proceed()

    def _break_off(self, application: Application, reply: Reply, error: Exception) -> None:
        if reply.gone:  # it found that out for itself
            return
        report("answer", error)
        if not reply.begun:
            reply.whole(500, *application.mistake(500, "internal error"))
        elif not reply.ended:
            self._break(reply)

    def _break(self, reply: Reply) -> None:
        """End in the middle of an answer, so that the client can tell: its last chunk is missing.

        Without chunks, nothing but a reset tells.
        """
        reply.ended = True
        if self._parser.old:
            self.cut()
        else:
            self._close()

    # Ending.

    def drain(self) -> None:
        """End as soon as nothing is asked."""
        if self._reply is None and not (self._ending or self._sender.stuffed or self._parser.begun):
            since = self._alarm.when - self._hall.limits.idle_seconds
            self._alarm.set(min(self._alarm.when, since + SETTLE))

    def cut(self) -> None:
        """End now, by a reset, whatever there is still to send."""
        if not self._transport.is_closing() or self._transport.get_write_buffer_size():
            sock = self._transport.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self._transport.abort()
        self._lose()

    def _fail(self, status: int, reason: str) -> None:
        """Say what is wrong below the application, and end."""
        application = self._hall.application if self.request is None else self._application
        try:
            if not self._parser.dropping:
                self._give_back()
                self._sender.send(status, *application.mistake(status, reason), False)
        finally:
            self._linger()

    def _linger(self) -> None:
        """Close for sending, and take in what the client sends until it notices."""
        self._ending = True
        self._ahead = b""
        self._release()
        if self._transport.can_write_eof():
            self._transport.write_eof()
        self._unsent = self._transport.get_write_buffer_size()
        self._since = self._loop.time()
        self._alarm.set(self._since + LINGER)

    def _close(self) -> None:
        """Close when all is sent."""
        if self._ahead:
            self._linger()
            return
        self._ending = True
        self._transport.close()
        self._await_flow()

    def _lose(self) -> None:
        """The client is gone."""
        self._ending = True
        reply, task = self._reply, self.task
        if reply is None or task is None:
            self._give_back()
        elif not self._answering:  # and now it will not begin
            task.cancel()
            self._reply = self.task = None
            self._give_back()
        elif not (reply.ended or reply.gone):
            reply.gone = True
            task.cancel()

    def _give_back(self) -> None:
        request, self.request = self.request, None
        if request is not None:
            self._application.abandoned(request)

    # Limits.

    def _rest(self) -> None:
        """Nothing is asked."""
        self._since = 0.0
        hall = self._hall
        idle = hall.limits.idle_seconds
        self._alarm.set(self._loop.time() + (min(idle, SETTLE) if hall.draining else idle))

    def _await_rest(self) -> None:
        """Of a head or a body that has begun."""
        now, limits = self._loop.time(), self._hall.limits
        if self._parser.request is not None:
            received = self._parser.received
            slowest = self._since + limits.body_seconds + received / limits.body_rate
            latest = self._since + limits.body_total + (self._parser.length or received) / limits.body_pace
            self._alarm.set(min(now + limits.body_seconds, slowest, latest))
        elif not self._parser.begun:
            self._rest()
        elif not self._since:
            self._since = now
            self._alarm.set(now + limits.head_seconds)

    def _await_flow(self) -> None:
        """Of what is sent."""
        self._unsent = self._transport.get_write_buffer_size()
        self._alarm.set(self._loop.time() + self._hall.limits.write_seconds)

    def _on_alarm(self) -> None:
        unsent = self._transport.get_write_buffer_size()
        if self._ending or self._sender.stuffed:
            if 0 < unsent < self._unsent:
                self._await_flow()
            else:
                self.cut()
        elif self._parser.begun:
            part = "head" if self._parser.request is None else "body"
            self._fail(408, f"the {part} of the request took too long to arrive")
        elif unsent:
            self.cut()
        else:
            self._close()


def _introduce(transport: Transport) -> str:
    """Set the socket up; the address at its other end, or nothing if it has none."""
    sock = transport.get_extra_info("socket")
    if sock.family not in (socket.AF_INET, socket.AF_INET6):
        return ""
    with suppress(OSError):  # macOS: the client has gone already
        prepare(sock)
    name = transport.get_extra_info("peername")
    if not name:
        return ""
    host, port = name[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _read_by(parser: RequestParser) -> Request | None:
    """The request whose head is there; a function, since a call is what a type checker forgets for."""
    return parser.request
