"""What a socket's handle and its connection share: the state, what is to be sent, and who is told of what.

Each change of state and the event that announces it are one step under one lock. So a guest never sees a state whose
event is not in its queue yet, and nothing follows the drop of a handle.
"""

from __future__ import annotations

from asyncio import AbstractEventLoop
from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple

from wasmtime.component import Variant
from websockets.frames import Opcode

from . import clock
from .event_queue import EventQueue, Shared
from .limits import BUFFERED_FRAMES
from .meter import SocketMeter
from .values import Record, Refusal

GIVEN_UP = "the connection was given up before it was established"
"""What an attempt fails with that the guest itself has given up."""

MESSAGES = (Opcode.TEXT, Opcode.BINARY)


class Outgoing(NamedTuple):
    """A frame that waits to be sent."""

    opcode: Opcode
    payload: bytes


class Link:
    """Between the thread of the guest and that of the connection."""

    def __init__(self, number: int, queue: EventQueue, shared: Shared, loop: AbstractEventLoop):
        self.id = number
        self.queue = queue
        self.loop = loop
        self.state = "unconnected"
        self.buffered = 0
        """Bytes of messages that were accepted and are not with the operating system yet."""
        self.aborted = False
        self.detached = False
        self.meter: SocketMeter | None = None
        self.on_wake: Callable[[], None] | None = None
        """What the connection does when the guest wants something of it; called by its own thread."""
        self._shared = shared
        self._outbox: deque[Outgoing] = deque()
        self._woken = False
        self._is_ended = False
        self._is_measured = False
        self._before = "unconnected"
        self._announced = 0

    # The guest's side.

    @property
    def seen(self) -> str:
        """The state as the guest knows it: what an event announces is so once a `wait` could have returned it."""
        with self._shared.lock:
            return self.state if self.queue.has_seen(self._announced) else self._before

    def _move_to(self, state: str, announced: int = 0) -> None:
        self._before, self.state, self._announced = self.seen, state, announced

    def begin(self) -> None:
        """Moves on to `connecting`, which takes one of the guest's sockets."""
        self.queue.check_untaken()
        with self._shared.lock:
            most = self._shared.limits.sockets
            if self._shared.open_sockets >= most:
                raise Refusal("limit-reached", f"a guest may have {most} open sockets")
            self._shared.open_sockets += 1
            self._move_to("connecting")
            if self.meter:
                self.meter.begun(clock.now())

    def send(self, opcode: Opcode, payload: bytes) -> None:
        """Accepts a message, and waits while too much is buffered."""
        with self._shared.lock:
            # Pings do not wait, so there may be too much already.
            self._until_room()
            self.accept(opcode, payload)
            self._until_room()

    def accept(self, opcode: Opcode, payload: bytes) -> None:
        """Takes a frame that is to be sent."""
        with self._shared.lock:
            accepted = self.seen == "open"
            if self.state == "open" and self._is_full():
                most = f"{self._shared.limits.buffered_bytes} bytes or {BUFFERED_FRAMES} frames"
                raise Refusal("limit-reached", f"a guest may have {most} that wait to be sent on a socket")
            if self.meter:
                self.meter.sent(opcode, payload, accepted)
            if not accepted:
                raise Refusal("invalid-state")
            # What is sent on a connection whose end the guest has yet to hear of is lost with it.
            if self.state == "open":
                self.buffered += len(payload) if opcode in MESSAGES else 0
                self._outbox.append(Outgoing(opcode, payload))
                self._wake()

    def _is_full(self) -> bool:
        return self.buffered >= self._shared.limits.buffered_bytes or len(self._outbox) >= BUFFERED_FRAMES

    def _until_room(self) -> None:
        while self.state == "open" and not self.aborted and self._is_full() and not self._shared.interrupted:
            self._shared.changed.wait()

    def close(self, payload: bytes) -> None:
        """Starts the closing handshake, or gives an attempt up."""
        with self._shared.lock:
            if self.state == "unconnected":
                raise Refusal("invalid-state")
            # Messages that it takes from now on are nothing to it.
            self._is_ended = True
            if self.state == "connecting":
                self.aborted = True
            elif self.state == "open":
                self._move_to("closing")
                self._outbox.append(Outgoing(Opcode.CLOSE, payload))
            elif self.seen == "open":
                self._before = "closing"
            self._wake()

    def give_up(self) -> None:
        """Ends the connection without a closing handshake."""
        with self._shared.lock:
            self._is_ended = True
            if self.state not in ("unconnected", "closed"):
                self.aborted = True
                self._wake()

    def detach(self) -> None:
        """The handle is dropped: no event follows. What is closing ends by itself when all is sent."""
        with self._shared.lock:
            self.detached = True
            if self.state == "closing":
                # Who is asked to finish has not closed it by itself.
                self._measure_end("given up" if self._shared.interrupted else "closed")
            elif self.state in ("connecting", "open"):
                self.aborted = True
                self._measure_end("unopened" if self.state == "connecting" else "given up")
                self._end()
            self._wake()

    def _wake(self) -> None:
        if not self._woken and self.on_wake:
            self._woken = True
            self.loop.call_soon_threadsafe(self.on_wake)

    # The connection's side.

    @property
    def lock(self):
        """What all of this happens under."""
        return self._shared.lock

    def is_given_up(self) -> bool:
        """Whether the guest wants the connection to end at once. The next wish of the guest's wakes anew."""
        with self._shared.lock:
            self._woken = False
            return self.aborted

    def next_outgoing(self, most: int) -> list[Outgoing]:
        """Frames of about so many bytes that are to be sent now."""
        with self._shared.lock:
            frames: list[Outgoing] = []
            while self._outbox and most > 0:
                frames.append(self._outbox.popleft())
                most -= len(frames[-1].payload) + 16
            return frames

    def written(self, frames: int) -> None:
        """So many frames of the guest's are on their way."""
        with self._shared.lock:
            if self.meter:
                self.meter.written(frames)

    def flushed(self, size: int) -> None:
        """Messages of so many bytes are with the operating system."""
        with self._shared.lock:
            self.buffered -= size
            self._shared.changed.notify_all()

    def deliver(self, event: Variant, size: int) -> None:
        """Puts what arrived into the guest's queue. Messages after `close` are dropped, pings and pongs are not."""
        with self._shared.lock:
            dropped = self.state != "open" and event.tag in ("text", "binary")
            if not self.detached and not dropped:
                self.queue.push(event, size, self)

    def take(self, event: Variant) -> Variant | None:
        """The event as the guest gets it: none after the handle was dropped."""
        if self.detached:
            return None
        if self.meter and event.tag in ("text", "binary") and not self._is_ended:
            self.meter.received()
        return event

    def skip(self, messages: int) -> None:
        """The guest does not handle the last messages that it has taken."""
        if self.meter:
            self.meter.skip(messages)

    def open(self, handshake: Record, timings: Record) -> bool:
        """Moves on to `open`, unless the guest has given up meanwhile."""
        with self._shared.lock:
            if self.aborted:
                return False
            if self.meter:
                self.meter.opened(timings)
            event = Record(socket=self.id, handshake=handshake, timings=timings)
            self._move_to("open", self.queue.push(Variant("opened", event), 0, self))
            return True

    def finish(self, event: Variant) -> None:
        """Moves on to `closed` with the last event."""
        with self._shared.lock:
            if self.state == "closed":
                return
            self._measure_last(event.tag, event.payload)
            self._end(0 if self.detached else self.queue.push(event, 0, self))

    def _measure_last(self, tag: str, told: Any) -> None:
        if tag == "failed":
            if self.meter and not self._is_measured:
                self.meter.failed(told.timings, told.failure.code.payload == GIVEN_UP)
            self._measure_end("unopened")
        else:
            broken = "given up" if self.aborted else "broken"
            self._measure_end(broken if told.failure else "closed")

    def _measure_end(self, how: str) -> None:
        if self.meter and not self._is_measured:
            self._is_measured = True
            self.meter.ended(how, clock.now())

    def _end(self, announced: int = 0) -> None:
        """Gives back what a socket holds from `connecting` to `closed`."""
        self._move_to("closed", announced)
        self._outbox.clear()
        self._shared.open_sockets -= 1
        self._shared.changed.notify_all()
