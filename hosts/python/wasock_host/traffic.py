"""Bytes on the wire, of all connections of a guest."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from typing import Any


@dataclass
class Traffic:
    """The bytes that TCP has carried: handshakes, TLS and frames."""

    sent: int = 0
    received: int = 0


class CountedSocket(socket.socket):
    """A socket whose bytes are counted; an event loop of asyncio reads and writes by these methods."""

    def __init__(self, family: int, traffic: Traffic):
        super().__init__(family, socket.SOCK_STREAM)
        self._traffic = traffic

    def recv(self, *how: Any) -> bytes:
        """Reads."""
        data = super().recv(*how)
        self._traffic.received += len(data)
        return data

    def recv_into(self, buffer: Any, nbytes: int = 0, flags: int = 0) -> int:
        """Reads into a buffer."""
        size = super().recv_into(buffer, nbytes, flags)
        self._traffic.received += size
        return size

    def send(self, *how: Any) -> int:
        """Writes."""
        size = super().send(*how)
        self._traffic.sent += size
        return size

    def sendmsg(self, *how: Any) -> int:
        """Writes several pieces."""
        size = super().sendmsg(*how)
        self._traffic.sent += size
        return size
