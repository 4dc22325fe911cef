"""Options of sockets: small answers leave at once, dead peers are noticed, buffers have a known size. Plain Python."""

from __future__ import annotations

import socket

BUFFER_BYTES = 64 * 1024
#: Seconds of silence before the first probe, between two, and how many go unanswered before the peer is given up.
IDLE, INTERVAL, PROBES = 60, 10, 6
_PROBING = (("TCP_KEEPIDLE", IDLE), ("TCP_KEEPINTVL", INTERVAL), ("TCP_KEEPCNT", PROBES))


def tune_listener(listener: socket.socket) -> None:
    """Set what connections that this socket accepts inherit. Sockets that are no TCP stay as they are."""
    if listener.family not in {socket.AF_INET, socket.AF_INET6}:
        return
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _PROBING:
        if hasattr(socket, name):
            listener.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
    for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
        listener.setsockopt(socket.SOL_SOCKET, option, BUFFER_BYTES)
