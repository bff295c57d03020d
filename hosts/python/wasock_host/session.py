"""An open connection: messages both ways until it ends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

from wasmtime.component import Variant
from websockets.frames import Close, Frame, Opcode

from . import clock
from .event_queue import Mark
from .frames import Frames
from .keepalive import Keepalive
from .limits import READ_BYTES, TCP_CLOSE_SECONDS, UNSENT_PONGS, WRITE_BYTES
from .link import MESSAGES, Link
from .opening import Opened, refusal_of
from .target import Target
from .values import Record, Refusal


class Session(asyncio.Protocol):
    """An open connection. All methods are called by the thread of the connections."""

    def __init__(
        self, link: Link, target: Target, opened: Opened, on_end: Callable[[Refusal | None, Close | None], None]
    ):
        self._link = link
        self._on_end: Callable[[Refusal | None, Close | None], None] | None = on_end
        self._transport: Any = opened.wire.transport
        self._frames = Frames(target.message_bytes, opened.extensions)
        self._keepalive = Keepalive(link.loop, target.ping_interval, target.pong_timeout, self)
        self._close_timeout = target.close_timeout
        self._holds_answer = target.hold_close_answer
        self._message: list[bytes] = []
        self._kind = Opcode.TEXT
        self._unread = bytearray()
        self._paused = False
        self._blocked = False
        self._unflushed = 0
        self._unsent_pongs = 0
        self._lost: Refusal | None = None
        self._close_sent = False
        self._received: Close | None = None
        self._held_answer: bytes | None = None
        self._deadline: asyncio.TimerHandle | None = None

    def start(self, opened: Opened) -> None:
        """Takes the connection over from its opening."""
        # Whoever writes hears at once when the operating system does not take all, and again when it has.
        self._transport.set_write_buffer_limits(high=0)
        self._transport.set_protocol(self)
        self._link.on_wake = self.pump
        self._keepalive.begin()
        self.data_received(opened.read_ahead + bytes(opened.wire.received))
        if opened.wire.ended:
            error = opened.wire.ended
            self.connection_lost(error if isinstance(error, Exception) else None)
        self.pump()

    # Sending.

    def pump(self) -> None:
        """Does what the guest wants: sends, closes, gives up."""
        link = self._link
        if link.is_given_up():
            return self._end(Refusal("unexpected-end"))
        while not self._blocked and self._on_end:
            frames = link.next_outgoing(WRITE_BYTES)
            if not frames:
                break
            self._write(frames)
        if not self._on_end:
            return
        if link.state == "closing" and not self._received:
            self._arm(self._close_timeout)
        if link.detached and self._close_sent and not self._blocked:
            self._transport.close()
            self._end(None)

    def _write(self, frames: list[Any]) -> None:
        encoded = []
        for opcode, payload in frames:
            # Nothing follows a close frame (RFC 6455, section 5.5.1).
            if self._close_sent:
                continue
            encoded.append(self._frames.encode(opcode, payload))
            if opcode in MESSAGES:
                self._unflushed += len(payload)
            if opcode is Opcode.CLOSE:
                self._close_sent = True
                self._frames.note_close_sent()
        self._transport.write(b"".join(encoded))
        self._link.written(len(encoded))
        self._note_flushed()

    def _note_flushed(self) -> None:
        if not self._blocked:
            size, self._unflushed = self._unflushed, 0
            self._unsent_pongs = 0
            self._link.flushed(size)

    def pause_writing(self) -> None:
        """The operating system does not take all."""
        self._blocked = True

    def resume_writing(self) -> None:
        """It has taken all."""
        self._blocked = False
        self._note_flushed()
        self.pump()
        self._read_on()

    def send_ping(self, payload: bytes) -> bool:
        """Sends a ping of the host's own; says whether it left."""
        if self._blocked or self._close_sent or not self._on_end:
            return False
        self._transport.write(self._frames.encode(Opcode.PING, payload))
        return True

    @property
    def is_open(self) -> bool:
        """Neither side has begun to close."""
        return self._on_end is not None and self._received is None and self._link.state == "open"

    # Receiving.

    def data_received(self, data: bytes) -> None:
        """Bytes have come."""
        self._unread += data
        self._read_on()

    def _read_on(self) -> None:
        """Looks at what was read, as long as there is room for what comes of it."""
        while self._unread and self._on_end and not self._received:
            if not self._may_read():
                return self._pause()
            data = bytes(self._unread[:READ_BYTES])
            del self._unread[:READ_BYTES]
            self._look_at(data)
        self._resume()
        if self._lost and self._on_end:
            self._end(self._lost)

    def _may_read(self) -> bool:
        if self._unsent_pongs >= UNSENT_PONGS and self._blocked:
            return False
        return self._link.state == "closing" or self._link.detached or self._link.queue.has_room()

    def _pause(self) -> None:
        if not self._paused:
            self._paused = True
            self._transport.pause_reading()
        self._keepalive.excuse()
        self._link.queue.when_room(self._link.id, partial(self._call_soon, self._read_on))

    def _call_soon(self, call: Callable[[], None]) -> None:
        """Calls from the thread of the connections; may be called from any."""
        self._link.loop.call_soon_threadsafe(call)

    def _resume(self) -> None:
        if self._paused:
            self._paused = False
            if not self._transport.is_closing():
                self._transport.resume_reading()

    def _look_at(self, data: bytes) -> None:
        at = clock.now()
        self._frames.receive_data(data)
        for frame in self._frames.received():
            self._handle(frame, at)
            if not self._on_end:
                return
        answers = [data for data in self._frames.data_to_send() if data]
        breach = self._frames.breach()
        if self._received and not self._close_sent:
            answers = self._hold_answer(answers)
        if answers:
            self._transport.write(b"".join(answers))
        if breach and self._on_end:
            self._transport.close()
            self._end(breach)

    def _handle(self, frame: Frame, at: int) -> None:
        match frame.opcode:
            case Opcode.TEXT | Opcode.BINARY | Opcode.CONT:
                self._handle_data(frame, at)
            case Opcode.PING:
                self._unsent_pongs += 1
                self._deliver("ping", bytes(frame.data), at)
            case Opcode.PONG:
                payload = bytes(frame.data)
                self._keepalive.answered(payload)
                if self._link.meter:
                    self._link.meter.pong(payload, at)
                self._deliver("pong", payload, at)
            case Opcode.CLOSE:
                self._received = self._frames.close_rcvd
                self._arm(TCP_CLOSE_SECONDS)

    def _handle_data(self, frame: Frame, at: int) -> None:
        if frame.opcode is not Opcode.CONT:
            self._kind = frame.opcode
        self._message.append(bytes(frame.data))
        if not frame.fin:
            return
        data, self._message = b"".join(self._message), []
        if self._kind is Opcode.BINARY:
            return self._deliver("binary", data, at)
        try:
            text = data.decode()
        except UnicodeDecodeError:
            self._frames.fail(1007)
            self._transport.write(b"".join(self._frames.data_to_send()))
            self._transport.close()
            return self._end(Refusal("invalid-utf8"))
        self._deliver("text", text, at, len(data))

    def _deliver(self, kind: str, data: str | bytes, at: int, size: int | None = None) -> None:
        event = Variant(kind, Record(socket=self._link.id, data=data, at=at))
        self._link.deliver(event, len(data) if size is None else size)

    # Closing.

    def _hold_answer(self, answers: list[bytes]) -> list[bytes]:
        """The answer to the peer's close frame leaves at once, or when the guest has seen what came before."""
        mark = self._link.queue.mark_unseen() if self._holds_answer and self._link.state == "open" else None
        if mark is None or self._blocked:
            self._close_sent = True
            return answers
        self._held_answer = answers.pop()
        self._arm(self._close_timeout, anew=True)
        self._answer_when_seen(mark)
        return answers

    def _answer_when_seen(self, mark: Mark) -> None:
        self._link.queue.when_seen(self._link.id, mark, partial(self._call_soon, self._answer_close))

    def _answer_close(self) -> None:
        """Sends the answer that was held back, behind what the guest has sent."""
        answer, self._held_answer = self._held_answer, None
        if answer and self._on_end:
            self.pump()
            if not self._close_sent:
                self._close_sent = True
                self._transport.write(answer)
            self._arm(TCP_CLOSE_SECONDS, anew=True)

    def _arm(self, seconds: float, anew: bool = False) -> None:
        """Bounds the time that the peer has from now on. A bound that ends earlier stays."""
        if self._deadline and not anew:
            if self._deadline.when() <= self._link.loop.time() + seconds:
                return
        if self._deadline:
            self._deadline.cancel()
        self._deadline = self._link.loop.call_later(seconds, self._late)

    def _late(self) -> None:
        if self._held_answer:
            # The guest has had its time, the peer gets its answer.
            self._answer_close()
        else:
            self._end(Refusal("timeout"))

    def connection_lost(self, exc: Exception | None) -> None:
        """The TCP connection has ended."""
        self._lost = refusal_of(exc) if exc else Refusal("unexpected-end")
        if self._held_answer:
            self._held_answer = None
        # What came before that is still looked at.
        self._read_on()

    def expire(self, text: str) -> None:
        """No pong has come in time."""
        self._end(Refusal("other", text))

    def _end(self, failure: Refusal | None) -> None:
        """The end. An error after a close frame of the peer is no failure."""
        on_end, self._on_end = self._on_end, None
        if on_end is None:
            return
        self._keepalive.end()
        if self._deadline:
            self._deadline.cancel()
        if not self._transport.is_closing():
            self._transport.abort()
        on_end(failure, self._received)
