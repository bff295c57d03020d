"""The queue that everything goes through on its way to the guest."""

from __future__ import annotations

import heapq
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

from wasmtime.component import Variant

from . import clock
from .limits import UNTAKEN_EVENTS, Limits
from .values import Refusal


class Source(Protocol):
    """Where an event comes from."""

    def take(self, event: Variant) -> Variant | None:
        """The event as the guest gets it; none if it may not reach the guest any more."""


class Entry(NamedTuple):
    """An event that waits, and what it holds of the queue's bytes."""

    event: Variant
    size: int
    source: Source


class Shared:
    """What the guest's thread and the thread of its connections both see, under one lock."""

    def __init__(self, limits: Limits):
        self.limits = limits
        self.lock = threading.RLock()
        self.changed = threading.Condition(self.lock)
        """What a guest that waits is woken by: events, room to send, an interruption."""
        self.interrupted = False
        self.open_sockets = 0

    def interrupt(self) -> None:
        """Asks the guest to finish."""
        with self.lock:
            self.interrupted = True
            self.changed.notify_all()


class Mark(NamedTuple):
    """A moment in the life of a queue that the guest may have yet to see."""

    put_in: int
    waits: int


class EventQueue:
    """Events in the order in which they happened. All methods may be called from any thread."""

    def __init__(self, shared: Shared):
        self._shared = shared
        self._entries: deque[Entry] = deque()
        self._bytes = 0
        self._closed = False
        self._timers: list[tuple[int, int, Any]] = []
        self._stalled: dict[int, Callable[[], None]] = {}
        self._marks: dict[int, tuple[Mark, Callable[[], None]]] = {}
        self._put_in = 0
        self._taken = 0
        self._handled = 0
        self._seen = 0
        self._waits = 0
        self._is_waiting = False

    @property
    def queued_bytes(self) -> int:
        """Bytes of payload that wait."""
        return self._bytes

    def push(self, event: Variant, size: int, source: Source) -> int:
        """Puts an event in. It is never refused: who reads from a network asks `has_room` first.

        Returns its number among all that were put in, for `has_seen`.
        """
        with self._shared.lock:
            if self._closed:
                return 0
            # What was due before this comes before it.
            self._fire_due()
            self._append(Entry(event, size, source))
            self._shared.changed.notify_all()
            return self._put_in

    def has_seen(self, number: int) -> bool:
        """Whether an event was there when the guest's last wait ended, or the guest waits now."""
        return self._is_waiting or number <= self._seen

    def _append(self, entry: Entry) -> None:
        self._entries.append(entry)
        self._bytes += entry.size
        self._put_in += 1

    def has_room(self) -> bool:
        """Whether who reads from a network may go on."""
        limits = self._shared.limits
        with self._shared.lock:
            room = self._bytes < limits.queued_bytes and len(self._entries) < limits.queued_events
            return room or self._closed

    @property
    def holds_up_readers(self) -> bool:
        """Whether somebody who reads from a network waits for room."""
        return bool(self._stalled)

    def when_room(self, socket: int, call: Callable[[], None]) -> None:
        """Calls back once half of the queue is free, at once if it is by now."""
        with self._shared.lock:
            self._stalled[socket] = call
            self._resume()

    def check_untaken(self) -> None:
        """Refuses a guest that does not take what comes of its sockets and timers."""
        limits = self._shared.limits
        most = limits.queued_events + UNTAKEN_EVENTS
        with self._shared.lock:
            if len(self._entries) >= most:
                text = f"a guest may have {most} events that it does not take"
                raise Refusal("limit-reached", text)

    def schedule(self, due: int, timer: Any) -> None:
        """Lets a timer fire at this time of the clock, if it still runs then."""
        with self._shared.lock:
            heapq.heappush(self._timers, (due, timer.id, timer))

    def _fire_due(self) -> None:
        now = clock.now()
        while self._timers and (self._timers[0][0] <= now or self._timers[0][2].is_stopped):
            due, _, timer = heapq.heappop(self._timers)
            if not timer.is_stopped:
                self._append(Entry(timer.fired(due), 0, timer))

    def mark_unseen(self) -> Mark | None:
        """Marks this moment, if the guest is busy with something, or something waits for it."""
        with self._shared.lock:
            idle = self._is_waiting and not self._entries
            return None if idle or self._closed else Mark(self._put_in, self._waits)

    def when_seen(self, socket: int, mark: Mark, call: Callable[[], None]) -> None:
        """Calls back when the guest has handled what was put in before the mark, which its next wait tells."""
        with self._shared.lock:
            if self._closed or self._is_past(mark):
                call()
            else:
                self._marks[socket] = (mark, call)

    def _is_past(self, mark: Mark) -> bool:
        return self._waits > mark.waits and self._handled >= mark.put_in

    def close(self) -> None:
        """The guest has dropped its handle: what waits is dropped, and what comes is."""
        with self._shared.lock:
            self._closed = True
            self._entries.clear()
            self._timers.clear()
            self._bytes = 0
            calls = [*self._stalled.values(), *(call for _, call in self._marks.values())]
            self._stalled.clear()
            self._marks.clear()
        for call in calls:
            call()

    def wait(self, most: int, timeout: int | None) -> list[Variant] | None:
        """`event-queue.wait`, with a timeout in nanoseconds. None when the guest is interrupted."""
        with self._shared.lock:
            if most > 0:
                self._see_all()
            try:
                return self._wait(most, timeout)
            finally:
                self._is_waiting = False
                self._seen = self._put_in

    def _wait(self, most: int, timeout: int | None) -> list[Variant] | None:
        end = None if timeout is None else time.monotonic_ns() + timeout
        while not self._shared.interrupted:
            if most > 0:
                self._fire_due()
                events = self._take(most)
                if events:
                    return events
            left = None if end is None else end - time.monotonic_ns()
            if left is not None and left <= 0:
                return []
            self._shared.changed.wait(self._seconds(left, most))
        return None

    def _seconds(self, left: int | None, most: int) -> float | None:
        """How long nothing can happen but by another thread."""
        if most > 0 and self._timers:
            due = self._timers[0][0] - clock.now()
            left = due if left is None else min(left, due)
        return None if left is None else min(max(left, 0) / 1e9, threading.TIMEOUT_MAX)

    def _see_all(self) -> None:
        """The guest waits, and is done with all that it has taken."""
        self._is_waiting = True
        self._waits += 1
        self._handled = self._taken
        past = [socket for socket, (mark, _) in self._marks.items() if self._is_past(mark)]
        for socket in past:
            self._marks.pop(socket)[1]()

    def _take(self, most: int) -> list[Variant]:
        taken: list[Variant] = []
        looked_at = len(self._entries)
        while self._entries and len(taken) < most:
            entry = self._entries.popleft()
            self._bytes -= entry.size
            self._taken += 1
            event = entry.source.take(entry.event)
            if event is not None:
                taken.append(event)
        if looked_at and not taken:
            # What was there was for nobody any more.
            self._see_all()
        self._resume()
        return taken

    def _resume(self) -> None:
        """Lets readers go on. None before half of the queue is free: thousands would be woken to find room for one."""
        limits = self._shared.limits
        if (
            self._stalled
            and self._bytes <= limits.queued_bytes // 2
            and len(self._entries) <= limits.queued_events // 2
        ):
            stalled, self._stalled = self._stalled, {}
            for call in stalled.values():
                call()
