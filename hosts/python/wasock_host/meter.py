"""What a socket measures by itself, as `metrics.meter` asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from websockets.frames import Opcode

from . import clock
from .limits import PINGS
from .values import Record

if TYPE_CHECKING:
    from .measurements import Measurements


class SocketMeter:
    """The account of one socket. It is called under the lock of its socket."""

    def __init__(self, measurements: Measurements, api: str = "ws"):
        self._measurements = measurements
        self._counts_written = api == "websockets"
        self._began = 0
        self._has_dialed = False
        self._pings: list[tuple[bytes, int]] = []
        self.last_sent: int | None = None
        """When the last message was sent, if it was accepted: only then is there a reply to wait for."""
        self.waiting: dict[int, list[tuple[str, int]]] = {}
        """Keys of messages that wait for a reply, and when they were sent, by kind of round trip."""

    def refused(self) -> None:
        """An attempt was refused before it began."""
        if not self._has_dialed:
            now = clock.now()
            self.begun(now)
            self._attempted(0)
            self._measurements.record("ws_connect_errors", 1.0)
            self.ended("unopened", now)

    def begun(self, at: int) -> None:
        """The attempt begins."""
        self._began = at

    def opened(self, timings: Record) -> None:
        """The connection was opened."""
        self._began = timings.started
        self._attempted(timings.finished)

    def failed(self, timings: Record, is_given_up: bool) -> None:
        """The attempt has failed; what the guest has given up is no error."""
        self._began = timings.started
        self._attempted(timings.finished)
        if not is_given_up:
            self._measurements.record("ws_connect_errors", 1.0)

    def _attempted(self, took: int) -> None:
        self._has_dialed = True
        self._measurements.record("ws_sessions", 1.0)
        self._measurements.record("ws_connecting", took / 1e6)

    def sent(self, opcode: Opcode, payload: bytes, accepted: bool) -> None:
        """The guest has sent a frame."""
        if opcode is Opcode.PING:
            if accepted and len(self._pings) < PINGS:
                self._pings.append((payload, clock.now()))
            return
        self.last_sent = clock.now() if accepted else None
        if self._has_dialed and not self._counts_written:
            self._measurements.record("ws_msgs_sent", 1.0)

    def written(self, frames: int) -> None:
        """So many frames of the guest's are on their way, close frames among them."""
        for _ in range(frames if self._counts_written else 0):
            self._measurements.record("ws_msgs_sent", 1.0)

    def received(self) -> None:
        """The guest has taken a message."""
        self._measurements.record("ws_msgs_received", 1.0)

    def skip(self, messages: int) -> None:
        """The guest does not handle the last messages that it has taken."""
        self._measurements.take_back("ws_msgs_received", messages)

    def pong(self, payload: bytes, at: int) -> None:
        """A pong has come, perhaps for a ping of the guest's."""
        place = next((place for place, (own, _) in enumerate(self._pings) if own == payload), None)
        if place is not None:
            _, sent = self._pings.pop(place)
            self._measurements.record("ws_ping", max(0, at - sent) / 1e6)

    def ended(self, how: str, at: int) -> None:
        """The session has ended: `unopened`, `closed`, `broken` or `given up`."""
        if not self._has_dialed:
            # The attempt is given up with the socket.
            self._attempted(at - self._began)
        self._measurements.record("ws_session_duration", max(0, at - self._began) / 1e6)
        if how == "broken":
            self._measurements.record("ws_session_errors", 1.0)
