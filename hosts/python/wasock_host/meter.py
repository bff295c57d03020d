"""What a socket measures by itself, as `metrics.meter` asks for."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from websockets.frames import Opcode

from . import clock
from .limits import ROUND_TRIPS
from .values import Record

if TYPE_CHECKING:
    from .measurements import Measurements


class SocketMeter:
    """The account of one socket. It is called under the lock of its socket."""

    def __init__(self, measurements: Measurements):
        self._measurements = measurements
        self._opened_at: int | None = None
        self._pings: dict[bytes, int] = {}
        self.last_sent = False
        """Whether the last message was accepted: only then is there a reply to wait for."""
        self.waiting: dict[tuple[int, str], deque[int]] = {}
        """When messages were sent that wait for a reply, by kind of round trip and key."""

    def opened(self, timings: Record) -> None:
        """The connection was opened."""
        self._opened_at = clock.now()
        self._measurements.record("ws_sessions", 1.0)
        self._measurements.record("ws_connecting", timings.finished / 1e6)

    def sent(self, opcode: Opcode, payload: bytes, accepted: bool) -> None:
        """The guest has sent a frame."""
        if opcode is Opcode.PING:
            if accepted and len(self._pings) < ROUND_TRIPS:
                self._pings[payload] = clock.now()
            return
        self.last_sent = accepted
        self._measurements.record("ws_msgs_sent", 1.0)

    def received(self) -> None:
        """The guest has taken a message."""
        self._measurements.record("ws_msgs_received", 1.0)

    def skip(self, messages: int) -> None:
        """The guest does not handle the last messages that it has taken."""
        self._measurements.take_back("ws_msgs_received", messages)

    def pong(self, payload: bytes, at: int) -> None:
        """A pong has come, perhaps for a ping of the guest's."""
        sent = self._pings.pop(payload, None)
        if sent is not None:
            self._measurements.record("ws_ping", (at - sent) / 1e6)

    def ended(self, at: int) -> None:
        """The connection has ended."""
        if self._opened_at is not None:
            self._measurements.record("ws_session_duration", (at - self._opened_at) / 1e6)
            self._opened_at = None
