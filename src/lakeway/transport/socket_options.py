"""What every TCP socket of ours is set to."""

from __future__ import annotations

import socket
from typing import Protocol

# A model may think for minutes while nothing moves; firewalls and load balancers drop what is silent for
# 4 to 6 minutes (Azure 240 s, AWS 350 s). Probes from 60 s on keep the way open and notice a dead one.
_PROBES = (("TCP_KEEPIDLE", 60), ("TCP_KEEPALIVE", 60), ("TCP_KEEPINTVL", 30), ("TCP_KEEPCNT", 5))


class _Socket(Protocol):
    def setsockopt(self, level: int, option: int, value: int, /) -> None: ...


def prepare(sock: _Socket) -> None:
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _PROBES:  # macOS calls the first one TCP_KEEPALIVE
        option = getattr(socket, name, None)
        if option is not None:
            sock.setsockopt(socket.IPPROTO_TCP, option, value)
