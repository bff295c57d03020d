"""Sockets, as the guest has them."""

from __future__ import annotations

from websockets.frames import Opcode

from .connections import Connections
from .event_queue import EventQueue, Shared
from .frames import close_payload
from .limits import CLOSE_REASON_BYTES, CONTROL_BYTES
from .link import Link
from .target import target
from .values import Record, Refusal


class Socket:
    """One connection, from before it is opened until after it ended."""

    def __init__(self, number: int, queue: EventQueue, shared: Shared, connections: Connections):
        self.link = Link(number, queue, shared, connections.loop)
        self._limits = shared.limits
        self._connections = connections

    def connect(self, url: str, options: Record) -> None:
        """`socket.connect`."""
        if self.link.state != "unconnected":
            raise Refusal("invalid-state")
        checked = target(url, options, self._limits)
        self.link.begin()
        self._connections.connect(self.link, checked)

    def send_text(self, data: str) -> None:
        """`socket.send-text`."""
        self.link.send(Opcode.TEXT, data.encode())

    def send_binary(self, data: bytes) -> None:
        """`socket.send-binary`."""
        self.link.send(Opcode.BINARY, data)

    def ping(self, payload: bytes) -> None:
        """`socket.ping`."""
        if len(payload) > CONTROL_BYTES:
            raise Refusal("invalid-argument", f"the payload of a ping is longer than {CONTROL_BYTES} bytes")
        self.link.accept(Opcode.PING, payload)

    def close(self, code: int | None, reason: str) -> None:
        """`socket.close`."""
        if len(reason.encode()) > CLOSE_REASON_BYTES:
            raise Refusal("invalid-argument", f"the reason is longer than {CLOSE_REASON_BYTES} bytes")
        if code is None and reason:
            raise Refusal("invalid-argument", "a reason cannot be sent without a code")
        self.link.close(close_payload(code, reason))
