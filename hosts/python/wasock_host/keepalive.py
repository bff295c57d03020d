"""Pings at an interval, and the time that their answers may take (`connect-options.ping-interval`)."""

from __future__ import annotations

from asyncio import AbstractEventLoop, TimerHandle
from typing import Protocol

from .limits import PERIOD_NANOSECONDS

PAYLOAD = b"interval-"
"""What the payload of each of these pings begins with; its number follows."""


class Pinged(Protocol):
    """What is pinged."""

    @property
    def is_open(self) -> bool:
        """Whether pings are of use."""

    def send_ping(self, payload: bytes) -> bool:
        """Sends one, and says whether it left."""

    def expire(self, text: str) -> None:
        """No answer has come in time."""


class Keepalive:
    """The pings that the host sends by itself."""

    def __init__(self, loop: AbstractEventLoop, interval: float | None, timeout: float | None, pinged: Pinged):
        self._loop = loop
        self._interval = max(interval, PERIOD_NANOSECONDS / 1e9) if interval else None
        self._timeout = timeout
        self._pinged = pinged
        self._pings = 0
        self._due = 0.0
        self._tick: TimerHandle | None = None
        self._deadline: TimerHandle | None = None

    def begin(self) -> None:
        """The connection is open."""
        if self._interval:
            self._due = self._loop.time() + self._interval
            self._tick = self._loop.call_at(self._due, self._ping)

    def _ping(self) -> None:
        if not self._pinged.is_open or not self._interval:
            return
        # While the peer takes nothing, no ping is made.
        if self._pinged.send_ping(PAYLOAD + str(self._pings).encode()):
            self._pings += 1
            if self._timeout is not None and self._deadline is None:
                self._deadline = self._loop.call_later(self._timeout, self._late, True)
        while self._due <= self._loop.time():
            self._due += self._interval
        self._tick = self._loop.call_at(self._due, self._ping)

    def _late(self, look_again: bool) -> None:
        if look_again:
            # What has come is read first.
            self._deadline = self._loop.call_later(0, self._late, False)
        else:
            self._pinged.expire(f"no pong came within {self._timeout:g}s")

    def answered(self, payload: bytes) -> None:
        """A pong has come. One for any of the pings proves that the peer is there."""
        number = payload.removeprefix(PAYLOAD)
        if payload.startswith(PAYLOAD) and number.isdigit() and int(number) < self._pings:
            self.excuse()

    def excuse(self) -> None:
        """No answer is waited for: one has come, or nothing is read."""
        if self._deadline:
            self._deadline.cancel()
            self._deadline = None

    def end(self) -> None:
        """The connection is at its end."""
        self.excuse()
        if self._tick:
            self._tick.cancel()
